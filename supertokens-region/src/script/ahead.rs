//! Reads that a script will ask for, begun as soon as it names their region: so they overlap, though the script asks for
//! one after the other. Only a hint: what was not begun is read when it is asked for.

use std::any::Any;
use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex};

use rhai::{AST, ASTNode, Expr, Position, Stmt};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::lock;
use crate::error::Error;

/// What is asked of a region: a word, and a name where it takes one.
type Asked = (String, Option<String>);
/// A read that was begun: a `JoinHandle` of what the word gives.
type Begun = Box<dyn Any + Send>;
/// Begins the read of a word: in a region, of a name.
type Begin = Arc<dyn Fn(String, Option<String>) -> Begun + Send + Sync>;

/// The reads of a run.
#[derive(Clone, Default)]
pub(super) struct Ahead {
    words: Arc<Mutex<HashMap<&'static str, Begin>>>,
    begun: Arc<Mutex<HashMap<(String, Asked), Begun>>>,
    /// By the place where a region is named: what will be asked of it.
    planned: Arc<Mutex<BTreeMap<Position, Vec<Asked>>>>,
}

impl Ahead {
    /// How the read of this word is begun.
    pub(super) fn word<T, F>(
        &self,
        word: &'static str,
        handle: &Handle,
        read: impl Fn(String, Option<String>) -> F + Send + Sync + 'static,
    ) where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let handle = handle.clone();
        let begin = move |region, name| -> Begun { Box::new(handle.spawn(read(region, name))) };
        lock(&self.words).insert(word, Arc::new(begin));
    }

    /// Notes what the script asks, in any case, of the regions that it names.
    pub(super) fn plan(&self, ast: &AST) {
        let mut named: BTreeMap<String, Position> = BTreeMap::new();
        let mut planned: BTreeMap<Position, Vec<Asked>> = BTreeMap::new();
        ast.walk(&mut |path| {
            let certain = !path.iter().any(|node| {
                matches!(
                    node,
                    ASTNode::Stmt(Stmt::If(..) | Stmt::Switch(..) | Stmt::While(..) | Stmt::TryCatch(..))
                )
            });
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Var(var, ..))) => {
                    if let Expr::FnCall(call, at) = &var.1
                        && call.name == "reference"
                    {
                        named.insert(var.0.name.to_string(), *at);
                    }
                }
                Some(ASTNode::Expr(Expr::Dot(dot, ..))) if certain => {
                    if let Expr::Variable(variable, ..) = &dot.lhs
                        && let Some(at) = named.get(variable.1.as_str())
                        && let Some(asked) = asked(&dot.rhs)
                    {
                        planned.entry(*at).or_default().push(asked);
                    }
                }
                _ => {}
            }
            true
        });
        *lock(&self.planned) = planned;
    }

    /// Begins what will be asked of the region that is named here.
    pub(super) fn begin(&self, at: Position, region: &str) {
        let planned = lock(&self.planned).get(&at).cloned().unwrap_or_default();
        for (word, name) in planned {
            let Some(begin) = lock(&self.words).get(word.as_str()).cloned() else { continue };
            let key = (region.to_owned(), (word, name.clone()));
            lock(&self.begun).entry(key).or_insert_with(|| begin(region.to_owned(), name));
        }
    }

    /// What was begun for this, once.
    pub(super) fn take<T: 'static>(
        &self,
        region: &str,
        word: &str,
        name: Option<&str>,
    ) -> Option<JoinHandle<Result<T, Error>>> {
        let key = (region.to_owned(), (word.to_owned(), name.map(str::to_owned)));
        let begun = lock(&self.begun).remove(&key)?;
        begun.downcast().ok().map(|handle| *handle)
    }
}

/// The word of a call, or of the first one of a chain, with the name that it is given: `clusters()`, `bucket("data")`.
fn asked(expr: &Expr) -> Option<Asked> {
    match expr {
        Expr::MethodCall(call, _) => match &call.args[..] {
            [] => Some((call.name.to_string(), None)),
            [Expr::StringConstant(name, _)] => Some((call.name.to_string(), Some(name.to_string()))),
            _ => None,
        },
        Expr::Dot(dot, ..) => asked(&dot.lhs),
        _ => None,
    }
}
