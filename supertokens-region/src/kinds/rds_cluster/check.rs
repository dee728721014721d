//! What AWS would reject of a cluster, and what a reviewer would want to know.

use super::RdsCluster;
use super::engine::{ENGINE, is_version};
use super::parts::{IO_OPTIMIZED, Member, Password, SERVERLESS, STANDARD};
use crate::findings::Finding;
use crate::graph::Graph;
use crate::kind::Invalid;
use crate::tags;

/// Words that the engine keeps for itself.
const RESERVED: [&str; 2] = ["admin", "rdsadmin"];

pub(super) fn check(it: &RdsCluster) -> Vec<Invalid> {
    let mut invalid = tags::check(&it.tags);
    let mut wrong = |text: String, hint: &str| invalid.push(Invalid::new(text).hint(hint));
    for name in [&it.name].into_iter().chain(it.instances.keys()) {
        if !is_identifier(name) {
            wrong(
                format!("`{name}` is not an identifier that RDS takes"),
                "1-63 letters, digits and single hyphens, a letter first and no hyphen last",
            );
        }
    }
    let groups = it.parameter_group.iter().chain(it.instance_parameter_groups.keys());
    for name in groups.filter(|name| !is_group(name, "-")) {
        wrong(
            format!("`{name}` is not a parameter group that can be made"),
            "1-255 letters, digits and hyphens; those of AWS (`default.`) can't be changed",
        );
    }
    if !it.subnet_group.is_empty() && !is_group(&it.subnet_group, "-_. ") {
        wrong(
            format!("`{}` is not a subnet group that can be made", it.subnet_group),
            "1-255 letters, digits, blanks and `-_.`, but not `default`",
        );
    }
    if it.engine_version.is_empty() {
        wrong("it has no engine version".to_owned(), "`.engine_version(\"16.4\")`");
    } else if !is_version(&it.engine_version) {
        wrong(format!("`{}` is no version of `{ENGINE}`", it.engine_version), "such as `16.4`");
    }
    if it.vpc.is_none() {
        wrong("it belongs to no VPC".to_owned(), "`.in_vpc(region.add(vpc(\"default\")))`");
    }
    if !is_word(&it.master_username) || RESERVED.contains(&it.master_username.as_str()) {
        wrong(
            format!("`{}` can't be the master user's name", it.master_username),
            "a letter, then up to 62 letters, digits or `_`; not `admin` or `rdsadmin`",
        );
    }
    if let Some(alias) = it.kms_alias.as_ref().filter(|alias| !alias.starts_with("alias/")) {
        wrong(format!("`{alias}` is not an alias of a key"), "`alias/NAME`");
    }
    if let Some(name) = it.database_name.as_ref().filter(|name| !is_word(name)) {
        wrong(format!("`{name}` is not a database's name"), "a letter, then up to 62 letters, digits or `_`");
    }
    if let Password::File(path) = &it.master_password
        && path.is_empty()
    {
        wrong("the master password's file has no name".to_owned(), "a path, or `-` for standard input");
    }
    let mut bounds = |what: &str, value: i64, least: i64, most: i64| {
        if !(least..=most).contains(&value) {
            wrong(format!("{what} is {value}"), &format!("{least} to {most}"));
        }
    };
    bounds("the port", it.port, 1150, 65535);
    bounds("the days that backups are kept", it.backup_retention_days, 1, 35);
    for member in it.instances.values() {
        bounds("a promotion tier", member.promotion_tier.unwrap_or(1), 0, 15);
    }
    if ![STANDARD, IO_OPTIMIZED].contains(&it.storage_type.as_str()) {
        wrong(format!("`{}` is no storage type of Aurora", it.storage_type), "`aurora` or `aurora-iopt1`");
    }
    if let Some(text) = it.backup_window.as_ref().filter(|text| !is_window(text, is_time)) {
        wrong(format!("`{text}` is no backup window"), "UTC, such as `02:10-02:40`");
    }
    let windows = it.instances.values().filter_map(|member| member.maintenance_window.as_ref());
    for text in it.maintenance_window.iter().chain(windows).filter(|text| !is_window(text, is_day)) {
        wrong(format!("`{text}` is no maintenance window"), "UTC, such as `sun:04:20-sun:04:50`");
    }
    if let Some(scaling) = &it.scaling {
        let step = |capacity: f64| (capacity * 2.0).fract() == 0.0;
        let (min, max) = (scaling.min, scaling.max);
        if !(0.0..=256.0).contains(&min)
            || !(1.0..=256.0).contains(&max)
            || min > max
            || !step(min)
            || !step(max)
        {
            wrong(
                format!("it can't scale from {min} to {max} capacity units"),
                "0-256 to 1-256, in steps of 0.5",
            );
        }
    }
    for (name, member) in &it.instances {
        invalid.extend(check_member(name, member, it));
    }
    invalid
}

fn check_member(name: &str, member: &Member, it: &RdsCluster) -> Vec<Invalid> {
    let mut invalid = tags::check(&member.tags);
    let mut wrong = |text: String, hint: &str| {
        invalid.push(Invalid::new(format!("the instance `{name}`: {text}")).hint(hint));
    };
    if !member.class.starts_with("db.") {
        wrong(format!("`{}` is no class", member.class), "such as `db.r6g.large` or `db.serverless`");
    }
    if member.class == SERVERLESS && it.scaling.is_none() {
        wrong("nobody said how it scales".to_owned(), "`.serverless(0.5, 4)`");
    }
    if let Some(monitoring) = &member.monitoring {
        if ![0, 1, 5, 10, 15, 30, 60].contains(&monitoring.interval_secs) {
            let text = format!("enhanced monitoring every {} seconds", monitoring.interval_secs);
            wrong(text, "1, 5, 10, 15, 30 or 60; 0 is off");
        } else if monitoring.interval_secs > 0 && monitoring.role.is_empty() {
            wrong("enhanced monitoring without a role".to_owned(), "`.monitoring(60, \"ROLE\")`");
        }
    }
    if let Some(days) = member.performance_insights_days
        && ![0, 7, 731].contains(&days)
        && (days % 31 != 0 || !(31..=713).contains(&days))
    {
        wrong(
            format!("Performance Insights kept for {days} days"),
            "7, 731, or a multiple of 31 up to 713; 0 is off",
        );
    }
    invalid
}

fn is_identifier(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--")
}

fn is_group(name: &str, also: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
    (1..=255).contains(&name.len())
        && name.chars().all(plain)
        && name != "default"
        && !name.starts_with("default.")
}

fn is_word(name: &str) -> bool {
    (1..=63).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_window(text: &str, is_point: fn(&str) -> bool) -> bool {
    text.split_once('-').is_some_and(|(from, to)| is_point(from) && is_point(to))
}

fn is_time(text: &str) -> bool {
    let below =
        |text: &str, most: u32| text.len() == 2 && text.parse::<u32>().is_ok_and(|number| number < most);
    text.split_once(':').is_some_and(|(hours, minutes)| below(hours, 24) && below(minutes, 60))
}

fn is_day(text: &str) -> bool {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    text.split_once(':').is_some_and(|(day, time)| days.contains(&day) && is_time(time))
}

/// What a reviewer would want to know.
pub(super) fn remarks(it: &RdsCluster, is_there: bool, graph: &Graph) -> Vec<Finding> {
    let mut remarks = vec![];
    let looked_up =
        graph.nodes.get(&crate::Address::new("rds_cluster", &it.name)).is_some_and(|added| added.existing);
    if looked_up {
        return remarks;
    }
    if it.instances.is_empty() {
        let text = "it has no instances: nobody can connect to it";
        remarks.push(Finding::warning("no-instances", text).hint("`.instance(NAME, CLASS)`"));
    }
    if it.instances.values().any(|member| member.publicly_accessible == Some(true)) {
        let text = "its instances have addresses that the internet can reach, if its groups let it in";
        let hint = "see the rules of its groups; set `rds.force_ssl` to 1";
        remarks.push(Finding::warning("publicly-accessible", text).hint(hint));
        let forced = it.parameters.as_ref().and_then(|set| set.get("rds.force_ssl"));
        let major: u32 =
            it.engine_version.split('.').next().and_then(|it| it.parse().ok()).unwrap_or_default();
        // From version 17 on it is the default.
        if forced.is_some_and(|value| value == "0") || forced.is_none() && major < 17 {
            let text = "connections to it need not be encrypted";
            remarks.push(
                Finding::warning("unencrypted-connections", text)
                    .hint("`.parameter(\"rds.force_ssl\", \"1\")`"),
            );
        }
    }
    if !is_there && it.master_password == Password::Managed {
        let text = "Secrets Manager keeps its master password and changes it every 7 days";
        let hint = "who needs it reads the secret each time, or give one with `.master_password_file(..)`";
        remarks.push(Finding::info("password-rotates", text).hint(hint));
    }
    for (what, name) in it.names() {
        if let Some(other) = region_in(name).filter(|other| *other != graph.region) {
            let text = format!("{what} is `{name}`, which names {other}");
            let hint = format!("`.renamed(\"{other}\", \"{}\")`", graph.region);
            remarks.push(Finding::warning("names-region", text).hint(hint));
        }
    }
    remarks
}

impl RdsCluster {
    /// What it gives names, and the names.
    fn names(&self) -> Vec<(&'static str, &str)> {
        let mut names = vec![("its name", self.name.as_str())];
        names.extend(
            Some(("its subnet group", self.subnet_group.as_str())).filter(|(_, name)| !name.is_empty()),
        );
        names.extend(self.parameter_group.iter().map(|name| ("its parameter group", name.as_str())));
        names.extend(self.instance_parameter_groups.keys().map(|it| ("a parameter group", it.as_str())));
        names.extend(self.instances.keys().map(|name| ("an instance", name.as_str())));
        names
    }
}

/// A region's name in a text: `us-east-1`, `us-gov-west-1`.
fn region_in(text: &str) -> Option<&str> {
    const AREAS: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
    const SIDES: [&str; 9] =
        ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];
    let mut parts: Vec<(usize, &str)> = vec![];
    let mut at = 0;
    for part in text.split('-') {
        parts.push((at, part));
        at += part.len() + 1;
    }
    let digit = |part: &str| part.len() == 1 && part.chars().all(|c| c.is_ascii_digit());
    for (index, (start, area)) in parts.iter().enumerate() {
        let side = if parts.get(index + 1).is_some_and(|it| it.1 == "gov") { index + 2 } else { index + 1 };
        if AREAS.contains(area)
            && parts.get(side).is_some_and(|it| SIDES.contains(&it.1))
            && let Some((at, number)) = parts.get(side + 1).filter(|it| digit(it.1))
        {
            return text.get(*start..at + number.len());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::region_in;

    #[test]
    fn regions_are_found_in_names() {
        assert_eq!(region_in("supertokens-prod-us-east-1"), Some("us-east-1"));
        assert_eq!(region_in("us-gov-west-1-prod"), Some("us-gov-west-1"));
        assert_eq!(region_in("ap-southeast-2"), Some("ap-southeast-2"));
        assert_eq!(region_in("prod-east-1"), None);
        assert_eq!(region_in("prod"), None);
    }
}
