//! Security groups. Their rules are in the file next to this.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::create_security_group::{
    CreateSecurityGroupError, CreateSecurityGroupInput, CreateSecurityGroupOutput,
};
use aws_sdk_ec2::operation::describe_security_groups::{
    DescribeSecurityGroupsError, DescribeSecurityGroupsInput, DescribeSecurityGroupsOutput,
};
use aws_sdk_ec2::types::SecurityGroup;
use serde::{Deserialize, Serialize};

use super::here::{Here, enter, invalid, missing, required};
use super::kind::{GROUP, VPC};
use super::list::{FROM_5_TO_1000, Question};
use super::permission::{grouped, is_plain};
use super::tag;
use super::{Peer, Region, Rule, Tags};
use crate::sandbox::call::id;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A security group.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name, unique in its VPC.
    pub name: String,
    /// What it is for; can't be changed.
    pub description: String,
    /// The id of its VPC.
    pub vpc: String,
    /// Its rules by id (`sgr-`).
    pub rules: BTreeMap<String, Rule>,
    /// Its tags.
    pub tags: Tags,
}

/// How many groups a region may have.
const GROUPS: usize = 2500;

const FILTERS: [&str; 21] = [
    "description",
    "egress.ip-permission.cidr",
    "egress.ip-permission.from-port",
    "egress.ip-permission.group-id",
    "egress.ip-permission.ipv6-cidr",
    "egress.ip-permission.prefix-list-id",
    "egress.ip-permission.protocol",
    "egress.ip-permission.to-port",
    "egress.ip-permission.user-id",
    "group-id",
    "group-name",
    "ip-permission.cidr",
    "ip-permission.from-port",
    "ip-permission.group-id",
    "ip-permission.ipv6-cidr",
    "ip-permission.prefix-list-id",
    "ip-permission.protocol",
    "ip-permission.to-port",
    "ip-permission.user-id",
    "owner-id",
    "vpc-id",
];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:CreateSecurityGroup", create_security_group, CreateSecurityGroupError::generic);
    handlers.on("ec2:DescribeSecurityGroups", describe_security_groups, DescribeSecurityGroupsError::generic);
}

/// Puts a new VPC's default group into the region: its members reach one another, and all of the world.
pub(super) fn add_default(region: &mut Region, region_name: &str, vpc_id: &str) {
    let mut group = Group {
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        vpc: vpc_id.to_owned(),
        ..Group::default()
    };
    let group_id = id_of(region_name, &group);
    let own = Rule::all_traffic(false, Peer::Group(group_id.clone()));
    group.rules = [own, all_out()].map(|rule| (rule.id(region_name, &group_id), rule)).into();
    region.groups.insert(group_id, group);
}

impl Region {
    /// Puts a group into a VPC of this region, `region`, with the rule that AWS gives to each; tells its id.
    pub fn add_group(&mut self, region: &str, vpc: &str, name: &str, description: &str) -> String {
        let (name, description, vpc) = (name.to_owned(), description.to_owned(), vpc.to_owned());
        let group = Group { name, description, vpc, ..Group::default() };
        let group_id = id_of(region, &group);
        self.groups.insert(group_id.clone(), group);
        self.add_rules(region, &group_id, &[all_out()]);
        group_id
    }

    /// Puts rules into a group of this region, `region`.
    pub fn add_rules(&mut self, region: &str, group_id: &str, rules: &[Rule]) {
        if let Some(group) = self.groups.get_mut(group_id) {
            group.rules.extend(rules.iter().map(|rule| (rule.id(region, group_id), rule.clone())));
        }
    }
}

/// The rule that AWS gives to each new group.
fn all_out() -> Rule {
    Rule::all_traffic(true, Peer::Ipv4("0.0.0.0/0".to_owned()))
}

fn id_of(region: &str, group: &Group) -> String {
    id(region, GROUP.prefix, &format!("{}\n{}", group.vpc, group.name))
}

/// The id of the group that a call names, which exists. By name, only the default VPC's groups are known.
pub(super) fn named(here: &Here<'_>, id: Option<&str>, name: Option<&str>) -> Result<String, Fault> {
    match (id.filter(|id| !id.is_empty()), name.filter(|name| !name.is_empty())) {
        (None, None) => Err(missing("groupName or groupId")),
        (Some(_), Some(_)) => {
            let text = "The parameter groupName cannot be used with the parameter groupId";
            Err(Fault::new("InvalidParameterCombination", text))
        }
        (Some(id), None) => GROUP.find(&here.region.groups, id).map(|_| id.to_owned()),
        (None, Some(name)) => {
            let vpc = default_vpc(here)?;
            let mut groups = here.region.groups.iter();
            let found = groups.find(|(_, group)| group.vpc == vpc && group.name == name);
            found.map(|(id, _)| id.clone()).ok_or_else(|| {
                let text = format!("The security group '{name}' does not exist in default VPC '{vpc}'");
                Fault::new("InvalidGroup.NotFound", text)
            })
        }
    }
}

fn default_vpc(here: &Here<'_>) -> Result<String, Fault> {
    let vpc = here.region.vpcs.iter().find(|(_, vpc)| vpc.is_default);
    vpc.map(|(id, _)| id.clone())
        .ok_or_else(|| Fault::new("VPCIdNotSpecified", "No default VPC for this user"))
}

fn create_security_group(
    call: &mut Call<'_>,
    input: &CreateSecurityGroupInput,
) -> Result<CreateSecurityGroupOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let name = checked_name(required(input.group_name(), "groupName")?)?;
    let description = required(input.description(), "groupDescription")?;
    if !is_plain(description) {
        return Err(refused_text("GroupDescription", description));
    }
    let tags = tag::given(input.tag_specifications(), &GROUP)?;
    let vpc = match input.vpc_id() {
        Some(id) => VPC.find(&here.region.vpcs, id).map(|_| id.to_owned())?,
        None => default_vpc(&here)?,
    };
    let is_taken = |group: &Group| group.vpc == vpc && group.name.eq_ignore_ascii_case(name);
    if here.region.groups.values().any(is_taken) {
        let text = format!("The security group '{name}' already exists for VPC '{vpc}'");
        return Err(Fault::new("InvalidGroup.Duplicate", text));
    }
    if here.region.groups.len() >= GROUPS {
        let text = "The maximum number of security groups has been reached.";
        return Err(Fault::new("SecurityGroupLimitExceeded", text));
    }
    let answer = CreateSecurityGroupOutput::builder().set_tags(tag::listed(&tags));
    let (name, description) = (name.to_owned(), description.to_owned());
    let mut group = Group { name, description, vpc, tags, rules: BTreeMap::new() };
    let group_id = id_of(&here.name, &group);
    let rule = all_out();
    group.rules.insert(rule.id(&here.name, &group_id), rule);
    let answer = answer.security_group_arn(here.arn(GROUP.resource_type, &group_id));
    here.region.groups.insert(group_id.clone(), group);
    Ok(answer.group_id(group_id).build())
}

/// A name that a new group may have. AWS drops blanks at its end.
fn checked_name(name: &str) -> Result<&str, Fault> {
    if !is_plain(name) {
        return Err(refused_text("GroupName", name));
    }
    let name = name.trim_end();
    if name.to_lowercase().starts_with("sg-") {
        return Err(invalid("groupName", name, "Group names may not be in the format sg-*."));
    }
    if name.eq_ignore_ascii_case("default") {
        let text = format!("Cannot use reserved security group name: {name}");
        return Err(Fault::new("InvalidGroup.Reserved", text));
    }
    required(Some(name), "groupName")
}

fn refused_text(parameter: &str, text: &str) -> Fault {
    let why = "At most 255 characters of a-z, A-Z, 0-9, spaces, and ._-:/()#,@[]+=&;{}!$* are allowed.";
    invalid(parameter, text, why)
}

fn describe_security_groups(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupsInput,
) -> Result<DescribeSecurityGroupsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let mut ids = input.group_ids().to_vec();
    for name in input.group_names() {
        ids.push(named(&here, None, Some(name))?);
    }
    let question = Question {
        ids: Some(&ids),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let things = &here.region.groups;
    let (groups, next_token) = question.answer(
        &GROUP,
        FROM_5_TO_1000,
        things,
        &FILTERS,
        |group| &group.tags,
        |id, group, filter| values(&here, id, group, filter),
    )?;
    let groups = groups.into_iter().map(|(id, group)| shown(&here, id, group)).collect();
    let answer = DescribeSecurityGroupsOutput::builder().set_security_groups(Some(groups));
    Ok(answer.set_next_token(next_token).build())
}

fn values(here: &Here<'_>, id: &str, group: &Group, filter: &str) -> Vec<String> {
    let one = |text: &str| vec![text.to_owned()];
    match filter {
        "description" => return one(&group.description),
        "group-id" => return one(id),
        "group-name" => return one(&group.name),
        "owner-id" => return one(&here.account),
        "vpc-id" => return one(&group.vpc),
        _ => {}
    }
    let egress = filter.starts_with("egress.");
    let rules = group.rules.values().filter(|rule| rule.egress == egress);
    let value = |rule: &Rule| match (filter.rsplit('.').next()?, &rule.peer) {
        ("cidr", Peer::Ipv4(text))
        | ("ipv6-cidr", Peer::Ipv6(text))
        | ("prefix-list-id", Peer::PrefixList(text))
        | ("group-id", Peer::Group(text)) => Some(text.clone()),
        ("user-id", Peer::Group(_)) => Some(here.account.clone()),
        ("protocol", _) => Some(rule.protocol.clone()),
        ("from-port", _) => Some(rule.from_port.to_string()),
        ("to-port", _) => Some(rule.to_port.to_string()),
        _ => None,
    };
    rules.filter_map(value).collect()
}

fn shown(here: &Here<'_>, id: &str, group: &Group) -> SecurityGroup {
    let of = |egress: bool| Some(grouped(here, group.rules.values().filter(|rule| rule.egress == egress)));
    SecurityGroup::builder()
        .group_id(id)
        .security_group_arn(here.arn(GROUP.resource_type, id))
        .group_name(&group.name)
        .description(&group.description)
        .vpc_id(&group.vpc)
        .owner_id(&here.account)
        .set_ip_permissions(of(false))
        .set_ip_permissions_egress(of(true))
        .set_tags(tag::listed(&group.tags))
        .build()
}

#[cfg(test)]
mod tests;
