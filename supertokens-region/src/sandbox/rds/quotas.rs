//! How many of each sort of thing a region may have.

use aws_sdk_rds::operation::describe_account_attributes::{
    DescribeAccountAttributesError, DescribeAccountAttributesInput, DescribeAccountAttributesOutput,
};
use aws_sdk_rds::types::AccountQuota;

use super::RdsRegion;
use crate::sandbox::call::in_region;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = DescribeAccountAttributesError::generic;
    handlers.on("rds:DescribeAccountAttributes", describe_account_attributes, error);
}

/// A sort of thing, by AWS's name of its quota.
#[derive(Clone, Copy)]
pub(super) enum Quota {
    Clusters,
    Instances,
    ClusterParameterGroups,
    ParameterGroups,
    SubnetGroups,
}

impl Quota {
    const ALL: [Self; 5] = [
        Self::Clusters,
        Self::Instances,
        Self::ClusterParameterGroups,
        Self::ParameterGroups,
        Self::SubnetGroups,
    ];

    /// AWS's name, its usual number, and the code with which one more is refused.
    fn facts(self) -> (&'static str, i64, &'static str) {
        match self {
            Self::Clusters => ("DBClusters", 40, "DBClusterQuotaExceededFault"),
            Self::Instances => ("DBInstances", 40, "InstanceQuotaExceeded"),
            Self::ClusterParameterGroups => ("DBClusterParameterGroups", 50, "DBParameterGroupQuotaExceeded"),
            Self::ParameterGroups => ("DBParameterGroups", 50, "DBParameterGroupQuotaExceeded"),
            Self::SubnetGroups => ("DBSubnetGroups", 50, "DBSubnetGroupQuotaExceeded"),
        }
    }

    fn most(self, here: &RdsRegion) -> i64 {
        let (name, usual, _) = self.facts();
        here.quotas.get(name).copied().unwrap_or(usual)
    }

    fn used(self, here: &RdsRegion) -> i64 {
        let count = match self {
            Self::Clusters => here.clusters.len(),
            Self::Instances => here.instances.len(),
            Self::ClusterParameterGroups => here.cluster_parameter_groups.len(),
            Self::ParameterGroups => here.parameter_groups.len(),
            Self::SubnetGroups => here.subnet_groups.len(),
        };
        i64::try_from(count).unwrap_or(i64::MAX)
    }

    /// Refuses where there is no room for one more.
    pub(super) fn check_room(self, here: &RdsRegion) -> Result<(), Fault> {
        let (name, _, code) = self.facts();
        if self.used(here) >= self.most(here) {
            return Err(Fault::new(code, format!("Quota exceeded: {name}")));
        }
        Ok(())
    }
}

fn describe_account_attributes(
    call: &mut Call<'_>,
    _: &DescribeAccountAttributesInput,
) -> Result<DescribeAccountAttributesOutput, Fault> {
    let here = in_region(&call.world.rds.regions, &call.region);
    let quotas = Quota::ALL.into_iter().map(|quota| {
        let name = quota.facts().0;
        AccountQuota::builder()
            .account_quota_name(name)
            .used(quota.used(&here))
            .max(quota.most(&here))
            .build()
    });
    Ok(DescribeAccountAttributesOutput::builder().set_account_quotas(Some(quotas.collect())).build())
}
