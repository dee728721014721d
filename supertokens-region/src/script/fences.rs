//! What a script can't do: run for ever, grow without bounds, read files of others, end the host.

use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rhai::{Dynamic, Engine, EvalAltResult, Module, ModuleResolver, NativeCallContext, Position, Shared};

use super::{Constants, Options, fail, lock};
use crate::region::Region;

/// Steps of a run; the standard script takes some thousands. A million are half a second in a debug build.
const OPERATIONS: u64 = 1_000_000;
/// A run of the standard script takes milliseconds.
const TIME: Duration = Duration::from_secs(10);
/// Functions within functions.
const CALL_LEVELS: usize = 32;
/// Bytes of one text.
const TEXT: usize = 1 << 20;
/// Items of one list, entries of one map: far more than AWS lets a region have of anything that a script names.
const ITEMS: usize = 10_000;
/// Files imported.
const MODULES: usize = 16;

/// Rhai's words that a script can't use: they run made-up code, hold the host, end the run as a success with half a
/// region, or make it depend on the hour.
pub(super) const FORBIDDEN: [&str; 4] = ["eval", "sleep", "exit", "timestamp"];

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
        .set_max_modules(MODULES)
        .set_max_expr_depths(64, 32)
        .set_optimization_level(rhai::OptimizationLevel::None)
        .set_module_resolver(Modules {
            root: options.root.clone(),
            scope: scope.clone(),
            region: region.clone(),
        });
    engine.disable_symbol("eval");
    let refuse = |name: &'static str| {
        move |context: NativeCallContext<'_>| -> Result<Dynamic, Box<EvalAltResult>> {
            Err(fail(&context, format!("no word `{name}`: a script only describes")))
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
    let print = options.print;
    engine.on_print(print);
    engine.on_debug(move |text, source, position| {
        print(&format!("{}:{position:?}: {text}", source.unwrap_or_default()))
    });
    let (start, reading) = (Instant::now(), reading.clone());
    engine.on_progress(move |steps| {
        let allowed = || TIME + Duration::from_millis(reading.load(Ordering::Relaxed));
        let late = steps % 256 == 0 && start.elapsed() > allowed();
        late.then(|| format!("it ran for more than {} s", TIME.as_secs()).into())
    });
}

/// Imports files at or below the script's folder, and nothing else: Rhai's own resolver follows `..`, absolute paths and
/// links.
struct Modules {
    root: PathBuf,
    scope: Constants,
    /// Is told which files describe it.
    region: Arc<Mutex<Region>>,
}

impl ModuleResolver for Modules {
    fn resolve(
        &self,
        engine: &Engine,
        _: Option<&str>,
        path: &str,
        position: Position,
    ) -> Result<Shared<Module>, Box<EvalAltResult>> {
        let missing = |why: String| EvalAltResult::ErrorModuleNotFound(format!("{path} ({why})"), position);
        let file = locate(&self.root, path).map_err(missing)?;
        let text = std::fs::read_to_string(&file).map_err(|error| missing(error.to_string()))?;
        lock(&self.region).described_by(&display(&self.root, path), &text);
        let in_module =
            |error: Box<EvalAltResult>| EvalAltResult::ErrorInModule(path.to_owned(), error, position);
        let mut ast = engine
            .compile_with_scope(&self.scope, text)
            .map_err(|error| in_module(EvalAltResult::ErrorParsing(*error.0, error.1).into()))?;
        ast.set_source(display(&self.root, path));
        let module = Module::eval_ast_as_new(self.scope.clone(), &ast, engine).map_err(in_module)?;
        Ok(module.into())
    }
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
    if file.starts_with(&root) { Ok(file) } else { Err("it is outside of the script's folder".to_owned()) }
}

/// How an imported file is called in messages.
pub(super) fn display(root: &Path, path: &str) -> String {
    root.join(path).with_extension("rhai").display().to_string()
}
