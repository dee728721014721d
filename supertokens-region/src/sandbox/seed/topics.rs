//! The topics of the alarms.

use super::{AUDITED, in_names};
use crate::sandbox::World;

/// The address of the channel that people read.
const CHANNEL: &str = "cloudwatch-alarms-aaaaexample@supertokens.slack.com";
const SUBJECTS: [&str; 4] = ["EC2", "ELB", "Lambda", "RDS"];

pub(super) fn add(world: &mut World, region: &str) {
    for subject in SUBJECTS {
        let arn = arn(world, region, subject);
        world.sns.add_topic(&arn);
        world.sns.add_confirmed(&arn, "email", CHANNEL, AUDITED);
    }
}

/// The topic of what goes wrong with `subject`.
pub(super) fn arn(world: &World, region: &str, subject: &str) -> String {
    format!("arn:aws:sns:{region}:{}:CloudWatch_Alarms_{}_{subject}", world.account, in_names(region))
}
