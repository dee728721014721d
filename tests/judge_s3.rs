//! What the second judge is given of S3, and how it is read back: by S3's own API.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CorsConfiguration, CorsRule,
    CreateBucketConfiguration, DeleteMarkerReplication, DeleteMarkerReplicationStatus, Destination,
    ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter, ReplicationConfiguration,
    ReplicationRule, ReplicationRuleFilter, ReplicationRuleStatus, Tag, Tagging, Transition,
    TransitionStorageClass, VersioningConfiguration,
};
use supertokens_region::Aws;

const R: &str = "ap-south-1";
pub const SAAS: &str = "supertokens-saas-ap-south-1";
pub const LOGS: &str = "supertokens-s3-access-logs-ap-south-1";
const US: &str = "us-east-1";
const US_SAAS: &str = "supertokens-saas-us-east-1";
const US_LOGS: &str = "supertokens-s3-access-logs-us-east-1";
const SSL: &str = "supertokens-ssl";
const SSL_HOME: &str = "eu-west-1";
const COPIER: &str = "arn:aws:iam::123456789012:role/service-role/s3crr";
/// Certificates that are there before the region is: their keys are not easy ones.
const KEYS: [&str; 3] = ["core-1/fullchain.pem", "core 2/a+b&ü.pem", "z"];

/// The buckets of us-east-1, which those of the region are like.
pub async fn seed_reference(aws: &Aws) {
    let s3 = aws.s3(US);
    for bucket in [US_SAAS, US_LOGS] {
        s3.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let tag = Tag::builder().key("VantaDescription").value("data of SuperTokens").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    s3.put_bucket_tagging().bucket(US_SAAS).tagging(tagging).send().await.unwrap();
    let cors = CorsRule::builder().allowed_methods("GET").allowed_origins("https://supertokens.com");
    let cors = CorsConfiguration::builder().cors_rules(cors.max_age_seconds(600).build().unwrap());
    let put = s3.put_bucket_cors().bucket(US_SAAS).cors_configuration(cors.build().unwrap());
    put.send().await.unwrap();
    let ages = LifecycleRule::builder()
        .id("expire-logs")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("").build())
        .transitions(Transition::builder().days(30).storage_class(TransitionStorageClass::StandardIa).build())
        .expiration(LifecycleExpiration::builder().days(400).build());
    let ages = BucketLifecycleConfiguration::builder().rules(ages.build().unwrap()).build().unwrap();
    let put = s3.put_bucket_lifecycle_configuration().bucket(US_LOGS).lifecycle_configuration(ages);
    put.send().await.unwrap();
}

/// The certificates' bucket, with its objects and its first replication.
pub async fn seed_source(aws: &Aws) {
    let place = CreateBucketConfiguration::builder();
    let place = place.location_constraint(BucketLocationConstraint::from(SSL_HOME)).build();
    let make = aws.s3(SSL_HOME).create_bucket().bucket(SSL).create_bucket_configuration(place);
    make.send().await.unwrap();
    for (name, home) in [(SSL, SSL_HOME), (US_SAAS, US)] {
        let on = VersioningConfiguration::builder().status("Enabled".into()).build();
        let put = aws.s3(home).put_bucket_versioning().bucket(name);
        put.versioning_configuration(on).send().await.unwrap();
    }
    for key in KEYS {
        let put = aws.s3(SSL_HOME).put_object().bucket(SSL).key(key).metadata("issuer", "acme");
        let put = put.content_type("application/x-pem-file").tagging("kind=certificate");
        put.body(ByteStream::from(key.as_bytes().to_vec())).send().await.unwrap();
    }
    let deletions =
        DeleteMarkerReplication::builder().status(DeleteMarkerReplicationStatus::Disabled).build();
    let destination = Destination::builder().bucket(format!("arn:aws:s3:::{US_SAAS}")).build().unwrap();
    let rule = ReplicationRule::builder()
        .id("ssl-to-us-east-1")
        .priority(1)
        .filter(ReplicationRuleFilter::builder().prefix("").build())
        .status(ReplicationRuleStatus::Enabled)
        .delete_marker_replication(deletions)
        .destination(destination);
    let all = ReplicationConfiguration::builder().role(COPIER).rules(rule.build().unwrap()).build().unwrap();
    let put = aws.s3(SSL_HOME).put_bucket_replication().bucket(SSL);
    put.replication_configuration(all).send().await.unwrap();
}

/// The rules, the copies, and the settings that came from the reference.
pub async fn read_back(aws: &Aws) {
    let replication = aws.s3(SSL_HOME).get_bucket_replication().bucket(SSL).send().await.unwrap();
    let replication = replication.replication_configuration().unwrap();
    let rule = |rule: &ReplicationRule| {
        let bucket = rule.destination().unwrap().bucket().to_owned();
        (rule.id().unwrap().to_owned(), rule.priority().unwrap(), bucket)
    };
    let rules: Vec<_> = replication.rules().iter().map(rule).collect();
    assert_eq!(replication.role(), COPIER);
    assert_eq!(
        rules,
        [
            ("ssl-to-us-east-1".to_owned(), 1, format!("arn:aws:s3:::{US_SAAS}")),
            ("ssl-to-ap-south-1".to_owned(), 2, format!("arn:aws:s3:::{SAAS}")),
        ]
    );
    let s3 = aws.s3(R);
    for key in KEYS {
        let copy = s3.get_object().bucket(SAAS).key(key).send().await.unwrap();
        assert_eq!(copy.content_type(), Some("application/x-pem-file"), "{key}");
        assert_eq!(copy.metadata().unwrap()["issuer"], "acme", "{key}");
        assert_eq!(copy.body.collect().await.unwrap().to_vec(), key.as_bytes(), "{key}");
        let tags = s3.get_object_tagging().bucket(SAAS).key(key).send().await.unwrap();
        assert_eq!(tags.tag_set().len(), 1, "{key}");
    }
    let all = s3.list_object_versions().bucket(SAAS).send().await.unwrap();
    assert_eq!(all.versions().len(), KEYS.len(), "each is copied once");
    let cors = s3.get_bucket_cors().bucket(SAAS).send().await.unwrap();
    assert_eq!(cors.cors_rules()[0].max_age_seconds(), Some(600));
    let ages = s3.get_bucket_lifecycle_configuration().bucket(LOGS).send().await.unwrap();
    assert_eq!((ages.rules()[0].id(), ages.rules()[0].transitions().len()), (Some("expire-logs"), 1));
}
