//! The kinds of things that have ids, and what EC2 answers to an id that it does not know.

use std::collections::BTreeMap;

use crate::sandbox::Fault;

/// A kind of thing that has ids.
#[derive(Debug)]
pub(super) struct Kind {
    /// What ids begin with.
    pub(super) prefix: &'static str,
    /// As tags and ARNs name it.
    pub(super) resource_type: &'static str,
    /// As messages name it.
    pub(super) name: &'static str,
    malformed: &'static str,
    not_found: &'static str,
}

pub(super) const VPC: Kind = Kind {
    prefix: "vpc-",
    resource_type: "vpc",
    name: "vpc ID",
    malformed: "InvalidVpcID.Malformed",
    not_found: "InvalidVpcID.NotFound",
};

pub(super) const SUBNET: Kind = Kind {
    prefix: "subnet-",
    resource_type: "subnet",
    name: "subnet ID",
    malformed: "InvalidSubnetID.Malformed",
    not_found: "InvalidSubnetID.NotFound",
};

pub(super) const ROUTE_TABLE: Kind = Kind {
    prefix: "rtb-",
    resource_type: "route-table",
    name: "routeTable ID",
    malformed: "InvalidRouteTableId.Malformed",
    not_found: "InvalidRouteTableID.NotFound",
};

/// Route tables as the calls on endpoints speak of them: they spell the code differently.
pub(super) const ROUTE_TABLE_OF_ENDPOINT: Kind =
    Kind { not_found: "InvalidRouteTableId.NotFound", ..ROUTE_TABLE };

pub(super) const GROUP: Kind = Kind {
    prefix: "sg-",
    resource_type: "security-group",
    name: "security group",
    malformed: "InvalidGroupId.Malformed",
    not_found: "InvalidGroup.NotFound",
};

pub(super) const RULE: Kind = Kind {
    prefix: "sgr-",
    resource_type: "security-group-rule",
    name: "security group rule ID",
    malformed: "InvalidSecurityGroupRuleId.Malformed",
    not_found: "InvalidSecurityGroupRuleId.NotFound",
};

pub(super) const PREFIX_LIST: Kind = Kind {
    prefix: "pl-",
    resource_type: "prefix-list",
    name: "prefix list ID",
    malformed: "InvalidPrefixListId.Malformed",
    not_found: "InvalidPrefixListId.NotFound",
};

pub(super) const VPC_ENDPOINT: Kind = Kind {
    prefix: "vpce-",
    resource_type: "vpc-endpoint",
    name: "Vpc Endpoint Id",
    malformed: "InvalidVpcEndpointId.Malformed",
    not_found: "InvalidVpcEndpointId.NotFound",
};

pub(super) const FLOW_LOG: Kind = Kind {
    prefix: "fl-",
    resource_type: "vpc-flow-log",
    name: "flow log ID",
    malformed: "InvalidFlowLogId.Malformed",
    not_found: "InvalidFlowLogId.NotFound",
};

pub(super) const KEY_PAIR: Kind = Kind {
    prefix: "key-",
    resource_type: "key-pair",
    name: "key pair ID",
    malformed: "InvalidKeyPair.NotFound",
    not_found: "InvalidKeyPair.NotFound",
};

pub(super) const IMAGE: Kind = Kind {
    prefix: "ami-",
    resource_type: "image",
    name: "image id",
    malformed: "InvalidAMIID.Malformed",
    not_found: "InvalidAMIID.NotFound",
};

pub(super) const INSTANCE: Kind = Kind {
    prefix: "i-",
    resource_type: "instance",
    name: "instance ID",
    malformed: "InvalidInstanceID.Malformed",
    not_found: "InvalidInstanceID.NotFound",
};

pub(super) const VOLUME: Kind = Kind {
    prefix: "vol-",
    resource_type: "volume",
    name: "volume",
    malformed: "InvalidParameterValue",
    not_found: "InvalidVolume.NotFound",
};

impl Kind {
    /// The thing with this id.
    pub(super) fn find<'t, T>(&self, things: &'t BTreeMap<String, T>, id: &str) -> Result<&'t T, Fault> {
        self.check(id)?;
        things.get(id).ok_or_else(|| self.unknown(id))
    }

    /// The thing with this id, to change it.
    pub(super) fn find_mut<'t, T>(
        &self,
        things: &'t mut BTreeMap<String, T>,
        id: &str,
    ) -> Result<&'t mut T, Fault> {
        self.check(id)?;
        things.get_mut(id).ok_or_else(|| self.unknown(id))
    }

    /// Whether it looks like an id of this kind: 17 hex digits, or 8 as in AWS's first years.
    pub(super) fn check(&self, id: &str) -> Result<(), Fault> {
        let is_id = id.strip_prefix(self.prefix).is_some_and(|digits| {
            [8, 17].contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit())
        });
        if is_id {
            return Ok(());
        }
        Err(Fault::new(self.malformed, format!("Invalid id: \"{id}\" (expecting \"{}...\")", self.prefix)))
    }

    pub(super) fn unknown(&self, id: &str) -> Fault {
        Fault::new(self.not_found, format!("The {} '{id}' does not exist", self.name))
    }
}
