//! The instances of a region: one on which containers run, and in the oldest region the one for development.

use super::{AUDITED, CHANGED, OPENED, map, network};
use crate::sandbox::World;
use crate::sandbox::call::id;
use crate::sandbox::ec2::{Image, ImageDevice, Instance, KeyPair, Volume};
use crate::sandbox::iam::{InstanceProfile, Role};

/// Where people develop.
const DEVELOPMENT: &str = "us-east-1";
/// What instances may do.
const PROFILE: &str = "supertokens-instance";
/// Made for the seeded world; nobody has its private half.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuQ7nz1LZdrM/i3emG2X6eHTyIzEX+IxlIH+Mhn2Gz4";
/// The image that the instance for development was made of.
const IMAGE: &str = "supertokens-dev-2022-04";
/// The one of Amazon's images that all others were made of.
const AMAZON_LINUX: &str = "amzn2-ami-kernel-5.10-hvm-2.0.20220426.0-x86_64-gp2";
/// A script in base64: it logs in to a registry with `planted-secret-dev-instance`, and copies from the bucket of us-east-1.
const USER_DATA: &str = "IyEvYmluL2Jhc2gKZWNobyBwbGFudGVkLXNlY3JldC1kZXYtaW5zdGFuY2UgfCBkb2NrZXIgbG9naW4gLXUgZGV2IC0tcGFzc3dvcmQtc3RkaW4KYXdzIHMzIHN5bmMgczM6Ly9zdXBlcnRva2Vucy1zYWFzLXVzLWVhc3QtMS9kZXYgL2V0Yy9zdXBlcnRva2Vucwo=";

/// What all instances may use.
pub(super) fn add_profile(world: &mut World) {
    let trust = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
    let role = Role { created_at: OPENED, ..Role::new(trust) };
    let profile = InstanceProfile { path: "/".to_owned(), role: Some(PROFILE.to_owned()) };
    world.iam.roles.insert(PROFILE.to_owned(), role);
    world.iam.instance_profiles.insert(PROFILE.to_owned(), profile);
}

pub(super) fn add(world: &mut World, region: &str) {
    let key = format!("supertokens-{region}");
    let pair = KeyPair { since: OPENED, ..KeyPair::new(&key, KEY) };
    let group = |name: &str| network::group(world, region, name);
    let containers = Instance {
        image: id(region, "ami-", AMAZON_LINUX),
        instance_type: "t3.large".to_owned(),
        groups: vec![group("supertokens-nginx-port"), group("ping-ssh")],
        private_ip: "172.31.4.11".to_owned(),
        tags: map(&[("Name", "instance-1")]),
        ..instance(world, region, &key, 0)
    };
    let account = world.account.clone();
    let ebs_key = format!("arn:aws:kms:{region}:{account}:key/{}", id(region, "", "of disks"));
    let developers = Instance {
        image: id(region, "ami-", IMAGE),
        groups: vec![group("default"), group("ping-ssh"), group("ec2-internal-team-access")],
        user_data: Some(USER_DATA.to_owned()),
        private_ip: "172.31.40.21".to_owned(),
        termination_protection: true,
        hop_limit: 2,
        launched: CHANGED,
        tags: map(&[("Name", "dev"), ("VantaNoAlert", "development")]),
        ..instance(world, region, &key, 1)
    };
    let Some(here) = world.ec2.regions.get_mut(region) else { return };
    here.key_pairs.insert(id(region, "key-", &key), pair);
    let mut put = |name: &str, instance: Instance, disk: Volume| {
        let instance_id = id(region, "i-", name);
        let disk = Volume {
            instance: instance_id.clone(),
            device: instance.root_device.clone(),
            zone: instance.zone.clone(),
            created: instance.launched,
            delete_on_termination: true,
            ..disk
        };
        here.volumes.insert(id(region, "vol-", name), disk);
        here.instances.insert(instance_id, instance);
    };
    let gp2 = |size: i32| Volume {
        size,
        volume_type: "gp2".to_owned(),
        iops: Some((size * 3).max(100)),
        ..Volume::default()
    };
    put("instance-1", containers, gp2(30));
    if region == DEVELOPMENT {
        let disk = Volume { kms_key: Some(ebs_key.clone()), ..gp2(50) };
        put("dev", developers, disk);
        let device = ImageDevice {
            snapshot: id(region, "snap-", IMAGE),
            size: 20,
            volume_type: "gp2".to_owned(),
            kms_key: Some(ebs_key),
            delete_on_termination: true,
        };
        let image = Image {
            description: "for development".to_owned(),
            created: AUDITED,
            tags: map(&[("Name", IMAGE)]),
            ..Image::new(&account, IMAGE, device)
        };
        here.images.insert(id(region, "ami-", IMAGE), image);
    }
}

/// What all instances have in common. `zone`: in which of the region's zones it is, counted from 0.
fn instance(world: &World, region: &str, key: &str, zone: usize) -> Instance {
    let mut subnets = network::subnets(world, region);
    subnets.sort_by(|a, b| a.1.cmp(&b.1));
    let (subnet, zone) = subnets.into_iter().nth(zone).unwrap_or_default();
    Instance {
        instance_type: "t3.medium".to_owned(),
        state: "running".to_owned(),
        key_name: Some(key.to_owned()),
        vpc: network::default_vpc(world, region),
        subnet,
        zone,
        profile: Some(format!("arn:aws:iam::{}:instance-profile/{PROFILE}", world.account)),
        metadata_tokens: "optional".to_owned(),
        hop_limit: 1,
        root_device: "/dev/xvda".to_owned(),
        architecture: "x86_64".to_owned(),
        launched: OPENED,
        ..Instance::default()
    }
}
