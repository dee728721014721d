//! What a saved plan survives, and what not; the program's tests show the rest.

use super::*;
use crate::kinds::{CPUUtilization, Max, log_retention, manual_step, rds_alarm, topic};
use crate::{Aws, Region, Sandbox, World};

async fn opening(region: &Region, sandbox: &Sandbox) -> Opening {
    Opening::discover(region, &Aws::sandbox(sandbox)).await.unwrap()
}

#[tokio::test]
async fn a_number_with_many_digits_comes_back_as_it_was() {
    let mut region = Region::new("ap-south-1");
    let alarms = region.add(topic("alarms").email("ops@example.com"));
    let threshold = 0.1 + 0.2;
    region.add(rds_alarm(CPUUtilization, Max, threshold).of("prod").notify(alarms.clone()));
    region.add(log_retention(365));
    region.add(manual_step("confirm", "Follow the link.").until_confirmed(alarms));
    let sandbox = Sandbox::new(World::default());
    let opening = opening(&region, &sandbox).await;
    let saved = SavedPlan::of(&opening, Inputs::default());
    assert!(!saved.things.contains_key(&Address::new("manual_step", "confirm")), "{saved:?}");
    let back = SavedPlan::parse(&saved.text().unwrap()).unwrap();
    assert_eq!(back.check(&opening, &Inputs::default()), Ok(()));
}

#[tokio::test]
async fn remarks_do_not_count_and_all_else_that_changed_is_told_in_the_order_of_the_script() {
    let region = |tag: &str, more: Option<&str>| {
        let mut region = Region::new("ap-south-1");
        region.add(topic("z").tag("owner", tag));
        region.add(topic("a"));
        if let Some(more) = more {
            region.add(topic(more));
        }
        region
    };
    let sandbox = Sandbox::new(World::default());
    let inputs = Inputs::default();
    let was = SavedPlan::of(&opening(&region("me", Some("gone")), &sandbox).await, inputs.clone());
    let mut remarked = was.clone();
    remarked.plan.steps[0].findings.clear();
    remarked.plan.steps[0].reason = "it is older now".to_owned();
    assert_eq!(remarked.check(&opening(&region("me", Some("gone")), &sandbox).await, &inputs), Ok(()));
    Aws::sandbox(&sandbox).sns("ap-south-1").create_topic().name("a").send().await.unwrap();
    let stale = was.check(&opening(&region("you", None), &sandbox).await, &inputs).unwrap_err();
    assert_eq!(
        told(&stale),
        "`topic/z` is not as it was\n  wanted.tags.owner: me -> you\n\
         `topic/gone` was to be made, and is not wanted\n\
         `topic/a` was to be made, and is as wanted now: the plan was applied in part, or somebody else did it"
    );
}

#[test]
fn a_file_with_another_digest_or_none_is_edited() {
    let plan = Plan {
        estimate: None,
        schema_version: 1,
        account: "123456789012".to_owned(),
        region: "ap-south-1".to_owned(),
        steps: vec![],
        notes: vec![],
        summary: BTreeMap::new(),
    };
    let saved = SavedPlan {
        digest: String::new(),
        format: SAVED_FORMAT,
        tool: TOOL.to_owned(),
        inputs: Inputs::default(),
        plan,
        things: BTreeMap::new(),
    };
    let text = saved.text().unwrap();
    assert_eq!(SavedPlan::parse(&text).unwrap().plan, saved.plan);
    assert_eq!(SavedPlan::parse(&text.replace("123456789012", "999999999999")), Err(Unusable::Edited));
    assert_eq!(SavedPlan::parse(&serde_json::to_string_pretty(&saved).unwrap()), Err(Unusable::Edited));
    for end in 0..text.len() {
        assert!(SavedPlan::parse(&text[..end]).is_err(), "{end}");
    }
}
