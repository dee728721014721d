//! Plan -> Report: does what the plan says, as wide as allowed.

use std::collections::BTreeMap;
use std::pin::pin;

use futures::future::{Either, select};
use serde::{Deserialize, Serialize};

use crate::address::{Address, Origin};
use crate::aws::{Aws, Identity};
use crate::discover::Snapshot;
use crate::error::Error;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::ids::{Ids, Stage};
use crate::kind::{Cx, Live, Progress};
use crate::kinds::Resource;
use crate::plan::{Action, Plan, Step, changes};
use crate::region::Added;
use crate::stop::Stopped;
use crate::text::count;
use crate::wait;
use crate::walk::{Visited, walk};

/// How many things of a kind are worked on at a time. AWS's rates, not this, are what limits a run; it bounds open connections.
const WIDTH: usize = 128;

/// What a run did about each wanted thing, in the order of the script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The account, 12 digits.
    pub account: String,
    /// The region.
    pub region: String,
    /// One for each wanted thing.
    pub results: Vec<Done>,
}

/// What was done about one wanted thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// What it is about.
    pub address: Address,
    /// The heading that it stands under.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub section: String,
    /// The line that asked for it.
    pub origin: Origin,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// What is remarkable about it.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
}

/// How it ended for one wanted thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was made.
    Created,
    /// It was changed.
    Updated,
    /// It was as wanted.
    Kept,
    /// A person has to do it.
    Human {
        /// What to do.
        what: String,
    },
    /// It failed.
    Failed {
        /// Why.
        error: Error,
        /// What to do about it, where that is known.
        hint: Option<String>,
    },
    /// Not tried, because something that it needs failed.
    Skipped {
        /// What failed.
        because: Address,
    },
    /// Not done, or not to its end, because the run was stopped.
    Stopped {
        /// Why.
        why: Stopped,
    },
}

/// How many results of each outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are the outcomes, documented as such")]
pub struct Summary {
    pub account: String,
    pub region: String,
    pub created: usize,
    pub updated: usize,
    pub kept: usize,
    pub human: usize,
    pub failed: usize,
    pub skipped: usize,
    pub stopped: usize,
}

impl Report {
    /// How many results are so.
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.results.iter().filter(|done| is(&done.outcome)).count()
    }

    /// How many results of each outcome, with the account and the region.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary {
            account: self.account.clone(),
            region: self.region.clone(),
            created: self.count(|outcome| matches!(outcome, Outcome::Created)),
            updated: self.count(|outcome| matches!(outcome, Outcome::Updated)),
            kept: self.count(|outcome| matches!(outcome, Outcome::Kept)),
            human: self.count(|outcome| matches!(outcome, Outcome::Human { .. })),
            failed: self.count(|outcome| matches!(outcome, Outcome::Failed { .. })),
            skipped: self.count(|outcome| matches!(outcome, Outcome::Skipped { .. })),
            stopped: self.count(|outcome| matches!(outcome, Outcome::Stopped { .. })),
        }
    }

    /// Whether anything was changed.
    #[must_use]
    pub fn changed(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Created | Outcome::Updated)) > 0
    }

    /// Whether anything failed, or was not done because the run was stopped.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.count(|outcome| matches!(outcome, Outcome::Failed { .. } | Outcome::Stopped { .. })) > 0
    }

    /// Why the run was stopped before it was done.
    #[must_use]
    pub fn stopped(&self) -> Option<&Stopped> {
        self.results.iter().find_map(|done| match &done.outcome {
            Outcome::Stopped { why } => Some(why),
            _ => None,
        })
    }
}

/// What happens while a plan is applied.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// Work on this has begun.
    Started(&'a Step),
    /// It takes long, and is so far by now.
    Waiting(&'a Step, &'a str),
    /// This is over, one way or the other. What is skipped or stopped is told in the report only.
    Finished(&'a Done),
    /// Nothing new is started any more; what is in flight is finished.
    Stopping(&'a Stopped),
}

/// Does what the plan says; nothing of it while [`Plan::blocking`] tells of something. What failed keeps only what needs it
/// from being tried. `watch` is told as it goes. It takes no lease: that is [`crate::Opening::apply`].
pub async fn apply(
    graph: &Graph,
    plan: &Plan,
    snapshot: &Snapshot,
    aws: &Aws,
    identity: &Identity,
    ids: &Ids,
    watch: impl Fn(Event<'_>) + Sync,
) -> Report {
    let cx = Cx {
        aws,
        region: &graph.region,
        identity,
        ids,
        graph,
        seen: snapshot,
        beside: None,
        progress: Progress::default(),
    };
    if let Some(refused) = refused(plan) {
        return refused;
    }
    ids.begin();
    let steps: BTreeMap<_, _> = plan.steps.iter().map(|step| (step.address.clone(), step)).collect();
    let (stop, to_come) = (aws.stop(), to_come(graph, plan));
    let visit = |address| {
        let (step, watch, to_come) = (steps[&address], &watch, &to_come);
        async move {
            let changes = matches!(step.action, Action::Create | Action::Update);
            if let Some(why) = stop.why()
                && changes
            {
                ids.lose(&step.address, &step.address);
                return Visited::Missing(done(step, Outcome::Stopped { why }));
            }
            if changes {
                watch(Event::Started(step));
            }
            let say = |text: &str| watch(Event::Waiting(step, text));
            let cx = Cx { progress: Progress::new(&say).until(stop), ..cx };
            let outcome = match visit(&graph.nodes[&address], step, to_come, &cx).await {
                Outcome::Failed { error: Error::Stopped(why), .. } => Outcome::Stopped { why },
                outcome => outcome,
            };
            if let Outcome::Skipped { because } = outcome {
                ids.lose(&step.address, &because);
                return Visited::Skipped(because);
            }
            let done = done(step, outcome);
            if !matches!(done.outcome, Outcome::Stopped { .. }) {
                watch(Event::Finished(&done));
            }
            match done.outcome {
                Outcome::Failed { .. } | Outcome::Stopped { .. } => {
                    ids.lose(&step.address, &step.address);
                    Visited::Missing(done)
                }
                _ => {
                    ids.reach(&step.address, Stage::Done);
                    Visited::There(done)
                }
            }
        }
    };
    let walked = walk(graph, WIDTH, visit, |address, because| ids.lose(address, because));
    let told = async {
        watch(Event::Stopping(&stop.stopped().await));
        std::future::pending().await
    };
    let (Either::Left((visited, _)) | Either::Right((visited, _))) = select(pin!(walked), pin!(told)).await;
    let results = plan.steps.iter().map(|step| match &visited[&step.address] {
        Visited::There(done) | Visited::Missing(done) => done.clone(),
        Visited::Skipped(because) => done_below(step, because, &visited),
    });
    Report { account: plan.account.clone(), region: plan.region.clone(), results: results.collect() }
}

/// What is made or changed, and brings with it what others cover.
fn to_come(graph: &Graph, plan: &Plan) -> Vec<Address> {
    let changes = plan.steps.iter().filter(|step| matches!(step.action, Action::Create | Action::Update));
    let brings = |address: &&Address| !graph.nodes[*address].resource.log_groups().is_empty();
    changes.map(|step| &step.address).filter(brings).cloned().collect()
}

/// How a plan ends that findings stop: what they are about has failed, what else was to be done is skipped.
fn refused(plan: &Plan) -> Option<Report> {
    let blocking = plan.blocking();
    let (first, finding) = blocking.first()?;
    let of = |step: &Step| blocking.iter().find(|(address, _)| *address == Some(&step.address));
    let failed = |finding: &Finding| {
        let error = Error::Unwaived { rule: finding.rule.clone(), message: finding.message.clone() };
        Outcome::Failed { hint: error.hint(), error }
    };
    let outcome = |step: &Step| match (step.action, of(step), first) {
        (Action::Keep, ..) => Outcome::Kept,
        (Action::Human, ..) => Outcome::Human { what: step.reason.clone() },
        (_, Some((_, finding)), _) => failed(finding),
        (_, None, Some(first)) => Outcome::Skipped { because: (*first).clone() },
        (_, None, None) => failed(finding),
    };
    let results = plan.steps.iter().map(|step| done(step, outcome(step))).collect();
    Some(Report { account: plan.account.clone(), region: plan.region.clone(), results })
}

async fn visit(added: &Added, step: &Step, to_come: &[Address], cx: &Cx<'_>) -> Outcome {
    let (wanted, planned) = (&added.resource, cx.seen.live(&step.address));
    let applied = match step.action {
        Action::Human => return Outcome::Human { what: wanted.instructions() },
        Action::Blocked => Err(step.error.clone().unwrap_or_else(|| Error::Needs(step.address.clone()))),
        action if wanted.covers_others() && !to_come.is_empty() => {
            cover(added, planned.filter(|_| action != Action::Keep), to_come, cx).await
        }
        Action::Keep => return Outcome::Kept,
        Action::Create | Action::Update => carry_through(added, planned.cloned(), cx).await.map(Some),
    };
    match applied {
        Ok(None) => Outcome::Kept,
        Ok(Some(id)) => {
            cx.ids.put(&step.address, &id);
            if planned.is_some() { Outcome::Updated } else { Outcome::Created }
        }
        Err(Error::Needs(need)) if wanted.awaits().contains(&need) => {
            // Then it is known what failed, it or something above it.
            let _ = cx.ids.reached(&need, Stage::Done).await;
            Outcome::Skipped { because: cx.ids.lost(&need).unwrap_or(need) }
        }
        Err(error) => Outcome::Failed { hint: error.hint(), error },
    }
}

/// Applies what covers others, too: what there is for it to do already at once, the rest as soon as those are so far. `None`
/// where there was nothing to do. How the first part ends doesn't matter: the second one covers it.
async fn cover(
    added: &Added,
    planned: Option<&Live<Resource>>,
    to_come: &[Address],
    cx: &Cx<'_>,
) -> Result<Option<String>, Error> {
    if let Some(live) = planned {
        let _ = added.resource.apply(Some(live), cx).await;
    }
    cx.progress.say(&format!("waiting for {} that this run makes or changes", count(to_come.len(), "thing")));
    for address in to_come {
        // Of what failed nothing comes.
        let reached = cx.reached(std::slice::from_ref(address), Stage::HasLogGroups).await;
        if let Err(Error::Stopped(why)) = reached {
            return Err(Error::Stopped(why));
        }
    }
    let live = match planned {
        Some(live) => Some(live.clone()),
        None => read_again(&added.resource, cx).await?,
    };
    let is_so = live.as_ref().is_some_and(|live| changes(added, &live.is.fields()).is_empty());
    if is_so { Ok(None) } else { carry_through(added, live, cx).await.map(Some) }
}

/// How often a thing is looked at again. With the pauses between, that is 15 s: services tell what they made everywhere
/// within a few.
const LOOKS: u32 = 4;

/// Applies it. Where nobody knows whether a call did what it was asked, or AWS says that something is otherwise than it was
/// read, nothing is repeated blindly: it is looked at again, and what is still to be done is done.
async fn carry_through(
    added: &Added,
    mut live: Option<Live<Resource>>,
    cx: &Cx<'_>,
) -> Result<String, Error> {
    let wanted = &added.resource;
    let is_open = |error: &Error| error.is_uncertain() || error.is_at_odds();
    let mut looks = 1..=LOOKS;
    loop {
        let error = match wanted.apply(live.as_ref(), cx).await {
            Err(error) if is_open(&error) => error,
            ended => return ended,
        };
        live = loop {
            let Some(look) = looks.next() else { return Err(error) };
            if let Some(why) = cx.progress.why_stopped() {
                return Err(Error::Stopped(why));
            }
            cx.progress.say(&format!("looking again: {error}"));
            wait::before_look(look).await;
            match read_again(wanted, cx).await {
                Err(error) if is_open(&error) => {}
                looked => break looked?,
            }
        };
        if let Some(live) = &live
            && changes(added, &live.is.fields()).is_empty()
        {
            return Ok(live.id.clone());
        }
    }
}

async fn read_again(wanted: &Resource, cx: &Cx<'_>) -> Result<Option<Live<Resource>>, Error> {
    let mut answers = Resource::read(wanted.word(), std::slice::from_ref(wanted), cx).await;
    answers.pop().unwrap_or_else(|| Err(Error::Needs(wanted.address())))
}

fn done(step: &Step, outcome: Outcome) -> Done {
    Done {
        address: step.address.clone(),
        section: step.section.clone(),
        origin: step.origin.clone(),
        outcome,
        findings: step.findings.clone(),
    }
}

/// What hangs on something that failed is skipped; what hangs on something that was stopped was stopped, too.
fn done_below(step: &Step, because: &Address, visited: &BTreeMap<Address, Visited<Done>>) -> Done {
    let outcome = match visited.get(because) {
        Some(Visited::Missing(Done { outcome: Outcome::Stopped { why }, .. })) => {
            Outcome::Stopped { why: why.clone() }
        }
        _ => Outcome::Skipped { because: because.clone() },
    };
    done(step, outcome)
}
