//! Lambda functions with their code, and what hangs on them: layers, aliases, URLs, permissions.

mod bringing;
mod check;
mod code;
mod content;
mod copied;
mod copying;
mod copying_hanging;
mod delivery;
mod hanging;
mod layer;
mod making;
mod network;
mod parts;
mod ready;
mod refusals;
mod role;
mod runtimes;
mod suspects;
mod syncing;
#[cfg(test)]
mod tests;
mod there;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Bucket, SecurityGroup, Topic, Vpc};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::{Cx, Invalid, Kind, Listed, Live};
use crate::secret::Secret;
use crate::tags::Tags;
use crate::wanted::Found;
use code::Package;
use layer::{Layer, OfFunctions};
use network::{Network, Networks};
use parts::{Alias, Asynchronous, LATEST, Logging, PUBLISHED, Permission, Url};
use there::Functions;

/// A function of this account. Made with [`lambda_function`], or read from a reference with its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LambdaFunction {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Package>,
    #[serde(skip_serializing_if = "Option::is_none")]
    runtime: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handler: Option<String>,
    /// With its path: `service-role/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout_secs: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory_mib: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ephemeral_storage_mib: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    architecture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tracing: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snap_start: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    logging: Option<Logging>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    environment: BTreeMap<String, Secret>,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<Layer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network: Option<Network>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letters: Option<Ref<Topic>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reserved_concurrency: Option<i64>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    aliases: BTreeMap<String, Alias>,
    /// By alias, or `$LATEST` for the function itself; so are the next two.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    urls: BTreeMap<String, Url>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    permissions: BTreeMap<String, BTreeMap<String, Permission>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    asynchronous: BTreeMap<String, Asynchronous>,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
    /// Where packages go that are too large for a call.
    #[serde(skip)]
    through: Option<Ref<Bucket>>,
    /// Whether it was read, and is compared, only by what lists tell, without what takes calls of its own: it is there already,
    /// finished.
    #[serde(skip)]
    by_lists: bool,
}

/// A function of this name: 1-64 letters, digits, `-` and `_`. To be made it needs a runtime, a handler, a role and code;
/// one that a reference gave has all of them.
#[must_use]
pub fn lambda_function(name: &str) -> LambdaFunction {
    LambdaFunction {
        name: name.to_owned(),
        code: None,
        runtime: None,
        handler: None,
        role: None,
        description: None,
        timeout_secs: None,
        memory_mib: None,
        ephemeral_storage_mib: None,
        architecture: None,
        tracing: None,
        snap_start: None,
        logging: None,
        environment: BTreeMap::new(),
        layers: None,
        network: None,
        dead_letters: None,
        reserved_concurrency: None,
        aliases: BTreeMap::new(),
        urls: BTreeMap::new(),
        permissions: BTreeMap::new(),
        asynchronous: BTreeMap::new(),
        tags: Tags::new(),
        through: None,
        by_lists: false,
    }
}

impl Kind for LambdaFunction {
    const WORD: &'static str = "lambda_function";
    const READS_AFTER: &'static [&'static str] = &[Topic::WORD, Vpc::WORD];

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        let topics = self.asynchronous.values().flat_map(Asynchronous::topics).chain(&self.dead_letters);
        let vpc = self.network.as_ref().and_then(Network::vpc);
        let bucket = self.through.as_ref().filter(|_| self.needs_bucket());
        let mut needs: Vec<_> = topics.map(Ref::address).collect();
        needs.extend(vpc.map(Ref::address));
        needs.extend(bucket.map(Ref::address));
        needs
    }

    fn after(&self) -> Vec<Address> {
        let groups = self.network.iter().flat_map(|network| &network.groups);
        groups.map(|group| Address::new(SecurityGroup::WORD, group)).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        check::check(self)
    }

    fn log_groups(&self) -> Vec<String> {
        vec![self.log_group_name()]
    }

    fn remarks(&self, live: Option<&Live<Self>>, _: &Graph) -> Vec<Finding> {
        let mut remarks = vec![];
        for (of, _) in self.urls.iter().filter(|(_, url)| url.auth == "NONE") {
            let text = format!("the URL of `{of}` is open to everybody on the internet");
            remarks.push(Finding::warning("public-url", text).hint("does the code ask who is calling?"));
        }
        if let Some(Live { is: there, .. }) = live {
            for text in self.fixed(there) {
                let hint = "remove it by hand, then run again: the tool never takes permissions away";
                remarks.push(Finding::error("cannot-change", text).hint(hint));
            }
        }
        remarks
    }

    fn calls(&self, live: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        vec![("lambda:CreateFunction", u64::from(live.is_none()))]
    }

    async fn glance(aws: &Aws, region: &str) {
        copied::glance(aws, region).await;
    }

    async fn ahead(aws: &Aws, region: &str) {
        // The layers are those of the functions, which are listed before them.
        let _ = tokio::join!(aws.list::<OfFunctions>(region), aws.list::<Networks>(region));
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        Box::pin(hanging::read(wanted, cx)).await
    }

    async fn preflight(missing: &[Self], cx: &Cx<'_>) -> Result<Vec<Vec<Finding>>, Error> {
        Ok(ready::preflight(missing, cx).await)
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        // In a box: it would fill a thread's stack.
        Box::pin(self.bring(live.is_some(), cx)).await?;
        Ok(there::arn(&self.name, cx))
    }
}

impl Listed for LambdaFunction {
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        Box::pin(copied::all(cx)).await
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let functions = cx.aws.list::<Functions>(cx.region).await?;
        let bare = |name: &String| Self { by_lists: cx.beside.is_some(), ..lambda_function(name) };
        Ok(functions.0.keys().map(bare).collect())
    }
}

impl LambdaFunction {
    fn log_group_name(&self) -> String {
        let own = self.logging.as_ref().and_then(|logging| logging.group.clone());
        own.unwrap_or_else(|| format!("/aws/lambda/{}", self.name))
    }

    /// Whether its code, or that of a layer, is too large for a call.
    fn needs_bucket(&self) -> bool {
        let layers = self.layers.iter().flatten().filter_map(Layer::package);
        self.code.iter().chain(layers).any(Package::is_large)
    }

    /// Permissions that are there under the same id and say something else: AWS can't change them.
    fn fixed(&self, there: &Self) -> Vec<String> {
        let mut fixed = vec![];
        for (of, wanted) in &self.permissions {
            let Some(there) = there.permissions.get(of) else { continue };
            for (id, permission) in wanted {
                if let Some(other) = there.get(id).filter(|other| *other != permission) {
                    fixed.push(format!("the permission `{id}` of `{of}` is another one: {other}"));
                }
            }
        }
        fixed
    }
}
