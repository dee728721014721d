//! Who sees a zone: VPCs that are associated with it.

use aws_sdk_route53::types as sdk;

use super::Vpc;
use crate::address::Ref;
use crate::error::Error;
use crate::kind::Cx;

pub(super) fn is_there_already(error: &Error) -> bool {
    matches!(error.code(), Some("HostedZoneAlreadyExists" | "ConflictingDomainExists"))
}

pub(super) fn in_region(vpc: &str, cx: &Cx<'_>) -> sdk::Vpc {
    sdk::Vpc::builder().vpc_region(sdk::VpcRegion::from(cx.region)).vpc_id(vpc).build()
}

/// Lets this VPC see the zone, too.
pub(super) async fn associate(zone: &str, vpc: &Ref<Vpc>, cx: &Cx<'_>) -> Result<(), Error> {
    let (route53, vpc) = (cx.aws.route53(cx.region), cx.ids.id(vpc)?);
    let associate = route53.associate_vpc_with_hosted_zone().hosted_zone_id(zone);
    let Err(error) = associate.vpc(in_region(&vpc, cx)).send().await.map_err(Error::from) else {
        return Ok(());
    };
    if !is_there_already(&error) {
        return Err(error);
    }
    // Some zone of this name has the VPC: this one is fine.
    let answer = route53.get_hosted_zone().id(zone).send().await?;
    if answer.vpcs().iter().any(|has| has.vpc_id() == Some(&vpc)) { Ok(()) } else { Err(error) }
}
