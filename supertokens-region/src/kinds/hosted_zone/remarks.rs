//! What is remarkable about a zone, seen from what else is wanted.

use super::{HostedZone, Vpc};
use crate::address::Address;
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::Kind;

impl HostedZone {
    /// The VPCs of which nobody asks whether names resolve in them.
    pub(super) fn without_dns(&self, graph: &Graph) -> Vec<Finding> {
        let without = self.vpcs.keys().filter(|vpc| {
            let added = graph.nodes.get(&Address::new(Vpc::WORD, vpc));
            let vpc = added.and_then(|added| Vpc::try_from(added.resource.clone()).ok());
            vpc.is_some_and(|vpc| !vpc.wants_dns())
        });
        let told = without.map(|vpc| {
            let text =
                format!("nobody asked whether names resolve in the VPC `{vpc}`: only then the zone is seen");
            Finding::warning("dns-not-asked", text).hint("`add` the VPC with `.dns()`, which turns it on")
        });
        told.collect()
    }
}
