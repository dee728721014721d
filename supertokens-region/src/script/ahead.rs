//! Reads that a script will ask for, begun as soon as it names a region: so they overlap, though the script asks for one after
//! the other. Only a hint: what was not begun is read when it is asked for, what was begun in vain is forgotten.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::Future;
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use rhai::{AST, ASTNode, Expr, FnCallExpr, Stmt};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::lock;
use super::reference::Reader;
use crate::aws::Aws;
use crate::error::Error;
use crate::kinds::Resource;
use crate::lease::LastSeen;

/// What is asked of a region: its name, a word, and a name where the word takes one.
type Asked = (String, String, Option<String>);
/// A read that was begun: a `JoinHandle` of what the word gives.
type Begun = Box<dyn Any + Send>;
/// Begins the read of a word: in a region, of a name.
type Begin = Arc<dyn Fn(String, Option<String>) -> Begun + Send + Sync>;
/// Begins the lists of a region that the read of a word looks into, whatever it is given.
type Lists = Arc<dyn Fn(String) + Send + Sync>;

/// The reads of a run.
#[derive(Clone, Default)]
pub(super) struct Ahead {
    words: Arc<Mutex<HashMap<&'static str, Begin>>>,
    lists: Arc<Mutex<HashMap<&'static str, Lists>>>,
    /// Which kind a word makes.
    makes: Arc<Mutex<BTreeMap<&'static str, &'static str>>>,
    begun: Arc<Mutex<HashMap<Asked, Begun>>>,
    /// What the script will ask, as far as its text tells.
    planned: Arc<Mutex<BTreeSet<Asked>>>,
    /// Where it will ask what its text doesn't tell: the region and the word.
    touched: Arc<Mutex<BTreeSet<(String, String)>>>,
    /// The kinds of what it will want, as far as its text tells.
    wanted: Arc<Mutex<BTreeSet<&'static str>>>,
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

    /// What a word of references looks into, whatever it is given.
    pub(super) fn lists<F: Future<Output = ()> + Send + 'static>(
        &self,
        word: &'static str,
        reader: &Reader,
        read: impl Fn(Aws, String) -> F + Send + Sync + 'static,
    ) {
        let Reader { aws, handle } = reader.clone();
        let begin = move |region| drop(handle.spawn(read(aws.clone(), region)));
        lock(&self.lists).insert(word, Arc::new(begin));
    }

    /// Words that make things, with the kind's own word.
    pub(super) fn makes(&self, words: impl IntoIterator<Item = (&'static str, &'static str)>) {
        lock(&self.makes).extend(words);
    }

    /// Notes what the script may ask of the regions that it names, and things of which kinds it may want.
    pub(super) fn plan(&self, ast: &AST, target: &str, params: &BTreeMap<String, String>) {
        let kinds = lock(&self.makes);
        let mut known = Known { target, params, texts: BTreeMap::new(), regions: BTreeMap::new() };
        let (mut planned, mut touched, mut wanted) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        ast.walk(&mut |path| {
            // What a script may not come to is not read before; unless a parameter that is given names it.
            let certain = !path.iter().any(|node| {
                matches!(
                    node,
                    ASTNode::Stmt(Stmt::If(..) | Stmt::Switch(..) | Stmt::While(..) | Stmt::TryCatch(..))
                )
            });
            match path.last() {
                Some(ASTNode::Stmt(Stmt::Var(var, ..))) => known.note(&var.0.name, &var.1),
                Some(ASTNode::Expr(Expr::Dot(dot, ..))) => {
                    let asked = known.asked(&dot.lhs, &dot.rhs);
                    planned.extend(asked.filter(|(_, _, name)| certain || known.is_given(name.as_deref())));
                    touched.extend(known.touched(&dot.lhs, &dot.rhs).filter(|_| certain));
                }
                Some(ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _))) if certain => {
                    wanted.extend(kinds.get(call.name.as_str()));
                }
                _ => {}
            }
            true
        });
        *lock(&self.planned) = planned;
        *lock(&self.touched) = touched;
        *lock(&self.wanted) = wanted;
    }

    /// Begins all that the script will ask, and what there is in the target, once: as soon as it names a region. In one go, so
    /// that none waits for another.
    pub(super) fn begin(&self, reader: &Reader, target: &str) {
        let (ahead, reader, target) = (self.clone(), reader.clone(), target.to_owned());
        let begun = reader.handle.clone().spawn(async move {
            ahead.begin_target(&reader, target);
            ahead.begin_references();
        });
        // It begins, and ends at once; a panic in it is one of what was to be read, and shows there.
        let _ = futures::executor::block_on(begun);
    }

    fn begin_target(&self, reader: &Reader, target: String) {
        let (aws, wanted) = (reader.aws.clone(), std::mem::take(&mut *lock(&self.wanted)));
        reader.handle.spawn(async move {
            // The lease before anything that may be out of date later.
            let glances = join_all(wanted.iter().map(|word| Resource::glance(word, &aws, &target)));
            let _ = tokio::join!(aws.list::<LastSeen>(&target), glances);
            join_all(wanted.iter().map(|word| Resource::ahead(word, &aws, &target))).await;
        });
    }

    fn begin_references(&self) {
        let touched = std::mem::take(&mut *lock(&self.touched));
        let planned = std::mem::take(&mut *lock(&self.planned));
        for (region, word) in touched {
            if let Some(begin) = lock(&self.lists).get(word.as_str()) {
                begin(region);
            }
        }
        for asked in planned {
            let Some(begin) = lock(&self.words).get(asked.1.as_str()).cloned() else { continue };
            let (region, _, name) = asked.clone();
            lock(&self.begun).insert(asked, begin(region, name));
        }
    }

    /// What was begun for this, once.
    pub(super) fn take<T: 'static>(
        &self,
        region: &str,
        word: &str,
        name: Option<&str>,
    ) -> Option<JoinHandle<Result<T, Error>>> {
        let key = (region.to_owned(), word.to_owned(), name.map(str::to_owned));
        let begun = lock(&self.begun).remove(&key)?;
        begun.downcast().ok().map(|handle| *handle)
    }
}

/// What can be told of a script's variables without running it.
struct Known<'a> {
    target: &'a str,
    params: &'a BTreeMap<String, String>,
    /// Variables that hold a text.
    texts: BTreeMap<String, String>,
    /// Variables that hold a region to read from.
    regions: BTreeMap<String, String>,
}

impl Known<'_> {
    /// A variable, and what it is set to.
    fn note(&mut self, variable: &str, value: &Expr) {
        match value {
            Expr::FnCall(call, _) if call.name == "reference" => {
                let region = call.args.first().and_then(|name| self.text(name));
                self.regions.extend(region.map(|region| (variable.to_owned(), region)));
            }
            Expr::FnCall(call, _) if call.name == "new_region" => {
                self.regions.insert(variable.to_owned(), self.target.to_owned());
            }
            _ => self.texts.extend(self.text(value).map(|text| (variable.to_owned(), text))),
        }
    }

    /// Whether it is a parameter's value that somebody gave.
    fn is_given(&self, name: Option<&str>) -> bool {
        name.is_some_and(|name| self.params.values().any(|value| value == name))
    }

    /// A text: one that is written there, a parameter, a region's name, or put together of such.
    fn text(&self, expr: &Expr) -> Option<String> {
        match expr {
            Expr::StringConstant(text, _) => Some(text.to_string()),
            Expr::Variable(variable, ..) => self.texts.get(variable.1.as_str()).cloned(),
            Expr::InterpolatedString(parts, _) => parts.iter().map(|part| self.text(part)).collect(),
            // `${...}` is a block.
            Expr::Stmt(block) => match block.statements() {
                [Stmt::Expr(expr)] => self.text(expr),
                _ => None,
            },
            Expr::FnCall(call, _) if call.name == "param" => {
                let name = self.text(call.args.first()?)?;
                self.params.get(&name).cloned().or_else(|| self.text(call.args.get(1)?))
            }
            Expr::Dot(dot, ..) => match (&dot.lhs, &dot.rhs) {
                (Expr::Variable(variable, ..), Expr::Property(property, _)) if property.2 == "name" => {
                    self.regions.get(variable.1.as_str()).cloned()
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// What is asked of a region, in full: a word, or the first one of a chain, with the name that it is given.
    fn asked(&self, of: &Expr, expr: &Expr) -> Option<Asked> {
        let (region, call) = self.call(of, expr)?;
        let name = match &call.args[..] {
            [] => None,
            [name] => Some(self.text(name).filter(|name| !name.is_empty())?),
            _ => return None,
        };
        Some((region, call.name.to_string(), name))
    }

    /// The word that asks something of a region, whatever it is given.
    fn touched(&self, of: &Expr, expr: &Expr) -> Option<(String, String)> {
        self.call(of, expr).map(|(region, call)| (region, call.name.to_string()))
    }

    /// A region to read from, and the first call of a chain on it.
    fn call<'e>(&self, of: &Expr, expr: &'e Expr) -> Option<(String, &'e FnCallExpr)> {
        let Expr::Variable(variable, ..) = of else { return None };
        let region = self.regions.get(variable.1.as_str()).filter(|region| *region != self.target)?;
        match expr {
            Expr::MethodCall(call, _) => Some((region.clone(), call)),
            Expr::Dot(dot, ..) => self.call(of, &dot.lhs),
            _ => None,
        }
    }
}
