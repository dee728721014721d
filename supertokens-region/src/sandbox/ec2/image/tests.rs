use aws_sdk_ec2::types::{ImageState, ResourceType};

use super::{Image, ImageDevice};
use crate::aws::Aws;
use crate::sandbox::Sandbox;
use crate::sandbox::call::id;
use crate::sandbox::ec2::testing::*;
use crate::sandbox::testing::*;

const US: &str = "us-east-1";

/// A sandbox with an image of our own in us-east-1, and its id.
fn with_image(encrypted: bool) -> (Sandbox, Aws, String) {
    let (sandbox, aws) = sandbox();
    let device = ImageDevice {
        size: 20,
        volume_type: "gp2".to_owned(),
        kms_key: encrypted.then(|| "arn:aws:kms:us-east-1:123456789012:key/own".to_owned()),
        ..ImageDevice::default()
    };
    let mut image = Image::new("123456789012", "dev", device);
    image.tags = [("Name".to_owned(), "dev".to_owned())].into();
    let image_id = id(US, "ami-", "dev");
    sandbox.world().ec2.regions.get_mut(US).unwrap().images.insert(image_id.clone(), image);
    (sandbox, aws, image_id)
}

#[tokio::test]
async fn describe_images_by_owner_and_by_name() {
    let (_, aws, image_id) = with_image(false);
    let own = aws.ec2(US).describe_images().owners("self").send().await.unwrap();
    assert_eq!(own.images().len(), 1);
    assert_eq!(own.images()[0].image_id(), Some(image_id.as_str()));
    let offered = aws.ec2(R).describe_images().owners("amazon").filters(filter("name", "amzn2-*-x86_64-gp2"));
    let offered = offered.send().await.unwrap();
    assert_eq!(offered.images().len(), 2);
    let images = aws.ec2(US).describe_images().owners("amazon");
    let old = filter("name", "amzn2-ami-kernel-5.10-hvm-2.0.20220426.0-x86_64-gp2");
    assert_eq!(images.clone().filters(old.clone()).send().await.unwrap().images().len(), 0, "deprecated");
    let old = images.filters(old).include_deprecated(true).send().await.unwrap();
    assert!(old.images()[0].deprecation_time().is_some());
}

#[tokio::test]
async fn describe_images_missing_and_isolation() {
    let (_, aws, image_id) = with_image(false);
    let ask = |region: &str, id: &str| aws.ec2(region).describe_images().image_ids(id).send();
    assert_eq!(ask(US, &image_id).await.unwrap().images().len(), 1);
    assert_eq!(code(ask(R, &image_id).await), "InvalidAMIID.NotFound");
    assert_eq!(code(ask(US, "ami-x").await), "InvalidAMIID.Malformed");
    let by_filter = aws.ec2(R).describe_images().filters(filter("image-id", &image_id)).send().await.unwrap();
    assert!(by_filter.images().is_empty());
}

#[tokio::test]
async fn copy_image_cross_region_takes_its_time() {
    let (sandbox, aws, image_id) = with_image(false);
    let copy = || {
        let copy = aws.ec2(R).copy_image().name("dev").source_region(US).source_image_id(&image_id);
        copy.copy_image_tags(true).client_token("t").send()
    };
    let made = copy().await.unwrap().image_id.unwrap();
    assert_eq!(copy().await.unwrap().image_id, Some(made.clone()), "the same token");
    let look = async || {
        let answer = aws.ec2(R).describe_images().image_ids(&made).send().await.unwrap();
        answer.images.unwrap().remove(0)
    };
    assert_eq!(look().await.state, Some(ImageState::Pending));
    assert_eq!(look().await.state, Some(ImageState::Pending));
    let image = look().await;
    assert_eq!(image.state, Some(ImageState::Available));
    assert_eq!((image.source_image_region(), image.source_image_id()), (Some(US), Some(image_id.as_str())));
    assert_eq!(image.tags(), [tag("Name", "dev")]);
    let other = aws.ec2(R).copy_image().name("other").source_region(US).source_image_id(&image_id);
    assert_eq!(code(other.client_token("t").send().await), "IdempotentParameterMismatch");
    assert_eq!(sandbox.world().ec2.regions[R].images.len(), 1);
}

#[tokio::test]
async fn copy_image_of_an_encrypted_one_is_encrypted_with_the_regions_own_key() {
    let (sandbox, aws, image_id) = with_image(true);
    let copy = || aws.ec2(R).copy_image().name("dev").source_region(US).source_image_id(&image_id);
    assert_eq!(code(copy().send().await), "InvalidRequest");
    assert!(sandbox.world().ec2.regions[R].images.is_empty());
    copy().encrypted(true).send().await.unwrap();
    let world = sandbox.world();
    let image = world.ec2.regions[R].images.values().next().unwrap();
    assert!(image.devices["/dev/xvda"].kms_key.as_ref().unwrap().starts_with("arn:aws:kms:ap-south-1:"));
}

#[tokio::test]
async fn copy_image_missing_source_refused() {
    let (sandbox, aws, image_id) = with_image(false);
    let copy = || aws.ec2(R).copy_image().name("dev").source_region(US);
    assert_eq!(code(copy().send().await), "MissingParameter");
    assert_eq!(code(copy().source_image_id("ami-x").send().await), "InvalidAMIID.Malformed");
    assert_eq!(code(copy().source_image_id("ami-12345678").send().await), "InvalidAMIID.NotFound");
    let whole = || copy().source_image_id(&image_id);
    assert_eq!(code(whole().name("a").send().await), "InvalidAMIName.Malformed");
    assert_eq!(code(whole().source_region("nowhere").send().await), "InvalidParameterValue");
    assert_eq!(code(whole().dry_run(true).send().await), "DryRunOperation");
    let wrong = tagged(ResourceType::Instance, "a", "b");
    assert_eq!(code(whole().tag_specifications(wrong).send().await), "InvalidParameterValue");
    let image = |state: &str| {
        let mut world = sandbox.world();
        let images = &mut world.ec2.regions.get_mut(US).unwrap().images;
        state.clone_into(&mut images.get_mut(&image_id).unwrap().state);
    };
    image("failed");
    assert_eq!(code(whole().send().await), "InvalidAMIID.Unavailable");
    assert!(sandbox.world().ec2.regions[R].images.is_empty());
}
