//! What a script can't do: run for ever, grow without bounds, read files of others, end the host.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rhai::{
    Dynamic, Engine, EvalAltResult, ImmutableString, LexError, Module, ModuleResolver, NativeCallContext,
    ParseErrorType, Position, Shared,
};

use super::{Answer, Constants, Options, fail, lock};
use crate::region::Region;
use crate::text::thousands;

/// Bytes of a script and of each file that it imports; the standard script has 9 KB.
const SCRIPT: usize = 256 << 10;
/// Steps of a run; the standard script takes some thousands. It also bounds how long a chain of closures, each of which
/// keeps the one before, can get, which takes stack when it goes.
const OPERATIONS: u64 = 200_000;
/// A run of the standard script takes milliseconds.
const TIME: Duration = Duration::from_secs(5);
/// Functions within functions.
const CALL_LEVELS: usize = 32;
/// Parts within parts of what is written: lists, calls, blocks. In functions half of it.
const DEPTH: usize = 64;
/// Variables at a time, and functions.
const VARIABLES: usize = 500;
const FUNCTIONS: usize = 500;
/// Bytes of one text: the longest that AWS takes from a script, an SSM document, has 64 KB.
const TEXT: usize = 64 << 10;
/// Items of one list, entries of one map: far more than AWS lets a region have of anything that a script names.
const ITEMS: usize = 10_000;
/// Things and remarks that a region is given, and the bytes of all of them as they are told.
const THINGS: usize = 10_000;
const BYTES: usize = 64 << 20;
/// Bytes printed.
const PRINTED: usize = 1 << 20;
/// Files that import each other, one within the other: each takes stack of its own.
const IMPORT_LEVELS: usize = 4;
/// Files imported.
pub(super) const MODULES: usize = 16;

/// Rhai's words that a script can't use: they run made-up code, hold the host, end the run as a success with half a
/// region, or make it depend on the hour.
pub(super) const FORBIDDEN: [&str; 4] = ["eval", "sleep", "exit", "timestamp"];

/// What can't even be written: `eval`, and a function that is curried with itself doubles each time, which no limit counts.
const DISABLED: [&str; 2] = ["eval", "curry"];

/// Puts the fences round an engine.
pub(super) fn raise(
    engine: &mut Engine,
    scope: &Constants,
    options: &Options,
    reading: &Arc<AtomicU64>,
    region: &Arc<Mutex<Region>>,
) {
    engine
        .set_strict_variables(true)
        .set_fail_on_invalid_map_property(true)
        .set_max_operations(OPERATIONS)
        .set_max_call_levels(CALL_LEVELS)
        .set_max_string_size(TEXT)
        .set_max_array_size(ITEMS)
        .set_max_map_size(ITEMS)
        .set_max_variables(VARIABLES)
        .set_max_functions(FUNCTIONS)
        .set_max_expr_depths(DEPTH, DEPTH / 2)
        .set_optimization_level(rhai::OptimizationLevel::None)
        .set_module_resolver(Modules {
            root: options.root.clone(),
            scope: scope.clone(),
            region: region.clone(),
            within: Mutex::default(),
            read: AtomicUsize::new(0),
        });
    for word in DISABLED {
        engine.disable_symbol(word);
    }
    let refuse = |name: &'static str| {
        move |context: NativeCallContext<'_>| -> Result<Dynamic, Box<EvalAltResult>> {
            Err(fail(&context, format!("no word `{name}`; hint: {ONLY_DESCRIBES}")))
        }
    };
    for name in FORBIDDEN {
        // One for each way to call them: Rhai prefers the overload that fits best.
        let refuse = refuse(name);
        engine.register_fn(name, refuse);
        engine.register_fn(name, move |context: NativeCallContext<'_>, _: i64| refuse(context));
        engine.register_fn(name, move |context: NativeCallContext<'_>, _: f64| refuse(context));
        engine.register_fn(name, move |context: NativeCallContext<'_>, _: Dynamic| refuse(context));
    }
    replace_within_bounds(engine);
    let (print, printed) = (options.print, Arc::new(AtomicUsize::new(0)));
    let count = printed.clone();
    let print = move |text: &str| {
        if count.fetch_add(text.len() + 1, Ordering::Relaxed) <= PRINTED {
            print(text);
        }
    };
    engine.on_print(print.clone());
    engine.on_debug(move |text, source, position| {
        print(&format!("{}:{position:?}: {text}", source.unwrap_or_default()))
    });
    let (start, reading) = (Instant::now(), reading.clone());
    engine.on_progress(move |steps| {
        if printed.load(Ordering::Relaxed) > PRINTED {
            return Some(format!("it prints more than {} bytes", thousands(PRINTED as u64)).into());
        }
        let allowed = || TIME + Duration::from_millis(reading.load(Ordering::Relaxed));
        let late = steps % 64 == 0 && start.elapsed() > allowed();
        late.then(|| format!("it runs for more than {} s", TIME.as_secs()).into())
    });
}

/// Rhai's own `replace` looks at the length of what it made when it has made it: thousands of times as long as a text may be.
fn replace_within_bounds(engine: &mut Engine) {
    fn replaced(text: &mut ImmutableString, from: &str, to: &str) -> Answer<()> {
        let grown = text.matches(from).count().saturating_mul(to.len());
        if grown.saturating_add(text.len()) > 2 * TEXT {
            let what = "Length of string".to_owned();
            return Err(EvalAltResult::ErrorDataTooLarge(what, Position::NONE).into());
        }
        *text = text.replace(from, to).into();
        Ok(())
    }
    engine.register_fn("replace", replaced);
    engine.register_fn("replace", |text: &mut ImmutableString, from: &str, to: char| {
        replaced(text, from, to.encode_utf8(&mut [0; 4]))
    });
    engine.register_fn("replace", |text: &mut ImmutableString, from: char, to: &str| {
        replaced(text, from.encode_utf8(&mut [0; 4]), to)
    });
}

/// What a region was given: how many things and remarks, and how long they are.
#[derive(Default)]
pub(super) struct Given {
    things: AtomicUsize,
    bytes: AtomicUsize,
}

impl Given {
    /// Counts one more of this many bytes, if there is room.
    pub(super) fn more(&self, context: &NativeCallContext<'_>, bytes: usize) -> Answer<()> {
        let things = self.things.fetch_add(1, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        if things >= THINGS {
            let text = format!("the region is given more than {} things", thousands(THINGS as u64));
            return Err(fail(context, format!("{text}; hint: {ENDLESS}")));
        }
        if bytes > BYTES {
            let text = format!("the region is given more than {} bytes", thousands(BYTES as u64));
            return Err(fail(context, format!("{text}; hint: {ENDLESS}")));
        }
        Ok(())
    }
}

pub(super) const ONLY_DESCRIBES: &str = "a script only describes";
const ENDLESS: &str = "look for a loop that has no end";

/// A fence that a run has met, in words, and what to do about it.
pub(super) fn met(error: &EvalAltResult) -> Option<(String, &'static str)> {
    Some(match error {
        EvalAltResult::ErrorTooManyOperations(_) => {
            (format!("it takes more than {} steps", thousands(OPERATIONS)), ENDLESS)
        }
        EvalAltResult::ErrorTerminated(why, _) => (why.to_string(), ENDLESS),
        EvalAltResult::ErrorStackOverflow(_) => (
            format!("functions call each other more than {CALL_LEVELS} deep"),
            "look for a function that calls itself; use a loop",
        ),
        EvalAltResult::ErrorTooManyVariables(_) => {
            (format!("it has more than {VARIABLES} variables"), "use a list or a map")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) if what.contains("string") => (
            format!("a text has more than {} bytes", thousands(TEXT as u64)),
            "look for a text that grows in a loop; texts in a list count together",
        ),
        EvalAltResult::ErrorDataTooLarge(..) => {
            let text = format!("a list or a map has more than {} entries", thousands(ITEMS as u64));
            (text, "look for one that grows in a loop; lists in a list count together")
        }
        _ => return None,
    })
}

/// A fence that a script meets as it is written, in words, and what to do about it.
pub(super) fn met_in_text(error: &ParseErrorType) -> Option<(String, &'static str)> {
    Some(match error {
        ParseErrorType::ExprTooDeep => (
            format!("it is written more than {DEPTH} deep, or {} in a function", DEPTH / 2),
            "take parts out into variables or functions",
        ),
        ParseErrorType::BadInput(LexError::ImproperSymbol(word, _)) if DISABLED.contains(&word.as_str()) => {
            (format!("no word `{word}`"), ONLY_DESCRIBES)
        }
        ParseErrorType::TooManyFunctions => {
            (format!("it has more than {FUNCTIONS} functions"), "use fewer, with parameters")
        }
        _ => return None,
    })
}

/// Why a script or a file that it imports is not looked at.
pub(super) fn too_long(text: &str) -> Option<String> {
    (text.len() > SCRIPT).then(|| format!("it has more than {} bytes", thousands(SCRIPT as u64)))
}

/// Reads a script, never much more of it than one may have.
///
/// # Errors
/// When the file can't be read, or is no text.
pub fn read(file: &Path) -> std::io::Result<String> {
    let mut bytes = vec![];
    std::fs::File::open(file)?.take(SCRIPT as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > SCRIPT {
        // It may be cut within a letter, and is refused anyhow.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is no text"))
}

/// Imports files at or below the script's folder, and nothing else: Rhai's own resolver follows `..`, absolute paths and
/// links.
struct Modules {
    root: PathBuf,
    scope: Constants,
    /// Is told which files describe it.
    region: Arc<Mutex<Region>>,
    /// The files that are being imported, each by the one before it.
    within: Mutex<Vec<PathBuf>>,
    /// How many were.
    read: AtomicUsize,
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        _: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let refused = |why: String| -> Box<EvalAltResult> {
            EvalAltResult::ErrorRuntime(refusal(path, &why).into(), position).into()
        };
        let file = locate(&self.root, path).map_err(refused)?;
        if lock(&self.within).contains(&file) {
            return Err(refused(CIRCLE.to_owned()));
        }
        if lock(&self.within).len() >= IMPORT_LEVELS {
            return Err(refused(too_deep()));
        }
        if self.read.fetch_add(1, Ordering::Relaxed) >= MODULES {
            return Err(refused(too_many()));
        }
        let text = read(&file).map_err(|error| refused(error.to_string()))?;
        if let Some(why) = too_long(&text) {
            return Err(refused(why));
        }
        lock(&self.region).described_by(&display(&self.root, path), &text);
        lock(&self.within).push(file);
        let module = self.evaluated(engine, path, &text);
        lock(&self.within).pop();
        let in_module = |error| EvalAltResult::ErrorInModule(path.to_owned(), error, position);
        Ok(module.map_err(in_module)?.into())
    }
}

impl Modules {
    fn evaluated(&self, engine: &Engine, path: &str, text: &str) -> Answer<Module> {
        let mut ast = engine
            .compile_with_scope(&self.scope, text)
            .map_err(|error| EvalAltResult::ErrorParsing(*error.0, error.1))?;
        ast.set_source(display(&self.root, path));
        Module::eval_ast_as_new(self.scope.clone(), &ast, engine)
    }
}

pub(super) const CIRCLE: &str =
    "it imports itself, or a file that imports it; hint: take one of the imports out";

fn too_deep() -> String {
    format!("files import each other more than {IMPORT_LEVELS} deep; hint: import it in the script itself")
}

pub(super) fn too_many() -> String {
    format!("it is one of more than {MODULES} files; hint: put what belongs together into one")
}

/// What is said of an import that can't be done.
pub(super) fn refusal(path: &str, why: &str) -> String {
    format!("can't import `{}`: {why}", path.escape_debug())
}

/// The file that an import names, if it is at or below `root`.
pub(super) fn locate(root: &Path, path: &str) -> Result<PathBuf, String> {
    let plain = Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if !plain {
        return Err("it is outside of the script's folder".to_owned());
    }
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let real = |path: &Path| path.canonicalize().map_err(|error| error.to_string());
    let (root, file) = (real(root)?, real(&root.join(path).with_extension("rhai"))?);
    if !file.starts_with(&root) {
        return Err("it is outside of the script's folder".to_owned());
    }
    // Reading others can take for ever.
    if file.is_file() { Ok(file) } else { Err("it is no ordinary file".to_owned()) }
}

/// How an imported file is called in messages.
pub(super) fn display(root: &Path, path: &str) -> String {
    root.join(path).with_extension("rhai").display().to_string()
}

#[cfg(test)]
mod tests;
