use supertokens_region::sandbox::sns::{SubscriptionState, Topic};
use supertokens_region::{Action, Region, Sandbox, World, manual_step, topic};

use super::{BehindItsBack, R, apply, assert_settled, converges, plan};

const ADDRESS: &str = "topic/alarms";

fn region() -> Region {
    let mut region = Region::new(R);
    region.add(
        topic("alarms")
            .email("ops@example.com")
            .email("dev@example.com")
            .display_name("Alarms")
            .tag("a", "1"),
    );
    region.add(topic("plain"));
    region
}

fn alarms(world: &mut World) -> &mut Topic {
    world.sns.topics.get_mut("arn:aws:sns:ap-south-1:123456789012:alarms").expect("the topic was made")
}

#[tokio::test]
async fn topics_converge() {
    let changes = [
        BehindItsBack {
            address: ADDRESS,
            field: "display_name",
            change: |world| {
                drop(alarms(world).attributes.insert("DisplayName".to_owned(), "Other".to_owned()))
            },
        },
        BehindItsBack {
            address: ADDRESS,
            field: "tags.a",
            change: |world| drop(alarms(world).tags.insert("a".to_owned(), "2".to_owned())),
        },
        BehindItsBack {
            address: ADDRESS,
            field: "emails.ops…(af3c)@example.com",
            change: |world| world.sns.subscriptions.retain(|_, row| row.endpoint != "ops@example.com"),
        },
        BehindItsBack {
            address: ADDRESS,
            field: "alarms_may_publish",
            change: |world| {
                let owner_only = r#"{"Version":"2008-10-17","Statement":[{"Sid":"theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"SNS:Publish","Resource":"arn:aws:sns:ap-south-1:123456789012:alarms"}]}"#;
                alarms(world).attributes.insert("Policy".to_owned(), owner_only.to_owned());
            },
        },
    ];
    let sandbox = Sandbox::new(World::default());
    converges(&sandbox, &region(), &changes).await;
    let policy = alarms(&mut sandbox.world()).attributes["Policy"].clone();
    assert!(policy.contains("theirs"), "a statement of others was lost: {policy}");
}

#[tokio::test]
async fn an_address_is_mailed_once_while_it_is_pending_and_again_when_that_expired() {
    let (sandbox, region) = (Sandbox::new(World::default()), region());
    apply(&sandbox, &region).await;
    apply(&sandbox, &region).await;
    let mails =
        |sandbox: &Sandbox| -> u32 { sandbox.world().sns.subscriptions.values().map(|row| row.mails).sum() };
    assert_eq!(mails(&sandbox), 2);
    sandbox.world().clock += 3 * 24 * 3600;
    assert_eq!(plan(&sandbox, &region).await.count(Action::Update), 1, "asked for anew");
}

#[tokio::test]
async fn a_step_of_people_is_done_when_all_subscriptions_are_confirmed() {
    let sandbox = Sandbox::new(World::default());
    let mut region = Region::new(R);
    let alarms = region.add(topic("alarms").email("ops@example.com"));
    region.add(manual_step("sns-confirmed", "follow the link").until_confirmed(alarms));
    apply(&sandbox, &region).await;
    let pending = plan(&sandbox, &region).await;
    assert_eq!(pending.steps[1].action, Action::Human);
    assert_eq!(pending.steps[0].findings[0].rule, "subscription-pending");
    for row in sandbox.world().sns.subscriptions.values_mut() {
        row.state = SubscriptionState::Confirmed;
    }
    assert_settled(&sandbox, &region).await;
    assert_eq!(plan(&sandbox, &region).await.count(Action::Keep), 2);
}
