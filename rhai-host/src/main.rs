//! Runs a region script: check, plan, apply, verify. Each verb stops the library's line earlier or later; the host only
//! reads flags, shows what happens and says how it ended.

mod args;
mod door;
mod exit;
mod guard;
mod interrupt;
mod saved;
mod show;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    guard::raise();
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        Err(error) => return exit::usage(&error),
    };
    args.color.apply();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            show::error(&format!("can't start: {error}"), None);
            return exit::Exit::Error.into();
        }
    };
    let exit = runtime.block_on(async {
        interrupt::listen();
        verbs::run(args.verb).await
    });
    exit.unless_lost(show::lost()).into()
}
