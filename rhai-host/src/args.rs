//! Verbs and flags.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args as Flags, Parser, Subcommand, ValueEnum};
use supertokens_region::Lock;
use supertokens_region::sandbox::Size;

use crate::exit;

/// Opens a new AWS region as a script describes it: plans, applies and verifies, with live AWS as the only state.
#[derive(Debug, Parser)]
#[command(version, after_help = exit::HELP, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// When to use colour; `auto` heeds NO_COLOR and whether a person is watching.
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Show the whole life of a region on the embedded AWS: no account, no network, seconds
    Demo(Script),
    /// Compile the script and check what it describes: no credentials, no network
    Check(Script),
    /// Show what would change, and why
    Plan {
        #[command(flatten)]
        script: Script,
        #[command(flatten)]
        target: Target,
        /// End with 2 when there is something to do
        #[arg(long)]
        detailed_exitcode: bool,
        /// Save the plan to FILE, for apply --plan
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Plan, ask, and do it; run again after a failure to finish
    Apply {
        #[command(flatten)]
        script: Script,
        #[command(flatten)]
        target: Target,
        /// Don't ask
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        lock: LockFlags,
        /// Do what plan --out saved to FILE, without asking, or nothing where anything changed since. Parameters are given
        /// again, since the file holds none; script and region stand in it
        #[arg(long, value_name = "FILE")]
        plan: Option<PathBuf>,
    },
    /// Tell whether all of it is there, as wanted, and works, and what people still have to do
    Verify {
        #[command(flatten)]
        script: Script,
        #[command(flatten)]
        target: Target,
    },
    /// Confirm a subscription of alarms with the link of AWS's mail, so that only this account can end it
    Confirm {
        /// The whole link, in quotes: `https://sns.REGION.amazonaws.com/confirmation.html?TopicArn=...`
        link: String,
        #[command(flatten)]
        target: Target,
    },
}

/// The script and what it is given.
#[derive(Debug, Flags)]
pub struct Script {
    /// The script [default: scripts/add_region.rhai]
    pub script: Option<PathBuf>,
    /// The region to open, such as ap-south-1
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Give the script's param(NAME) a value; lists with commas
    #[arg(long, value_name = "NAME=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Parameters from a file, `name = value` a line, `#` for comments; --set wins
    #[arg(long, value_name = "FILE")]
    pub vars: Option<PathBuf>,
}

/// The AWS to work on, and how to tell about it.
#[derive(Debug, Flags)]
pub struct Target {
    /// Print JSON on standard output
    #[arg(long)]
    pub json: bool,
    /// Use the embedded AWS, with its seeded world, or with the one that FILE keeps from one command to the next
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "absent, without a file, with one")]
    pub sandbox: Option<Option<PathBuf>>,
    /// Let each answer of the embedded AWS take so long, such as 50ms, for measuring
    #[arg(long, value_name = "TIME", value_parser = time, requires = "sandbox")]
    pub sandbox_rtt: Option<Duration>,
    /// Let the seeded world have so much of something, for measuring: functions=1000,log-groups=10000,documents=200,objects=10000
    #[arg(long, value_name = "SIZE", requires = "sandbox")]
    pub sandbox_size: Option<Size>,
    /// Log each AWS call to FILE, a JSON line each
    #[arg(long, value_name = "FILE")]
    pub calls: Option<PathBuf>,
    /// How many calls a second AWS takes of this account: a file with raised quotas (`logs:PutRetentionPolicy = 50` a line),
    /// or `unlimited` [default: as AWS documents; unlimited on an emulator]
    #[arg(long, value_name = "FILE")]
    pub rates: Option<PathBuf>,
    /// Refuse to work in any other account
    #[arg(long, value_name = "ID")]
    pub expect_account: Option<String>,
}

/// How to keep other applies of the region away.
#[derive(Clone, Copy, Debug, Flags)]
pub struct LockFlags {
    /// Take the region's lease also where it has expired and its owner never gave it back
    #[arg(long)]
    steal_lock: bool,
    /// Take no lease: nobody else may be applying in the region
    #[arg(long, conflicts_with = "steal_lock")]
    no_lock: bool,
}

impl LockFlags {
    /// What they say together.
    pub fn lock(self) -> Lock {
        match self {
            Self { no_lock: true, .. } => Lock::Without,
            Self { steal_lock: true, .. } => Lock::Steal,
            _ => Lock::Take,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    /// Where a person is watching, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Holds from here on, for everything that is printed.
    pub fn apply(self) {
        match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        }
        .write_global();
    }
}

/// The script that is run when none is named.
pub const STANDARD: &str = "scripts/add_region.rhai";

impl Script {
    /// Where the script is.
    pub fn path(&self) -> &Path {
        self.script.as_deref().unwrap_or(Path::new(STANDARD))
    }

    /// The parameters of the file and of the command line.
    pub fn params(&self) -> Result<BTreeMap<String, String>, String> {
        let mut params = BTreeMap::new();
        if let Some(file) = &self.vars {
            let text = std::fs::read_to_string(file)
                .map_err(|error| format!("can't read {}: {error}", file.display()))?;
            for (number, line) in text.lines().enumerate() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let (name, value) = assignment(line)
                    .map_err(|error| format!("{}:{}: {error}", file.display(), number + 1))?;
                params.insert(name, value);
            }
        }
        params.extend(self.set.iter().cloned());
        Ok(params)
    }
}

/// A time such as `50ms` or `2s`.
fn time(text: &str) -> Result<Duration, String> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number: u64 =
        number.trim().parse().map_err(|_| format!("expected a time such as `50ms`, got `{text}`"))?;
    match unit {
        "ms" => Ok(Duration::from_millis(number)),
        "s" => Ok(Duration::from_secs(number)),
        _ => Err(format!("expected `ms` or `s` after the number, got `{text}`")),
    }
}

fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(format!("expected NAME=VALUE, got `{text}`")),
    }
}
