//! The private zones that a region's default VPC sees, as wanted values, to be made for another region.

use super::found::{canonical, tags_of, zone};
use super::{HostedZone, Vpc, hosted_zone};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Listed};
use crate::kinds::carried::{IN_FLIGHT, fields_of, not_copied, own, side_by_side, suspects};
use crate::wanted::{Found, Wanted};

/// A zone as the list of a VPC's zones has it: id, name, and whether it is ours.
struct Seen {
    id: String,
    name: String,
    ours: bool,
}

impl Listed for HostedZone {
    /// Route 53 tells VPCs and tags of one zone a call. Records stay behind: they are addresses of that region.
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let mut found = Found::default();
        let Some(vpc) = Vpc::default_id(cx).await? else { return Ok(found) };
        let (own, others): (Vec<_>, Vec<_>) = seen(&vpc, cx).await?.into_iter().partition(|zone| zone.ours);
        for other in others {
            let what = format!("the zone `{}`", other.name);
            let why = "somebody else owns it";
            found.findings.push(not_copied(&what, cx.region, why, "have the new VPC associated with it"));
        }
        let read = own.iter().map(|zone| carried(zone, &vpc, cx));
        for zone in side_by_side(IN_FLIGHT, read.collect()).await {
            found.all.extend(zone?);
        }
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let Some(vpc) = Vpc::default_id(cx).await? else { return Ok(vec![]) };
        let own = seen(&vpc, cx).await?.into_iter().filter(|zone| zone.ours);
        Ok(own.map(|zone| hosted_zone(&zone.name)).collect())
    }
}

/// The private zones that a VPC sees.
async fn seen(vpc: &str, cx: &Cx<'_>) -> Result<Vec<Seen>, Error> {
    let ask = cx.aws.route53(cx.region).list_hosted_zones_by_vpc().vpc_id(vpc).vpc_region(cx.region.into());
    let (mut found, mut token) = (vec![], None);
    loop {
        let page = ask.clone().set_next_token(token).send().await?;
        found.extend(page.hosted_zone_summaries().iter().map(|zone| Seen {
            id: zone.hosted_zone_id().to_owned(),
            name: canonical(zone.name()),
            ours: zone.owner().and_then(|owner| owner.owning_account()) == Some(cx.account()),
        }));
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(found);
        }
    }
}

/// One zone, unless it is gone by now.
async fn carried(seen: &Seen, vpc: &str, cx: &Cx<'_>) -> Result<Option<Wanted<HostedZone>>, Error> {
    let (found, tags) = tokio::try_join!(zone(&seen.id, cx), tags_of(&seen.id, cx))?;
    let Some(found) = found else { return Ok(None) };
    let value = HostedZone {
        comment: Some(found.comment.clone()).filter(|text| !text.is_empty()),
        tags: own(tags),
        ..hosted_zone(&seen.name)
    };
    let mut told = Wanted::new(value);
    for (region, id) in found.vpcs.iter().filter(|(region, id)| region != cx.region || id != vpc) {
        let text = format!("`{id}` in {region} sees the zone `{}` of {}, too", seen.name, cx.region);
        let hint = "see whether it should see the new zone as well, and associate it by hand";
        told.findings.push(Finding::warning("other-vpc", text).hint(hint));
    }
    let name = [("name".to_owned(), told.value.name.as_str())];
    let comment = told.value.comment.iter().map(|text| ("comment".to_owned(), text.as_str()));
    let suspects = suspects(name.into_iter().chain(comment).chain(fields_of(&told.value.tags)), cx.region);
    told.findings.extend(suspects);
    Ok(Some(told))
}
