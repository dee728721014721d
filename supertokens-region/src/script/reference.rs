//! How a script reads a region to copy from, and what the target has. The language waits for each read; what is read comes
//! as plain values.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rhai::{Array, Dynamic, Engine, NativeCallContext};
use tokio::runtime::Handle;

use super::{Answer, RegionHandle, Shared, fail, lock, place};
use crate::address::Ref;
use crate::aws::Aws;
use crate::error::Error;
use crate::kind::{Kind, Listed};
use crate::kinds::{SecurityGroup, SsmDocument};
use crate::reference::Reference;
use crate::region::label;
use crate::wanted::Wanted;

/// What reads are made with.
#[derive(Clone)]
pub(super) struct Reader {
    aws: Aws,
    handle: Handle,
}

impl Reader {
    pub(super) fn new(aws: &Aws, handle: Handle) -> Self {
        Self { aws: aws.clone(), handle }
    }
}

/// A region to copy from. Nothing of it is read until something is asked for.
#[derive(Clone)]
struct Named {
    name: String,
}

pub(super) fn register(shared: &Shared, engine: &mut Engine) {
    engine.register_type_with_name::<Named>("Reference");
    engine.register_get("name", |reference: &mut Named| reference.name.clone());
    engine.register_get("label", |reference: &mut Named| label(&reference.name));
    let reading = shared.clone();
    engine.register_fn("reference", move |context: NativeCallContext<'_>, name: &str| {
        reading.reference(&context, name)
    });
    one(shared, engine, "bucket", async |region, name| region.bucket(&name).await);
    one(shared, engine, "security_group", async |region, name| region.security_group(&name).await);
    listing::<SsmDocument>(shared, engine, "documents");
    engine.register_fn("cidrs", |group: Wanted<SecurityGroup>, port: i64| -> Array {
        group.value.cidrs(port).into_iter().map(Dynamic::from).collect()
    });
}

/// A word that gives one thing of a reference by its name: `us.bucket("data")`.
fn one<K: Kind, F: Future<Output = Result<Wanted<K>, Error>>>(
    shared: &Shared,
    engine: &mut Engine,
    word: &str,
    read: impl Fn(Reference, String) -> F + Send + Sync + 'static,
) {
    let shared = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, from: Named, name: &str| {
        shared.read(&context, &from.name, |region| read(region, name.to_owned()))
    });
}

/// A word that gives all things of a kind: of a reference, `us.documents()`, their values; of the target,
/// `region.documents()`, references to those that are there and to those that were added until now.
fn listing<K: Listed>(shared: &Shared, engine: &mut Engine, word: &'static str) {
    let reading = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, from: Named| -> Answer<Array> {
        let found = reading.read(&context, &from.name, async |region| region.list::<K>().await)?;
        for finding in found.findings {
            lock(&reading.region).note_at(finding, place(&context));
        }
        Ok(found.all.into_iter().map(Dynamic::from).collect())
    });
    let reading = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, region: RegionHandle| -> Answer<Array> {
        let name = region.lock().name.clone();
        let there = reading.read(&context, &name, async |region| region.there::<K>().await)?;
        let mut region = region.lock();
        let added = region.wanted.iter().map(|added| added.resource.address());
        let mut names: BTreeSet<String> = added
            .filter(|address| address.word() == K::WORD)
            .map(|address| address.name().to_owned())
            .collect();
        for live in there {
            if names.insert(live.name()) {
                region.add_at(Wanted::new(live), place(&context), true);
            }
        }
        Ok(names.iter().map(|name| Dynamic::from(Ref::<K>::new(name))).collect())
    });
}

impl Shared {
    fn reference(&self, context: &NativeCallContext<'_>, name: &str) -> Answer<Named> {
        // After a missing parameter the run can only end with the list of those that are missing.
        if !lock(&self.missing).is_empty() {
            return Err(fail(context, "a parameter is missing"));
        }
        if name == lock(&self.region).name {
            let text = format!("the reference region `{name}` is the target itself");
            return Err(fail(
                context,
                format!("{text}; hint: choose another with --region, or --set reference=..."),
            ));
        }
        Ok(Named { name: name.to_owned() })
    }

    /// Reads something of a region.
    fn read<T, F: Future<Output = Result<T, Error>>>(
        &self,
        context: &NativeCallContext<'_>,
        from: &str,
        read: impl FnOnce(Reference) -> F,
    ) -> Answer<T> {
        let Some(reader) = &self.reader else {
            return Err(fail(context, "nothing can be read here"));
        };
        let start = Instant::now();
        let value = reader.handle.block_on(async {
            let region = self.open(reader, from).await?;
            read(region).await
        });
        let spent = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.reading.fetch_add(spent, Ordering::Relaxed);
        value.map_err(|error| {
            let hint = error.hint().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
            let text = format!("failed to read {from}: {error}{hint}");
            *lock(&self.failed) = Some(error);
            fail(context, text)
        })
    }

    /// The region to read, asked for once whether the account has it.
    async fn open(&self, reader: &Reader, name: &str) -> Result<Reference, Error> {
        let known = lock(&self.opened).get(name).cloned();
        match known {
            Some(region) => Ok(region),
            None => {
                let region = Reference::new(&reader.aws, name).await?;
                lock(&self.opened).insert(name.to_owned(), region.clone());
                Ok(region)
            }
        }
    }
}
