//! The lease, through the calls that it makes.

mod races;

use std::time::Duration;

use super::*;
use crate::World;
use crate::sandbox::Sandbox;
use crate::sandbox::ssm::{Parameter, ParameterVersion};
use crate::wait::pause;

const R: &str = "ap-south-1";
const ME: &str = "arn:aws:iam::123456789012:user/me";
const YOU: &str = "arn:aws:iam::123456789012:user/you";

fn sandbox() -> (Sandbox, Aws) {
    let sandbox = Sandbox::new(World::default());
    let aws = Aws::sandbox(&sandbox);
    (sandbox, aws)
}

async fn last_seen(aws: &Aws, region: &str) -> Result<LastSeen, Error> {
    LastSeen::read(aws, region).await
}

async fn take(aws: &Aws, owner: &str, lock: Lock) -> Result<Lease, Error> {
    let planned = last_seen(aws, R).await?;
    Lease::take(aws, owner, R, &planned, lock).await
}

fn parameter(world: &World) -> &Parameter {
    &world.ssm.regions[R].parameters[PARAMETER]
}

/// What each version says, in order.
fn claims(sandbox: &Sandbox) -> Vec<Claim> {
    let world = sandbox.world();
    let texts = parameter(&world).versions.values();
    texts.map(|version| serde_json::from_str(&version.value).unwrap()).collect()
}

fn write(sandbox: &Sandbox, value: &str) {
    let mut world = sandbox.world();
    let modified_at = world.clock;
    let parameter = world
        .ssm
        .regions
        .entry(R.to_owned())
        .or_default()
        .parameters
        .entry(PARAMETER.to_owned())
        .or_default();
    let number = parameter.versions.len() as i64 + 1;
    let version = ParameterVersion { value: value.to_owned(), modified_at, ..Default::default() };
    parameter.versions.insert(number, version);
}

/// A run on another host.
fn elsewhere() -> Run {
    Run { owner: YOU.to_owned(), host: "elsewhere".to_owned(), process: 7, ..Run::default() }
}

/// It took the lease just now.
fn taken_elsewhere(sandbox: &Sandbox, follows: i64) {
    let run = elsewhere();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(sandbox.world().clock as u64);
    let claim = Claim::new(&run, State::Held, now, now, follows);
    write(sandbox, &serde_json::to_string(&claim).unwrap());
}

fn refused(taken: Result<Lease, Error>) -> Error {
    taken.err().expect("it is refused")
}

#[tokio::test(start_paused = true)]
async fn it_is_taken_renewed_and_given_back() {
    let (sandbox, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    pause(Duration::from_secs(70)).await;
    lease.release().await;
    let claims = claims(&sandbox);
    let states: Vec<_> = claims.iter().map(|claim| (claim.state, claim.follows)).collect();
    assert_eq!(
        states,
        [(State::Held, 0), (State::Held, 1), (State::Held, 2), (State::Released, 3)],
        "nothing is ever deleted"
    );
    assert!(claims.iter().all(|claim| claim.run == claims[0].run && claim.since == claims[0].since));
    assert_eq!((claims[0].run.owner.as_str(), claims[0].run.process), (ME, std::process::id()));
    assert_eq!(claims[0].since, "2026-01-01T00:00:00Z");
    let ends: Vec<_> = claims.iter().map(|claim| claim.expires.as_str()).collect();
    assert_eq!(ends[..3], ["2026-01-01T00:02:00Z", "2026-01-01T00:02:30Z", "2026-01-01T00:03:00Z"]);
    take(&aws, YOU, Lock::Take).await.unwrap().release().await;
}

#[tokio::test(start_paused = true)]
async fn while_somebody_has_it_nobody_else_gets_it() {
    let (_, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    for seconds in [0, 29, 500] {
        pause(Duration::from_secs(seconds)).await;
        for lock in [Lock::Take, Lock::Steal] {
            let error = refused(take(&aws, YOU, lock).await);
            let Error::Locked(locked) = &error else { panic!("{error:?}") };
            assert!(locked.by.starts_with(&format!("`{ME}` on ")), "{locked:?}");
            assert_eq!(locked.since, "2026-01-01T00:00:00Z");
            assert!(error.hint().unwrap().contains(&locked.until), "{error:?}");
        }
    }
    drop(lease);
}

#[tokio::test(start_paused = true)]
async fn one_of_another_host_that_expired_is_taken_only_by_who_steals_it() {
    let (sandbox, aws) = sandbox();
    taken_elsewhere(&sandbox, 0);
    pause(LENGTH + GRACE - Duration::from_secs(1)).await;
    assert!(matches!(refused(take(&aws, ME, Lock::Steal).await), Error::Locked(_)), "in its grace");
    pause(Duration::from_secs(1)).await;
    let error = refused(take(&aws, ME, Lock::Take).await);
    assert_eq!(
        error.to_string(),
        format!(
            "`{YOU}` on elsewhere (process 7) was applying in {R}, since 2026-01-01T00:00:00Z, and has not been heard of \
             again after 2026-01-01T00:02:00Z"
        )
    );
    assert!(error.hint().unwrap().contains("--steal-lock"), "{error:?}");
    take(&aws, ME, Lock::Steal).await.unwrap().release().await;
}

#[tokio::test]
async fn one_of_a_run_here_that_died_is_taken_at_once() {
    let (sandbox, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    assert!(matches!(refused(take(&aws, ME, Lock::Take).await), Error::Locked(_)), "it is there");
    drop(lease);
    assert!(matches!(refused(take(&aws, YOU, Lock::Take).await), Error::Locked(_)), "not yours");
    take(&aws, ME, Lock::Take).await.unwrap().release().await;
    assert_eq!(claims(&sandbox).len(), 3);
}

#[tokio::test]
async fn whoever_planned_before_somebody_else_applied_has_to_plan_again() {
    let (_, aws) = sandbox();
    let planned = last_seen(&aws, R).await.unwrap();
    take(&aws, YOU, Lock::Take).await.unwrap().release().await;
    let error = refused(Lease::take(&aws, ME, R, &planned, Lock::Take).await);
    assert!(matches!(error, Error::ChangedMeanwhile(_)), "{error:?}");
    take(&aws, ME, Lock::Take).await.unwrap().release().await;
}

#[tokio::test(start_paused = true)]
async fn a_write_that_came_too_late_means_nothing_and_is_written_over() {
    let (sandbox, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    taken_elsewhere(&sandbox, 0);
    assert_eq!(last_seen(&aws, R).await.unwrap().version(), Some(1), "the void one is no lease");
    let error = refused(take(&aws, YOU, Lock::Take).await);
    assert!(matches!(error, Error::Locked(locked) if locked.by.contains(ME)));
    pause(Duration::from_secs(31)).await;
    assert!(lease.held.check().is_ok());
    let follows: Vec<_> = claims(&sandbox).iter().map(|claim| claim.follows).collect();
    assert_eq!(follows, [0, 0, 1, 3], "void, void upon the one before it, and one that stands");
    lease.release().await;
}

#[tokio::test(start_paused = true)]
async fn one_that_was_lost_lets_no_write_pass() {
    let (sandbox, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    let door = lease.door();
    door.sns(R).create_topic().name("before").send().await.unwrap();
    taken_elsewhere(&sandbox, 1);
    pause(Duration::from_secs(31)).await;
    let error: Error = door.sns(R).create_topic().name("after").send().await.unwrap_err().into();
    assert_eq!(
        error.to_string(),
        format!("stopped: the lease was lost: `{YOU}` on elsewhere (process 7) has it")
    );
    assert_eq!(door.sns(R).list_topics().send().await.unwrap().topics().len(), 1, "reads pass");
    aws.sns(R).create_topic().name("another").send().await.unwrap();
    let written = claims(&sandbox).len();
    lease.release().await;
    assert_eq!(claims(&sandbox).len(), written, "what is lost is not given back");
}

#[tokio::test(start_paused = true)]
async fn one_that_cannot_be_renewed_in_time_is_lost() {
    let (sandbox, aws) = sandbox();
    let lease = take(&aws, ME, Lock::Take).await.unwrap();
    sandbox.world().settings.denied.insert("ssm:PutParameter".to_owned());
    pause(LENGTH - Duration::from_secs(8)).await;
    assert_eq!(lease.held.check(), Ok(()));
    sandbox.world().settings.denied.clear();
    pause(Duration::from_secs(10)).await;
    assert_eq!(lease.held.check(), Ok(()), "one of the tries succeeded");
    sandbox.world().settings.denied.insert("ssm:PutParameter".to_owned());
    pause(LENGTH).await;
    let lost = lease.door().stop().stopped().await;
    assert_eq!(lost, Stopped::LeaseLost("it could not be renewed for 120 s".to_owned()));
    assert_eq!(lease.held.check(), Err(lost));
}

#[tokio::test]
async fn who_may_not_use_the_parameter_store_is_told_what_to_allow() {
    for operation in ["ssm:GetParameter", "ssm:PutParameter"] {
        let (sandbox, aws) = sandbox();
        sandbox.world().settings.denied.insert(operation.to_owned());
        let error = refused(take(&aws, ME, Lock::Take).await);
        assert!(matches!(error, Error::Forbidden(_)), "{error:?}");
        assert_eq!(
            error.hint().unwrap(),
            "allow `ssm:GetParameter` and `ssm:PutParameter` on `parameter/supertokens-region/lease` for the role that \
             you use, or make sure that nobody else applies there and add `--no-lock`"
        );
    }
}

#[tokio::test]
async fn a_parameter_that_holds_something_else_is_left_alone() {
    let (sandbox, aws) = sandbox();
    write(&sandbox, "mine");
    let error = refused(take(&aws, ME, Lock::Steal).await);
    assert_eq!(error.to_string(), format!("`{PARAMETER}` of {R} holds something else than a lease"));
    assert_eq!(parameter(&sandbox.world()).versions.len(), 1);
}
