//! Ctrl-C and a lost lease: nothing new is started, what is in flight is finished, and another run finishes the rest.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use supertokens_region::sandbox::ssm::ParameterVersion;
use supertokens_region::{
    Aws, Error, Event, Lock, Opening, Outcome, Region, Report, Sandbox, Stopped, World, bucket, iam_policy,
    topic,
};

use crate::host::command;
use crate::life::Kept;

const R: &str = "ap-south-1";
const PARAMETER: &str = "/supertokens-region/lease";
/// More than are worked on at a time.
const TOPICS: usize = 400;

fn region() -> Region {
    let mut region = Region::new(R);
    for number in 0..TOPICS {
        region.add(topic(&format!("topic-{number}")).email("alerts@example.com"));
    }
    region
}

async fn discover(sandbox: &Sandbox) -> (Aws, Opening) {
    let aws = Aws::sandbox(sandbox);
    let opening = Opening::discover(&region(), &aws).await.unwrap();
    (aws, opening)
}

/// What was made, whoever kept others away meanwhile.
fn made(world: &World) -> World {
    World { requests: 0, settings: Default::default(), ..world.clone() }.without_lease()
}

/// Another run finishes, and the end is that of an undisturbed one.
async fn a_rerun_finishes(sandbox: &Sandbox) {
    let report = discover(sandbox).await.1.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let undisturbed = Sandbox::new(World::default());
    discover(&undisturbed).await.1.apply(|_| ()).await.unwrap();
    let (there, wanted) = (made(&sandbox.world()), made(&undisturbed.world()));
    assert!(there == wanted, "the finished world is another one");
}

fn open(report: &Report) -> usize {
    report.count(|outcome| matches!(outcome, Outcome::Stopped { .. }))
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_something_else_changes_nothing_after_an_interrupt() {
    let sandbox = Sandbox::seeded();
    sandbox.world().settings.latency_millis = 100;
    let mut region = Region::new(R);
    let data = region.add(bucket("supertokens-data"));
    region.add(iam_policy("listBucketItems").also_for(data, "supertokens-saas-us-east-1"));
    let aws = Aws::sandbox(&sandbox);
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let before = sandbox.world().iam.clone();
    let report = opening.apply(|event| match event {
        Event::Started(step) if step.address.word() == "iam_policy" => aws.interrupt(),
        _ => {}
    });
    let report = report.await.unwrap();
    let outcomes: Vec<_> = report.results.iter().map(|done| done.outcome.clone()).collect();
    assert_eq!(
        outcomes,
        [Outcome::Created, Outcome::Stopped { why: Stopped::Interrupted }],
        "{}",
        report.text()
    );
    assert!(sandbox.world().iam == before, "the policy was changed");
}

#[tokio::test(start_paused = true)]
async fn an_interrupt_finishes_what_is_in_flight_and_starts_nothing_new() {
    let sandbox = Sandbox::new(World::default());
    sandbox.world().settings.latency_millis = 100;
    let (aws, opening) = discover(&sandbox).await;
    let (told, started) = (Mutex::new(vec![]), Mutex::new(0));
    let report = opening.apply(|event| match event {
        Event::Started(_) => {
            *started.lock().unwrap() += 1;
            if *started.lock().unwrap() == 10 {
                aws.interrupt();
            }
        }
        Event::Stopping(why) => told.lock().unwrap().push(why.clone()),
        _ => {}
    });
    let report = report.await.unwrap();
    assert_eq!(told.into_inner().unwrap(), [Stopped::Interrupted], "once");
    assert_eq!(report.stopped(), Some(&Stopped::Interrupted));
    let created = report.count(|outcome| *outcome == Outcome::Created);
    assert_eq!((created, open(&report)), (10, TOPICS - 10), "{}", report.text());
    assert_eq!(aws.sns(R).list_topics().send().await.unwrap().topics().len(), created);
    assert!(report.text().contains("390 still open (-): it was interrupted"), "{}", report.text());
    assert!(lease(&sandbox).contains("released"), "{}", lease(&sandbox));
    a_rerun_finishes(&sandbox).await;
}

/// The last version of the lease.
fn lease(sandbox: &Sandbox) -> String {
    let world = sandbox.world();
    let versions = &world.ssm.regions[R].parameters[PARAMETER].versions;
    versions.values().next_back().unwrap().value.clone()
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_lets_no_further_write_through() {
    let sandbox = Sandbox::new(World::default());
    let (_, opening) = discover(&sandbox).await;
    sandbox.world().settings.latency_millis = 8_000;
    // Somebody else writes it, upon ours.
    let stolen = Mutex::new(false);
    let steal = || {
        let taken = lease(&sandbox).replace("\"follows\":0", "\"follows\":1");
        let mut world = sandbox.world();
        let parameter = &mut world.ssm.regions.get_mut(R).unwrap().parameters.get_mut(PARAMETER).unwrap();
        let run = taken.split("\"run\":\"").nth(1).unwrap()[..16].to_owned();
        let value = taken.replace(&run, "somebody's");
        parameter.versions.insert(2, ParameterVersion { value, ..Default::default() });
    };
    let report = opening.apply(|event| {
        if matches!(event, Event::Started(_)) && !std::mem::replace(&mut *stolen.lock().unwrap(), true) {
            steal();
        }
    });
    let report = report.await.unwrap();
    assert!(matches!(report.stopped(), Some(Stopped::LeaseLost(_))), "{}", report.text());
    assert!(report.failed() && open(&report) >= TOPICS - 3 * 128, "{}", report.text());
    assert!(report.text().contains("still open (-): the lease was lost: `"), "{}", report.text());
    let world = sandbox.world();
    let mut versions = world.ssm.regions[R].parameters[PARAMETER].versions.values();
    assert!(!versions.any(|version| version.value.contains("released")), "it is not given back");
}

#[tokio::test]
async fn who_cannot_have_the_lease_changes_nothing_and_who_goes_without_takes_none() {
    let sandbox = Sandbox::new(World::default());
    sandbox.world().settings.denied.insert("ssm:PutParameter".to_owned());
    let before = made(&sandbox.world());
    let (_, opening) = discover(&sandbox).await;
    let error = opening.apply(|event| panic!("{event:?}")).await.unwrap_err();
    assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
    assert!(made(&sandbox.world()) == before);
    assert!(!opening.lock(Lock::Without).apply(|_| ()).await.unwrap().failed());
    assert!(sandbox.world().ssm.regions.is_empty());
}

impl Kept {
    /// A world that answers slowly.
    fn slow() -> Self {
        let kept = Self::new();
        kept.latency(&Sandbox::seeded(), 40);
        kept
    }

    fn latency(&self, sandbox: &Sandbox, millis: u64) {
        sandbox.world().settings.latency_millis = millis;
        sandbox.save(self.file("world.json").as_ref()).unwrap();
    }

    fn start(&self, verb: &str, more: &[&str]) -> Child {
        let sandbox = format!("--sandbox={}", self.file("world.json"));
        let args = [verb, "--region", R, "--set", "alert_email=alerts@example.com", &sandbox];
        let mut command = command(&[&args, more].concat(), self.file("").as_ref());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }

    /// Another run finishes, and the end is that of an undisturbed one.
    fn a_rerun_finishes(&self) {
        self.latency(&self.sandbox(), 0);
        self.run("apply", &["--yes"]).expect(0);
        let undisturbed = Self::new();
        undisturbed.run("apply", &["--yes"]).expect(0);
        let (there, wanted) = (made(&self.sandbox().world()), made(&undisturbed.sandbox().world()));
        assert!(there == wanted, "the finished world is another one");
    }
}

fn send(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Reads standard error until something was made.
fn until_something_is_made(child: &mut Child) -> impl BufRead + use<> {
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("created ") {
        line.clear();
        assert!(err.read_line(&mut line).unwrap() > 0, "it ended before anything was made");
    }
    err
}

fn rest(mut from: impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn ctrl_c_a_termination_and_a_killed_terminal_end_in_order_and_a_rerun_finishes() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let kept = Kept::slow();
        let mut child = kept.start("apply", &["--yes"]);
        let err = until_something_is_made(&mut child);
        send(&child, signal);
        let (out, err) = (rest(child.stdout.take().unwrap()), rest(err));
        assert_eq!(child.wait().unwrap().code(), Some(130), "{signal:?}\n{out}\n{err}");
        assert!(err.contains("Interrupted: what is under way is finished."), "{err}");
        assert!(out.contains(" still open (-): it was interrupted"), "{out}");
        assert!(lease(&kept.sandbox()).contains("released"));
        kept.a_rerun_finishes();
    }
}

#[test]
fn a_second_ctrl_c_ends_at_once_and_a_rerun_takes_the_lease_of_the_dead_run() {
    let kept = Kept::slow();
    // So slow that nothing is finished before the second one.
    kept.latency(&Sandbox::seeded(), 400);
    let mut child = kept.start("apply", &["--yes"]);
    let mut err = until_something_is_made(&mut child);
    send(&child, Signal::INT);
    let mut line = String::new();
    while !line.starts_with("Interrupted: ") {
        line.clear();
        assert!(err.read_line(&mut line).unwrap() > 0, "it says that it heard");
    }
    send(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest(err).contains("Interrupted again"));
    assert!(!rest(child.stdout.take().unwrap()).contains("still open"), "there is no report");
    assert!(lease(&kept.sandbox()).contains("held"), "there was no time to give it back");
    kept.a_rerun_finishes();
}

#[test]
fn ctrl_c_while_it_plans_ends_at_once_and_nothing_was_changed() {
    let kept = Kept::slow();
    let before = kept.sandbox().world().clone();
    let calls = kept.file("calls.jsonl");
    let mut child = kept.start("apply", &["--yes", "--calls", &calls]);
    while std::fs::read_to_string(&calls).unwrap_or_default().is_empty() {
        std::thread::sleep(Duration::from_millis(2));
    }
    send(&child, Signal::INT);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest(child.stderr.take().unwrap()).contains("Interrupted: nothing was changed."));
    assert!(*kept.sandbox().world() == before);
}

#[test]
fn whoever_closes_the_pipes_loses_only_what_would_have_been_said() {
    for more in [&["--yes"][..], &["--yes", "--json"]] {
        let kept = Kept::new();
        let mut child = kept.start("apply", more);
        drop((child.stdout.take(), child.stderr.take()));
        assert_eq!(child.wait().unwrap().code(), Some(0), "{more:?}");
        kept.a_rerun_finishes();
    }
}
