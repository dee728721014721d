//! Route 53: hosted zones and their records. It is global: the same from every region.

mod listing;
mod names;
mod records;
mod tags;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_records;
mod zones;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::operation::associate_vpc_with_hosted_zone::AssociateVPCWithHostedZoneError;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::operation::change_tags_for_resource::ChangeTagsForResourceError;
use aws_sdk_route53::operation::create_hosted_zone::CreateHostedZoneError;
use aws_sdk_route53::operation::get_change::GetChangeError;
use aws_sdk_route53::operation::get_hosted_zone::GetHostedZoneError;
use aws_sdk_route53::operation::list_hosted_zones::ListHostedZonesError;
use aws_sdk_route53::operation::list_hosted_zones_by_name::ListHostedZonesByNameError;
use aws_sdk_route53::operation::list_hosted_zones_by_vpc::ListHostedZonesByVPCError;
use aws_sdk_route53::operation::list_resource_record_sets::ListResourceRecordSetsError;
use aws_sdk_route53::operation::list_tags_for_resource::ListTagsForResourceError;
use aws_sdk_route53::operation::update_hosted_zone_comment::UpdateHostedZoneCommentError;
use serde::{Deserialize, Serialize};

use super::door::Handlers;
use super::{Fault, World};

/// What is in Route 53.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Route53 {
    /// The hosted zones, by id (`Z...`).
    pub zones: BTreeMap<String, HostedZone>,
    /// The changes that were made, by id (`C...`).
    pub changes: BTreeMap<String, Change>,
    /// The caller references of zones that were deleted: AWS accepts none a second time.
    pub spent_references: BTreeSet<String>,
}

/// A hosted zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HostedZone {
    /// The domain name, lower case, with its trailing dot.
    pub name: String,
    /// What the caller made the request unique with.
    pub caller_reference: String,
    /// The comment.
    pub comment: Option<String>,
    /// The VPCs that see it. Only a private zone has any, and it has at least one.
    pub vpcs: Vec<ZoneVpc>,
    /// The name servers of a public zone.
    pub name_servers: Vec<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// The records, by their place in the zone ([`Record::key`]).
    pub records: BTreeMap<String, Record>,
}

impl HostedZone {
    /// A zone as AWS makes it, with its NS and SOA records: private to these VPCs, public if there are none.
    #[must_use]
    pub fn new(name: &str, caller_reference: &str, vpcs: Vec<ZoneVpc>) -> Self {
        let name_servers = if vpcs.is_empty() { zones::name_servers(caller_reference) } else { vec![] };
        let mut zone = Self {
            name: name.to_owned(),
            caller_reference: caller_reference.to_owned(),
            vpcs,
            name_servers,
            ..Self::default()
        };
        for record in zones::first_records(&zone) {
            zone.add(record);
        }
        zone
    }

    /// Whether it is private: seen by its VPCs only.
    #[must_use]
    pub fn private(&self) -> bool {
        !self.vpcs.is_empty()
    }

    /// Puts a record in, in place of the one with the same name, type and set identifier.
    pub fn add(&mut self, record: Record) {
        self.records.insert(record.key(), record);
    }
}

/// A VPC that sees a private zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneVpc {
    /// The VPC's region.
    pub region: String,
    /// The VPC's id.
    pub id: String,
}

/// A resource record set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The domain name, with its trailing dot.
    pub name: String,
    /// The type, such as `CNAME`.
    pub record_type: String,
    /// Seconds that resolvers may keep it. An alias has none.
    pub ttl: Option<i64>,
    /// The values. An alias has none.
    pub values: Vec<String>,
    /// The thing of AWS that an alias points to.
    pub alias: Option<Alias>,
    /// What distinguishes it from others of the same name and type.
    pub set_identifier: Option<String>,
    /// Its weight among these, 0 to 255.
    pub weight: Option<i64>,
    /// Its region, for answers by latency.
    pub region: Option<String>,
    /// `PRIMARY` or `SECONDARY`.
    pub failover: Option<String>,
    /// Whether it is one of several answers at a time.
    pub multi_value_answer: Option<bool>,
    /// Where the asker must be: continent, country and subdivision code.
    pub geo_location: Option<GeoLocation>,
    /// The health check that it depends on.
    pub health_check_id: Option<String>,
}

impl Record {
    /// A simple record.
    #[must_use]
    pub fn new(name: &str, record_type: &str, ttl: i64, values: &[&str]) -> Self {
        Self {
            name: name.to_owned(),
            record_type: record_type.to_owned(),
            ttl: Some(ttl),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            ..Self::default()
        }
    }

    /// Its place in the zone, as AWS sorts: by name from the last label on, then type, then set identifier.
    #[must_use]
    pub fn key(&self) -> String {
        names::record_key(&self.name, &self.record_type, self.set_identifier.as_deref().unwrap_or_default())
    }
}

/// What an alias record points to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alias {
    /// The hosted zone of the target.
    pub zone_id: String,
    /// The name of the target.
    pub dns_name: String,
    /// Whether the target's health counts.
    pub evaluate_target_health: bool,
}

/// Where the asker must be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeoLocation {
    /// Continent code, such as `AS`.
    pub continent: Option<String>,
    /// Country code, such as `IN`, or `*`.
    pub country: Option<String>,
    /// Subdivision code, such as `KA`.
    pub subdivision: Option<String>,
}

/// A change on its way to the name servers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The zone that was changed.
    pub zone_id: String,
    /// When, in seconds since 1970.
    pub submitted_at: i64,
    /// The comment that the caller gave.
    pub comment: Option<String>,
}

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("route53:CreateHostedZone", zones::create_hosted_zone, CreateHostedZoneError::generic);
    handlers.on("route53:GetHostedZone", zones::get_hosted_zone, GetHostedZoneError::generic);
    handlers.on(
        "route53:AssociateVPCWithHostedZone",
        zones::associate_vpc,
        AssociateVPCWithHostedZoneError::generic,
    );
    handlers.on(
        "route53:UpdateHostedZoneComment",
        zones::update_hosted_zone_comment,
        UpdateHostedZoneCommentError::generic,
    );
    handlers.on("route53:GetChange", zones::get_change, GetChangeError::generic);
    handlers.on("route53:ListHostedZones", listing::list_hosted_zones, ListHostedZonesError::generic);
    handlers.on(
        "route53:ListHostedZonesByName",
        listing::list_hosted_zones_by_name,
        ListHostedZonesByNameError::generic,
    );
    handlers.on(
        "route53:ListHostedZonesByVPC",
        listing::list_hosted_zones_by_vpc,
        ListHostedZonesByVPCError::generic,
    );
    handlers.on(
        "route53:ListResourceRecordSets",
        records::list_resource_record_sets,
        ListResourceRecordSetsError::generic,
    );
    handlers.on(
        "route53:ChangeResourceRecordSets",
        records::change_resource_record_sets,
        ChangeResourceRecordSetsError::generic,
    );
    handlers.on(
        "route53:ChangeTagsForResource",
        tags::change_tags_for_resource,
        ChangeTagsForResourceError::generic,
    );
    handlers.on(
        "route53:ListTagsForResource",
        tags::list_tags_for_resource,
        ListTagsForResourceError::generic,
    );
}

/// Whether this VPC exists in this region: Route 53 asks EC2 before it associates a zone with it.
fn vpc_exists(world: &World, region: &str, id: &str) -> bool {
    world.ec2.regions.get(region).is_some_and(|region| region.vpcs.contains_key(id))
}

/// An input that Route 53 refuses.
fn invalid_input(message: impl Into<String>) -> Fault {
    Fault::new("InvalidInput", message)
}

/// How many items a page may hold: AWS gives `limit` to who asks for more.
fn page_size(max_items: Option<i32>, limit: i32) -> Result<i32, Fault> {
    match max_items {
        None => Ok(limit),
        Some(size) if size >= 1 => Ok(size.min(limit)),
        Some(size) => Err(invalid_input(format!("Invalid MaxItems: {size}"))),
    }
}
