//! How a script reads a region to copy from, and what the target has. The language waits for each read; what is read comes
//! as plain values.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rhai::{Array, Dynamic, Engine, EvalAltResult, NativeCallContext};
use tokio::runtime::Handle;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;

use super::{Answer, RegionHandle, Shared, fail, lock, place};
use crate::address::Ref;
use crate::aws::Aws;
use crate::error::Error;
use crate::kind::{Kind, Listed, NOT_COMPARED};
use crate::kinds::{
    Alarm, HostedZone, Instance, KeyPair, LambdaFunction, Published, RdsCluster, SecurityGroup, SsmDocument,
    Topic,
};
use crate::reference::Reference;
use crate::region::label;
use crate::wanted::{Found, Wanted};

/// What reads are made with.
#[derive(Clone)]
pub(super) struct Reader {
    pub(super) aws: Aws,
    pub(super) handle: Handle,
}

impl Reader {
    pub(super) fn new(aws: &Aws, handle: Handle) -> Self {
        Self { aws: aws.looking(), handle }
    }
}

/// The regions that are read from, each asked for once whether the account has it.
#[derive(Clone)]
pub(super) struct Opened {
    regions: Arc<Mutex<BTreeMap<String, Arc<OnceCell<Reference>>>>>,
    /// The region that they are read for; `None`: they are read in full.
    beside: Option<Arc<str>>,
}

impl Opened {
    /// None yet; those that will be are read beside this region.
    pub(super) fn beside(target: Option<String>) -> Self {
        Self { regions: Arc::default(), beside: target.map(Into::into) }
    }

    /// The region of this name.
    async fn open(&self, reader: &Reader, name: &str) -> Result<Reference, Error> {
        let region = lock(&self.regions).entry(name.to_owned()).or_default().clone();
        let open = async || {
            let opened = Reference::new(&reader.aws, name).await?;
            Ok(match &self.beside {
                Some(target) => opened.beside(target),
                None => opened,
            })
        };
        region.get_or_try_init(open).await.cloned()
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
    one(shared, engine, "zone", async |region, name| region.zone(&name).await);
    one(shared, engine, "key_pair", async |region, name| region.key_pair(&name).await);
    one(shared, engine, "instance", async |region, name| region.instance(&name).await);
    listing::<HostedZone>(shared, engine, "zones");
    listing::<KeyPair>(shared, engine, "key_pairs");
    listing::<Topic>(shared, engine, "topics");
    listing::<SecurityGroup>(shared, engine, "security_groups");
    listing::<SsmDocument>(shared, engine, "documents");
    listing::<LambdaFunction>(shared, engine, "functions");
    listing::<Instance>(shared, engine, "instances");
    one(shared, engine, "cluster", async |region, name| region.cluster(&name).await);
    listing::<RdsCluster>(shared, engine, "clusters");
    published(shared, engine);
    engine.register_fn("cidrs", |group: Wanted<SecurityGroup>, port: i64| -> Array {
        group.value.cidrs(port).into_iter().map(Dynamic::from).collect()
    });
}

/// `region.expect_account(account)`: asks at once who is calling, so that nothing of another account is read by what comes
/// after it.
pub(super) fn register_account(shared: &Shared, engine: &mut Engine) {
    let shared = shared.clone();
    engine.register_fn(
        "expect_account",
        move |context: NativeCallContext<'_>, region: RegionHandle, account: &str| -> Answer<()> {
            region.lock().expect_account(account);
            // After a missing parameter the account may be one, too.
            let asked = !account.is_empty() && !shared.any_account && lock(&shared.missing).is_empty();
            let Some(reader) = shared.reader.as_ref().filter(|_| asked) else { return Ok(()) };
            let (aws, account) = (reader.aws.clone(), account.to_owned());
            let begun = reader.handle.spawn(async move { aws.identity().await?.expect(&account) });
            shared.spend(begun).map_err(|error| shared.refuse(&context, "", error))
        },
    );
}

/// What a reference publishes of one of its clusters, `us.published(cluster)`, and alarms that watch just that.
fn published(shared: &Shared, engine: &mut Engine) {
    engine.register_type_with_name::<Published>("Published");
    if let Some(reader) = &shared.reader {
        shared.ahead.lists("published", reader, async |aws, region| Published::ahead(&aws, &region).await);
    }
    let reading = shared.clone();
    engine.register_fn("published", move |context: NativeCallContext<'_>, from: Named, cluster: &str| {
        let name = cluster.to_owned();
        reading.read(&context, &from.name, move |region| async move { region.published(&name).await })
    });
    let reading = shared.clone();
    engine.register_fn(
        "published",
        move |context: NativeCallContext<'_>, from: Named, cluster: Wanted<RdsCluster>| {
            let name = cluster.value.name();
            reading.read(&context, &from.name, move |region| async move { region.published(&name).await })
        },
    );
    engine.register_fn("as_published", |alarm: Wanted<Alarm>, published: Published| {
        alarm.as_published(&published)
    });
}

/// A word that gives one thing of a reference by its name: `us.bucket("data")`.
fn one<K: Kind, F: Future<Output = Result<Wanted<K>, Error>> + Send + 'static>(
    shared: &Shared,
    engine: &mut Engine,
    word: &'static str,
    read: impl Fn(Reference, String) -> F + Send + Sync + 'static,
) {
    let read = Arc::new(read);
    if let Some(reader) = &shared.reader {
        begun_by::<K>(shared, reader, word);
        let (opened, read, reading) = (shared.opened.clone(), read.clone(), reader.clone());
        shared.ahead.word(word, &reader.handle, move |region, name| {
            let (opened, read, reader) = (opened.clone(), read.clone(), reading.clone());
            async move { read(opened.open(&reader, &region).await?, name.unwrap_or_default()).await }
        });
    }
    let shared = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, from: Named, name: &str| {
        match shared.ahead.take(&from.name, word, Some(name)) {
            Some(begun) => shared.wait(&context, &from.name, begun),
            None => {
                let (read, name) = (read.clone(), name.to_owned());
                shared.read(&context, &from.name, move |region| read(region, name))
            }
        }
    });
}

/// Whoever says this word will look into the lists of the kind: in the region that it is said of, and in the target.
fn begun_by<K: Kind>(shared: &Shared, reader: &Reader, word: &'static str) {
    shared.ahead.makes([(word, K::WORD)]);
    shared.ahead.lists(word, reader, async |aws, region| K::ahead(&aws, &region).await);
}

/// A word that gives all things of a kind: of a reference, `us.documents()`, their values; of the target,
/// `region.documents()`, references to those that are there and to those that were added until now.
fn listing<K: Listed>(shared: &Shared, engine: &mut Engine, word: &'static str) {
    if let Some(reader) = &shared.reader {
        begun_by::<K>(shared, reader, word);
        let (opened, reading) = (shared.opened.clone(), reader.clone());
        shared.ahead.word(word, &reader.handle, move |region, _| {
            let (opened, reader) = (opened.clone(), reading.clone());
            async move { opened.open(&reader, &region).await?.list::<K>().await }
        });
    }
    let reading = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, from: Named| -> Answer<Array> {
        let found = match reading.ahead.take::<Found<K>>(&from.name, word, None) {
            Some(begun) => reading.wait(&context, &from.name, begun)?,
            None => reading.read(&context, &from.name, |region| async move { region.list::<K>().await })?,
        };
        for finding in found.findings {
            let mut region = lock(&reading.region);
            // Once, however often a script asks for the list.
            if finding.rule != NOT_COMPARED || region.notes.iter().all(|note| note.finding != finding) {
                region.note_at(finding, place(&context));
            }
        }
        Ok(found.all.into_iter().map(Dynamic::from).collect())
    });
    let reading = shared.clone();
    engine.register_fn(word, move |context: NativeCallContext<'_>, region: RegionHandle| -> Answer<Array> {
        let name = region.lock().name.clone();
        let there = reading.read(&context, &name, |region| async move { region.target::<K>().await })?;
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
        if let Some(reader) = &self.reader {
            self.ahead.begin(reader, &lock(&self.region).name);
        }
        Ok(Named { name: name.to_owned() })
    }

    /// Reads something of a region.
    fn read<T: Send + 'static, F: Future<Output = Result<T, Error>> + Send + 'static>(
        &self,
        context: &NativeCallContext<'_>,
        from: &str,
        read: impl FnOnce(Reference) -> F + Send + 'static,
    ) -> Answer<T> {
        let Some(reader) = self.reader.clone() else {
            return Err(fail(context, "nothing can be read here"));
        };
        let (opened, name, handle) = (self.opened.clone(), from.to_owned(), reader.handle.clone());
        let begun = handle.spawn(async move { read(opened.open(&reader, &name).await?).await });
        self.wait(context, from, begun)
    }

    /// Waits for a read. The script's own time does not count it.
    fn wait<T>(
        &self,
        context: &NativeCallContext<'_>,
        from: &str,
        begun: JoinHandle<Result<T, Error>>,
    ) -> Answer<T> {
        let what = format!("failed to read {from}: ");
        self.spend(begun).map_err(|error| self.refuse(context, &what, error))
    }

    /// Waits, and takes note of how long that took.
    fn spend<T>(&self, begun: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
        let start = Instant::now();
        let value = match futures::executor::block_on(begun) {
            Ok(value) => value,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        let spent = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.reading.fetch_add(spent, Ordering::Relaxed);
        value
    }

    /// What the run ends with, and why.
    fn refuse(&self, context: &NativeCallContext<'_>, what: &str, error: Error) -> Box<EvalAltResult> {
        let hint = error.hint().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
        let text = format!("{what}{error}{hint}");
        *lock(&self.failed) = Some(error);
        fail(context, text)
    }
}
