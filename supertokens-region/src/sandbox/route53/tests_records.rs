//! Records, as a caller sees them.

use aws_sdk_route53::Client;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};

use crate::error::Error;
use crate::sandbox::testing::*;

async fn zone(route53: &Client) -> String {
    let create = route53.create_hosted_zone().name("a.dns").caller_reference("one");
    create.send().await.unwrap().hosted_zone.unwrap().id
}

fn record(name: &str, kind: RrType, value: &str) -> ResourceRecordSet {
    let value = ResourceRecord::builder().value(value).build().unwrap();
    ResourceRecordSet::builder().name(name).r#type(kind).ttl(60).resource_records(value).build().unwrap()
}

fn change(action: ChangeAction, record: ResourceRecordSet) -> Change {
    Change::builder().action(action).resource_record_set(record).build().unwrap()
}

async fn send(route53: &Client, zone: &str, changes: Vec<Change>) -> Result<String, Error> {
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build().unwrap();
    let answer = route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch).send().await;
    answer.map(|answer| answer.change_info.unwrap().id).map_err(Error::from)
}

async fn listed(route53: &Client, zone: &str) -> Vec<(String, String)> {
    let answer = route53.list_resource_record_sets().hosted_zone_id(zone).send().await.unwrap();
    let sets = answer.resource_record_sets.into_iter();
    sets.map(|set| (set.name, set.r#type.as_str().to_owned())).collect()
}

#[tokio::test]
async fn a_new_zone_has_an_ns_and_an_soa_record() {
    let (_, aws) = sandbox();
    let id = zone(&aws.route53(R)).await;
    let answer = aws.route53(R).list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    let [ns, soa] = answer.resource_record_sets() else { panic!("two") };
    assert_eq!((ns.r#type(), ns.ttl(), ns.resource_records().len()), (&RrType::Ns, Some(172_800), 4));
    assert_eq!((soa.r#type(), soa.ttl(), soa.name()), (&RrType::Soa, Some(900), "a.dns."));
    assert_eq!((answer.is_truncated(), answer.max_items()), (false, 300));
}

#[tokio::test]
async fn create_of_a_record_that_is_there_is_refused_and_upsert_replaces_it() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = zone(&route53).await;
    let create = |value| change(ChangeAction::Create, record("db.a.dns", RrType::A, value));
    let first = send(&route53, &id, vec![create("10.0.0.1")]).await.unwrap();
    assert_eq!(code(send(&route53, &id, vec![create("10.0.0.2")]).await), "InvalidChangeBatch");
    let upsert = change(ChangeAction::Upsert, record("db.a.dns.", RrType::A, "10.0.0.3"));
    let second = send(&route53, &id, vec![upsert]).await.unwrap();
    assert_ne!(first, second);
    let answer = route53.list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    assert_eq!(answer.resource_record_sets().len(), 3);
    assert_eq!(answer.resource_record_sets()[2].resource_records()[0].value(), "10.0.0.3");
    let zone = route53.get_hosted_zone().id(&id).send().await.unwrap().hosted_zone.unwrap();
    assert_eq!(zone.resource_record_set_count(), Some(3));
}

#[tokio::test]
async fn a_batch_with_one_wrong_change_does_nothing_and_names_all_that_is_wrong() {
    let (sandbox, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = zone(&route53).await;
    let before = sandbox.world().route53.clone();
    let changes = vec![
        change(ChangeAction::Create, record("good.a.dns", RrType::A, "10.0.0.1")),
        change(ChangeAction::Create, record("b.dns", RrType::A, "10.0.0.1")),
        change(ChangeAction::Delete, record("gone.a.dns", RrType::A, "10.0.0.1")),
    ];
    let batch = ChangeBatch::builder().set_changes(Some(changes)).build().unwrap();
    let answer = route53.change_resource_record_sets().hosted_zone_id(&id).change_batch(batch).send().await;
    let error: ChangeResourceRecordSetsError = answer.unwrap_err().into_service_error();
    let message = error.meta().message().unwrap();
    assert!(message.contains("b.dns. is not permitted in zone a.dns."), "{message}");
    assert!(message.contains("name='gone.a.dns.', type='A'] but it was not found"), "{message}");
    assert_eq!(sandbox.world().route53, before);
}

#[tokio::test]
async fn records_that_no_zone_may_hold_are_refused() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = zone(&route53).await;
    let twice = record("x.a.dns", RrType::A, "10.0.0.1");
    let value = twice.resource_records()[0].clone();
    let bare = ResourceRecordSet::builder().name("x.a.dns").r#type(RrType::A);
    let wrong = [
        record("x.a.dns", RrType::A, "not an address"),
        record("a.dns", RrType::Cname, "b.dns"),
        bare.clone().build().unwrap(),
        bare.clone().ttl(60).resource_records(value.clone()).resource_records(value.clone()).build().unwrap(),
        bare.ttl(60).resource_records(value).weight(10).build().unwrap(),
    ];
    for record in wrong {
        let error = code(send(&route53, &id, vec![change(ChangeAction::Upsert, record.clone())]).await);
        assert_eq!(error, "InvalidChangeBatch", "{record:?}");
    }
    send(&route53, &id, vec![change(ChangeAction::Create, twice)]).await.unwrap();
    let beside = change(ChangeAction::Create, record("x.a.dns", RrType::Cname, "b.dns"));
    assert_eq!(code(send(&route53, &id, vec![beside]).await), "InvalidChangeBatch");
    let odd = change(ChangeAction::Create, record("y.a.dns", RrType::from("ODD"), "1"));
    assert_eq!(code(send(&route53, &id, vec![odd]).await), "InvalidInput");
    assert_eq!(code(send(&route53, &id, vec![]).await), "InvalidInput");
    assert_eq!(code(send(&route53, "Z0", vec![]).await), "NoSuchHostedZone");
}

#[tokio::test]
async fn a_record_is_deleted_only_as_it_is_and_the_own_records_never() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = zone(&route53).await;
    let there = record("x.a.dns", RrType::A, "10.0.0.1");
    send(&route53, &id, vec![change(ChangeAction::Create, there.clone())]).await.unwrap();
    let other = record("x.a.dns", RrType::A, "10.0.0.2");
    assert_eq!(
        code(send(&route53, &id, vec![change(ChangeAction::Delete, other)]).await),
        "InvalidChangeBatch"
    );
    let answer = route53.list_resource_record_sets().hosted_zone_id(&id).send().await.unwrap();
    let own = answer.resource_record_sets()[0].clone();
    assert_eq!(
        code(send(&route53, &id, vec![change(ChangeAction::Delete, own)]).await),
        "InvalidChangeBatch"
    );
    send(&route53, &id, vec![change(ChangeAction::Delete, there)]).await.unwrap();
    assert_eq!(listed(&route53, &id).await.len(), 2);
}

#[tokio::test]
async fn records_are_listed_in_the_order_of_reversed_labels_page_by_page() {
    let (_, aws) = sandbox();
    let route53 = aws.route53(R);
    let id = zone(&route53).await;
    let alias = AliasTarget::builder().hosted_zone_id("Z1").dns_name("lb.dns").evaluate_target_health(true);
    let alias = ResourceRecordSet::builder()
        .name("*.a.dns")
        .r#type(RrType::A)
        .alias_target(alias.build().unwrap())
        .build()
        .unwrap();
    let changes = vec![
        change(ChangeAction::Create, record("b.c.a.dns", RrType::Txt, "\"text\"")),
        change(ChangeAction::Create, record("c.a.dns", RrType::A, "10.0.0.1")),
        change(ChangeAction::Create, alias),
    ];
    send(&route53, &id, changes).await.unwrap();
    let names: Vec<String> = listed(&route53, &id).await.into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.dns.", "a.dns.", "\\052.a.dns.", "c.a.dns.", "b.c.a.dns."]);
    let list = route53.list_resource_record_sets().hosted_zone_id(&id).max_items(2);
    let first = list.clone().start_record_name("a.dns").start_record_type(RrType::Soa).send().await.unwrap();
    assert_eq!(first.resource_record_sets()[0].r#type(), &RrType::Soa);
    assert!(first.resource_record_sets()[1].alias_target().unwrap().evaluate_target_health());
    assert_eq!((first.next_record_name(), first.next_record_type()), (Some("c.a.dns."), Some(&RrType::A)));
    let last = list.clone().start_record_name("c.a.dns").send().await.unwrap();
    assert_eq!((last.resource_record_sets().len(), last.is_truncated()), (2, false));
    assert_eq!(code(list.start_record_type(RrType::A).send().await), "InvalidInput");
}
