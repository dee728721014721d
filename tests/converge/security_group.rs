use supertokens_region::sandbox::ec2::{Group, Peer, Rule};
use supertokens_region::{
    Action, Aws, Kind, Lock, Opening, Plan, Ref, Region, Sandbox, Vpc, World, all_traffic, default_vpc,
    icmp_all, ping, security_group, tcp, tcp_range, udp,
};

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

fn region() -> (Region, Ref<Vpc>) {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    (region, vpc)
}

fn group<'w>(world: &'w mut World, name: &str) -> &'w mut Group {
    let groups = &mut world.ec2.regions.get_mut(R).unwrap().groups;
    groups.values_mut().find(|group| group.name == name).unwrap()
}

/// The one rule into the group of which this is true.
fn rule<'w>(world: &'w mut World, name: &str, is: fn(&Rule) -> bool) -> (&'w mut Group, String) {
    let group = group(world, name);
    let id = group.rules.iter().find(|(_, rule)| !rule.egress && is(rule)).unwrap().0.clone();
    (group, id)
}

fn revoke(world: &mut World, name: &str, is: fn(&Rule) -> bool) {
    let (group, id) = rule(world, name, is);
    group.rules.remove(&id);
}

fn from(rule: &Rule) -> &str {
    match &rule.peer {
        Peer::Ipv4(text) | Peer::Ipv6(text) | Peer::PrefixList(text) | Peer::Group(text) => text,
    }
}

fn findings(plan: &Plan, address: &str) -> Vec<String> {
    let step = plan.steps.iter().find(|step| step.address.as_str() == address).unwrap();
    step.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect()
}

#[tokio::test]
async fn security_groups_converge() {
    let (mut region, vpc) = region();
    let web = region.add(security_group("web").in_vpc(vpc.clone()).allow(tcp_range(3567, 3600), "0.0.0.0/0"));
    region.add(
        security_group("all kinds of rules")
            .in_vpc(vpc.clone())
            .description("for the tests")
            .tag("a", "1")
            .allow(tcp(22).note("office"), "203.0.113.9/24")
            .allow(ping(), "0.0.0.0/0")
            .allow(ping(), "::/0")
            .allow(icmp_all(), "10.0.0.0/8")
            .allow(udp(53), "2001:DB8::1/32")
            .allow_group(all_traffic(), web)
            .allow_self(tcp(5432)),
    );
    region.add(security_group("default").in_vpc(vpc).allow(tcp(4243), "203.0.113.7/32"));
    let address = "security_group/all kinds of rules";
    let changes = [
        BehindItsBack {
            address,
            field: "tags.a",
            change: |world| group(world, "all kinds of rules").tags.clear(),
        },
        BehindItsBack {
            address,
            field: "rules.tcp 22 from 203.0.113.0/24",
            change: |world| {
                let (group, id) = rule(world, "all kinds of rules", |rule| rule.from_port == 22);
                group.rules.get_mut(&id).unwrap().description = Some("them".to_owned());
            },
        },
        BehindItsBack {
            address,
            field: "rules.tcp 22 from 203.0.113.0/24",
            change: |world| revoke(world, "all kinds of rules", |rule| rule.from_port == 22),
        },
        BehindItsBack {
            address,
            field: "rules.ping from 0.0.0.0/0",
            change: |world| {
                revoke(world, "all kinds of rules", |rule| rule.protocol == "icmp" && rule.from_port == 8)
            },
        },
        BehindItsBack {
            address,
            field: "rules.ping-v6 from ::/0",
            change: |world| revoke(world, "all kinds of rules", |rule| rule.protocol == "icmpv6"),
        },
        BehindItsBack {
            address,
            field: "rules.icmp from 10.0.0.0/8",
            change: |world| revoke(world, "all kinds of rules", |rule| from(rule) == "10.0.0.0/8"),
        },
        BehindItsBack {
            address,
            field: "rules.udp 53 from 2001:db8::/32",
            change: |world| revoke(world, "all kinds of rules", |rule| rule.protocol == "udp"),
        },
        BehindItsBack {
            address,
            field: "rules.all traffic from security_group/web",
            change: |world| revoke(world, "all kinds of rules", |rule| rule.protocol == "-1"),
        },
        BehindItsBack {
            address,
            field: "rules.tcp 5432 from itself",
            change: |world| revoke(world, "all kinds of rules", |rule| rule.from_port == 5432),
        },
        BehindItsBack {
            address: "security_group/default",
            field: "rules.tcp 4243 from 203.0.113.7/32",
            change: |world| revoke(world, "default", |rule| rule.from_port == 4243),
        },
        BehindItsBack {
            address: "security_group/web",
            field: "rules.tcp 3567-3600 from 0.0.0.0/0",
            change: |world| group(world, "web").rules.clear(),
        },
    ];
    converges(&Sandbox::new(World::default()), &region, &changes).await;
}

#[tokio::test]
async fn a_prefix_list_of_aws_may_be_let_in() {
    let sandbox = Sandbox::new(World::default());
    let lists = Aws::sandbox(&sandbox).ec2(R).describe_managed_prefix_lists().send().await.unwrap();
    let list = lists.prefix_lists()[0].prefix_list_id().unwrap();
    let (mut region, vpc) = region();
    region.add(security_group("a").in_vpc(vpc).allow_prefix_list(tcp(443).note("S3"), list));
    converges(&sandbox, &region, &[]).await;
}

#[tokio::test]
async fn rules_and_tags_of_others_stay_and_are_told() {
    let (mut before, vpc) = region();
    let theirs = security_group("a").in_vpc(vpc).description("by hand").tag("theirs", "x");
    let theirs = theirs.allow(tcp(80).note("theirs"), "10.0.0.0/8").allow(tcp(22), "::/0");
    before.add(theirs.waive("open-to-internet", "made by hand"));
    let sandbox = Sandbox::new(World::default());
    apply(&sandbox, &before).await;
    let there = group(&mut sandbox.world(), "a").clone();

    let (mut region, vpc) = region();
    let ours = security_group("a").in_vpc(vpc.clone()).description("ours").tag("ours", "y");
    let ours = ours.allow(tcp(22), "::/0").allow(tcp(5432).note("dev"), "0.0.0.0/0");
    region.add(ours.waive("open-to-internet", "for development"));
    region.existing(security_group("default").in_vpc(vpc));
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let mut after = group(&mut sandbox.world(), "a").clone();
    assert_eq!(after.tags.remove("ours").as_deref(), Some("y"));
    after.rules.retain(|_, rule| rule.from_port != 5432);
    assert_eq!(after, there);
    let plan = plan(&sandbox, &region).await;
    assert_eq!(
        findings(&plan, "security_group/a"),
        [
            "other-description: its description is `by hand`",
            "open-to-internet: `tcp 22 from ::/0` lets all of the internet reach port 22 (SSH)",
            "open-to-internet: `tcp 5432 from 0.0.0.0/0` lets all of the internet reach port 5432 (PostgreSQL)",
            "extra-rule: nobody asked for the rule `tcp 80 from 10.0.0.0/8`",
        ]
    );
    assert_eq!(findings(&plan, "security_group/default"), [] as [&str; 0]);
}

#[tokio::test]
async fn what_is_wanted_open_to_the_internet_is_told_before_it_is_there() {
    let (mut region, vpc) = region();
    region.add(security_group("a").in_vpc(vpc).allow(all_traffic(), "0.0.0.0/0"));
    let plan = plan(&Sandbox::new(World::default()), &region).await;
    let found = &plan.steps[1].findings;
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|found| found.rule == "open-to-internet" && found.stops));
    assert_eq!(plan.blocking().len(), 3);
}

#[tokio::test]
async fn groups_and_rules_that_somebody_makes_meanwhile_are_taken() {
    let (mut wanted, vpc) = region();
    let base = security_group("a").in_vpc(vpc);
    wanted.add(base.clone().allow(tcp(1).note("one"), "10.0.0.0/8").allow(tcp(2), "10.0.0.0/8"));
    let (mut some, _) = region();
    some.add(base.clone().allow(tcp(1), "10.0.0.0/8"));
    let sandbox = Sandbox::new(World::default());
    let before_group = Opening::discover(&wanted, &Aws::sandbox(&sandbox)).await.unwrap();
    let (mut none, _) = region();
    none.add(base);
    apply(&sandbox, &none).await;
    let before_rule = Opening::discover(&wanted, &Aws::sandbox(&sandbox)).await.unwrap();
    apply(&sandbox, &some).await;
    assert!(!before_rule.lock(Lock::Without).apply(|_| ()).await.unwrap().failed());
    assert_settled(&sandbox, &wanted).await;
    assert!(!before_group.lock(Lock::Without).apply(|_| ()).await.unwrap().failed());
    assert_settled(&sandbox, &wanted).await;
}

#[tokio::test]
async fn the_default_group_is_never_made() {
    let (mut region, vpc) = region();
    region.add(security_group("default").in_vpc(vpc).allow(tcp(4243), "203.0.113.7/32"));
    let sandbox = Sandbox::new(World::default());
    sandbox.world().ec2.regions.get_mut(R).unwrap().groups.clear();
    let plan = plan(&sandbox, &region).await;
    assert_eq!(plan.steps[1].action, Action::Blocked);
}

#[test]
fn a_script_makes_the_same_groups() {
    let (mut region, vpc) = region();
    let web = region.add(security_group("web").in_vpc(vpc.clone()).allow(tcp_range(3567, 3600), "0.0.0.0/0"));
    let all = security_group("all").in_vpc(vpc).description("all words").tag("a", "1");
    let all = all.allow(tcp(22).note("office"), "203.0.113.9/24").allow(ping(), "::/0");
    let all = all.allow(icmp_all(), "10.0.0.0/8").allow(udp(53), "2001:db8::/32");
    region
        .add(all.allow_group(all_traffic(), web).allow_self(tcp(1)).allow_prefix_list(tcp(2), "pl-12345678"));
    let script = r#"
        let vpc = region.add(default_vpc());
        let web = region.add(security_group("web").in_vpc(vpc).allow(tcp_range(3567, 3600), "0.0.0.0/0"));
        let all = security_group("all").in_vpc(vpc).description("all words").tag("a", "1");
        let office = tcp(22).note("office");
        if office == tcp(22) { throw "a note counts"; }
        all = all.allow(office, "203.0.113.9/24").allow(ping(), "::/0");
        all = all.allow(icmp_all(), "10.0.0.0/8").allow(udp(53), "2001:db8::/32");
        region.add(all.allow_group(all_traffic(), web).allow_self(tcp(1)).allow_prefix_list(tcp(2), "pl-12345678"));
    "#;
    assert_same(script, &region);
}
