//! The AWS that a verb works on: the real one, or the embedded one.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use supertokens_region::{Aws, Rates, Sandbox, create_private};

use crate::args::Target;
use crate::exit::Exit;
use crate::show;
use crate::verbs::aws_error;

/// The AWS to work on, with its call log, and the file that the embedded one is kept in.
#[derive(Clone)]
pub struct Door {
    /// The door itself.
    pub aws: Aws,
    kept: Option<(Sandbox, PathBuf)>,
}

/// The embedded AWS, with the world of a file where there is one already.
fn embedded(target: &Target, file: Option<&Path>, region: Option<&str>) -> Result<Sandbox, String> {
    let sandbox = match file.filter(|file| file.exists()) {
        Some(file) if target.sandbox_size.is_some() => {
            return Err(format!("{} holds a world already: --sandbox-size is for new ones", file.display()));
        }
        Some(file) => {
            Sandbox::load(file).map_err(|error| format!("can't load {}: {error}", file.display()))?
        }
        None => Sandbox::seeded(),
    };
    if let Some(size) = target.sandbox_size {
        let region = region.ok_or("--sandbox-size needs --region: log groups are made there")?;
        sandbox.world().grow(size, region);
    }
    if let Some(time) = target.sandbox_rtt {
        sandbox.set_latency(time);
    }
    Ok(sandbox)
}

impl Door {
    /// Opens it as the command line says, for work in this region.
    pub async fn open(target: &Target, region: Option<&str>) -> Result<Self, Exit> {
        let fail = |message: String| {
            show::error(&message, None);
            Exit::Usage
        };
        let (aws, kept) = match &target.sandbox {
            None => (Aws::from_env().await, None),
            Some(file) => {
                let sandbox = embedded(target, file.as_deref(), region).map_err(fail)?;
                (Aws::sandbox(&sandbox), file.clone().map(|file| (sandbox, file)))
            }
        };
        if let Some(rates) = &target.rates {
            aws.set_rates(read_rates(rates).map_err(fail)?);
        }
        if let Some(file) = &target.calls {
            let log = create_private(file)
                .map_err(|error| fail(format!("can't write {}: {error}", file.display())))?;
            let log = Mutex::new(log);
            aws.on_call(move |call| {
                if let (Ok(mut log), Ok(line)) = (log.lock(), serde_json::to_string(call)) {
                    // A log that can't be written must not stop a run half-way.
                    let _ = writeln!(log, "{line}");
                }
            });
        }
        // Before anything else is asked: the script reads regions as soon as it runs.
        if let Some(account) = &target.expect_account {
            let identity = aws.identity().await;
            identity.and_then(|found| found.expect(account)).map_err(|error| aws_error(&error))?;
        }
        Ok(Self { aws, kept })
    }

    /// Keeps the embedded world, if a file is named for it.
    pub fn close(&self) -> Result<(), Exit> {
        let Some((sandbox, file)) = &self.kept else { return Ok(()) };
        sandbox.save(file).map_err(|error| {
            show::error(&format!("can't write {}: {error}", file.display()), None);
            Exit::Error
        })
    }
}

/// The rates that a file tells, or none at all.
fn read_rates(file: &Path) -> Result<Rates, String> {
    if file == Path::new("unlimited") {
        return Ok(Rates::unlimited());
    }
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("can't read {}: {error}", file.display()))?;
    Rates::parse(&text).map_err(|(line, why)| format!("{}:{line}: {why}", file.display()))
}
