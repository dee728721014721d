//! A region as a script describes it. A script can only describe: it builds values and adds them; it cannot change AWS.

mod ahead;
mod fences;
mod ladder;
mod reference;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Array, Dynamic, Engine, EvalAltResult, NativeCallContext, Scope};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use ahead::Ahead;

use crate::address::{Origin, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Kind;
use crate::kinds;
use crate::region::Region;
use crate::wanted::Wanted;
use fences::Given;
pub use fences::read;
use ladder::MISTAKES;
pub use ladder::Mistake;
use reference::{Opened, Reader};
pub(crate) use words::Words;

/// What a script is given.
#[derive(Clone, Debug)]
pub struct Options {
    /// The target region: `ap-south-1`.
    pub region: String,
    /// What `param(name)` gives.
    pub params: BTreeMap<String, String>,
    /// The folder that the script may import from: itself and what is below it.
    pub root: PathBuf,
    /// How the script is called in messages and origins: its path as the user gave it.
    pub file: String,
    /// Where `print` and `debug` go, a line each.
    pub print: fn(&str),
    /// Whether the AWS that is read stands for any account, so that `expect_account` doesn't ask it. Default: no.
    pub any_account: bool,
    /// Whether everything is read in full, also what hangs on things that the target has already: see
    /// [`crate::Reference::beside`]. Default: no.
    pub thorough: bool,
}

impl Options {
    /// For the script at this path, with no parameters; what it prints goes to standard error.
    #[must_use]
    pub fn new(region: &str, script: &Path) -> Self {
        Self {
            region: region.to_owned(),
            params: BTreeMap::new(),
            root: script.parent().map(Path::to_path_buf).unwrap_or_default(),
            file: script.display().to_string(),
            print: |line| {
                // Where nobody listens any more, the script goes on all the same.
                let _ = writeln!(std::io::stderr(), "{line}");
            },
            any_account: false,
            thorough: false,
        }
    }
}

/// Runs a script and gives the region that it describes. It can't read references: that is [`run_with`].
///
/// # Errors
/// All mistakes of the first rung that has any: the first syntax or variable error; or all unknown words, missing
/// parameters and redefined words; or the first error of the run.
pub fn run(text: &str, options: &Options) -> Result<Region, Vec<Mistake>> {
    run_blocking(text, options, None)
}

/// Runs a script and gives the region that it describes. References are read from `aws`.
///
/// # Errors
/// As [`run`]; and when a reference can't be read, with the reason as the mistake's cause.
pub async fn run_with(text: &str, options: &Options, aws: &Aws) -> Result<Region, Vec<Mistake>> {
    let (text, options) = (text.to_owned(), options.clone());
    let reader = Reader::new(aws, Handle::current());
    let of_script = Origin { file: options.file.clone(), line: 0, column: 0 };
    let failed = |why: String| Err(vec![Mistake::new(of_script, why)]);
    let (tell, told) = oneshot::channel();
    // A thread of its own, with a stack of a known size: the language blocks while it reads, which must not hold up whoever
    // else is on this one. None of the runtime's for such work: its paused clock stands still as long as one of those runs.
    let run = move || {
        let run = AssertUnwindSafe(|| run_blocking(&text, &options, Some(reader)));
        // Nobody waits any more where the receiver is gone.
        let _ = tell.send(catch_unwind(run));
    };
    let thread = std::thread::Builder::new().name("script".to_owned()).stack_size(STACK).spawn(run);
    let ended = match thread {
        Ok(_) => told.await,
        Err(error) => return failed(format!("there is no thread for the script: {error}")),
    };
    match ended {
        Ok(Ok(region)) => region,
        Ok(Err(panic)) => resume_unwind(panic),
        Err(_) => failed("the script's thread ended without a word".to_owned()),
    }
}

/// Values in values and chains of closures, as deep as the fences let them be, take up to 16 MiB in a debug build, and imports
/// some more. What isn't used costs nothing.
const STACK: usize = 64 << 20;

fn run_blocking(text: &str, options: &Options, reader: Option<Reader>) -> Result<Region, Vec<Mistake>> {
    let mut words = Words::new();
    kinds::words(&mut words);
    let makes = words.makes();
    let (mut engine, scope) = words.finish();
    let shared = Shared::new(options, reader);
    shared.ahead.makes(makes);
    shared.register(&mut engine);
    fences::raise(&mut engine, &scope, options, &shared.reading, &shared.region);
    lock(&shared.region).described_by(&options.file, text);

    let ladder = ladder::Ladder { engine: &engine, scope: &scope, options };
    let ast = ladder.compile(text)?;
    let asked = ladder.static_check(&ast)?;
    shared.ahead.plan(&ast, &options.region, &options.params);
    let result = engine.run_ast_with_scope(&mut scope.clone(), &ast);
    let missing = std::mem::take(&mut *lock(&shared.missing));
    if !missing.is_empty() {
        return Err(missing);
    }
    result.map_err(|error| {
        let cause = lock(&shared.failed).take();
        vec![Mistake { cause, ..ladder.explain(&error) }]
    })?;
    let asked: BTreeSet<String> = asked.union(&lock(&shared.asked)).cloned().collect();
    ladder::unasked(options, &asked)?;
    let region = lock(&shared.region).clone();
    Ok(region)
}

/// The words with the types that they take and give, and the constants with theirs.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn vocabulary() -> (&'static [serde_json::Value], Vec<(String, String)>) {
    let mut words = Words::new();
    kinds::words(&mut words);
    let (mut engine, scope) = words.finish();
    let options = Options::new("", Path::new(""));
    Shared::new(&options, None).register(&mut engine);
    let of = |value: &Dynamic| value.type_name().rsplit("::").next().unwrap_or_default().to_owned();
    let constants = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), of(value))).collect();
    (ladder::Ladder { engine: &engine, scope: &scope, options: &options }.functions(), constants)
}

/// The region of a script. A handle, because script functions get their arguments by value.
#[derive(Clone)]
pub(crate) struct RegionHandle {
    region: Arc<Mutex<Region>>,
    given: Arc<Given>,
}

impl RegionHandle {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Region> {
        lock(&self.region)
    }

    /// Adds what is wanted, if there is room.
    pub(crate) fn add<K: Kind>(
        &self,
        context: &NativeCallContext<'_>,
        wanted: Wanted<K>,
        existing: bool,
    ) -> Answer<Ref<K>> {
        let told = serde_json::to_string(&wanted.value).unwrap_or_default();
        let waived = wanted.waivers.iter().map(|(rule, reason)| rule.len() + reason.len()).sum::<usize>();
        let mut region = self.lock();
        self.given.more(context, told.len() + waived + region.heading().len())?;
        Ok(region.add_at(wanted, place(context), existing))
    }
}

/// What the words that are no builders work on.
#[derive(Clone)]
struct Shared {
    region: Arc<Mutex<Region>>,
    params: Arc<BTreeMap<String, String>>,
    asked: Arc<Mutex<BTreeSet<String>>>,
    missing: Arc<Mutex<Vec<Mistake>>>,
    reader: Option<Reader>,
    any_account: bool,
    /// The regions that were read from, by name.
    opened: Opened,
    ahead: Ahead,
    /// Milliseconds spent in reading references, which the script's own time doesn't count.
    reading: Arc<AtomicU64>,
    /// Why the last read failed: the language takes texts only.
    failed: Arc<Mutex<Option<Error>>>,
}

type Answer<T> = Result<T, Box<EvalAltResult>>;

impl Shared {
    fn new(options: &Options, reader: Option<Reader>) -> Self {
        Self {
            reader,
            any_account: options.any_account,
            opened: Opened::beside((!options.thorough).then(|| options.region.clone())),
            ahead: Ahead::default(),
            reading: Arc::default(),
            failed: Arc::default(),
            region: Arc::new(Mutex::new(Region::new(&options.region))),
            params: Arc::new(options.params.clone()),
            asked: Arc::default(),
            missing: Arc::default(),
        }
    }

    fn register(&self, engine: &mut Engine) {
        engine.register_type_with_name::<RegionHandle>("Region");
        let region = RegionHandle { region: self.region.clone(), given: Arc::default() };
        engine.register_fn("new_region", move || region.clone());
        engine.register_get("name", |region: &mut RegionHandle| region.lock().name.clone());
        engine.register_get("label", |region: &mut RegionHandle| region.lock().label());
        reference::register(self, engine);
        engine.register_fn("section", |region: RegionHandle, heading: &str| region.lock().section(heading));
        engine.register_fn(
            "note",
            |context: NativeCallContext<'_>, region: RegionHandle, rule: &str, message: &str| -> Answer<()> {
                region.given.more(&context, rule.len() + message.len() + region.lock().heading().len())?;
                region.lock().note_at(Finding::warning(rule, message), place(&context));
                Ok(())
            },
        );
        engine.register_fn(
            "waive",
            |context: NativeCallContext<'_>, region: RegionHandle, rule: &str, reason: &str| -> Answer<()> {
                region.given.more(&context, rule.len() + reason.len())?;
                region.lock().waive(rule, reason);
                Ok(())
            },
        );
        reference::register_account(self, engine);
        let shared = self.clone();
        engine.register_fn("param", move |context: NativeCallContext<'_>, name: &str| {
            shared.required(&context, name)
        });
        let shared = self.clone();
        engine.register_fn("param", move |name: &str, otherwise: &str| {
            shared.given(name).unwrap_or_else(|| otherwise.to_owned())
        });
        let shared = self.clone();
        engine.register_fn("param", move |context: NativeCallContext<'_>, name: &str, otherwise: i64| {
            shared.number(&context, name, otherwise)
        });
        let shared = self.clone();
        engine.register_fn("param", move |context: NativeCallContext<'_>, name: &str, otherwise: f64| {
            shared.number(&context, name, otherwise)
        });
        let shared = self.clone();
        engine.register_fn("param", move |context: NativeCallContext<'_>, name: &str, otherwise: bool| {
            shared.number(&context, name, otherwise)
        });
        let shared = self.clone();
        engine.register_fn("param", move |name: &str, otherwise: Array| shared.list(name, otherwise));
    }

    fn given(&self, name: &str) -> Option<String> {
        lock(&self.asked).insert(name.to_owned());
        self.params.get(name).cloned()
    }

    /// A parameter that must be given. One that isn't is noted, and the run goes on to find the others.
    fn required(&self, context: &NativeCallContext<'_>, name: &str) -> String {
        self.given(name).unwrap_or_else(|| {
            let mut missing = lock(&self.missing);
            if missing.len() < MISTAKES {
                missing.push(Mistake::missing(place(context), name));
            }
            format!("<{name}>")
        })
    }

    fn number<T: std::str::FromStr + Into<Dynamic>>(
        &self,
        context: &NativeCallContext<'_>,
        name: &str,
        otherwise: T,
    ) -> Answer<Dynamic> {
        match self.given(name) {
            None => Ok(otherwise.into()),
            Some(text) => text.trim().parse::<T>().map(Into::into).map_err(|_| {
                let kind =
                    std::any::type_name::<T>().replace("i64", "a whole number").replace("f64", "a number");
                let kind = kind.replace("bool", "`true` or `false`");
                let text: String = text.chars().take(60).collect();
                fail(context, format!("the parameter `{name}` is to be {kind}, and is `{text}`"))
            }),
        }
    }

    fn list(&self, name: &str, otherwise: Array) -> Array {
        let Some(text) = self.given(name) else { return otherwise };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(|part| Dynamic::from(part.to_owned())).collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The line of the script that made this call.
pub(crate) fn place(context: &NativeCallContext<'_>) -> Origin {
    let position = context.call_position();
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    Origin {
        file: context.call_source().unwrap_or_default().to_owned(),
        line: number(position.line()),
        column: number(position.position()),
    }
}

fn fail(context: &NativeCallContext<'_>, message: impl Into<String>) -> Box<EvalAltResult> {
    EvalAltResult::ErrorRuntime(message.into().into(), context.call_position()).into()
}

/// What a script finds before its first line.
type Constants = Scope<'static>;

#[cfg(test)]
mod tests;
