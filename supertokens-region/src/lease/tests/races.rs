//! Two contenders, in every order of their calls.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use tokio::sync::Semaphore;
use tokio::task::{LocalSet, spawn_local, yield_now};

use super::*;

/// Lets one call through for each permit.
#[derive(Clone, Debug)]
struct Gated {
    sandbox: Sandbox,
    permits: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl HttpConnector for Gated {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let gated = self.clone();
        HttpConnectorFuture::new(async move {
            gated.waiting.add_permits(1);
            gated.permits.acquire().await.unwrap().forget();
            HttpConnector::call(&gated.sandbox, request).await
        })
    }
}

impl HttpClient for Gated {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

type Contender<T> = fn(Aws) -> Pin<Box<dyn Future<Output = T>>>;

/// Runs two contenders on one world, with their calls in the order that `choices` says (`true`: the second one's, where
/// both are there to choose from). Tells how they ended, and how many choices there were.
async fn run<T: 'static>(
    sandbox: &Sandbox,
    contenders: [Contender<T>; 2],
    choices: &[bool],
) -> ([T; 2], usize) {
    let gates = [(); 2].map(|()| Gated {
        sandbox: sandbox.clone(),
        permits: Arc::new(Semaphore::new(0)),
        waiting: Arc::new(Semaphore::new(0)),
    });
    let ends: [Rc<Cell<Option<T>>>; 2] = [Rc::default(), Rc::default()];
    let done: [Rc<Cell<bool>>; 2] = [Rc::default(), Rc::default()];
    for at in 0..2 {
        let contend = contenders[at](Aws::sandbox_behind(sandbox, gates[at].clone()));
        let (end, done) = (ends[at].clone(), done[at].clone());
        spawn_local(async move {
            end.set(Some(contend.await));
            done.set(true);
        });
    }
    let mut chosen = 0;
    loop {
        while (0..2).any(|at| !done[at].get() && gates[at].waiting.available_permits() == 0) {
            yield_now().await;
        }
        let next = match (done[0].get(), done[1].get()) {
            (true, true) => break,
            (true, false) => 1,
            (false, true) => 0,
            (false, false) => {
                chosen += 1;
                usize::from(choices.get(chosen - 1).copied().unwrap_or(false))
            }
        };
        gates[next].waiting.acquire().await.unwrap().forget();
        gates[next].permits.add_permits(1);
    }
    (ends.map(|end| end.take().unwrap()), chosen)
}

/// Checks every order of two contenders' calls, each on a world of its own; tells how many there are.
fn every_order<T: 'static>(
    world: impl Fn() -> Sandbox,
    contenders: [Contender<T>; 2],
    check: impl Fn(&Sandbox, [T; 2]),
) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut choices, mut orders): (Vec<bool>, _) = (vec![], 0);
    loop {
        let sandbox = world();
        let (ends, chosen) = LocalSet::new().block_on(&runtime, run(&sandbox, contenders, &choices));
        check(&sandbox, ends);
        orders += 1;
        choices.resize(chosen, false);
        while choices.last() == Some(&true) {
            choices.pop();
        }
        match choices.last_mut() {
            Some(last) => *last = true,
            None => return orders,
        }
    }
}

const THIEF: Contender<Result<Lease, Error>> =
    |aws| Box::pin(async move { take(&aws, ME, Lock::Steal).await });

/// Exactly one of two has the lease, the other one knows that, and the next reader sees the same.
fn one_has_it(sandbox: &Sandbox, ends: [Result<Lease, Error>; 2]) {
    let had: Vec<_> = ends.iter().flatten().map(|lease| lease.held.run.clone()).collect();
    let [winner] = &had[..] else { panic!("{} have it: {:#?}", had.len(), claims(sandbox)) };
    for error in ends.iter().filter_map(|end| end.as_ref().err()) {
        assert!(matches!(error, Error::Locked(_) | Error::ChangedMeanwhile(_)), "{error:?}");
    }
    let claims = claims(sandbox);
    let standing = (1..).zip(&claims).filter(|(number, claim)| claim.follows + 1 == *number).last().unwrap();
    assert_eq!(&standing.1.run, winner, "{claims:#?}");
}

#[test]
fn of_two_who_take_the_first_one_ever_one_gets_it() {
    let orders = every_order(|| sandbox().0, [THIEF, THIEF], one_has_it);
    assert!(orders >= 6, "{orders} orders");
}

#[test]
fn of_two_who_take_one_that_was_given_back_one_gets_it() {
    let world = || {
        let (sandbox, _) = sandbox();
        taken_elsewhere(&sandbox, 0);
        let mut claim = claims(&sandbox).remove(0);
        (claim.state, claim.follows) = (State::Released, 1);
        write(&sandbox, &serde_json::to_string(&claim).unwrap());
        sandbox
    };
    let orders = every_order(world, [THIEF, THIEF], one_has_it);
    assert!(orders >= 6, "{orders} orders");
}

/// Version 1 is a lease that expired, of an owner who is late and not dead.
fn expired() -> Sandbox {
    let (sandbox, _) = sandbox();
    taken_elsewhere(&sandbox, 0);
    sandbox.world().clock += (LENGTH + GRACE).as_secs() as i64;
    sandbox
}

#[test]
fn of_two_who_steal_one_that_expired_one_gets_it() {
    let orders = every_order(expired, [THIEF, THIEF], one_has_it);
    assert!(orders >= 6, "{orders} orders");
}

/// The late owner renews its lease; tells whether it has it then.
async fn renews(aws: Aws) -> bool {
    let taken = Taken { version: 1, date: SystemTime::UNIX_EPOCH, before: Moment::now() };
    let held = Held {
        run: elsewhere(),
        region: R.to_owned(),
        stop: aws.stop().below(),
        upon: tokio::sync::Mutex::new(1),
        renewed: Mutex::new(taken.before),
        taken,
    };
    held.write(&aws, State::Held).await.unwrap();
    held.check().is_ok()
}

#[test]
fn a_late_owner_and_a_thief_never_both_have_it() {
    let owner: Contender<bool> = |aws| Box::pin(renews(aws));
    let thief: Contender<bool> = |aws| Box::pin(async move { THIEF(aws).await.is_ok() });
    let orders = every_order(expired, [owner, thief], |sandbox, [owner, thief]| {
        assert!(owner != thief, "owner: {owner}, thief: {thief}: {:#?}", claims(sandbox));
    });
    assert!(orders >= 3, "{orders} orders");
}

/// What the SDK does when an answer was lost: it writes the same once more.
#[tokio::test]
async fn a_write_that_is_repeated_stands_once() {
    let (sandbox, aws) = sandbox();
    let store = Store { aws: &aws, region: R };
    let mut claim = Claim::new(&elsewhere(), State::Held, SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH, 0);
    for _ in 0..2 {
        assert_eq!(store.put(&claim).await.unwrap(), Some(1));
    }
    claim.follows = 1;
    for _ in 0..2 {
        assert_eq!(store.put(&claim).await.unwrap(), Some(2));
    }
    let follows: Vec<_> = claims(&sandbox).iter().map(|claim| claim.follows).collect();
    assert_eq!(follows, [0, 1, 1], "a new one is made once; the third one is void");
    assert_eq!(last_seen(&aws, R).await.unwrap().version(), Some(2));
    claim.run.run = "another".to_owned();
    assert_eq!(store.put(&claim).await.unwrap(), None, "too late");
}
