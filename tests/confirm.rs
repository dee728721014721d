//! Subscriptions are confirmed with the links of AWS's mails, and the links' tokens are shown nowhere.

use serde_json::Value;
use supertokens_region::sandbox::sns::{Subscription, SubscriptionState};

use crate::host::{Ended, host};
use crate::life::Kept;

/// The subscriptions that ask to be confirmed, after an apply.
fn asked(kept: &Kept) -> Vec<Subscription> {
    let sandbox = kept.sandbox();
    let world = sandbox.world();
    let all = world.sns.subscriptions.values();
    all.filter(|one| one.state == SubscriptionState::Pending).cloned().collect()
}

fn confirm(kept: &Kept, link: &str, more: &[&str]) -> Ended {
    let sandbox = format!("--sandbox={}", kept.file("world.json"));
    host(&[&["confirm", link, &sandbox], more].concat())
}

#[test]
fn the_step_is_done_when_the_four_links_have_been_given() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    let verdict = || {
        let verified: Value = serde_json::from_str(&kept.run("verify", &["--json"]).out).unwrap();
        let results = verified["results"].as_array().unwrap();
        let step = results.iter().find(|result| result["address"] == "manual_step/sns-confirmed");
        step.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(), "human");
    let asked = asked(&kept);
    assert_eq!(asked.len(), 4);
    for one in &asked {
        let calls = kept.file("calls.jsonl");
        let more = ["--expect-account", "123456789012", "--calls", &calls];
        let ended = confirm(&kept, &one.confirmation_link(), &more).expect(0);
        let log = std::fs::read_to_string(&calls).unwrap();
        assert!(log.contains("ConfirmSubscription"), "{log}");
        for text in [&ended.out, &ended.err, &log] {
            assert!(!text.contains(&one.token) && !text.contains(&one.endpoint), "{text}");
        }
        assert!(ended.out.contains(&one.topic), "{}", ended.out);
    }
    assert_eq!(verdict(), "works");
    for one in kept.sandbox().world().sns.subscriptions.values() {
        let ours = one.topic.contains(":ap-south-1:");
        assert!(!ours || one.authenticated, "anybody could end it: {}", one.topic);
    }
}

#[test]
fn a_link_that_is_given_twice_is_no_error() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    let link = asked(&kept)[0].confirmation_link();
    confirm(&kept, &link, &[]).expect(0);
    insta::assert_snapshot!(confirm(&kept, &link, &[]).expect(0).out);
    let json: Value = serde_json::from_str(&confirm(&kept, &link, &["--json"]).expect(0).out).unwrap();
    assert_eq!(json["topic"], asked_topic(&link));
}

fn asked_topic(link: &str) -> &str {
    link.split("TopicArn=").nth(1).and_then(|rest| rest.split('&').next()).unwrap()
}

#[test]
fn links_that_are_refused_say_why_and_never_their_token() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    let one = asked(&kept)[0].clone();
    let link = one.confirmation_link();
    let before = kept.sandbox().world().sns.clone();
    let cut = link.split('&').next().unwrap();
    let cases = [
        ("not a link of AWS", "https://example.com/?TopicArn=1&Token=hush".to_owned(), vec![]),
        ("cut by the shell", cut.to_owned(), vec![]),
        ("of another account", link.replace("123456789012", "999999999999"), vec![]),
        ("of another region", link.replacen("ap-south-1", "eu-west-1", 1), vec![]),
        ("with another token", link.replace(&one.token, "beef"), vec![]),
        ("in another account than expected", link.clone(), vec!["--expect-account", "999999999999"]),
    ];
    let mut screens = String::new();
    for (what, link, more) in cases {
        let ended = confirm(&kept, &link, &more);
        for hidden in [one.token.as_str(), "beef", "hush"] {
            assert!(!ended.screen().contains(hidden) && !ended.out.contains(hidden), "{what}");
        }
        screens.push_str(&format!("{what}: {}\n", ended.screen()));
    }
    insta::assert_snapshot!(screens);
    assert!(before == kept.sandbox().world().sns, "something was confirmed");
}

#[test]
fn a_link_is_no_longer_good_after_two_days_and_the_next_apply_asks_anew() {
    let kept = Kept::new();
    kept.run("apply", &["--yes"]).expect(0);
    let link = asked(&kept)[0].confirmation_link();
    let sandbox = kept.sandbox();
    sandbox.world().clock += 48 * 60 * 60;
    sandbox.save(kept.file("world.json").as_ref()).unwrap();
    let ended = confirm(&kept, &link, &[]).expect(1);
    assert!(ended.err.contains("48 hours"), "{}", ended.err);
    kept.run("apply", &["--yes"]).expect(0);
    confirm(&kept, &asked(&kept)[0].confirmation_link(), &[]).expect(0);
}
