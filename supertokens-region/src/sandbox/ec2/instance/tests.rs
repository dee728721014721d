use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    AttributeBooleanValue, BlockDeviceMapping, EbsBlockDevice, HttpTokensState,
    IamInstanceProfileSpecification, InstanceAttributeName, InstanceMetadataOptionsRequest,
    InstanceStateName, InstanceType, ResourceType, VolumeType,
};

use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::ec2::{Image, ImageDevice, KeyPair};
use crate::sandbox::iam::InstanceProfile;
use crate::sandbox::testing::*;

const IMAGE: &str = "ami-0123456789abcdef0";

/// A sandbox with an image, a key pair and an instance profile.
fn world() -> (Sandbox, Aws) {
    let (sandbox, aws) = sandbox();
    let device = ImageDevice { size: 20, volume_type: "gp2".to_owned(), ..ImageDevice::default() };
    let image = Image::new("123456789012", "dev", device);
    let profile = InstanceProfile { path: "/".to_owned(), role: None };
    let mut world = sandbox.world();
    world.iam.instance_profiles.insert("dev".to_owned(), profile);
    let here = world.ec2.regions.get_mut(R).unwrap();
    here.images.insert(IMAGE.to_owned(), image);
    here.key_pairs.insert("key-12345678".to_owned(), KeyPair::new("team", "ssh-ed25519 AAAA"));
    drop(world);
    (sandbox, aws)
}

fn run(aws: &Aws) -> RunInstancesFluentBuilder {
    let run = aws.ec2(R).run_instances().min_count(1).max_count(1);
    run.image_id(IMAGE).instance_type(InstanceType::T3Medium)
}

async fn id_of(run: RunInstancesFluentBuilder) -> String {
    run.send().await.unwrap().instances()[0].instance_id().unwrap().to_owned()
}

#[tokio::test]
async fn run_instances_with_image_type_key_group_and_tags() {
    let (sandbox, aws) = world();
    let group = new_group(&aws, R, "dev").await;
    let metadata = InstanceMetadataOptionsRequest::builder().http_tokens(HttpTokensState::Required).build();
    let run = run(&aws).key_name("team").security_group_ids(&group).user_data("aGk=");
    let run = run.iam_instance_profile(IamInstanceProfileSpecification::builder().name("dev").build());
    let run = run.metadata_options(metadata).disable_api_termination(true);
    let id = id_of(run.tag_specifications(tagged(ResourceType::Instance, "Name", "dev"))).await;
    let find = || {
        let find = aws.ec2(R).describe_instances().filters(filter("tag:Name", "d?v"));
        find.filters(filter("instance-state-name", "running")).send()
    };
    assert!(find().await.unwrap().reservations().is_empty(), "it is starting");
    let all = aws.ec2(R).describe_instances().send().await.unwrap();
    let told = &all.reservations()[0].instances()[0];
    assert_eq!(told.state().unwrap().name(), Some(&InstanceStateName::Pending));
    let all = find().await.unwrap();
    let told = &all.reservations()[0].instances()[0];
    assert_eq!(told.instance_id(), Some(id.as_str()));
    assert_eq!(told.security_groups()[0].group_name(), Some("dev"));
    let profile = told.iam_instance_profile().unwrap().arn();
    assert_eq!(profile, Some("arn:aws:iam::123456789012:instance-profile/dev"));
    let options = told.metadata_options().unwrap();
    assert_eq!(options.http_tokens(), Some(&HttpTokensState::Required));
    assert_eq!(told.placement().unwrap().availability_zone(), Some("ap-south-1a"));
    let attribute = |name| aws.ec2(R).describe_instance_attribute().instance_id(&id).attribute(name).send();
    let data = attribute(InstanceAttributeName::UserData).await.unwrap();
    assert_eq!(data.user_data().unwrap().value(), Some("aGk="));
    let protected = attribute(InstanceAttributeName::DisableApiTermination).await.unwrap();
    assert_eq!(protected.disable_api_termination().unwrap().value(), Some(true));
    assert!(aws.ec2("us-east-1").describe_instances().send().await.unwrap().reservations().is_empty());
    assert_eq!(sandbox.world().ec2.regions[R].instances.len(), 1);
}

#[tokio::test]
async fn run_instances_same_client_token_is_the_same_instance() {
    let (sandbox, aws) = world();
    let id = id_of(run(&aws).client_token("t").user_data("aGk=")).await;
    assert_eq!(id_of(run(&aws).client_token("t").user_data("aGk=")).await, id);
    let other = run(&aws).client_token("t").user_data("aG8=").send().await;
    assert_eq!(code(other), "IdempotentParameterMismatch");
    let gone = |sandbox: &Sandbox| {
        let mut world = sandbox.world();
        let instances = &mut world.ec2.regions.get_mut(R).unwrap().instances;
        "terminated".clone_into(&mut instances.get_mut(&id).unwrap().state);
    };
    gone(&sandbox);
    let again = run(&aws).client_token("t").user_data("aGk=").send().await;
    assert_eq!(code(again), "IdempotentInstanceTerminated");
    assert_ne!(id_of(run(&aws)).await, id);
}

#[tokio::test(start_paused = true)]
async fn run_instances_refuses_what_is_not_there() {
    let (sandbox, aws) = world();
    let before = sandbox.world().ec2.clone();
    let one = async |run: RunInstancesFluentBuilder| code(run.send().await);
    assert_eq!(one(run(&aws).image_id("ami-x")).await, "InvalidAMIID.Malformed");
    assert_eq!(one(run(&aws).image_id("ami-12345678")).await, "InvalidAMIID.NotFound");
    assert_eq!(one(run(&aws).key_name("nobody")).await, "InvalidKeyPair.NotFound");
    assert_eq!(one(run(&aws).subnet_id("subnet-12345678")).await, "InvalidSubnetID.NotFound");
    assert_eq!(one(run(&aws).security_group_ids("sg-12345678")).await, "InvalidGroup.NotFound");
    let profile = IamInstanceProfileSpecification::builder().name("nobody").build();
    assert_eq!(one(run(&aws).iam_instance_profile(profile)).await, "InvalidParameterValue");
    assert_eq!(one(run(&aws).instance_type("t9.huge".into())).await, "InvalidParameterValue");
    assert_eq!(one(run(&aws).instance_type("t4g.medium".into())).await, "InvalidParameterValue");
    assert_eq!(one(run(&aws).instance_type("m1.small".into())).await, "Unsupported");
    assert_eq!(one(run(&aws).user_data("not base64!")).await, "InvalidUserData.Malformed");
    assert_eq!(one(run(&aws).user_data("A".repeat(24_000))).await, "InvalidParameterValue");
    assert_eq!(one(run(&aws).max_count(0)).await, "InvalidParameterValue");
    assert_eq!(one(run(&aws).dry_run(true)).await, "DryRunOperation");
    assert_eq!(code(aws.ec2(R).run_instances().max_count(1).send().await), "MissingParameter");
    let vpc = new_vpc(&aws, R, "10.0.0.0/16").await;
    let describe = aws.ec2(R).describe_security_groups().filters(filter("vpc-id", &vpc));
    let groups = describe.send().await.unwrap();
    let foreign = run(&aws).security_group_ids(groups.security_groups()[0].group_id().unwrap());
    assert_eq!(one(foreign).await, "InvalidParameter");
    assert!(sandbox.world().ec2.regions[R].instances.is_empty());
    assert_eq!(sandbox.world().ec2.regions["us-east-1"], before.regions["us-east-1"]);
}

#[tokio::test]
async fn disks_are_those_of_the_image_as_they_are_asked_for() {
    let (_, aws) = world();
    let disk = |ebs: EbsBlockDevice| {
        run(&aws)
            .block_device_mappings(BlockDeviceMapping::builder().device_name("/dev/xvda").ebs(ebs).build())
    };
    let ebs = EbsBlockDevice::builder;
    let one = async |ebs: EbsBlockDevice| code(disk(ebs).send().await);
    assert_eq!(one(ebs().volume_size(8).build()).await, "InvalidBlockDeviceMapping");
    assert_eq!(one(ebs().iops(100).build()).await, "InvalidParameterCombination");
    assert_eq!(one(ebs().throughput(125).build()).await, "InvalidParameterCombination");
    assert_eq!(one(ebs().volume_type(VolumeType::Io1).build()).await, "MissingParameter");
    let gp3 = ebs().volume_size(30).volume_type(VolumeType::Gp3).encrypted(true).build();
    let id = id_of(disk(gp3).tag_specifications(tagged(ResourceType::Volume, "a", "b"))).await;
    let volumes = aws.ec2(R).describe_volumes().filters(filter("attachment.instance-id", &id));
    let volumes = volumes.send().await.unwrap();
    let [volume] = volumes.volumes() else { panic!("{volumes:?}") };
    assert_eq!((volume.size(), volume.iops(), volume.throughput()), (Some(30), Some(3000), Some(125)));
    assert_eq!((volume.encrypted(), volume.tags()), (Some(true), &[tag("a", "b")][..]));
    assert_eq!(volume.attachments()[0].device(), Some("/dev/xvda"));
}

#[tokio::test]
async fn instances_are_changed_one_attribute_a_call() {
    let (sandbox, aws) = world();
    let id = id_of(run(&aws)).await;
    let instance = || sandbox.world().ec2.regions[R].instances[&id].clone();
    let modify = || aws.ec2(R).modify_instance_attribute().instance_id(&id);
    let on = AttributeBooleanValue::builder().value(true).build();
    let group = new_group(&aws, R, "dev").await;
    assert_eq!(code(modify().send().await), "InvalidRequest");
    let both = modify().groups(&group).disable_api_termination(on.clone());
    assert_eq!(code(both.send().await), "InvalidParameterCombination");
    modify().disable_api_termination(on).send().await.unwrap();
    assert!(instance().termination_protection);
    modify().groups(&group).send().await.unwrap();
    assert_eq!(instance().groups, std::slice::from_ref(&group), "all others are gone");
    let options = aws.ec2(R).modify_instance_metadata_options().instance_id(&id);
    let required = options.clone().http_tokens(HttpTokensState::Required);
    required.http_put_response_hop_limit(2).send().await.unwrap();
    assert_eq!((instance().metadata_tokens.as_str(), instance().hop_limit), ("required", 2));
    assert_eq!(code(options.http_put_response_hop_limit(65).send().await), "InvalidParameterValue");
    aws.ec2(R).monitor_instances().instance_ids(&id).send().await.unwrap();
    assert!(instance().monitoring);
    aws.ec2(R).unmonitor_instances().instance_ids(&id).send().await.unwrap();
    assert!(!instance().monitoring);
    assert_eq!(code(aws.ec2(R).monitor_instances().send().await), "MissingParameter");
}

#[tokio::test]
async fn a_stopped_instance_is_started_and_a_terminated_one_is_not() {
    let (sandbox, aws) = world();
    let id = id_of(run(&aws)).await;
    let set = |state: &str| {
        let mut world = sandbox.world();
        let instances = &mut world.ec2.regions.get_mut(R).unwrap().instances;
        state.clone_into(&mut instances.get_mut(&id).unwrap().state);
    };
    let start = |id: &str| aws.ec2(R).start_instances().instance_ids(id).send();
    set("stopped");
    let answer = start(&id).await.unwrap();
    let change = &answer.starting_instances()[0];
    assert_eq!(change.previous_state().unwrap().name(), Some(&InstanceStateName::Stopped));
    assert_eq!(change.current_state().unwrap().name(), Some(&InstanceStateName::Pending));
    for state in ["stopping", "terminated"] {
        set(state);
        assert_eq!(code(start(&id).await), "IncorrectInstanceState");
    }
    assert_eq!(code(start("i-12345678").await), "InvalidInstanceID.NotFound");
    assert_eq!(code(start("web").await), "InvalidInstanceID.Malformed");
}
