//! The rules of security groups: adding, taking away, describing.

use std::collections::BTreeMap;

use aws_sdk_ec2::operation::authorize_security_group_egress::{
    AuthorizeSecurityGroupEgressError, AuthorizeSecurityGroupEgressInput, AuthorizeSecurityGroupEgressOutput,
};
use aws_sdk_ec2::operation::authorize_security_group_ingress::{
    AuthorizeSecurityGroupIngressError, AuthorizeSecurityGroupIngressInput,
    AuthorizeSecurityGroupIngressOutput,
};
use aws_sdk_ec2::operation::describe_security_group_rules::{
    DescribeSecurityGroupRulesError, DescribeSecurityGroupRulesInput, DescribeSecurityGroupRulesOutput,
};
use aws_sdk_ec2::operation::revoke_security_group_ingress::{
    RevokeSecurityGroupIngressError, RevokeSecurityGroupIngressInput, RevokeSecurityGroupIngressOutput,
};
use aws_sdk_ec2::operation::update_security_group_rule_descriptions_ingress::{
    UpdateSecurityGroupRuleDescriptionsIngressError, UpdateSecurityGroupRuleDescriptionsIngressInput,
    UpdateSecurityGroupRuleDescriptionsIngressOutput,
};
use aws_sdk_ec2::types::{
    IpPermission, IpRange, RevokedSecurityGroupRule, SecurityGroupRule, TagSpecification,
};

use super::here::{Here, enter, missing, required, unsupported};
use super::kind::{GROUP, RULE};
use super::list::{FROM_5_TO_1000, Question};
use super::permission::{self, checked_description};
use super::security_group::named;
use super::tag;
use super::{Group, Peer, Rule};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// How many rules a group may have in each direction, for IPv4 and for IPv6.
const RULES: usize = 60;

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = AuthorizeSecurityGroupIngressError::generic;
    handlers.on("ec2:AuthorizeSecurityGroupIngress", authorize_security_group_ingress, error);
    let error = AuthorizeSecurityGroupEgressError::generic;
    handlers.on("ec2:AuthorizeSecurityGroupEgress", authorize_security_group_egress, error);
    let error = RevokeSecurityGroupIngressError::generic;
    handlers.on("ec2:RevokeSecurityGroupIngress", revoke_security_group_ingress, error);
    let error = UpdateSecurityGroupRuleDescriptionsIngressError::generic;
    let update = update_security_group_rule_descriptions_ingress;
    handlers.on("ec2:UpdateSecurityGroupRuleDescriptionsIngress", update, error);
    let error = DescribeSecurityGroupRulesError::generic;
    handlers.on("ec2:DescribeSecurityGroupRules", describe_security_group_rules, error);
}

/// The two forms that ingress calls take: a list of permissions, or one spread over the parameters.
fn permissions(
    list: &[IpPermission],
    protocol: Option<&str>,
    ports: (Option<i32>, Option<i32>),
    cidr: Option<&str>,
) -> Result<Vec<IpPermission>, Fault> {
    let is_spread = protocol.is_some() || ports != (None, None) || cidr.is_some();
    match (list.is_empty(), is_spread) {
        (true, false) => Err(missing("ipPermissions")),
        (false, false) => Ok(list.to_vec()),
        (false, true) => {
            let text = "ipPermissions cannot be used with ipProtocol, fromPort, toPort or cidrIp";
            Err(Fault::new("InvalidParameterCombination", text))
        }
        (true, true) => {
            let range = cidr.map(|cidr| IpRange::builder().cidr_ip(cidr).build());
            let permission = IpPermission::builder()
                .set_ip_protocol(protocol.map(str::to_owned))
                .set_from_port(ports.0)
                .set_to_port(ports.1)
                .set_ip_ranges(range.map(|range| vec![range]));
            Ok(vec![permission.build()])
        }
    }
}

fn authorize_security_group_ingress(
    call: &mut Call<'_>,
    input: &AuthorizeSecurityGroupIngressInput,
) -> Result<AuthorizeSecurityGroupIngressOutput, Fault> {
    let mut here = enter(call, input.dry_run)?;
    unsupported(&[
        ("SourceSecurityGroupName", input.source_security_group_name.is_some()),
        ("SourceSecurityGroupOwnerId", input.source_security_group_owner_id.is_some()),
    ])?;
    let group_id = named(&here, input.group_id(), input.group_name())?;
    let ports = (input.from_port, input.to_port);
    let permissions = permissions(input.ip_permissions(), input.ip_protocol(), ports, input.cidr_ip())?;
    let rules = authorize(&mut here, &group_id, &permissions, false, input.tag_specifications())?;
    let answer = AuthorizeSecurityGroupIngressOutput::builder().r#return(true);
    Ok(answer.set_security_group_rules(Some(rules)).build())
}

fn authorize_security_group_egress(
    call: &mut Call<'_>,
    input: &AuthorizeSecurityGroupEgressInput,
) -> Result<AuthorizeSecurityGroupEgressOutput, Fault> {
    let mut here = enter(call, input.dry_run)?;
    // AWS keeps these for groups outside of VPCs, which are gone.
    unsupported(&[
        ("SourceSecurityGroupName", input.source_security_group_name.is_some()),
        ("SourceSecurityGroupOwnerId", input.source_security_group_owner_id.is_some()),
        ("IpProtocol", input.ip_protocol.is_some()),
        ("FromPort", input.from_port.is_some()),
        ("ToPort", input.to_port.is_some()),
        ("CidrIp", input.cidr_ip.is_some()),
    ])?;
    let group_id = named(&here, Some(required(input.group_id(), "groupId")?), None)?;
    let permissions = permissions(input.ip_permissions(), None, (None, None), None)?;
    let rules = authorize(&mut here, &group_id, &permissions, true, input.tag_specifications())?;
    let answer = AuthorizeSecurityGroupEgressOutput::builder().r#return(true);
    Ok(answer.set_security_group_rules(Some(rules)).build())
}

/// Adds all rules, or none.
fn authorize(
    here: &mut Here<'_>,
    group_id: &str,
    permissions: &[IpPermission],
    egress: bool,
    tags: &[TagSpecification],
) -> Result<Vec<SecurityGroupRule>, Fault> {
    let tags = tag::given(tags, &RULE)?;
    let mut new = permission::rules(here, group_id, permissions, egress)?;
    let old = &GROUP.find(&here.region.groups, group_id)?.rules;
    if let Some(rule) = new.iter().find(|rule| old.values().any(|other| other.is_same_as(rule))) {
        let text = format!("the specified rule \"{}\" already exists", rule.told());
        return Err(Fault::new("InvalidPermission.Duplicate", text));
    }
    let all = || old.values().chain(&new).filter(|rule| rule.egress == egress);
    // A rule for a group or for one of AWS's prefix lists counts for both.
    let of_ipv4 = all().filter(|rule| !matches!(rule.peer, Peer::Ipv6(_))).count();
    let of_ipv6 = all().filter(|rule| !matches!(rule.peer, Peer::Ipv4(_))).count();
    if of_ipv4.max(of_ipv6) > RULES {
        let text = "The maximum number of rules per security group has been reached.";
        return Err(Fault::new("RulesPerSecurityGroupLimitExceeded", text));
    }
    new.iter_mut().for_each(|rule| rule.tags.clone_from(&tags));
    let with_ids: Vec<_> = new.into_iter().map(|rule| (rule.id(&here.name, group_id), rule)).collect();
    let shown = with_ids.iter().map(|(id, rule)| rule.shown(here, group_id, id)).collect();
    GROUP.find_mut(&mut here.region.groups, group_id)?.rules.extend(with_ids);
    Ok(shown)
}

/// The ids of the rules that permissions stand for, which the group must have.
fn ids_of(
    here: &Here<'_>,
    group_id: &str,
    group: &Group,
    permissions: &[IpPermission],
) -> Result<Vec<(String, Rule)>, Fault> {
    let wanted = permission::rules(here, group_id, permissions, false)?;
    let found = wanted.into_iter().map(|wanted| {
        let id = group.rules.iter().find(|(_, rule)| rule.is_same_as(&wanted)).map(|(id, _)| id.clone());
        let text = "The specified rule does not exist in this security group.";
        id.map(|id| (id, wanted)).ok_or_else(|| Fault::new("InvalidPermission.NotFound", text))
    });
    found.collect()
}

/// The group's ingress rule with this id.
fn own_rule<'g>(group: &'g Group, id: &str) -> Result<&'g Rule, Fault> {
    let rule = RULE.find(&group.rules, id)?;
    if rule.egress { Err(RULE.unknown(id)) } else { Ok(rule) }
}

fn revoke_security_group_ingress(
    call: &mut Call<'_>,
    input: &RevokeSecurityGroupIngressInput,
) -> Result<RevokeSecurityGroupIngressOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    unsupported(&[
        ("SourceSecurityGroupName", input.source_security_group_name.is_some()),
        ("SourceSecurityGroupOwnerId", input.source_security_group_owner_id.is_some()),
    ])?;
    let group_id = named(&here, input.group_id(), input.group_name())?;
    let group = GROUP.find(&here.region.groups, &group_id)?;
    let ports = (input.from_port, input.to_port);
    let by_id = input.security_group_rule_ids();
    let by_permission = permissions(input.ip_permissions(), input.ip_protocol(), ports, input.cidr_ip());
    let ids = match (by_id.is_empty(), by_permission) {
        (true, permissions) => {
            let found = ids_of(&here, &group_id, group, &permissions?)?;
            found.into_iter().map(|(id, _)| id).collect()
        }
        (false, Ok(_)) => return Err(both("securityGroupRuleIds")),
        (false, Err(fault)) if fault.code != "MissingParameter" => return Err(fault),
        (false, Err(_)) => {
            by_id.iter().try_for_each(|id| own_rule(group, id).map(|_| ()))?;
            by_id.to_vec()
        }
    };
    let revoked = ids.iter().filter_map(|id| group.rules.get(id).map(|rule| revoked(&group_id, id, rule)));
    let revoked = revoked.collect();
    GROUP.find_mut(&mut here.region.groups, &group_id)?.rules.retain(|id, _| !ids.contains(id));
    let answer = RevokeSecurityGroupIngressOutput::builder().r#return(true);
    Ok(answer.set_revoked_security_group_rules(Some(revoked)).build())
}

fn both(other: &str) -> Fault {
    let text = format!("The parameter ipPermissions cannot be used with the parameter {other}");
    Fault::new("InvalidParameterCombination", text)
}

fn revoked(group_id: &str, id: &str, rule: &Rule) -> RevokedSecurityGroupRule {
    let revoked = RevokedSecurityGroupRule::builder()
        .security_group_rule_id(id)
        .group_id(group_id)
        .is_egress(rule.egress)
        .ip_protocol(&rule.protocol)
        .from_port(rule.from_port)
        .to_port(rule.to_port)
        .set_description(rule.description.clone());
    match &rule.peer {
        Peer::Ipv4(cidr) => revoked.cidr_ipv4(cidr),
        Peer::Ipv6(cidr) => revoked.cidr_ipv6(cidr),
        Peer::PrefixList(id) => revoked.prefix_list_id(id),
        Peer::Group(id) => revoked.referenced_group_id(id),
    }
    .build()
}

fn update_security_group_rule_descriptions_ingress(
    call: &mut Call<'_>,
    input: &UpdateSecurityGroupRuleDescriptionsIngressInput,
) -> Result<UpdateSecurityGroupRuleDescriptionsIngressOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let group_id = named(&here, input.group_id(), input.group_name())?;
    let group = GROUP.find(&here.region.groups, &group_id)?;
    let mut new = BTreeMap::new();
    match (input.ip_permissions(), input.security_group_rule_descriptions()) {
        ([], []) => return Err(missing("ipPermissions")),
        (permissions, []) => {
            let found = ids_of(&here, &group_id, group, permissions)?;
            new.extend(found.into_iter().map(|(id, rule)| (id, rule.description)));
        }
        ([], descriptions) => {
            for wanted in descriptions {
                let id = required(wanted.security_group_rule_id(), "securityGroupRuleId")?;
                own_rule(group, id)?;
                new.insert(id.to_owned(), checked_description(wanted.description())?);
            }
        }
        _ => return Err(both("securityGroupRuleDescriptions")),
    }
    let group = GROUP.find_mut(&mut here.region.groups, &group_id)?;
    for (id, description) in new {
        if let Some(rule) = group.rules.get_mut(&id) {
            rule.description = description;
        }
    }
    Ok(UpdateSecurityGroupRuleDescriptionsIngressOutput::builder().r#return(true).build())
}

fn describe_security_group_rules(
    call: &mut Call<'_>,
    input: &DescribeSecurityGroupRulesInput,
) -> Result<DescribeSecurityGroupRulesOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let question = Question {
        ids: input.security_group_rule_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: input.max_results,
        next_token: input.next_token(),
    };
    let groups = here.region.groups.iter();
    let rules: BTreeMap<String, (String, Rule)> = groups
        .flat_map(|(group_id, group)| {
            group.rules.iter().map(|(id, rule)| (id.clone(), (group_id.clone(), rule.clone())))
        })
        .collect();
    let filters = ["group-id", "security-group-rule-id"];
    let (rules, next_token) = question.answer(
        &RULE,
        FROM_5_TO_1000,
        &rules,
        &filters,
        |(_, rule)| &rule.tags,
        |id, (group_id, _), filter| vec![if filter == "group-id" { group_id.clone() } else { id.to_owned() }],
    )?;
    let rules = rules.into_iter().map(|(id, (group_id, rule))| rule.shown(&here, group_id, id)).collect();
    let answer = DescribeSecurityGroupRulesOutput::builder().set_security_group_rules(Some(rules));
    Ok(answer.set_next_token(next_token).build())
}

#[cfg(test)]
mod tests;
