//! Hosted zones: made, read, associated, commented.

use aws_sdk_route53::operation::associate_vpc_with_hosted_zone::{
    AssociateVpcWithHostedZoneInput, AssociateVpcWithHostedZoneOutput,
};
use aws_sdk_route53::operation::create_hosted_zone::{CreateHostedZoneInput, CreateHostedZoneOutput};
use aws_sdk_route53::operation::get_change::{GetChangeInput, GetChangeOutput};
use aws_sdk_route53::operation::get_hosted_zone::{GetHostedZoneInput, GetHostedZoneOutput};
use aws_sdk_route53::operation::update_hosted_zone_comment::{
    UpdateHostedZoneCommentInput, UpdateHostedZoneCommentOutput,
};
use aws_sdk_route53::types::{
    self, ChangeInfo, ChangeStatus, DelegationSet, HostedZoneConfig, Vpc, VpcRegion,
};
use aws_smithy_types::DateTime;
use sha2::{Digest, Sha256};

use super::{Change, HostedZone, Record, Route53, ZoneVpc, invalid_input, names, vpc_exists};
use crate::sandbox::call::{Call, Fault, id};

/// AWS's quota of hosted zones in an account.
const MOST_ZONES: usize = 500;

pub(super) fn create_hosted_zone(
    call: &mut Call<'_>,
    input: &CreateHostedZoneInput,
) -> Result<CreateHostedZoneOutput, Fault> {
    let name = names::normal(input.name().unwrap_or_default())?;
    let reference = input.caller_reference().unwrap_or_default();
    if reference.is_empty() || reference.chars().count() > 128 {
        return Err(invalid_input("CallerReference must have a length between 1 and 128"));
    }
    let config = input.hosted_zone_config();
    let comment = config.and_then(HostedZoneConfig::comment);
    check_comment(comment)?;
    let vpc = input.vpc().map(|vpc| wanted_vpc(call, vpc)).transpose()?;
    if vpc.is_none() && config.is_some_and(HostedZoneConfig::private_zone) {
        return Err(invalid_input(
            "When you're creating a private hosted zone (when you specify true for PrivateZone), you must also \
             specify values for VPCId and VPCRegion.",
        ));
    }
    if vpc.is_none() && name.matches('.').count() == 1 {
        return Err(Fault::new("InvalidDomainName", format!("{name} is a top-level domain")));
    }
    if let Some(set) = input.delegation_set_id() {
        if vpc.is_some() {
            return Err(invalid_input("A private hosted zone can't have a reusable delegation set"));
        }
        return Err(Fault::new("NoSuchDelegationSet", format!("No delegation set found with ID: {set}")));
    }
    let route53 = &call.world.route53;
    if route53.spent_references.contains(reference)
        || route53.zones.values().any(|zone| zone.caller_reference == reference)
    {
        return Err(Fault::new(
            "HostedZoneAlreadyExists",
            format!(
                "A hosted zone has already been created with the specified caller reference: {reference}"
            ),
        )
        .status(409));
    }
    if let Some(vpc) = &vpc {
        check_name_is_free(route53, &name, vpc)?;
    }
    if route53.zones.len() >= MOST_ZONES {
        return Err(Fault::new("TooManyHostedZones", "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER"));
    }

    let mut zone = HostedZone::new(&name, reference, vpc.into_iter().collect());
    zone.comment = comment.map(str::to_owned);
    let zone_id = id("", "Z", &format!("{name} {reference}")).to_uppercase();
    call.world.route53.zones.insert(zone_id.clone(), zone.clone());
    let change = new_change(call, &zone_id, None)?;
    Ok(CreateHostedZoneOutput::builder()
        .location(format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{zone_id}"))
        .hosted_zone(told(&zone_id, &zone)?)
        .change_info(change)
        .set_delegation_set(delegation_set(&zone)?)
        .set_vpc(zone.vpcs.first().map(told_vpc))
        .build()?)
}

pub(super) fn get_hosted_zone(
    call: &mut Call<'_>,
    input: &GetHostedZoneInput,
) -> Result<GetHostedZoneOutput, Fault> {
    let (zone_id, zone) = find(&call.world.route53, input.id())?;
    Ok(GetHostedZoneOutput::builder()
        .hosted_zone(told(&zone_id, zone)?)
        .set_delegation_set(delegation_set(zone)?)
        .set_vpcs(zone.private().then(|| zone.vpcs.iter().map(told_vpc).collect()))
        .build())
}

pub(super) fn associate_vpc(
    call: &mut Call<'_>,
    input: &AssociateVpcWithHostedZoneInput,
) -> Result<AssociateVpcWithHostedZoneOutput, Fault> {
    let (zone_id, zone) = find(&call.world.route53, input.hosted_zone_id())?;
    let vpc = input.vpc().ok_or_else(|| invalid_input("VPC is required"))?;
    let vpc = wanted_vpc(call, vpc)?;
    if !zone.private() {
        return Err(Fault::new(
            "PublicZoneVPCAssociation",
            format!("You can't associate the public hosted zone {zone_id} with a VPC"),
        ));
    }
    check_name_is_free(&call.world.route53, &zone.name, &vpc)?;
    change_zone(call, &zone_id, |zone| zone.vpcs.push(vpc));
    let change = new_change(call, &zone_id, input.comment())?;
    Ok(AssociateVpcWithHostedZoneOutput::builder().change_info(change).build())
}

pub(super) fn update_hosted_zone_comment(
    call: &mut Call<'_>,
    input: &UpdateHostedZoneCommentInput,
) -> Result<UpdateHostedZoneCommentOutput, Fault> {
    let (zone_id, _) = find(&call.world.route53, input.id())?;
    check_comment(input.comment())?;
    change_zone(call, &zone_id, |zone| zone.comment = input.comment().map(str::to_owned));
    let (zone_id, zone) = find(&call.world.route53, input.id())?;
    Ok(UpdateHostedZoneCommentOutput::builder().hosted_zone(told(&zone_id, zone)?).build())
}

/// By the time that anybody asks, each change has reached all name servers.
pub(super) fn get_change(call: &mut Call<'_>, input: &GetChangeInput) -> Result<GetChangeOutput, Fault> {
    let given = input.id().unwrap_or_default();
    let change_id = given.rsplit('/').next().unwrap_or_default();
    let change = call.world.route53.changes.get(change_id).ok_or_else(|| {
        Fault::new("NoSuchChange", format!("A change with the specified change ID does not exist: {given}"))
            .status(404)
    })?;
    let change = told_change(change_id, change, ChangeStatus::Insync)?;
    Ok(GetChangeOutput::builder().change_info(change).build())
}

/// The zone with this id, and the id without what AWS puts before it (`/hostedzone/`).
pub(super) fn find<'w>(route53: &'w Route53, given: Option<&str>) -> Result<(String, &'w HostedZone), Fault> {
    let zone_id = given.unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let zone = route53.zones.get(zone_id).ok_or_else(|| {
        Fault::new("NoSuchHostedZone", format!("No hosted zone found with ID: {zone_id}")).status(404)
    })?;
    Ok((zone_id.to_owned(), zone))
}

/// Changes a zone that was found.
pub(super) fn change_zone(call: &mut Call<'_>, zone_id: &str, change: impl FnOnce(&mut HostedZone)) {
    if let Some(zone) = call.world.route53.zones.get_mut(zone_id) {
        change(zone);
    }
}

/// A zone as AWS tells it.
pub(super) fn told(zone_id: &str, zone: &HostedZone) -> Result<types::HostedZone, Fault> {
    let config =
        HostedZoneConfig::builder().set_comment(zone.comment.clone()).private_zone(zone.private()).build();
    Ok(types::HostedZone::builder()
        .id(format!("/hostedzone/{zone_id}"))
        .name(&zone.name)
        .caller_reference(&zone.caller_reference)
        .config(config)
        .resource_record_set_count(i64::try_from(zone.records.len()).unwrap_or(i64::MAX))
        .build()?)
}

/// Notes a change of a zone. A zone's changes are numbered, so that what happens in others doesn't alter their ids.
pub(super) fn new_change(
    call: &mut Call<'_>,
    zone_id: &str,
    comment: Option<&str>,
) -> Result<ChangeInfo, Fault> {
    let changes = &mut call.world.route53.changes;
    let number = changes.values().filter(|change| change.zone_id == zone_id).count();
    let change_id = id("", "C", &format!("{zone_id} {number}")).to_uppercase();
    let change = Change {
        zone_id: zone_id.to_owned(),
        submitted_at: call.world.clock,
        comment: comment.map(str::to_owned),
    };
    let told = told_change(&change_id, &change, ChangeStatus::Pending);
    changes.insert(change_id, change);
    told
}

fn told_change(change_id: &str, change: &Change, status: ChangeStatus) -> Result<ChangeInfo, Fault> {
    Ok(ChangeInfo::builder()
        .id(format!("/change/{change_id}"))
        .status(status)
        .submitted_at(DateTime::from_secs(change.submitted_at))
        .set_comment(change.comment.clone())
        .build()?)
}

fn told_vpc(vpc: &ZoneVpc) -> Vpc {
    Vpc::builder().vpc_region(VpcRegion::from(vpc.region.as_str())).vpc_id(&vpc.id).build()
}

fn delegation_set(zone: &HostedZone) -> Result<Option<DelegationSet>, Fault> {
    if zone.private() {
        return Ok(None);
    }
    Ok(Some(DelegationSet::builder().set_name_servers(Some(zone.name_servers.clone())).build()?))
}

fn check_comment(comment: Option<&str>) -> Result<(), Fault> {
    match comment {
        Some(comment) if comment.chars().count() > 256 => {
            Err(invalid_input("Comment must have length less than or equal to 256"))
        }
        _ => Ok(()),
    }
}

/// The VPC that the caller names, which must exist.
fn wanted_vpc(call: &Call<'_>, vpc: &Vpc) -> Result<ZoneVpc, Fault> {
    let (Some(region), Some(vpc_id)) = (vpc.vpc_region(), vpc.vpc_id()) else {
        return Err(invalid_input("VPCRegion and VPCId are both required"));
    };
    if !vpc_exists(call.world, region.as_str(), vpc_id) {
        return Err(Fault::new(
            "InvalidVPCId",
            format!(
                "The VPC: {vpc_id} in region {region} that you provided is not authorized or does not exist."
            ),
        ));
    }
    Ok(ZoneVpc { region: region.as_str().to_owned(), id: vpc_id.to_owned() })
}

/// A VPC sees one zone of a name at the most.
fn check_name_is_free(route53: &Route53, name: &str, vpc: &ZoneVpc) -> Result<(), Fault> {
    let twin = route53.zones.iter().find(|(_, zone)| zone.name == name && zone.vpcs.contains(vpc));
    match twin {
        None => Ok(()),
        Some((zone_id, _)) => Err(Fault::new(
            "ConflictingDomainExists",
            format!(
                "The VPC {} in region {} has already been associated with the hosted zone {zone_id} with the same \
                 domain name.",
                vpc.id, vpc.region
            ),
        )),
    }
}

/// Four name servers, one under each of AWS's domains.
pub(super) fn name_servers(reference: &str) -> Vec<String> {
    let hash = Sha256::digest(reference);
    let ends = ["com", "net", "org", "co.uk"];
    let servers = ends.iter().zip(hash.chunks(2)).enumerate().map(|(quarter, (end, bytes))| {
        let number = quarter * 512 + usize::from(bytes[0]);
        format!("ns-{number}.awsdns-{:02}.{end}", bytes[1] % 64)
    });
    servers.collect()
}

/// The NS and SOA records that every zone has. Those of private zones name servers that nobody outside ever asks.
pub(super) fn first_records(zone: &HostedZone) -> [Record; 2] {
    let servers: Vec<String> = if zone.private() {
        ["ns-1536.awsdns-00.co.uk.", "ns-0.awsdns-00.com.", "ns-1024.awsdns-00.org.", "ns-512.awsdns-00.net."]
            .map(str::to_owned)
            .to_vec()
    } else {
        zone.name_servers.iter().map(|server| format!("{server}.")).collect()
    };
    let first = servers.first().map(String::as_str).unwrap_or_default();
    let authority = format!("{first} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400");
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    [Record::new(&zone.name, "NS", 172_800, &servers), Record::new(&zone.name, "SOA", 900, &[&authority])]
}
