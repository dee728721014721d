use supertokens_region::sandbox::ec2::{Image, ImageDevice, Instance as There};
use supertokens_region::script::{self, Options};
use supertokens_region::{
    Aws, Opening, Plan, Reference, Region, Sandbox, World, default_vpc, instance, key_pair, security_group,
    tcp,
};

use crate::host::repository;

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const ADDRESS: &str = "instance/dev";
const US: &str = "us-east-1";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj";

/// An instance with everything that can be said of one.
fn region() -> Region {
    let mut region = Region::new(R);
    let vpc = region.existing(default_vpc());
    let ssh = region.add(security_group("ssh").in_vpc(vpc.clone()).allow(tcp(22), "198.51.100.7/32"));
    let key = region.add(key_pair("team", KEY));
    region.add(
        instance("dev")
            .image_from("supertokens-dev-2022-04", US)
            .instance_type("t3.medium")
            .in_vpc(vpc)
            .zone(2)
            .group(ssh)
            .key_pair(key)
            .profile("supertokens-instance")
            .user_data("#!/bin/sh\necho planted-secret-of-the-test\n")
            .disk("/dev/xvda", 60, "gp3")
            .hop_limit(2)
            .monitoring(false)
            .termination_protection(true)
            .running()
            .tag("a", "1"),
    );
    region
}

fn dev(world: &mut World) -> &mut There {
    let instances = &mut world.ec2.regions.get_mut(R).unwrap().instances;
    let named = |instance: &&mut There| instance.tags.get("Name").is_some_and(|name| name == "dev");
    instances.values_mut().find(named).expect("it was made")
}

fn findings(plan: &Plan) -> Vec<(&str, &str)> {
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).unwrap();
    step.findings.iter().map(|finding| (finding.rule.as_str(), finding.message.as_str())).collect()
}

#[tokio::test(start_paused = true)]
async fn instances_converge() {
    let one = |field, change| BehindItsBack { address: ADDRESS, field, change };
    let changes = [
        one("groups.ssh", |world| dev(world).groups.clear()),
        one("metadata.tokens", |world| dev(world).metadata_tokens = "optional".to_owned()),
        one("metadata.hop_limit", |world| dev(world).hop_limit = 1),
        one("monitoring", |world| dev(world).monitoring = true),
        one("termination_protection", |world| dev(world).termination_protection = false),
        one("state", |world| dev(world).state = "stopped".to_owned()),
        one("tags.a", |world| drop(dev(world).tags.insert("a".to_owned(), "2".to_owned()))),
    ];
    let sandbox = Sandbox::seeded();
    converges(&sandbox, &region(), &changes).await;
    let world = sandbox.world();
    let here = &world.ec2.regions[R];
    assert_eq!((here.instances.len(), here.images.len()), (1, 1));
    let (image_id, image) = here.images.first_key_value().unwrap();
    let instance = here.instances.values().next().unwrap();
    assert_eq!((&instance.image, image.name.as_str()), (image_id, "supertokens-dev-2022-04"));
    assert_eq!(image.tags["Name"], "supertokens-dev-2022-04");
    assert!(
        image.devices["/dev/xvda"].kms_key.as_ref().unwrap().contains(R),
        "encrypted with the region's own key"
    );
    assert_eq!((instance.zone.as_str(), instance.key_name.as_deref()), ("ap-south-1b", Some("team")));
    assert!(instance.profile.as_ref().unwrap().ends_with("instance-profile/supertokens-instance"));
    let disk = here.volumes.values().next().unwrap();
    assert_eq!((disk.size, disk.volume_type.as_str(), disk.iops), (60, "gp3", Some(3000)));
}

#[tokio::test(start_paused = true)]
async fn what_aws_can_not_change_is_told_and_left_alone() {
    type Change = fn(&mut There);
    let changes: [(Change, &str); 5] = [
        (|there| there.instance_type = "t3.large".to_owned(), "its type is `t3.large`, not `t3.medium`"),
        (|there| there.key_name = None, "its key pair is none, not `team`"),
        (|there| there.profile = None, "its instance profile is none, not `supertokens-instance`"),
        (|there| there.user_data = None, "it was given other user data"),
        (|there| there.user_data = Some("aGk=".to_owned()), "it was given other user data"),
    ];
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region()).await;
    let good = sandbox.world().clone();
    for (change, told) in changes {
        change(dev(&mut sandbox.world()));
        let plan = plan(&sandbox, &region()).await;
        assert_eq!(findings(&plan), [("made-otherwise", told)]);
        assert!(!plan.has_changes());
        assert_settled(&sandbox, &region()).await;
        *sandbox.world() = good.clone();
    }
    // An image that is gone can't be told from another; it was made of it all the same.
    sandbox.world().ec2.regions.get_mut(R).unwrap().images.clear();
    assert_eq!(findings(&plan(&sandbox, &region()).await), []);
}

#[tokio::test(start_paused = true)]
async fn a_stopped_one_is_told_and_stays_so_where_nobody_wants_it_to_run() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region()).await;
    let mut quiet = Region::new(R);
    let vpc = quiet.existing(default_vpc());
    quiet.add(instance("dev").image("supertokens-dev-2022-04").instance_type("t3.medium").in_vpc(vpc));
    dev(&mut sandbox.world()).state = "stopped".to_owned();
    assert_eq!(findings(&plan(&sandbox, &quiet).await), [("not-running", "the instance is stopped")]);
    assert_settled(&sandbox, &quiet).await;
    assert_eq!(dev(&mut sandbox.world()).state, "stopped");
}

#[tokio::test(start_paused = true)]
async fn groups_and_tags_of_others_stay_and_a_terminated_one_is_made_anew() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region()).await;
    let default = {
        let world = sandbox.world();
        let mut groups = world.ec2.regions[R].groups.iter();
        groups.find(|(_, group)| group.name == "default").unwrap().0.clone()
    };
    dev(&mut sandbox.world()).groups = vec![default.clone()];
    dev(&mut sandbox.world()).tags.insert("theirs".to_owned(), "x".to_owned());
    apply(&sandbox, &region()).await;
    assert_settled(&sandbox, &region()).await;
    let groups = dev(&mut sandbox.world()).groups.clone();
    assert_eq!((groups.len(), &groups[0]), (2, &default));
    assert_eq!(dev(&mut sandbox.world()).tags["theirs"], "x");

    dev(&mut sandbox.world()).state = "terminated".to_owned();
    apply(&sandbox, &region()).await;
    assert_settled(&sandbox, &region()).await;
    let world = sandbox.world();
    let states: Vec<_> =
        world.ec2.regions[R].instances.values().map(|instance| instance.state.as_str()).collect();
    assert_eq!(states.iter().filter(|state| **state == "running").count(), 1, "{states:?}");
    assert_eq!(world.ec2.regions[R].images.len(), 1, "the image is not copied twice");
}

#[tokio::test(start_paused = true)]
async fn one_that_somebody_made_after_the_plan_is_taken_and_the_image_is_not_copied_twice() {
    let sandbox = Sandbox::seeded();
    let opening = Opening::discover(&region(), &Aws::sandbox(&sandbox)).await.unwrap();
    apply(&sandbox, &region()).await;
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let world = sandbox.world();
    assert_eq!((world.ec2.regions[R].instances.len(), world.ec2.regions[R].images.len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_copy_that_failed_is_made_anew() {
    let sandbox = Sandbox::seeded();
    let device = ImageDevice { size: 20, volume_type: "gp2".to_owned(), ..ImageDevice::default() };
    let failed =
        Image { state: "failed".to_owned(), ..Image::new("123456789012", "supertokens-dev-2022-04", device) };
    let images = |world: &mut World| world.ec2.regions.get_mut(R).unwrap().images.clone();
    let id = "ami-0123456789abcdef0".to_owned();
    sandbox.world().ec2.regions.get_mut(R).unwrap().images.insert(id, failed);
    apply(&sandbox, &region()).await;
    assert_eq!(images(&mut sandbox.world()).len(), 2);
    assert_settled(&sandbox, &region()).await;
}

#[tokio::test]
async fn what_aws_would_refuse_is_told_before_anything_is_changed() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    let vpc = region.existing(default_vpc());
    let wanted = instance("dev").image("none").instance_type("m1.small").in_vpc(vpc);
    region.add(wanted.group_named("nowhere").key_pair_named("nobody").profile("none"));
    let before = sandbox.world().clone();
    let opening = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap();
    assert_eq!(
        findings(opening.plan()),
        [
            ("no-image", "ap-south-1 has no image `none` of this account that can be used"),
            ("type-not-offered", "ap-south-1 doesn't offer the type `m1.small`"),
            ("no-key-pair", "ap-south-1 has no key pair `nobody`"),
            ("no-group", "its VPC has no security group `nowhere`"),
            ("no-profile", "there is no instance profile `none`"),
        ]
    );
    assert_eq!(opening.plan().blocking().len(), 5);
    assert!(sandbox.world().ec2 == before.ec2);
}

#[tokio::test(start_paused = true)]
async fn a_public_image_is_found_by_its_name_or_else_the_newest_that_is_named_alike() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    let vpc = region.existing(default_vpc());
    let old = "amzn2-ami-kernel-5.10-hvm-2.0.20220426.0-x86_64-gp2";
    // `m5.large` is not in the third zone: the first one that has it is taken.
    region.add(instance("dev").image_of(old, "amazon").instance_type("m5.large").in_vpc(vpc).zone(3));
    let told = plan(&sandbox, &region).await;
    assert_eq!(findings(&told)[0].0, "mapped");
    assert!(findings(&told)[0].1.contains("2.0.20251110.1-x86_64-gp2"), "{told:?}");
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    assert_eq!(findings(&plan(&sandbox, &region).await), []);
    assert_eq!(dev(&mut sandbox.world()).zone, "ap-south-1a");
    assert_eq!(dev(&mut sandbox.world()).metadata_tokens, "required");
}

#[tokio::test(start_paused = true)]
async fn the_instance_of_the_reference_is_carried_over_and_can_be_added_elsewhere() {
    let sandbox = Sandbox::seeded();
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let all = us.instances().await.unwrap();
    let names: Vec<_> =
        all.all.iter().map(|wanted| serde_json::to_value(&wanted.value).unwrap()["name"].clone()).collect();
    assert_eq!((names.len(), all.findings.len()), (2, 0), "{names:?}");
    let wanted = us.instance("dev").await.unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&wanted.value).unwrap());
    let told: Vec<_> =
        wanted.findings.iter().map(|finding| format!("{}: {}", finding.rule, finding.message)).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(!format!("{wanted:?}").contains("planted-secret"));

    let mut region = Region::new(R);
    let vpc = region.existing(default_vpc());
    let key = region.add(
        us.key_pair("supertokens-us-east-1").await.unwrap().map(|key| key.named("supertokens-ap-south-1")),
    );
    for name in ["ping-ssh", "ec2-internal-team-access"] {
        let group = us.security_group(name).await.unwrap();
        region.add(group.map(|group| group.in_vpc(vpc.clone())));
    }
    region.add(wanted.map(|dev| dev.in_vpc(vpc).key_pair(key)));
    let told = plan(&sandbox, &region).await;
    assert!(told.blocking().is_empty(), "{}", told.text());
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let there = dev(&mut sandbox.world()).clone();
    assert_eq!((there.zone.as_str(), there.groups.len(), there.hop_limit), ("ap-south-1b", 3, 2));
    let data = sandbox.world().ec2.regions[US].instances.values().find_map(|one| one.user_data.clone());
    assert_eq!(there.user_data, data, "to the letter");
}

#[tokio::test]
async fn two_of_the_same_name_are_neither_taken_nor_copied() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let instances = &mut world.ec2.regions.get_mut(US).unwrap().instances;
        let mut twin = instances.values().next().unwrap().clone();
        twin.tags.remove("Name");
        instances.insert("i-12345678".to_owned(), twin);
        for instance in instances.values_mut().filter(|instance| instance.tags.contains_key("Name")) {
            instance.tags.insert("Name".to_owned(), "dev".to_owned());
        }
    }
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let found = us.instances().await.unwrap();
    assert_eq!((found.all.len(), found.findings.len()), (0, 3));
    let error = us.instance("dev").await.unwrap_err().to_string();
    assert!(error.contains("others are named `dev`, too"), "{error}");
    let mut region = Region::new(US);
    let vpc = region.existing(default_vpc());
    region.add(instance("dev").image("a").instance_type("t3.medium").in_vpc(vpc));
    let told = plan(&sandbox, &region).await;
    let step = told.steps.iter().find(|step| step.address.as_str() == ADDRESS).unwrap();
    assert_eq!(step.reason, "2 instances are named `dev`");
}

#[tokio::test(start_paused = true)]
async fn what_it_is_given_at_its_start_is_shown_nowhere() {
    let sandbox = Sandbox::seeded();
    let opening = Opening::discover(&region(), &Aws::sandbox(&sandbox)).await.unwrap();
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed(), "{}", report.text());
    let shown = [
        opening.plan().text(),
        serde_json::to_string(opening.plan()).unwrap(),
        serde_json::to_string(opening.snapshot()).unwrap(),
        report.text(),
        serde_json::to_string(&report).unwrap(),
        format!("{:?} {:?}", region(), opening.plan()),
    ];
    for text in shown {
        assert!(!text.contains("planted-secret") && !text.contains("IyEvYmlu"), "{text}");
    }
}

#[test]
fn a_script_says_the_same() {
    let lines = format!(
        r##"
        let vpc = region.existing(default_vpc());
        let ssh = region.add(security_group("ssh").in_vpc(vpc).allow(tcp(22), "198.51.100.7/32"));
        let key = region.add(key_pair("team", "{KEY}"));
        region.add(instance("dev").image_from("supertokens-dev-2022-04", "us-east-1").instance_type("t3.medium")
            .in_vpc(vpc).zone(2).group(ssh).key_pair(key).profile("supertokens-instance")
            .user_data("#!/bin/sh\necho planted-secret-of-the-test\n").disk("/dev/xvda", 60, "gp3").hop_limit(2)
            .monitoring(false).termination_protection(true).running().tag("a", "1"));
        "##
    );
    assert_same(&lines, &region());
}

#[tokio::test(start_paused = true)]
async fn the_standard_script_starts_one_like_the_dev_instance_of_the_reference() {
    let sandbox = Sandbox::seeded();
    let path = repository().join("scripts/add_region.rhai");
    let mut options = Options::new(R, &path);
    for (name, value) in
        [("alert_email", "a@example.com"), ("dev_instance", "dev"), ("key_pair", "supertokens-us-east-1")]
    {
        options.params.insert(name.to_owned(), value.to_owned());
    }
    let text = std::fs::read_to_string(&path).unwrap();
    let region = script::run_with(&text, &options, &Aws::sandbox(&sandbox)).await.unwrap();
    assert!(
        region.wanted.iter().all(|added| added.resource.address().as_str() != "manual_step/dev-instance")
    );
    apply(&sandbox, &region).await;
    assert_settled(&sandbox, &region).await;
    let there = dev(&mut sandbox.world()).clone();
    assert_eq!(
        (there.state.as_str(), there.key_name.as_deref()),
        ("running", Some("supertokens-ap-south-1"))
    );
    assert_eq!(there.tags["VantaNoAlert"], "development");
}
