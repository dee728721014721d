//! A live region to copy from: the same kinds, read elsewhere, and carried over. What belongs to that region alone (ids,
//! ARNs, keys, what AWS made up) is left behind.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;

use crate::address::Address;
use crate::aws::{Aws, Identity};
use crate::discover::Snapshot;
use crate::error::Error;
use crate::graph::Graph;
use crate::ids::Ids;
use crate::kind::{Cx, Kind, Listed, Progress};
use crate::kinds::{
    Bucket, HostedZone, Instance, KeyPair, LambdaFunction, Published, RdsCluster, SecurityGroup, SsmDocument,
    Topic, hosted_zone,
};
use crate::lease::LastSeen;
use crate::preflight::preflight;
use crate::wanted::{Found, Wanted};

/// A region to copy from, of the same account. Each list of it is read once; a new value reads anew.
#[derive(Clone, Debug)]
pub struct Reference {
    aws: Aws,
    identity: Identity,
    name: String,
    /// See [`Reference::beside`].
    beside: Option<String>,
    lists: Lists,
    /// Nothing is wanted of it.
    nothing: Arc<Graph>,
}

/// What was read of a region by now, by kind: several things of a list, asked for by name, take one read.
#[derive(Clone, Default)]
struct Lists(Arc<Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>>);

impl Lists {
    /// The list of a kind, read or not.
    fn of<K: Kind>(&self) -> Arc<OnceCell<Found<K>>> {
        let mut lists = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let list = lists.entry(TypeId::of::<K>()).or_insert_with(|| Arc::new(OnceCell::<Found<K>>::new()));
        match list.clone().downcast() {
            Ok(list) => list,
            Err(_) => unreachable!("the key is the kind"),
        }
    }
}

impl std::fmt::Debug for Lists {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lists")
    }
}

impl Reference {
    /// The region of this name.
    ///
    /// # Errors
    /// When AWS knows no such region, the account has not enabled it, or AWS can't be asked.
    pub async fn new(aws: &Aws, name: &str) -> Result<Self, Error> {
        let aws = aws.looking();
        let identity = preflight(&aws, name, None).await?;
        Ok(Self {
            aws,
            identity,
            name: name.to_owned(),
            beside: None,
            lists: Lists::default(),
            nothing: Arc::default(),
        })
    }

    /// The same, read for this region: what takes calls of its own for each thing, such as the aliases, URLs and permissions of
    /// functions, is left out of things that the region has already, and that were finished there. So a run that finds
    /// everything there makes few calls. What was left out is told by a finding.
    #[must_use]
    pub fn beside(self, target: &str) -> Self {
        Self { beside: Some(target.to_owned()), lists: Lists::default(), ..self }
    }

    /// AWS's name of the region.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bucket of this name, with what can be carried over of its settings: versioning, encryption, lifecycle, CORS and
    /// tags. Public access and ACLs are as strict as for any new bucket; policy and logging name things of the reference, and
    /// stay behind. Findings tell what was mapped; a plan that makes the copy tells what else stays behind.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn bucket(&self, name: &str) -> Result<Wanted<Bucket>, Error> {
        let (ids, seen) = (Ids::default(), Snapshot::default());
        let (bucket, findings) = Bucket::carried_over(name, &self.cx(&ids, &seen)).await?;
        Ok(findings.into_iter().fold(self.copied(bucket), Wanted::note))
    }

    /// The security group of this name in the region's default VPC, with its rules; it belongs to no VPC yet.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn security_group(&self, name: &str) -> Result<Wanted<SecurityGroup>, Error> {
        self.one(self.list().await?, name)
    }

    /// All security groups of the region's default VPC, with their rules; they belong to no VPC yet.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn security_groups(&self) -> Result<Found<SecurityGroup>, Error> {
        self.list().await
    }

    /// All Standard topics, without their subscriptions.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn topics(&self) -> Result<Found<Topic>, Error> {
        self.list().await
    }

    /// The private zone of this name that the region's default VPC sees, without its records; no VPC sees it yet.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn zone(&self, name: &str) -> Result<Wanted<HostedZone>, Error> {
        self.one(self.list().await?, &hosted_zone(name).name())
    }

    /// All private zones that the region's default VPC sees, without their records; no VPC sees them yet.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn zones(&self) -> Result<Found<HostedZone>, Error> {
        self.list().await
    }

    /// All key pairs, with their public keys.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn key_pairs(&self) -> Result<Found<KeyPair>, Error> {
        self.list().await
    }

    /// The key pair of this name, with its public key.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn key_pair(&self, name: &str) -> Result<Wanted<KeyPair>, Error> {
        self.one(self.list().await?, name)
    }

    /// The instance with this `Name` tag; it is in no VPC yet.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn instance(&self, name: &str) -> Result<Wanted<Instance>, Error> {
        let (ids, seen) = (Ids::default(), Snapshot::default());
        let found = Instance::list_named(name, &self.cx(&ids, &seen)).await?;
        self.one(self.stamped(found), name)
    }

    /// All instances that have a `Name` tag of their own; they are in no VPC yet.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn instances(&self) -> Result<Found<Instance>, Error> {
        self.list().await
    }

    /// All own documents of Systems Manager, each with all its versions. Contents are read when a copy is to be made.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn documents(&self) -> Result<Found<SsmDocument>, Error> {
        self.list().await
    }

    /// All functions of Lambda, each with its code.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn functions(&self) -> Result<Found<LambdaFunction>, Error> {
        self.list().await
    }

    /// All Aurora PostgreSQL clusters, with their instances and parameter groups; they belong to no VPC yet.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn clusters(&self) -> Result<Found<RdsCluster>, Error> {
        self.list().await
    }

    /// The Aurora PostgreSQL cluster of this name.
    ///
    /// # Errors
    /// When there is none that can be copied, or it can't be read.
    pub async fn cluster(&self, name: &str) -> Result<Wanted<RdsCluster>, Error> {
        let found = self.clusters().await?;
        let all: Vec<_> = found.all.iter().map(|cluster| cluster.value.name()).collect();
        let missing = || Error::Conflict {
            message: format!("{} has no cluster `{name}` that can be copied", self.name),
            hint: format!("there are: {}", all.join(", ")),
        };
        found.all.iter().find(|cluster| cluster.value.name() == name).cloned().ok_or_else(missing)
    }

    /// Under which dimensions the metrics of this cluster are published: for [`crate::Alarm::as_published`].
    ///
    /// # Errors
    /// When CloudWatch can't be asked.
    pub async fn published(&self, cluster: &str) -> Result<Published, Error> {
        let (ids, seen) = (Ids::default(), Snapshot::default());
        Published::read(cluster, &self.cx(&ids, &seen)).await
    }

    /// All that the region has of a kind, each field with its source.
    pub(crate) async fn list<K: Listed>(&self) -> Result<Found<K>, Error> {
        let list = self.lists.of::<K>();
        let read = list.get_or_try_init(async || {
            let (ids, seen) = (Ids::default(), Snapshot::default());
            Ok(self.stamped(K::list(&self.cx(&ids, &seen)).await?))
        });
        read.await.cloned()
    }

    /// Each field of what was found, with its source.
    fn stamped<K: Kind>(&self, found: Found<K>) -> Found<K> {
        let stamp = |wanted: Wanted<K>| Wanted {
            findings: wanted.findings,
            waivers: wanted.waivers,
            ..self.copied(wanted.value)
        };
        Found { all: found.all.into_iter().map(stamp).collect(), findings: found.findings }
    }

    /// The one of this name; or why it can't be copied, where that is known.
    fn one<K: Kind>(&self, found: Found<K>, name: &str) -> Result<Wanted<K>, Error> {
        let why = found.findings.iter().find(|finding| finding.message.contains(&format!("`{name}`")));
        let (message, hint) = match why {
            Some(finding) => (finding.message.clone(), finding.hint.clone()),
            None => (format!("{} has no `{}`", self.name, Address::new(K::WORD, name)), None),
        };
        let hint = hint.unwrap_or_else(|| "name another, or another reference region".to_owned());
        let one = found.all.into_iter().find(|wanted| wanted.value.name() == name);
        one.ok_or(Error::Conflict { message, hint })
    }

    /// All that the region has of a kind, as bare values: for the region that is opened, so the lease is looked at before.
    pub(crate) async fn target<K: Listed>(&self) -> Result<Vec<K>, Error> {
        let _ = self.aws.list::<LastSeen>(&self.name).await;
        let (ids, seen) = (Ids::default(), Snapshot::default());
        K::there(&self.cx(&ids, &seen)).await
    }

    fn cx<'a>(&'a self, ids: &'a Ids, seen: &'a Snapshot) -> Cx<'a> {
        let (aws, region, identity, graph) = (&self.aws, &*self.name, &self.identity, &*self.nothing);
        let beside = self.beside.as_deref();
        Cx { aws, region, identity, ids, graph, seen, beside, progress: Progress::default() }
    }

    fn copied<K: Kind>(&self, value: K) -> Wanted<K> {
        Wanted::copied(value, &format!("reference {}", self.name))
    }
}
