//! What a reviewer would warn about: it stops a plan until it is waived, and a waiver is told with its reason.

use std::path::Path;

use supertokens_region::script::{self, Options};
use supertokens_region::{
    Action, Aws, Error, Finding, Opening, Outcome, Region, Report, Sandbox, default_vpc, manual_step,
    security_group, tcp, topic,
};

const R: &str = "ap-south-1";

/// A group that lets the internet reach a database, and something that has nothing to do with it.
fn open_database(waived: bool) -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let group = security_group("db").in_vpc(vpc).allow(tcp(5432), "0.0.0.0/0");
    if waived {
        use supertokens_region::Kind;
        region.add(group.waive("open-to-internet", "it is a honeypot"));
    } else {
        region.add(group);
    }
    region.add(topic("alarms"));
    region.add(manual_step("tell", "Tell the others."));
    region
}

async fn apply(sandbox: &Sandbox, region: &Region) -> Report {
    Opening::discover(region, &Aws::sandbox(sandbox)).await.unwrap().apply(|_| ()).await.unwrap()
}

#[tokio::test]
async fn an_error_among_the_findings_stops_everything_until_it_is_waived() {
    let sandbox = Sandbox::seeded();
    let report = apply(&sandbox, &open_database(false)).await;
    assert!(!report.changed());
    let outcomes: Vec<_> = report.results.iter().map(|done| &done.outcome).collect();
    assert!(
        matches!(
            outcomes[..],
            [
                Outcome::Kept,
                Outcome::Failed { error: Error::Unwaived { .. }, .. },
                Outcome::Skipped { .. },
                Outcome::Human { .. }
            ]
        ),
        "{outcomes:?}"
    );
    assert!(!sandbox.world().sns.topics.keys().any(|arn| arn.contains(R)), "nothing was made");

    let waived = open_database(true);
    let plan = Opening::discover(&waived, &Aws::sandbox(&sandbox)).await.unwrap();
    assert!(plan.plan().blocking().is_empty());
    assert!(plan.plan().text().contains("it is a honeypot"), "{}", plan.plan().text());
    let report = apply(&sandbox, &waived).await;
    assert_eq!(report.summary().created, 2, "{}", report.text());
    let verified = Opening::discover(&waived, &Aws::sandbox(&sandbox)).await.unwrap().verify();
    assert!(verified.holds(), "{}", verified.text());
}

#[tokio::test]
async fn what_is_there_already_and_not_safe_stops_no_plan_but_fails_verification() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &open_database(true)).await;
    let opening = Opening::discover(&open_database(false), &Aws::sandbox(&sandbox)).await.unwrap();
    assert_eq!(opening.plan().count(Action::Keep), 3);
    assert!(opening.plan().blocking().is_empty());
    assert!(!opening.verify().holds());
}

#[tokio::test]
async fn a_note_on_the_region_stops_everything_too_and_can_be_waived() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    region.add(topic("alarms"));
    region.note(Finding::error("lost", "something can't be copied"));
    let report = apply(&sandbox, &region).await;
    assert!(matches!(report.results[0].outcome, Outcome::Failed { error: Error::Unwaived { .. }, .. }));
    region.waive("lost", "nobody needs it");
    assert_eq!(apply(&sandbox, &region).await.summary().created, 1);
}

#[tokio::test]
async fn a_script_waives_with_a_reason_and_a_waiver_of_nothing_is_told() {
    let text = r#"
        let region = new_region();
        region.add(topic("a").waive("open-to-internet", "why not"));
    "#;
    let aws = Aws::sandbox(&Sandbox::seeded());
    let options = Options::new(R, Path::new("main.rhai"));
    let region = script::run_with(text, &options, &aws).await.unwrap();
    let opening = Opening::discover(&region, &aws).await.unwrap();
    let rules: Vec<_> = opening.plan().steps[0].findings.iter().map(|finding| &finding.rule).collect();
    assert_eq!(rules, ["needless-waiver"]);
}
