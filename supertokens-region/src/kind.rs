//! What a kind is: one sort of thing that the tool can read, compare and make, such as a topic or an alarm.

use std::fmt::Debug;
use std::future::Future;
use std::pin::pin;

use futures::future::{Either, select};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::address::{Address, Ref};
use crate::aws::{Aws, Identity};
use crate::discover::Snapshot;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::{Ids, Stage};
use crate::kinds::Resource;
use crate::stop::{Stop, Stopped};
use crate::wanted::{Found, Wanted};

/// One sort of thing. A value of the kind says what is wanted, and in the same words what is there: so one comparison
/// serves all kinds.
///
/// How a value serializes is how it is compared: objects by the keys that are wanted (an absent key is not ours),
/// everything else exactly. So sets of which others may own members (tags, rules) are maps by their natural key, and
/// "wanted absent" is a value, never `None`.
pub trait Kind:
    Clone
    + Debug
    + PartialEq
    + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + 'static
    + Into<Resource>
    + TryFrom<Resource>
{
    /// The kind's word: in addresses, plans, docs, and the serde tag.
    const WORD: &'static str;
    /// Kinds whose ids [`Kind::read`] needs, or whose findings it looks at: they are read before.
    const READS_AFTER: &'static [&'static str] = &[];
    /// Who makes it.
    const MADE_BY: MadeBy = MadeBy::Tool;
    /// Whether it covers what other things bring with them ([`Kind::log_groups`]), too: then it is looked at once more as soon
    /// as those that are made or changed have it.
    const COVERS_OTHERS: bool = false;
    /// Fields that count what others add to and take from at any time. A saved plan holds good whatever they come to.
    const TALLIES: &'static [&'static str] = &[];

    /// The natural key, unique among the things of the kind in a region.
    fn name(&self) -> String;

    /// What must be there before this can be applied.
    fn needs(&self) -> Vec<Address> {
        vec![]
    }

    /// Of what it needs or comes after, what its apply waits for by itself (`Cx::reached`), where it comes to that: what
    /// doesn't hang on it is done meanwhile.
    fn awaits(&self) -> Vec<Address> {
        vec![]
    }

    /// What comes first where it is wanted too. Where it isn't, nothing is missing.
    fn after(&self) -> Vec<Address> {
        vec![]
    }

    /// What AWS would reject, told without asking AWS: each problem as a sentence, with what to do about it.
    fn check(&self) -> Vec<Invalid> {
        vec![]
    }

    /// What a person has to do, for kinds that people make.
    fn instructions(&self) -> String {
        String::new()
    }

    /// Log groups that come with this thing: it is made with them, or AWS makes them by itself.
    fn log_groups(&self) -> Vec<String> {
        vec![]
    }

    /// Remarks for the plan that need the live thing and what else is wanted: rules that nobody asked for, and such.
    fn remarks(&self, live: Option<&Live<Self>>, graph: &Graph) -> Vec<Finding> {
        let _ = (live, graph);
        vec![]
    }

    /// The calls that an apply makes at least, by operation, of those of which AWS takes few a second: for the estimate of a
    /// plan.
    fn calls(&self, live: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        let _ = live;
        vec![]
    }

    /// Takes a finding of this rule as it is, for this reason: see [`Wanted::waive`].
    #[must_use]
    fn waive(self, rule: &str, reason: &str) -> Wanted<Self> {
        Wanted::new(self).waive(rule, reason)
    }

    /// Begins what [`Kind::read`] will need in a region whatever is wanted there: the lists that it looks into, read through
    /// `Aws::list`. Only a hint, for a read that comes later: what fails here fails there.
    fn ahead(aws: &Aws, region: &str) -> impl Future<Output = ()> + Send {
        let _ = (aws, region);
        std::future::ready(())
    }

    /// Begins what only tells how much there is to read, of the region that is opened: so it may be asked at the same time as the
    /// region's lease, before anything that a plan relies on.
    fn glance(aws: &Aws, region: &str) -> impl Future<Output = ()> + Send {
        let _ = (aws, region);
        std::future::ready(())
    }

    /// Reads many at once, told in the terms of `Self`, in as few calls as pages: one answer a wanted value, in order.
    /// `None`: there is none. A read that fails is an error, never "none".
    fn read(
        wanted: &[Self],
        cx: &Cx<'_>,
    ) -> impl Future<Output = Vec<Result<Option<Live<Self>>, Error>>> + Send;

    /// What AWS would refuse later, or do otherwise than one expects: asked before anything is changed, of those that are to
    /// be made. One list a value, in order. It is asked for nothing in a run that finds everything there.
    fn preflight(
        missing: &[Self],
        cx: &Cx<'_>,
    ) -> impl Future<Output = Result<Vec<Vec<Finding>>, Error>> + Send {
        let _ = cx;
        std::future::ready(Ok(missing.iter().map(|_| vec![]).collect()))
    }

    /// Makes the live one equal to `self`, aspect by aspect, and tells its id. Idempotent. `live` is what was read for
    /// the plan; it may be stale.
    fn apply(
        &self,
        live: Option<&Live<Self>>,
        cx: &Cx<'_>,
    ) -> impl Future<Output = Result<String, Error>> + Send;
}

/// The rule of the note that tells what was left out: see [`Cx::beside`].
pub(crate) const NOT_COMPARED: &str = "not-compared";

/// Kinds of which a region can tell all that it has: for references.
pub trait Listed: Kind {
    /// All that the region has, told in the words of the builder and carried over: without what belongs to that region
    /// alone (ARNs, ids, zones, keys, secrets, endpoints, generated names). What is left behind is a finding of the value,
    /// what can't be copied at all one of the list.
    fn list(cx: &Cx<'_>) -> impl Future<Output = Result<Found<Self>, Error>> + Send;

    /// All that the region has, each as a bare value that [`crate::Region::existing`] takes.
    fn there(cx: &Cx<'_>) -> impl Future<Output = Result<Vec<Self>, Error>> + Send;
}

/// Who makes the things of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MadeBy {
    /// The tool: what is missing is created.
    Tool,
    /// Somebody else: it is looked up, and blocks what needs it when it is missing.
    Others,
    /// A person: it stays outstanding until AWS can tell that it is done.
    Person,
}

/// Something that AWS would reject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Invalid {
    /// What is wrong, with what was expected and what was given.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl Invalid {
    /// A problem without a hint.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// What is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Live<K> {
    /// Told in the words of the builder.
    pub is: K,
    /// AWS's id: an ARN, `sg-...`, or the name where AWS has no other id.
    pub id: String,
    /// What is remarkable about it, such as a subscription that nobody confirmed.
    #[serde(default)]
    pub findings: Vec<Finding>,
}

impl<K> Live<K> {
    /// Something with nothing remarkable about it.
    pub fn new(is: K, id: impl Into<String>) -> Self {
        Self { is, id: id.into(), findings: vec![] }
    }
}

/// What reads and applies are given: the door to AWS, where they are, and what is known by now.
#[derive(Clone, Copy, Debug)]
pub struct Cx<'a> {
    /// The door to AWS.
    pub aws: &'a Aws,
    /// The region that is worked on.
    pub region: &'a str,
    /// The caller's account and partition.
    pub identity: &'a Identity,
    /// Addresses and AWS's ids, both ways.
    pub ids: &'a Ids,
    /// All that is wanted; nothing in a reference.
    pub graph: &'a Graph,
    /// What was read before: kinds that stand in [`Kind::READS_AFTER`].
    pub seen: &'a Snapshot,
    /// The region that the reads are for: what hangs on things that it has, finished, may be left out. See
    /// [`crate::Reference::beside`].
    pub beside: Option<&'a str>,
    /// Who is told how far it is.
    pub progress: Progress<'a>,
}

/// Who is told how far something is that takes long, and may stop it; by default nobody.
#[derive(Clone, Copy, Default)]
pub struct Progress<'a> {
    listen: Option<&'a (dyn Fn(&str) + Sync)>,
    stop: Option<&'a Stop>,
}

impl<'a> Progress<'a> {
    /// Tells each step to `listen`.
    pub fn new(listen: &'a (dyn Fn(&str) + Sync)) -> Self {
        Self { listen: Some(listen), stop: None }
    }

    /// The same, and what takes long ends early when it is stopped.
    pub(crate) fn until(self, stop: &'a Stop) -> Self {
        Self { stop: Some(stop), ..self }
    }

    /// Tells how far it is: `412 of 1000 objects`.
    pub fn say(&self, text: &str) {
        if let Some(listen) = self.listen {
            listen(text);
        }
    }

    /// Why nothing new is to be started any more.
    pub(crate) fn why_stopped(&self) -> Option<Stopped> {
        self.stop?.why()
    }

    /// Ends when nothing new is to be started any more.
    pub(crate) async fn stopped(&self) {
        match self.stop {
            Some(stop) => drop(stop.stopped().await),
            None => std::future::pending().await,
        }
    }
}

impl Debug for Progress<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}

impl Cx<'_> {
    /// The account, 12 digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.identity.account
    }

    /// An ARN in the caller's partition: `cx.arn("sns", "ap-south-1", "topic")`. The region is empty for S3 and IAM.
    #[must_use]
    pub fn arn(&self, service: &str, region: &str, rest: &str) -> String {
        let account = if service == "s3" { "" } else { self.account() };
        format!("arn:{}:{service}:{region}:{account}:{rest}", self.identity.partition)
    }

    /// Whether the same run looks at it, and makes it where it has to.
    #[must_use]
    pub fn is_wanted(&self, address: &Address) -> bool {
        self.graph.nodes.contains_key(address)
    }

    /// Waits until all of these are so far in this run, as far as the run looks at them: for what stands in [`Kind::awaits`].
    ///
    /// # Errors
    /// [`Error::Needs`] when one won't get there, [`Error::Stopped`] when the run is stopped meanwhile.
    pub(crate) async fn reached(&self, all: &[Address], stage: Stage) -> Result<(), Error> {
        for address in all.iter().filter(|address| self.is_wanted(address)) {
            let reached = self.ids.reached(address, stage);
            match (select(pin!(reached), pin!(self.progress.stopped())).await, self.progress.why_stopped()) {
                (Either::Left((reached, _)), _) => reached?,
                (Either::Right(_), Some(why)) => return Err(Error::Stopped(why)),
                (Either::Right(_), None) => {}
            }
        }
        Ok(())
    }

    /// What was read before of the thing that `reference` names.
    #[must_use]
    pub fn live<K: Kind>(&self, reference: &Ref<K>) -> Option<Live<K>> {
        let live = self.seen.live(&reference.address())?;
        let is = K::try_from(live.is.clone()).ok()?;
        Some(Live { is, id: live.id.clone(), findings: live.findings.clone() })
    }
}

impl<K: Kind> Ref<K> {
    /// The address of what it refers to.
    #[must_use]
    pub fn address(&self) -> Address {
        Address::new(K::WORD, self.name())
    }
}

/// The same failure for each wanted value: for a list call that all of them hang on.
pub(crate) fn all_failed<K>(wanted: &[K], error: &Error) -> Vec<Result<Option<Live<K>>, Error>> {
    wanted.iter().map(|_| Err(error.clone())).collect()
}
