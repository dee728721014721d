//! The reference world: two regions as SuperTokens' public checklists tell of them, and made up where they don't.
//! Addresses are those that are set aside for examples, and `planted-secret-` stands in every secret.

mod access;
mod alarms;
mod buckets;
mod certificates;
mod clusters;
mod documents;
mod functions;
mod instances;
mod log_groups;
mod network;
mod parameters;
mod size;
#[cfg(test)]
mod tests;
mod topics;
mod zip;

use std::collections::BTreeMap;

pub use size::Size;

use super::World;

/// The regions that are open.
const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];

/// 2020-07-07: the first region opens.
const OPENED: i64 = 1_594_080_000;
/// 2022-04-25: logs, tags and alarms become part of opening a region.
const AUDITED: i64 = 1_650_844_800;
/// 2025-03-26: the last time that anything was changed.
const CHANGED: i64 = 1_742_947_200;

/// Who answers for what there is.
const OWNER: &str = "rishabh@supertokens.com";

pub(super) fn seeded() -> World {
    let mut world = World::default();
    for region in REGIONS {
        network::add(&mut world, region);
        topics::add(&mut world, region);
        instances::add(&mut world, region);
        buckets::add(&mut world, region);
        clusters::add(&mut world, region);
        functions::add(&mut world, region);
        log_groups::add(&mut world, region);
        alarms::add(&mut world, region);
    }
    buckets::add_certificates(&mut world);
    world.add_certificates(certificates::FEW);
    access::add(&mut world);
    instances::add_profile(&mut world);
    documents::add(&mut world);
    world
}

/// A region's name as names of other things have it: `US_East_1`.
fn in_names(region: &str) -> String {
    let mut parts = region.split('-');
    let mut name = parts.next().unwrap_or_default().to_uppercase();
    for part in parts {
        let (first, rest) = part.split_at(part.len().min(1));
        name.push('_');
        name.push_str(&first.to_uppercase());
        name.push_str(rest);
    }
    name
}

/// Names and values, as tags, parameters and environments have them.
fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The tags that the auditors ask for.
fn tags(description: &str) -> BTreeMap<String, String> {
    map(&[("VantaDescription", description), ("VantaOwner", OWNER)])
}
