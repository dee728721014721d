//! Nothing is lost: whatever goes wrong, wherever it goes wrong, the next run ends in the world of a run that nothing
//! disturbed. By brute force, on the embedded AWS, on a clock that nobody waits for.

mod crash;
mod document;
mod faults;
mod pacing;
mod pages;
mod random;
mod unknown;

use std::future::Future;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use supertokens_region::sandbox::Settings;
use supertokens_region::script::{self, Mistake, Options};
use supertokens_region::{Aws, CallRecord, Error, Opening, Outcome, Refused, Region, Report, Sandbox, World};

use crate::host::repository;

/// What the standard script is given, so that every kind has something to do.
const PARAMS: [(&str, &str); 3] =
    [("alert_email", "alerts@example.com"), ("dev_instance", "dev"), ("key_pair", "supertokens-us-east-1")];

/// Runs this on a clock that stands still while something happens, and jumps when nothing does.
pub(crate) fn paused<F: Future>(run: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap()
        .block_on(run)
}

/// The seeded world, made once.
pub(crate) fn seeded() -> World {
    static SEEDED: LazyLock<World> = LazyLock::new(|| Sandbox::seeded().world().clone());
    SEEDED.clone()
}

/// A world as far as a run is to make it: without how it answers, how often it was asked, and who has the lease.
fn settled(sandbox: &Sandbox) -> World {
    World { settings: Settings::default(), requests: 0, ..sandbox.world().clone() }.without_lease()
}

/// How a run ended.
#[derive(Debug)]
enum Ended {
    /// The script could not read its references.
    Script(Vec<Mistake>),
    /// Nothing was planned.
    Refused(Refused),
    /// It was applied, all of it or not.
    Applied(Report),
}

impl Ended {
    /// Whether all that the tool can do was done.
    fn well(&self) -> bool {
        matches!(self, Self::Applied(report) if !report.failed())
    }

    /// The errors that it ended with.
    fn errors(&self) -> Vec<Error> {
        match self {
            Self::Script(mistakes) => mistakes.iter().filter_map(|mistake| mistake.cause.clone()).collect(),
            Self::Refused(Refused::Aws(error)) => vec![error.clone()],
            Self::Refused(_) => vec![],
            Self::Applied(report) => report
                .results
                .iter()
                .filter_map(|done| match &done.outcome {
                    Outcome::Failed { error, .. } => Some(error.clone()),
                    _ => None,
                })
                .collect(),
        }
    }
}

/// What the standard script describes.
pub(crate) async fn describe(aws: &Aws) -> Result<Region, Vec<Mistake>> {
    describe_with(standard_script(), aws).await
}

/// The text of the standard script.
pub(crate) fn standard_script() -> &'static str {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| std::fs::read_to_string(repository().join("scripts/add_region.rhai")).unwrap());
    &TEXT
}

/// The region that such a script describes.
pub(crate) async fn describe_with(script: &str, aws: &Aws) -> Result<Region, Vec<Mistake>> {
    let mut options = Options::new("ap-south-1", Path::new("scripts/add_region.rhai"));
    options.params = PARAMS.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    script::run_with(script, &options, aws).await
}

/// From what is described to the end of its apply.
async fn open(region: &Region, aws: &Aws) -> Ended {
    match Opening::discover(region, aws).await {
        Ok(opening) => match opening.apply(|_| ()).await {
            Ok(report) => Ended::Applied(report),
            Err(error) => Ended::Refused(Refused::Aws(error)),
        },
        Err(refused) => Ended::Refused(refused),
    }
}

/// The standard script, from its references to the end of its apply.
async fn run(aws: &Aws) -> Ended {
    match describe(aws).await {
        Ok(region) => open(&region, aws).await,
        Err(mistakes) => Ended::Script(mistakes),
    }
}

/// A run of the standard script that nothing disturbs.
struct Undisturbed {
    region: Region,
    /// Its calls, and how many of them the script made.
    calls: Vec<CallRecord>,
    of_script: usize,
    /// The worlds that there were on the way, each one that differs from the one before, with the call that made it.
    worlds: Vec<(usize, World)>,
    end: World,
}

/// A run that nothing disturbs, made once.
fn undisturbed() -> &'static Undisturbed {
    static UNDISTURBED: LazyLock<Undisturbed> = LazyLock::new(|| {
        paused(async {
            let sandbox = Sandbox::new(seeded());
            let aws = Aws::sandbox(&sandbox);
            let calls = Arc::new(Mutex::new(vec![]));
            let worlds = Arc::new(Mutex::new(vec![(0, settled(&sandbox))]));
            let (seen, made, watched) = (calls.clone(), worlds.clone(), sandbox.clone());
            aws.on_call(move |call| {
                let mut seen = seen.lock().unwrap();
                seen.push(call.clone());
                let world = settled(&watched);
                let mut made = made.lock().unwrap();
                if made.last().is_none_or(|(_, last)| *last != world) {
                    made.push((seen.len(), world));
                }
            });
            let region = describe(&aws).await.unwrap();
            let of_script = calls.lock().unwrap().len();
            let ended = open(&region, &aws).await;
            assert!(ended.well(), "{ended:#?}");
            let (calls, worlds) = (calls.lock().unwrap().clone(), worlds.lock().unwrap().clone());
            Undisturbed { region, calls, of_script, worlds, end: settled(&sandbox) }
        })
    });
    &UNDISTURBED
}

/// The world is, to the letter, that of a run that nothing disturbed.
#[track_caller]
fn same(world: &World, case: &str) {
    let end = &undisturbed().end;
    if world != end {
        let tell = |world: &World| serde_json::to_value(world).unwrap();
        let mut differences = vec![];
        differ("", &tell(end), &tell(world), &mut differences);
        panic!("{case}: the world differs:\n{}", differences.join("\n"));
    }
}

fn differ(at: &str, one: &serde_json::Value, other: &serde_json::Value, found: &mut Vec<String>) {
    use serde_json::Value::{Array, Object};
    match (one, other) {
        (Object(a), Object(b)) => {
            let keys: std::collections::BTreeSet<_> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let null = serde_json::Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                differ(&format!("{at}/{key}"), a, b, found);
            }
        }
        (Array(a), Array(b)) if a.len() == b.len() => {
            for (n, (a, b)) in a.iter().zip(b).enumerate() {
                differ(&format!("{at}/{n}"), a, b, found);
            }
        }
        _ if one == other => {}
        _ => {
            let short = |value: &serde_json::Value| value.to_string().chars().take(300).collect::<String>();
            found.push(format!("{at}: {} -> {}", short(one), short(other)));
        }
    }
}

/// Tries all cases, side by side on as many threads as there are cores; tells all that fail.
fn try_all<T: Sync, R: Send>(
    cases: &[T],
    name: impl Fn(&T) -> String + Sync,
    case: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let only = std::env::var("CASE").ok();
    let next = AtomicUsize::new(0);
    let (results, failed) = (Mutex::new(vec![]), Mutex::new(vec![]));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(it) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if only.as_ref().is_some_and(|only| !name(it).contains(only)) {
                        continue;
                    }
                    let run = std::panic::AssertUnwindSafe(|| case(it));
                    match std::panic::catch_unwind(run) {
                        Ok(result) => results.lock().unwrap().push(result),
                        Err(_) => failed.lock().unwrap().push(name(it)),
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{} of {} cases failed: {failed:#?}", failed.len(), cases.len());
    results.into_inner().unwrap()
}
