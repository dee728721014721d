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
use crate::diff::diff;
use crate::kind::Kind;

/// A value of a kind in a script, with the place that each of its fields came from.
#[derive(Clone)]
pub(crate) struct Told<K> {
    pub(crate) value: K,
    pub(crate) from: BTreeMap<String, String>,
}

impl<K: Kind> Told<K> {
    /// The value after a word was applied to `before`: what changed comes from `place`.
    pub(super) fn stamp(before: Option<Self>, after: K, place: &str) -> Self {
        let fields = |kind: &K| serde_json::to_value(kind).unwrap_or_default();
        let was = before.as_ref().map(|told| fields(&told.value)).unwrap_or_default();
        let mut from = before.map(|told| told.from).unwrap_or_default();
        for change in diff(&fields(&after), &was, &BTreeMap::new(), "") {
            from.insert(change.field, place.to_owned());
        }
        Self { value: after, from }
    }
}

/// The vocabulary while it is being put together.
pub(crate) struct Words {
    engine: Engine,
    scope: Constants,
    constants: Module,
}

/// The bare function behind a word stands under a name that no script can write.
pub(super) fn hidden(name: &str) -> String {
    format!("{name}'")
}

impl Words {
    pub(super) fn new() -> Self {
        Self { engine: Engine::new(), scope: Scope::new(), constants: Module::new() }
    }

    pub(super) fn finish(mut self) -> (Engine, Constants) {
        self.engine.register_global_module(self.constants.into());
        (self.engine, self.scope)
    }

    /// A kind: its values can be compared, printed and added.
    pub(crate) fn kind<K: Kind>(&mut self, name: &str) {
        let engine = &mut self.engine;
        engine.register_type_with_name::<Told<K>>(name);
        engine.register_type_with_name::<K>(name);
        engine.register_type_with_name::<Ref<K>>(&format!("Ref<{name}>"));
        engine.register_fn("==", |a: Told<K>, b: Told<K>| a.value == b.value);
        engine.register_fn("!=", |a: Told<K>, b: Told<K>| a.value != b.value);
        engine.register_fn("==", |a: Ref<K>, b: Ref<K>| a == b);
        engine.register_fn("!=", |a: Ref<K>, b: Ref<K>| a != b);
        for show in ["to_string", "to_debug"] {
            engine.register_fn(show, |told: &mut Told<K>| format!("{}/{}", K::WORD, told.value.name()));
            engine.register_fn(show, |reference: &mut Ref<K>| reference.address().to_string());
        }
        engine.register_get("name", |told: &mut Told<K>| told.value.name());
        // A field that has no getter of its own is looked up here: scripts can look into values, not change them so.
        engine.register_indexer_get(field::<K>);
        engine.register_get("name", |reference: &mut Ref<K>| reference.name().to_owned());
        for (word, existing) in [("add", false), ("existing", true)] {
            engine.register_fn(
                word,
                move |context: NativeCallContext<'_>, region: RegionHandle, told: Told<K>| {
                    region.lock().add_at(told.value, place(&context), told.from, existing)
                },
            );
        }
    }

    /// A word that makes or changes a value of a kind.
    pub(crate) fn word<A: 'static, const N: usize, K: Kind, F>(&mut self, name: &str, function: F)
    where
        F: RhaiNativeFunc<A, N, false, K, false> + Send + Sync + 'static,
    {
        let bare = hidden(name);
        let types = F::param_types().map(scripted::<K>);
        self.engine.register_fn(bare.as_str(), function);
        self.engine.register_raw_fn(
            name,
            types,
            move |context: NativeCallContext<'_>, args: &mut [&mut Dynamic]| {
                let before =
                    args.first().and_then(|first| first.read_lock::<Told<K>>().map(|told| told.clone()));
                let mut own: Vec<Dynamic> = args.iter().map(|arg| (**arg).clone()).collect();
                if let (Some(first), Some(told)) = (own.first_mut(), &before) {
                    *first = Dynamic::from(told.value.clone());
                }
                let mut args: Vec<&mut Dynamic> = own.iter_mut().collect();
                let after = context.call_native_fn_raw(&bare, false, &mut args)?.cast::<K>();
                Ok(Told::stamp(before, after, &place(&context).to_string()))
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
fn field<K: Kind>(told: &mut Told<K>, name: &str) -> Result<Dynamic, Box<EvalAltResult>> {
    let fields = serde_json::to_value(&told.value).unwrap_or_default();
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
        TypeId::of::<Told<K>>()
    } else {
        parameter
    }
}
