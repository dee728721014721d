//! A live region to copy from: the same kinds, read elsewhere, and carried over. What belongs to that region alone (ids,
//! ARNs, keys, what AWS made up) is left behind.

use crate::aws::{Aws, Identity};
use crate::discover::{Snapshot, discover};
use crate::error::Error;
use crate::graph::graph;
use crate::kind::{Cx, Ids, Kind, Listed, Progress};
use crate::kinds::{Bucket, SecurityGroup, SsmDocument, bucket, default_vpc, security_group};
use crate::preflight::preflight;
use crate::region::Region;
use crate::wanted::{Found, Wanted};

/// A region to copy from, of the same account.
#[derive(Clone, Debug)]
pub struct Reference {
    aws: Aws,
    identity: Identity,
    name: String,
}

impl Reference {
    /// The region of this name.
    ///
    /// # Errors
    /// When AWS knows no such region, the account has not enabled it, or AWS can't be asked.
    pub async fn new(aws: &Aws, name: &str) -> Result<Self, Error> {
        let identity = preflight(aws, name, None).await?;
        Ok(Self { aws: aws.clone(), identity, name: name.to_owned() })
    }

    /// AWS's name of the region.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The bucket of this name, with what can be carried over of its settings: versioning and tags. Public access, ACLs and
    /// encryption are as strict as for any new bucket; policy and logging name things of the reference, and stay behind.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn bucket(&self, name: &str) -> Result<Wanted<Bucket>, Error> {
        let mut region = Region::new(&self.name);
        region.existing(bucket(name).everything());
        self.read::<Bucket>(&region).await.map(|live| self.copied(live.carried_over()))
    }

    /// The security group of this name in the region's default VPC, with its rules; it belongs to no VPC yet.
    ///
    /// # Errors
    /// When there is none, or it can't be read.
    pub async fn security_group(&self, name: &str) -> Result<Wanted<SecurityGroup>, Error> {
        let mut region = Region::new(&self.name);
        let vpc = region.existing(default_vpc());
        region.existing(security_group(name).in_vpc(vpc));
        self.read::<SecurityGroup>(&region).await.map(|live| self.copied(live.carried_over()))
    }

    /// All own documents of Systems Manager, each with all its versions.
    ///
    /// # Errors
    /// When they can't be read.
    pub async fn documents(&self) -> Result<Found<SsmDocument>, Error> {
        self.list().await
    }

    /// All that the region has of a kind, each field with its source.
    pub(crate) async fn list<K: Listed>(&self) -> Result<Found<K>, Error> {
        let (ids, seen) = (Ids::default(), Snapshot::default());
        let found = K::list(&self.cx(&ids, &seen)).await?;
        let stamp = |wanted: Wanted<K>| Wanted {
            findings: wanted.findings,
            waivers: wanted.waivers,
            ..self.copied(wanted.value)
        };
        Ok(Found { all: found.all.into_iter().map(stamp).collect(), findings: found.findings })
    }

    /// All that the region has of a kind, as bare values.
    pub(crate) async fn there<K: Listed>(&self) -> Result<Vec<K>, Error> {
        let (ids, seen) = (Ids::default(), Snapshot::default());
        K::there(&self.cx(&ids, &seen)).await
    }

    fn cx<'a>(&'a self, ids: &'a Ids, seen: &'a Snapshot) -> Cx<'a> {
        let (aws, region, identity) = (&self.aws, &*self.name, &self.identity);
        Cx { aws, region, identity, ids, seen, progress: Progress::default() }
    }

    fn copied<K: Kind>(&self, value: K) -> Wanted<K> {
        Wanted::copied(value, &format!("reference {}", self.name))
    }

    /// Reads what the region describes, and gives the last thing of it.
    async fn read<K: Kind>(&self, region: &Region) -> Result<K, Error> {
        let broken = |what: &str| Error::Conflict {
            message: format!("`{what}` can't be read in {}", self.name),
            hint: "look at its name".to_owned(),
        };
        let graph = graph(region).map_err(|problems| match problems.first() {
            Some(problem) => broken(&problem.invalid.message),
            None => broken(&region.name),
        })?;
        let mut snapshot = discover(&graph, &self.aws, &self.identity, &Ids::default()).await;
        let Some(address) = graph.order.last() else { return Err(broken(&region.name)) };
        let live = snapshot.things.remove(address).transpose()?.flatten().ok_or_else(|| Error::Conflict {
            message: format!("{} has no `{address}`", self.name),
            hint: "name another, or another reference region".to_owned(),
        })?;
        K::try_from(live.is).map_err(|_| broken(address.as_str()))
    }
}
