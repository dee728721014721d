//! The log groups: those of databases and functions, and the instances' own.

use super::{AUDITED, clusters, functions, tags};
use crate::sandbox::World;
use crate::sandbox::logs::LogGroup;

/// 12 months.
const YEAR: i32 = 365;

pub(super) fn add(world: &mut World, region: &str) {
    for cluster in clusters::of(region) {
        put(world, region, &format!("/aws/rds/cluster/{}/postgresql", cluster.name), Some(YEAR));
    }
    for function in functions::names(region) {
        put(world, region, &format!("/aws/lambda/{function}"), Some(YEAR));
    }
    put(world, region, "/supertokens/nginx", Some(YEAR));
    put(world, region, "/supertokens/core", Some(YEAR));
    // RDS makes it so.
    put(world, region, "RDSOSMetrics", Some(30));
    // Commands write here since somebody switched it on: nobody has looked at it since.
    put(world, region, "/aws/ssm/commands", None);
}

fn put(world: &mut World, region: &str, name: &str, retention: Option<i32>) {
    let arn = format!("arn:aws:logs:{region}:{}:log-group:{name}", world.account);
    let group = LogGroup {
        created: AUDITED * 1000,
        retention,
        stored_bytes: 1_048_576,
        tags: if name.starts_with("/supertokens/") { tags("logs of containers") } else { Default::default() },
        ..LogGroup::default()
    };
    world.logs.groups.insert(arn, group);
}
