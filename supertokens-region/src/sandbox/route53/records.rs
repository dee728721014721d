//! Records: listed, and changed in batches that are done whole or not at all.

use std::net::{Ipv4Addr, Ipv6Addr};

use aws_sdk_route53::operation::change_resource_record_sets::{
    ChangeResourceRecordSetsInput, ChangeResourceRecordSetsOutput,
};
use aws_sdk_route53::operation::list_resource_record_sets::{
    ListResourceRecordSetsInput, ListResourceRecordSetsOutput,
};
use aws_sdk_route53::types::{
    self, AliasTarget, ChangeAction, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover,
    ResourceRecordSetRegion, RrType,
};

use super::listing::first_page;
use super::{Alias, GeoLocation, HostedZone, Record, invalid_input, names, page_size, zones};
use crate::sandbox::{Call, Fault};

/// AWS's page size for records.
const PAGE: i32 = 300;
/// AWS's limit of changes in a batch.
const MOST_CHANGES: usize = 1000;
/// The record types that Route 53 keeps.
const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP",
    "SVCB", "TLSA", "TXT",
];

pub(super) fn list_resource_record_sets(
    call: &mut Call<'_>,
    input: &ListResourceRecordSetsInput,
) -> Result<ListResourceRecordSetsOutput, Fault> {
    let (_, zone) = zones::find(&call.world.route53, input.hosted_zone_id())?;
    let size = page_size(input.max_items(), PAGE)?;
    let record_type = input.start_record_type().map(RrType::as_str);
    let start = match (input.start_record_name(), record_type, input.start_record_identifier()) {
        (None, None, None) => String::new(),
        (Some(name), None, None) => names::reversed(&names::normal(name)?) + " ",
        (Some(name), Some(record_type), identifier) => {
            names::record_key(&names::normal(name)?, record_type, identifier.unwrap_or_default())
        }
        _ => {
            return Err(invalid_input("A start needs a name before a type, and a type before an identifier"));
        }
    };
    let rest = zone.records.range(start..).map(|(_, record)| record);
    let (records, next) = first_page(rest, size, input.start_record_name().is_none());
    let records: Vec<ResourceRecordSet> = records.into_iter().map(told).collect::<Result<_, _>>()?;
    Ok(ListResourceRecordSetsOutput::builder()
        .set_resource_record_sets(Some(records))
        .is_truncated(next.is_some())
        .set_next_record_name(next.map(|record| record.name.clone()))
        .set_next_record_type(next.map(|record| RrType::from(record.record_type.as_str())))
        .set_next_record_identifier(next.and_then(|record| record.set_identifier.clone()))
        .max_items(size)
        .build()?)
}

pub(super) fn change_resource_record_sets(
    call: &mut Call<'_>,
    input: &ChangeResourceRecordSetsInput,
) -> Result<ChangeResourceRecordSetsOutput, Fault> {
    let (zone_id, zone) = zones::find(&call.world.route53, input.hosted_zone_id())?;
    let batch = input.change_batch().ok_or_else(|| invalid_input("ChangeBatch is required"))?;
    if batch.changes().is_empty() || batch.changes().len() > MOST_CHANGES {
        return Err(invalid_input(format!("A change batch has 1 to {MOST_CHANGES} changes")));
    }
    let mut changed = zone.clone();
    let mut wrong = vec![];
    for change in batch.changes() {
        let set =
            change.resource_record_set().ok_or_else(|| invalid_input("ResourceRecordSet is required"))?;
        let record = wanted(set)?;
        if let Err(message) = apply(&mut changed, change.action(), record) {
            wrong.push(message);
        }
    }
    if !wrong.is_empty() {
        return Err(Fault::new("InvalidChangeBatch", format!("[{}]", wrong.join(", "))));
    }
    zones::change_zone(call, &zone_id, |zone| *zone = changed);
    let change = zones::new_change(call, &zone_id, batch.comment())?;
    Ok(ChangeResourceRecordSetsOutput::builder().change_info(change).build())
}

/// Does one change of a batch; the error is AWS's sentence about it.
fn apply(zone: &mut HostedZone, action: &ChangeAction, record: Record) -> Result<(), String> {
    let what = format!("resource record set [name='{}', type='{}']", record.name, record.record_type);
    let apex = record.name == zone.name;
    let own = apex && matches!(record.record_type.as_str(), "NS" | "SOA");
    check(zone, &record)?;
    let there = zone.records.get(&record.key());
    match action {
        ChangeAction::Create if there.is_some() => {
            Err(format!("Tried to create {what} but it already exists"))
        }
        ChangeAction::Create | ChangeAction::Upsert => {
            check_neighbours(zone, &record)?;
            zone.add(record);
            Ok(())
        }
        ChangeAction::Delete if own => Err(format!(
            "A HostedZone must contain at least one {} record for the zone itself.",
            record.record_type
        )),
        ChangeAction::Delete => match there {
            None => Err(format!("Tried to delete {what} but it was not found")),
            Some(there) if *there != record => {
                Err(format!("Tried to delete {what} but the values provided do not match the current values"))
            }
            Some(_) => {
                zone.records.remove(&record.key());
                Ok(())
            }
        },
        other => Err(format!("Invalid action: {other}")),
    }
}

/// What is wrong with a record in itself.
fn check(zone: &HostedZone, record: &Record) -> Result<(), String> {
    let Record { name, record_type, .. } = record;
    if !names::within(name, &zone.name) {
        return Err(format!("RRSet with DNS name {name} is not permitted in zone {}", zone.name));
    }
    if record_type == "CNAME" && *name == zone.name {
        return Err(format!(
            "RRSet of type CNAME with DNS name {name} is not permitted at apex in zone {name}"
        ));
    }
    let routed = [
        record.weight.is_some(),
        record.region.is_some(),
        record.failover.is_some(),
        record.geo_location.is_some(),
        record.multi_value_answer.is_some(),
    ];
    let policies = routed.iter().filter(|&&set| set).count();
    if policies != usize::from(record.set_identifier.is_some()) {
        return Err(format!(
            "Invalid request: Expected exactly one of [Weight, Region, Failover, GeoLocation, MultiValueAnswer] with \
             a SetIdentifier, and none without, in RRSet with DNS name {name}, type {record_type}"
        ));
    }
    if record.alias.is_some() {
        return match record.ttl.is_none() && record.values.is_empty() {
            true => Ok(()),
            false => Err("Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and \
                          ResourceRecords], or TrafficPolicyInstanceId], but found more than one"
                .to_owned()),
        };
    }
    match record.ttl {
        Some(0..=2_147_483_647) if !record.values.is_empty() => {}
        _ => {
            return Err(format!(
                "Invalid request: Missing field 'TTL' or 'ResourceRecords' in RRSet with DNS name {name}, type \
                 {record_type}"
            ));
        }
    }
    for (place, value) in record.values.iter().enumerate() {
        if record.values[..place].contains(value) {
            return Err(format!("Invalid Resource Record: 'DUPLICATE_RECORD' with value '{value}'"));
        }
        let valid = match record_type.as_str() {
            "A" => value.parse::<Ipv4Addr>().is_ok(),
            "AAAA" => value.parse::<Ipv6Addr>().is_ok(),
            "CNAME" => record.values.len() == 1 && names::normal(value).is_ok(),
            "TXT" | "SPF" => value.len() >= 2 && value.starts_with('"') && value.ends_with('"'),
            _ => !value.is_empty(),
        };
        if !valid {
            return Err(format!(
                "Invalid Resource Record: FATAL problem: {record_type}RRDATAIllegal encountered with '{value}'"
            ));
        }
    }
    Ok(())
}

/// A CNAME stands alone under its name; of one name and type either all have a set identifier or there is one.
fn check_neighbours(zone: &HostedZone, record: &Record) -> Result<(), String> {
    let Record { name, record_type, .. } = record;
    for other in zone.records.values().filter(|other| other.name == *name) {
        let same_type = other.record_type == *record_type;
        if !same_type && (record_type == "CNAME" || other.record_type == "CNAME") {
            return Err(format!(
                "RRSet of type {record_type} with DNS name {name} is not permitted as it conflicts with other records \
                 with the same DNS name in zone {}",
                zone.name
            ));
        }
        if same_type && other.set_identifier.is_some() != record.set_identifier.is_some() {
            return Err(format!(
                "RRSet with DNS name {name}, type {record_type} cannot be created as a non-simple RRSet and a simple \
                 RRSet exist with the same name and type"
            ));
        }
    }
    Ok(())
}

/// The record that the caller describes.
fn wanted(set: &ResourceRecordSet) -> Result<Record, Fault> {
    let record_type = set.r#type().as_str();
    if !TYPES.contains(&record_type) {
        return Err(invalid_input(format!("Invalid record type: {record_type}")));
    }
    if set.cidr_routing_config().is_some()
        || set.geo_proximity_location().is_some()
        || set.traffic_policy_instance_id().is_some()
    {
        return Err(invalid_input("Routing by CIDR, proximity or traffic policy is not part of this world"));
    }
    if set.weight().is_some_and(|weight| !(0..=255).contains(&weight)) {
        return Err(invalid_input("Weight must be between 0 and 255"));
    }
    if let Some(check) = set.health_check_id() {
        return Err(
            Fault::new("NoSuchHealthCheck", format!("No health check found with ID: {check}")).status(404)
        );
    }
    let alias = |alias: &AliasTarget| -> Result<Alias, Fault> {
        Ok(Alias {
            zone_id: alias.hosted_zone_id().to_owned(),
            dns_name: names::normal(alias.dns_name())?,
            evaluate_target_health: alias.evaluate_target_health(),
        })
    };
    let geo_location = |place: &types::GeoLocation| GeoLocation {
        continent: place.continent_code.clone(),
        country: place.country_code.clone(),
        subdivision: place.subdivision_code.clone(),
    };
    Ok(Record {
        name: names::normal(set.name())?,
        record_type: record_type.to_owned(),
        ttl: set.ttl(),
        values: set.resource_records().iter().map(|record| record.value().to_owned()).collect(),
        alias: set.alias_target().map(alias).transpose()?,
        set_identifier: set.set_identifier.clone(),
        weight: set.weight(),
        region: set.region().map(|region| region.as_str().to_owned()),
        failover: set.failover().map(|failover| failover.as_str().to_owned()),
        multi_value_answer: set.multi_value_answer(),
        geo_location: set.geo_location().map(geo_location),
        health_check_id: None,
    })
}

/// A record as AWS tells it.
fn told(record: &Record) -> Result<ResourceRecordSet, Fault> {
    let values: Vec<ResourceRecord> = record
        .values
        .iter()
        .map(|value| ResourceRecord::builder().value(value).build())
        .collect::<Result<_, _>>()?;
    let alias = record.alias.as_ref().map(|alias| {
        AliasTarget::builder()
            .hosted_zone_id(&alias.zone_id)
            .dns_name(&alias.dns_name)
            .evaluate_target_health(alias.evaluate_target_health)
            .build()
    });
    let geo_location = record.geo_location.as_ref().map(|place| {
        types::GeoLocation::builder()
            .set_continent_code(place.continent.clone())
            .set_country_code(place.country.clone())
            .set_subdivision_code(place.subdivision.clone())
            .build()
    });
    Ok(ResourceRecordSet::builder()
        .name(&record.name)
        .r#type(RrType::from(record.record_type.as_str()))
        .set_ttl(record.ttl)
        .set_resource_records((!values.is_empty()).then_some(values))
        .set_alias_target(alias.transpose()?)
        .set_set_identifier(record.set_identifier.clone())
        .set_weight(record.weight)
        .set_region(record.region.as_deref().map(ResourceRecordSetRegion::from))
        .set_failover(record.failover.as_deref().map(ResourceRecordSetFailover::from))
        .set_multi_value_answer(record.multi_value_answer)
        .set_geo_location(geo_location)
        .set_health_check_id(record.health_check_id.clone())
        .build()?)
}
