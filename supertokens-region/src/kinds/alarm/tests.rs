use super::Metric::*;
use super::Statistic::*;
use super::{Alarm, ec2_alarm, elb_alarm, lambda_alarm, rds_alarm};
use crate::address::Ref;
use crate::kind::Kind;

fn memory() -> Alarm {
    rds_alarm(FreeableMemory, Min, 52428800).of("Main")
}

/// What is wrong with it, in short.
fn wrong(alarm: &Alarm) -> String {
    let told = alarm.invalid().into_iter().map(|problem| match problem.hint {
        Some(hint) => format!("{}; {hint}", problem.message),
        None => problem.message,
    });
    told.collect::<Vec<_>>().join(" | ")
}

fn doubts(alarm: &Alarm) -> Vec<String> {
    alarm.doubts().into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn names_and_dimensions_come_from_what_is_watched() {
    let name_and_dimensions =
        |alarm: &Alarm| (alarm.name(), Vec::<String>::from(alarm.dimensions.clone()).join(", "));
    for (alarm, name, dimensions) in [
        (memory(), "db-Main FreeableMemory", "DBClusterIdentifier=main"),
        (lambda_alarm(Errors, Max, 1).of("Send_mail"), "Send_mail Errors", "FunctionName=Send_mail"),
        (
            elb_alarm(HTTPCode_ELB_5XX_Count, Max, 1).of("app/web/1f"),
            "web ELB HTTPCode_ELB_5XX_Count",
            "LoadBalancer=app/web/1f",
        ),
        (ec2_alarm(CPUUtilization, Avg, 80.5).of("i-0a"), "i-0a CPUUtilization", "InstanceId=i-0a"),
        (
            memory().dimension("DbClusterIdentifier", "Main").dimension("EngineName", "aurora").named("x"),
            "x",
            "DbClusterIdentifier=Main, EngineName=aurora",
        ),
    ] {
        assert_eq!(name_and_dimensions(&alarm), (name.to_owned(), dimensions.to_owned()));
        assert_eq!(wrong(&alarm), "", "{name}");
    }
}

#[test]
fn floors_are_lower_ceilings_greater_and_counts_of_failures_start_at_the_threshold() {
    for (alarm, comparison) in [
        (rds_alarm(FreeableMemory, Min, 1), "LessThanThreshold"),
        (rds_alarm(CPUUtilization, Max, 80), "GreaterThanThreshold"),
        (lambda_alarm(Errors, Max, 1), "GreaterThanOrEqualToThreshold"),
        (lambda_alarm(Invocations, Min, 1), "LessThanThreshold"),
        (elb_alarm(HTTPCode_ELB_5XX_Count, Max, 1), "GreaterThanOrEqualToThreshold"),
        (elb_alarm(TargetResponseTime, Max, 1.5), "GreaterThanThreshold"),
        (ec2_alarm(StatusCheckFailed, Max, 1), "GreaterThanOrEqualToThreshold"),
        (ec2_alarm(CPUUtilization, Sum, 1), "GreaterThanThreshold"),
        (lambda_alarm(Errors, Max, 1).greater(), "GreaterThanThreshold"),
        (lambda_alarm(Errors, Max, 1).lower_or_equal(), "LessThanOrEqualToThreshold"),
    ] {
        assert_eq!(alarm.comparison, comparison);
    }
}

#[test]
fn a_metric_of_another_family_is_told_with_the_words_that_have_it() {
    assert_eq!(
        wrong(&lambda_alarm(CPUUtilization, Max, 80).of("f")),
        "`AWS/Lambda` has no metric `CPUUtilization`; it is one for `rds_alarm` or `ec2_alarm`"
    );
}

#[test]
fn an_alarm_on_nothing_or_on_something_else_says_what_it_can_watch() {
    let cpu = || ec2_alarm(CPUUtilization, Max, 80);
    for alarm in [cpu(), cpu().named("x"), cpu().dimension("AutoScalingGroupName", "a")] {
        assert!(wrong(&alarm).starts_with("it doesn't say what it watches; `.of(..)`"), "{alarm:?}");
    }
    assert_eq!(wrong(&cpu().dimension("AutoScalingGroupName", "a").named("x")), "");
    assert!(wrong(&cpu().of("web-1")).starts_with("`web-1` is not something that `ec2_alarm` can watch"));
    assert!(wrong(&elb_alarm(RequestCount, Sum, 1).of("web")).contains("`app/NAME/ID`"));
    assert!(wrong(&lambda_alarm(Errors, Max, 1).of("f:live")).contains("without version"));
}

#[test]
fn what_aws_refuses_is_told_without_asking_it() {
    for (alarm, told) in [
        (memory().named(""), "is not a name"),
        (memory().named(&"x".repeat(256)), "is not a name"),
        (memory().period_secs(90), "a period of 90 seconds"),
        (memory().period_secs(0), "a period of 0 seconds"),
        (memory().evaluation_periods(0), "at least one is needed"),
        (
            memory().evaluation_periods(97),
            "97 periods of 900 seconds are more than a day; at most 96 periods",
        ),
        (memory().period_secs(3600).evaluation_periods(169), "more than a week"),
        (memory().datapoints(2), "2 of 1 datapoints"),
        (memory().datapoints(0), "0 of 1 datapoints"),
        (memory().dimension("Rôle", "WRITER"), "`Rôle=WRITER` is not a dimension"),
        (memory().dimension("Role", " "), "`Role= ` is not a dimension"),
        (memory().dimension(":a", "b"), "is not a dimension"),
        (memory().description(&"x".repeat(1025)), "1025 characters"),
        (rds_alarm(FreeableMemory, Min, f64::NAN).of("a"), "not a number"),
        ((0..6).fold(memory(), |alarm, i| alarm.notify(Ref::new(&i.to_string()))), "it tells 6 topics"),
        ((0..30).fold(memory(), |alarm, i| alarm.dimension(&i.to_string(), "a")), "31 dimensions"),
        (memory().tag("aws:a", ""), "the tag key"),
    ] {
        let wrong = wrong(&alarm);
        assert!(wrong.contains(told) && !wrong.contains('|'), "{told}: {wrong}");
    }
    assert_eq!(wrong(&memory().period_secs(3600).evaluation_periods(168).datapoints(168)), "");
}

#[test]
fn alarms_on_what_nobody_publishes_are_doubted() {
    let unpublished = ["metric-not-published"];
    let storage = rds_alarm(FreeStorageSpace, Min, 1073741824);
    assert_eq!(doubts(&storage.clone().of("main")), unpublished);
    assert!(doubts(&storage.dimension("DBInstanceIdentifier", "one").named("x")).is_empty());
    let as_written = memory().dimension("DbClusterIdentifier", "main").dimension("EngineName", "aurora");
    assert_eq!(doubts(&as_written), unpublished);
    assert_eq!(doubts(&memory().dimension("DBClusterIdentifier", "Main")), unpublished);
    let hosts = elb_alarm(UnHealthyHostCount, Max, 1).of("app/web/1f");
    assert_eq!(doubts(&hosts), unpublished);
    assert!(doubts(&hosts.dimension("TargetGroup", "targetgroup/web/2f")).is_empty());
    assert!(doubts(&memory()).is_empty());
    assert_eq!(doubts(&memory().named("Größe")), ["name-not-ascii"]);
}

#[test]
fn numbers_read_as_a_person_writes_them() {
    let threshold = |alarm: Alarm| serde_json::to_value(alarm).unwrap()["threshold"].to_string();
    assert_eq!(threshold(rds_alarm(FreeLocalStorage, Min, 3221225472)), "3221225472");
    assert_eq!(threshold(elb_alarm(TargetResponseTime, Max, 1.5)), "1.5");
}
