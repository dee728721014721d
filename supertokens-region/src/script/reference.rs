//! How a script reads a region to copy from. The language waits for each read; what is read comes as plain values.

use std::future::Future;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rhai::{Array, Dynamic, Engine, NativeCallContext};
use tokio::runtime::Handle;

use super::words::Told;
use super::{Answer, Shared, fail, lock};
use crate::aws::Aws;
use crate::error::Error;
use crate::kind::Kind;
use crate::kinds::SecurityGroup;
use crate::reference::Reference;
use crate::region::label;

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
    let reading = shared.clone();
    engine.register_fn("bucket", move |context: NativeCallContext<'_>, from: Named, name: &str| {
        reading.read(&context, &from, async |region| region.bucket(name).await)
    });
    let reading = shared.clone();
    engine.register_fn("security_group", move |context: NativeCallContext<'_>, from: Named, name: &str| {
        reading.read(&context, &from, async |region| region.security_group(name).await)
    });
    engine.register_fn("cidrs", |group: Told<SecurityGroup>, port: i64| -> Array {
        group.value.cidrs(port).into_iter().map(Dynamic::from).collect()
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

    /// Reads something of a reference region: each of its fields comes from there.
    fn read<K: Kind, F: Future<Output = Result<K, Error>>>(
        &self,
        context: &NativeCallContext<'_>,
        from: &Named,
        read: impl FnOnce(Reference) -> F,
    ) -> Answer<Told<K>> {
        let Some(reader) = &self.reader else {
            return Err(fail(context, "nothing can be read here"));
        };
        let start = Instant::now();
        let value = reader.handle.block_on(async {
            let region = Reference::new(&reader.aws, &from.name).await?;
            read(region).await
        });
        let spent = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.reading.fetch_add(spent, Ordering::Relaxed);
        match value {
            Ok(value) => Ok(Told::stamp(None, value, &format!("reference {}", from.name))),
            Err(error) => {
                let hint = error.hint().map(|hint| format!("; hint: {hint}")).unwrap_or_default();
                let text = format!("failed to read the reference: {error}{hint}");
                *lock(&self.failed) = Some(error);
                Err(fail(context, text))
            }
        }
    }
}
