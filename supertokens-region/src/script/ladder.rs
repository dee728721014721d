//! Mistakes in a script, told rung by rung: the first syntax or variable error; or all unknown words, missing parameters
//! and redefined names, before anything runs; or the first error of the run. Each with its place, and the nearest name
//! where there is one.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rhai::{AST, ASTNode, Engine, EvalAltResult, Expr, FuncInfo, ParseErrorType, Position, Stmt};
use serde_json::Value;

use super::fences::{self, CIRCLE, FORBIDDEN, MODULES, display, locate};
use super::words::hidden;
use super::{Constants, Options};
use crate::address::Origin;
use crate::error::Error;
use crate::text::nearest;

/// Something wrong in a script.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    /// Where.
    pub origin: Origin,
    /// What.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// The error of AWS that it comes from, when a reference could not be read.
    pub cause: Option<Error>,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.origin, self.message)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\n  hint: {hint}"))
    }
}

impl Mistake {
    pub(super) fn missing(origin: Origin, name: &str) -> Self {
        let message = format!("the parameter `{name}` is missing");
        Self::new(origin, message).hint(Some(format!("--set {name}=...")))
    }

    pub(super) fn new(origin: Origin, message: impl Into<String>) -> Self {
        Self { origin, message: message.into(), hint: None, cause: None }
    }

    fn hint(mut self, hint: Option<String>) -> Self {
        self.hint = hint;
        self
    }
}

/// Rhai's own words that stand in no list of functions.
/// Closures that keep a variable are curried with it.
const BUILT_IN: [&str; 10] =
    ["Fn", "call", "curry", "print", "debug", "type_of", "is_shared", "is_def_fn", "is_def_var", "import"];

pub(super) struct Ladder<'a> {
    pub(super) engine: &'a Engine,
    pub(super) scope: &'a Constants,
    pub(super) options: &'a Options,
}

/// What a walk over the syntax tree gathers.
#[derive(Default)]
struct Seen {
    mistakes: Vec<Mistake>,
    asked: BTreeSet<String>,
    /// Whether some parameter's name is computed, so that not all are known.
    computed: bool,
    files: BTreeSet<String>,
    /// The files that are being walked, each imported by the one before it.
    within: Vec<String>,
}

/// How many mistakes are told at a time.
pub(super) const MISTAKES: usize = 100;

impl Ladder<'_> {
    /// The first rung: syntax and variables.
    pub(super) fn compile(&self, text: &str) -> Result<AST, Vec<Mistake>> {
        if let Some(why) = fences::too_long(text) {
            let hint = "divide it into files, and `import` them".to_owned();
            return Err(vec![Mistake::new(origin(&self.options.file, Position::NONE), why).hint(Some(hint))]);
        }
        let mut ast = self
            .engine
            .compile_with_scope(self.scope, text)
            .map_err(|error| vec![self.syntax(&error.0, error.1, &self.options.file, text)])?;
        ast.set_source(self.options.file.as_str());
        Ok(ast)
    }

    fn syntax(&self, error: &ParseErrorType, position: Position, file: &str, text: &str) -> Mistake {
        let origin = origin(file, position);
        if let ParseErrorType::VariableUndefined(name) = error {
            let own = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| *word != name);
            let constants = self.scope.iter_raw().map(|(name, ..)| name);
            let hint = nearest(name, constants.chain(own)).map(did_you_mean);
            return Mistake::new(origin, format!("no variable or constant `{name}`")).hint(hint);
        }
        match fences::met_in_text(error) {
            Some((met, hint)) => Mistake::new(origin, met).hint(Some(hint.to_owned())),
            None => Mistake::new(origin, error.to_string()),
        }
    }

    /// The second rung: every unknown word, missing parameter and redefined name, in the script and what it imports.
    /// Gives the parameters that it asks for.
    pub(super) fn static_check(&self, ast: &AST) -> Result<BTreeSet<String>, Vec<Mistake>> {
        let mut seen = Seen::default();
        self.walk(ast, &self.options.file, &mut seen);
        if !seen.mistakes.is_empty() {
            seen.mistakes.sort_by(|a, b| (&a.origin, &a.message).cmp(&(&b.origin, &b.message)));
            seen.mistakes.dedup();
            return Err(seen.mistakes);
        }
        if !seen.computed {
            unasked(self.options, &seen.asked)?;
        }
        Ok(seen.asked)
    }

    fn walk(&self, ast: &AST, file: &str, seen: &mut Seen) {
        let ours: BTreeSet<&str> = self.names().iter().map(String::as_str).collect();
        let own: BTreeSet<String> = ast.iter_functions().map(|f| f.name.to_owned()).collect();
        let builders = ours.iter().filter(|name| ours.contains(hidden(name).as_str()));
        for name in builders.filter(|name| own.contains(**name)) {
            let message = format!("the script makes a function `{name}`, which is a word already");
            let hint = Some("give the function another name".to_owned());
            seen.mistakes.push(Mistake::new(origin(file, Position::NONE), message).hint(hint));
        }
        let constants: BTreeSet<&str> = self.scope.iter_raw().map(|(name, ..)| name).collect();
        let known = |name: &str| {
            (ours.contains(name) || own.contains(name) || BUILT_IN.contains(&name))
                && !FORBIDDEN.contains(&name)
        };
        let mut imports = vec![];
        ast.walk(&mut |path| {
            match path.last() {
                Some(
                    ASTNode::Expr(Expr::FnCall(call, at) | Expr::MethodCall(call, at))
                    | ASTNode::Stmt(Stmt::FnCall(call, at)),
                ) if call.namespace.is_empty() && call.op_token.is_none() => {
                    if !known(&call.name) && !call.name.starts_with("anon$") {
                        let words = ours.iter().copied().chain(own.iter().map(String::as_str));
                        let hint = match FORBIDDEN.contains(&call.name.as_str()) {
                            true => Some(fences::ONLY_DESCRIBES.to_owned()),
                            false => nearest(&call.name, words.filter(|word| known(word))).map(did_you_mean),
                        };
                        let message = format!("no word `{}`", call.name);
                        seen.mistakes.push(Mistake::new(origin(file, *at), message).hint(hint));
                    }
                    if call.name == "param" {
                        self.param(&call.args, file, *at, seen);
                    }
                }
                Some(ASTNode::Stmt(Stmt::Var(var, ..))) if constants.contains(var.0.as_str()) => {
                    let message = format!("`{}` is a constant already", var.0.name);
                    let hint = Some("give the variable another name".to_owned());
                    seen.mistakes.push(Mistake::new(origin(file, var.0.pos), message).hint(hint));
                }
                Some(ASTNode::Stmt(Stmt::Import(import, _))) => {
                    if let Expr::StringConstant(path, at) = &import.0 {
                        imports.push((path.to_string(), *at));
                    }
                }
                _ => {}
            }
            seen.mistakes.len() < MISTAKES
        });
        for (path, at) in imports {
            self.walk_import(&path, origin(file, at), seen);
        }
    }

    fn param(&self, args: &[Expr], file: &str, at: Position, seen: &mut Seen) {
        match args {
            [Expr::StringConstant(name, _), rest @ ..] => {
                seen.asked.insert(name.to_string());
                if rest.is_empty() && !self.options.params.contains_key(name.as_str()) {
                    seen.mistakes.push(Mistake::missing(origin(file, at), name));
                }
            }
            _ => seen.computed = true,
        }
    }

    fn walk_import(&self, path: &str, at: Origin, seen: &mut Seen) {
        let file = display(&self.options.root, path);
        let refused = |why: &str| split_hint(at.clone(), &fences::refusal(path, why));
        if seen.within.contains(&file) {
            seen.mistakes.push(refused(CIRCLE));
        }
        if !seen.files.insert(file.clone()) {
            return;
        }
        if seen.files.len() > MODULES {
            seen.mistakes.push(refused(&fences::too_many()));
            return;
        }
        let text = locate(&self.options.root, path)
            .and_then(|real| fences::read(&real).map_err(|error| error.to_string()))
            .and_then(|text| fences::too_long(&text).map_or(Ok(text), Err));
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                seen.mistakes.push(refused(&why));
                return;
            }
        };
        match self.engine.compile_with_scope(self.scope, &text) {
            Ok(ast) => {
                seen.within.push(file.clone());
                self.walk(&ast, &file, seen);
                seen.within.pop();
            }
            Err(error) => {
                seen.mistakes.push(self.syntax(&error.0, error.1, &file, &text));
            }
        }
    }

    /// The third rung: what the run ended with.
    pub(super) fn explain(&self, error: &EvalAltResult) -> Mistake {
        // The place is in the file that made the call, which only the calls around it name.
        let mut file = self.options.file.clone();
        let mut at = error;
        loop {
            at = match at {
                EvalAltResult::ErrorInFunctionCall(_, source, inner, _) => {
                    if !source.is_empty() {
                        file.clone_from(source);
                    }
                    inner
                }
                EvalAltResult::ErrorInModule(path, inner, _) => {
                    file = display(&self.options.root, path);
                    inner
                }
                _ => break,
            };
        }
        let origin = origin(&file, at.position());
        if let Some((met, hint)) = fences::met(at) {
            return Mistake::new(origin, met).hint(Some(hint.to_owned()));
        }
        match at {
            EvalAltResult::ErrorFunctionNotFound(signature, _) => self.misfit(origin, signature),
            EvalAltResult::ErrorRuntime(message, _) => split_hint(origin, &message.to_string()),
            EvalAltResult::ErrorPropertyNotFound(name, _) => {
                let message = format!("there is no entry `{name}`");
                Mistake::new(origin, message)
            }
            other => {
                let mut plain = other.to_string();
                if let Some(cut) = plain.rfind(" (line ") {
                    plain.truncate(cut);
                }
                Mistake::new(origin, plain)
            }
        }
    }

    /// A word that was given what it doesn't take: `notify (Alarm, Ref<Bucket>)`.
    fn misfit(&self, origin: Origin, signature: &str) -> Mistake {
        let name = signature.split([' ', '(']).next().unwrap_or_default();
        let functions = self.functions();
        let takes: BTreeSet<String> = functions
            .iter()
            .filter(|f| f["name"] == name || f["name"] == hidden(name).as_str())
            .filter_map(|f| f["signature"].as_str())
            .map(|text| {
                text.replace('\'', "").replace("_: ", "").replace("&mut ", "").replace("&str", "String")
            })
            .map(|text| text.split(" -> ").next().unwrap_or_default().to_owned())
            .filter(|text| !text.contains("(_"))
            .collect();
        let given = signature.replace("&str | ImmutableString | String", "String").replace(" (", "(");
        if takes.is_empty() {
            let names =
                functions.iter().filter_map(|f| f["name"].as_str()).filter(|name| !name.contains('\''));
            return Mistake::new(origin, format!("no word `{given}`"))
                .hint(nearest(name, names).map(did_you_mean));
        }
        let takes: Vec<_> = takes.into_iter().collect();
        let hint = format!("it takes {}", takes.join(" or "));
        Mistake::new(origin, format!("`{given}` does not fit")).hint(Some(hint))
    }

    /// The names of the words that the engine knows, which are the same for every script.
    fn names(&self) -> &'static BTreeSet<String> {
        static NAMES: OnceLock<BTreeSet<String>> = OnceLock::new();
        let all = |info: FuncInfo<'_>| Some(info.metadata.name.to_string());
        NAMES.get_or_init(|| self.engine.collect_fn_metadata(None, all, true).into_iter().collect())
    }

    /// The words as the engine knows them, with all that it knows: a text that takes its time.
    pub(super) fn functions(&self) -> &'static [Value] {
        static FUNCTIONS: OnceLock<Vec<Value>> = OnceLock::new();
        FUNCTIONS.get_or_init(|| {
            let text = self.engine.gen_fn_metadata_to_json(true).unwrap_or_default();
            let mut all: Value = serde_json::from_str(&text).unwrap_or_default();
            match all["functions"].take() {
                Value::Array(functions) => functions,
                _ => vec![],
            }
        })
    }
}

/// Parameters that were given and that no `param` asks for.
pub(super) fn unasked(options: &Options, asked: &BTreeSet<String>) -> Result<(), Vec<Mistake>> {
    let unknown = options.params.keys().filter(|name| !asked.contains(*name));
    let mistakes: Vec<_> = unknown
        .map(|name| {
            let origin = Origin { file: options.file.clone(), ..Origin::default() };
            let hint = nearest(name, asked.iter().map(String::as_str)).map(did_you_mean);
            Mistake::new(origin, format!("no `param` asks for `{name}`")).hint(hint)
        })
        .collect();
    if mistakes.is_empty() { Ok(()) } else { Err(mistakes) }
}

fn origin(file: &str, at: Position) -> Origin {
    let number = |n: Option<usize>| n.and_then(|n| u32::try_from(n).ok()).unwrap_or(0);
    Origin { file: file.to_owned(), line: number(at.line()), column: number(at.position()) }
}

fn did_you_mean(name: &str) -> String {
    format!("did you mean `{name}`?")
}

/// An error of one of our words may bring its hint along.
fn split_hint(origin: Origin, message: &str) -> Mistake {
    let (message, hint) =
        message.split_once("; hint: ").map_or((message, None), |(m, h)| (m, Some(h.to_owned())));
    Mistake::new(origin, message).hint(hint)
}
