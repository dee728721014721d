//! How the builders become words: the very functions that Rust callers use, each wrapped so that it notes which fields it
//! changed, and where.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::fmt::Debug;

use rhai::{
    Dynamic, Engine, EvalAltResult, ImmutableString, Module, NativeCallContext, Position, RhaiNativeFunc,
    Scope,
};

use super::{Constants, RegionHandle, place};
use crate::address::Ref;
use crate::kind::Kind;
use crate::wanted::Wanted;

/// The vocabulary while it is being put together.
pub(crate) struct Words {
    engine: Engine,
    scope: Constants,
    constants: Module,
    /// Which kind a word makes.
    makes: BTreeMap<&'static str, &'static str>,
}

/// The bare function behind a word stands under a name that no script can write.
pub(super) fn hidden(name: &str) -> String {
    format!("{name}'")
}

impl Words {
    pub(super) fn new() -> Self {
        Self { engine: Engine::new(), scope: Scope::new(), constants: Module::new(), makes: BTreeMap::new() }
    }

    pub(super) fn finish(mut self) -> (Engine, Constants) {
        self.engine.register_global_module(self.constants.into());
        (self.engine, self.scope)
    }

    /// The words that make a thing, with the kind's own word.
    pub(super) fn makes(&mut self) -> BTreeMap<&'static str, &'static str> {
        std::mem::take(&mut self.makes)
    }

    /// A kind: its values can be compared, printed and added.
    pub(crate) fn kind<K: Kind>(&mut self, name: &str) {
        let engine = &mut self.engine;
        engine.register_type_with_name::<Wanted<K>>(name);
        engine.register_type_with_name::<K>(name);
        engine.register_type_with_name::<Ref<K>>(&format!("Ref<{name}>"));
        engine.register_fn("==", |a: Wanted<K>, b: Wanted<K>| a.value == b.value);
        engine.register_fn("!=", |a: Wanted<K>, b: Wanted<K>| a.value != b.value);
        engine.register_fn("==", |a: Ref<K>, b: Ref<K>| a == b);
        engine.register_fn("!=", |a: Ref<K>, b: Ref<K>| a != b);
        for show in ["to_string", "to_debug"] {
            engine.register_fn(show, |wanted: &mut Wanted<K>| format!("{}/{}", K::WORD, wanted.value.name()));
            engine.register_fn(show, |reference: &mut Ref<K>| reference.address().to_string());
        }
        engine.register_fn("waive", |wanted: Wanted<K>, rule: &str, reason: &str| wanted.waive(rule, reason));
        engine.register_get("name", |wanted: &mut Wanted<K>| wanted.value.name());
        // A field that has no getter of its own is looked up here: scripts can look into values, not change them so.
        engine.register_indexer_get(field::<K>);
        engine.register_get("name", |reference: &mut Ref<K>| reference.name().to_owned());
        for (word, existing) in [("add", false), ("existing", true)] {
            engine.register_fn(
                word,
                move |context: NativeCallContext<'_>, region: RegionHandle, wanted: Wanted<K>| {
                    region.add(&context, wanted, existing)
                },
            );
        }
    }

    /// A word that makes or changes a value of a kind.
    pub(crate) fn word<A: 'static, const N: usize, K: Kind, F>(&mut self, name: &'static str, function: F)
    where
        F: RhaiNativeFunc<A, N, false, K, false> + Send + Sync + 'static,
    {
        let bare = hidden(name);
        if F::param_types().first() != Some(&TypeId::of::<K>()) {
            self.makes.insert(name, K::WORD);
        }
        let types = F::param_types().map(scripted::<K>);
        self.engine.register_fn(bare.as_str(), function);
        self.engine.register_raw_fn(
            name,
            types,
            move |context: NativeCallContext<'_>, args: &mut [&mut Dynamic]| {
                let before = args
                    .first()
                    .and_then(|first| first.read_lock::<Wanted<K>>().map(|wanted| wanted.clone()));
                let mut own: Vec<Dynamic> = args.iter().map(|arg| (**arg).clone()).collect();
                if let (Some(first), Some(wanted)) = (own.first_mut(), &before) {
                    *first = Dynamic::from(wanted.value.clone());
                }
                let mut args: Vec<&mut Dynamic> = own.iter_mut().collect();
                let after = context.call_native_fn_raw(&bare, false, &mut args)?.cast::<K>();
                Ok(Wanted::stamp(before, after, &place(&context).to_string()))
            },
        );
    }

    /// A type of values that aren't kinds: ports, metrics.
    pub(crate) fn value<T: Clone + Debug + PartialEq + Send + Sync + 'static>(&mut self, name: &str) {
        self.engine.register_type_with_name::<T>(name);
        self.engine.register_fn("==", |a: T, b: T| a == b);
        self.engine.register_fn("!=", |a: T, b: T| a != b);
        for show in ["to_string", "to_debug"] {
            self.engine.register_fn(show, |value: &mut T| format!("{value:?}"));
        }
    }

    /// A word that makes or changes such a value.
    pub(crate) fn function<A: 'static, const N: usize, T, F>(&mut self, name: &str, function: F)
    where
        T: Clone + Send + Sync + 'static,
        F: RhaiNativeFunc<A, N, false, T, false> + Send + Sync + 'static,
    {
        self.engine.register_fn(name, function);
    }

    /// A constant: strict variables look into the scope when they compile, functions into the module when they run.
    pub(crate) fn constant<T: Clone + Send + Sync + 'static>(&mut self, name: &str, value: T) {
        self.scope.push_constant(name, value.clone());
        self.constants.set_var(name, value);
    }
}

/// A field of a value, as plans show it.
fn field<K: Kind>(wanted: &mut Wanted<K>, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    let fields = serde_json::to_value(&wanted.value).unwrap_or_default();
    match fields.get(name) {
        Some(value) => rhai::serde::to_dynamic(value),
        None => Err(EvalAltResult::ErrorPropertyNotFound(name.to_owned(), Position::NONE).into()),
    }
}

/// A parameter's type as scripts hold it. `register_fn` maps texts by itself, `register_raw_fn` doesn't.
fn scripted<K: 'static>(parameter: TypeId) -> TypeId {
    if parameter == TypeId::of::<&'static str>() || parameter == TypeId::of::<String>() {
        TypeId::of::<ImmutableString>()
    } else if parameter == TypeId::of::<K>() {
        TypeId::of::<Wanted<K>>()
    } else {
        parameter
    }
}
