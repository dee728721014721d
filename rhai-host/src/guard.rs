//! What keeps secrets in this process: no core dumps, no panic that tells a value.

/// Holds from here on: called before anything is read.
pub fn raise() {
    no_core_dumps();
    std::panic::set_hook(Box::new(|panic| {
        // What a panic says may quote a value, and that may be a secret. Its place says enough.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let hint = "report the place; run again to go on from what is done";
        crate::show::error(&format!("a mistake in this program, at {place}"), Some(hint));
    }));
}

/// Where the system lets itself be told: a core dump would put what is in memory on the disk, passwords too.
#[cfg(unix)]
fn no_core_dumps() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // A system that refuses keeps its ways; the program works there, too.
    let _ = setrlimit(Resource::Core, none);
    // The limit doesn't hold where the system gives dumps to a program: this does.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// Elsewhere the system makes none by itself.
#[cfg(not(unix))]
fn no_core_dumps() {}
