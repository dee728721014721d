//! What each service tells of the reference world.

use aws_sdk_ec2::types::{Filter, RouteOrigin};
use aws_sdk_route53::types::VpcRegion;
use aws_sdk_s3::types::BucketVersioningStatus;
use aws_sdk_ssm::types::{DocumentFormat, DocumentKeyValuesFilter};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::super::{REGIONS, network, seeded};
use super::reference;
use crate::sandbox::testing::code;

#[tokio::test]
async fn both_regions_have_four_topics_that_mail_to_a_confirmed_address() {
    let (_, aws) = reference();
    for (region, part) in [("us-east-1", "US_East_1"), ("eu-west-1", "EU_West_1")] {
        let sns = aws.sns(region);
        let topics = sns.list_topics().send().await.unwrap();
        let arns: Vec<&str> = topics.topics().iter().filter_map(|topic| topic.topic_arn()).collect();
        let arn = |subject| format!("arn:aws:sns:{region}:123456789012:CloudWatch_Alarms_{part}_{subject}");
        assert_eq!(arns, ["EC2", "ELB", "Lambda", "RDS"].map(arn));
        for arn in arns {
            let list = sns.list_subscriptions_by_topic().topic_arn(arn).send().await.unwrap();
            let [one] = list.subscriptions() else { panic!("one") };
            assert_eq!(one.protocol(), Some("email"));
            assert!(one.subscription_arn().unwrap().starts_with(&format!("{arn}:")));
        }
    }
}

#[tokio::test]
async fn both_regions_have_the_two_buckets_as_they_were_made_years_ago() {
    let (_, aws) = reference();
    let list = aws.s3("us-east-1").list_buckets().send().await.unwrap();
    assert_eq!(list.buckets().len(), 5);
    for region in REGIONS {
        let s3 = aws.s3(region);
        let saas = &format!("supertokens-saas-{region}");
        let logs = format!("supertokens-s3-access-logs-{region}");
        for bucket in [saas, &logs] {
            let versioning = s3.get_bucket_versioning().bucket(bucket).send().await.unwrap();
            assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));
            let ownership = s3.get_bucket_ownership_controls().bucket(bucket).send().await;
            assert_eq!(code(ownership), "OwnershipControlsNotFoundError");
            assert_eq!(code(s3.get_bucket_cors().bucket(bucket).send().await), "NoSuchCORSConfiguration");
            let block = s3.get_public_access_block().bucket(bucket).send().await.unwrap();
            let block = block.public_access_block_configuration.unwrap();
            assert_eq!(
                (block.block_public_policy(), block.restrict_public_buckets()),
                (Some(true), Some(true))
            );
            let status = s3.get_bucket_policy_status().bucket(bucket).send().await.unwrap();
            assert_eq!(status.policy_status().and_then(|status| status.is_public()), Some(false));
            let tags = s3.get_bucket_tagging().bucket(bucket).send().await.unwrap();
            let keys: Vec<&str> = tags.tag_set().iter().map(|tag| tag.key()).collect();
            assert_eq!(keys, ["VantaDescription", "VantaOwner"]);
        }
        let logging = s3.get_bucket_logging().bucket(saas).send().await.unwrap().logging_enabled.unwrap();
        assert_eq!((logging.target_bucket(), logging.target_prefix()), (logs.as_str(), "saas/"));
        let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(&logs).send().await.unwrap();
        assert_eq!(lifecycle.rules().len(), 1);
        let policy = s3.get_bucket_policy().bucket(saas).send().await.unwrap().policy.unwrap();
        let vpc = network::default_vpc(&seeded(), region);
        assert!(policy.ends_with(&format!(r#"{{"StringEquals":{{"aws:sourceVpc":"{vpc}"}}}}}}]}}"#)));
    }
    let acl = aws.s3("us-east-1").get_bucket_acl().bucket("supertokens-s3-access-logs-us-east-1");
    assert_eq!(acl.send().await.unwrap().grants().len(), 3);
}

#[tokio::test]
async fn certificates_are_copied_to_both_regions_and_not_twice_alike() {
    let (_, aws) = reference();
    let get = |region| aws.s3(region).get_bucket_replication().bucket("supertokens-ssl").send();
    let configuration = get("eu-west-1").await.unwrap().replication_configuration.unwrap();
    let target = |region| format!("arn:aws:s3:::supertokens-saas-{region}");
    let to = configuration.rules().iter().map(|rule| rule.destination().unwrap().bucket().to_owned());
    assert!(to.eq(REGIONS.map(target)));
    assert!(
        configuration
            .role()
            .ends_with(":role/service-role/s3crr_role_for_supertokens-ssl_to_supertokens-saas-us-east-1")
    );
    assert_eq!(code(get("us-east-1").await), "PermanentRedirect");
}

#[tokio::test]
async fn the_policies_name_the_buckets_of_both_regions_and_one_has_no_room_for_a_version() {
    let (_, aws) = reference();
    let iam = aws.iam("us-east-1");
    for (arn, versions) in [
        ("policy/S3SSLUpdater", 2),
        ("policy/listBucketItems", 5),
        ("policy/service-role/s3crr_for_supertokens-ssl_to_supertokens-saas-us-east-1", 2),
    ] {
        let arn = format!("arn:aws:iam::123456789012:{arn}");
        let policy = iam.get_policy().policy_arn(&arn).send().await.unwrap().policy.unwrap();
        let id = policy.default_version_id().unwrap();
        let version = iam.get_policy_version().policy_arn(&arn).version_id(id).send().await.unwrap();
        let document = version.policy_version.unwrap().document.unwrap();
        assert!(REGIONS.iter().all(|region| document.contains(&format!("supertokens-saas-{region}"))));
        let list = iam.list_policy_versions().policy_arn(&arn).send().await.unwrap();
        assert_eq!(list.versions().len(), versions);
        assert!(policy.attachment_count().unwrap() > 0);
    }
    let roles = iam.list_roles().send().await.unwrap();
    assert_eq!(roles.roles().len(), 5);
}

#[tokio::test]
async fn both_regions_have_the_groups_with_their_rules() {
    let (_, aws) = reference();
    for region in REGIONS {
        let groups = aws.ec2(region).describe_security_groups().send().await.unwrap();
        let mut told: Vec<(&str, Vec<String>)> = vec![];
        for group in groups.security_groups() {
            let mut rules = vec![];
            for rule in group.ip_permissions() {
                let (from, to) = (rule.from_port().unwrap_or(-1), rule.to_port().unwrap_or(-1));
                let words = format!("{} {from} {to}", rule.ip_protocol().unwrap());
                rules.extend(rule.ip_ranges().iter().map(|it| format!("{words} {}", it.cidr_ip().unwrap())));
                rules.extend(
                    rule.ipv6_ranges().iter().map(|it| format!("{words} {}", it.cidr_ipv6().unwrap())),
                );
                rules.extend(rule.user_id_group_pairs().iter().map(|_| format!("{words} itself")));
            }
            assert!(rules.len() <= 60);
            assert_eq!(group.ip_permissions_egress().len(), 1);
            rules.sort();
            told.push((group.group_name().unwrap(), rules));
        }
        told.sort();
        let expected: [(&str, &[&str]); 6] = [
            ("boxyhq", &["tcp 5225 5225 0.0.0.0/0"]),
            (
                "default",
                &[
                    "-1 -1 -1 itself",
                    "tcp 4243 4243 192.0.2.10/32",
                    "tcp 4243 4243 192.0.2.20/32",
                    "tcp 5432 5432 192.0.2.10/32",
                    "tcp 5432 5432 192.0.2.20/32",
                ],
            ),
            ("dev-postgresql", &["tcp 5432 5432 0.0.0.0/0"]),
            (
                "ec2-internal-team-access",
                &["tcp 22 22 198.51.100.7/32", "tcp 22 22 203.0.113.128/28", "tcp 22 22 203.0.113.24/32"],
            ),
            ("ping-ssh", &["icmp 8 -1 0.0.0.0/0"]),
            ("supertokens-nginx-port", &["tcp 3567 3600 0.0.0.0/0", "tcp 3567 3600 ::/0"]),
        ];
        let expected = expected.map(|(name, rules)| (name, rules.iter().map(|&it| it.to_owned()).collect()));
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn both_networks_have_a_zone_a_way_to_s3_and_a_flow_log() {
    let (_, aws) = reference();
    for region in REGIONS {
        let vpc = network::default_vpc(&seeded(), region);
        let list = aws.route53(region).list_hosted_zones_by_vpc().vpc_id(&vpc);
        let zones = list.vpc_region(VpcRegion::from(region)).send().await.unwrap();
        let [zone] = zones.hosted_zone_summaries() else { panic!("one") };
        assert_eq!(zone.name(), format!("{region}.dns."));
        let get = aws.route53(region).get_hosted_zone().id(zone.hosted_zone_id());
        let zone = get.send().await.unwrap().hosted_zone.unwrap();
        assert!(zone.config().unwrap().private_zone());
        assert_eq!(zone.resource_record_set_count(), Some(4));

        let ec2 = aws.ec2(region);
        let main = Filter::builder().name("association.main").values("true").build();
        let tables = ec2.describe_route_tables().filters(main).send().await.unwrap();
        let endpoints = ec2.describe_vpc_endpoints().send().await.unwrap();
        let [endpoint] = endpoints.vpc_endpoints() else { panic!("one") };
        assert_eq!(endpoint.route_table_ids(), [tables.route_tables()[0].route_table_id().unwrap()]);
        let routes = tables.route_tables()[0].routes();
        assert!(routes.iter().any(|route| route.gateway_id() == endpoint.vpc_endpoint_id()
            && route.destination_prefix_list_id().is_some()
            && route.origin() == Some(&RouteOrigin::CreateRoute)));

        let logs = ec2.describe_flow_logs().send().await.unwrap();
        let [log] = logs.flow_logs() else { panic!("one") };
        let folder = format!("arn:aws:s3:::supertokens-s3-access-logs-{region}/vpc-flow-logs");
        assert_eq!((log.log_destination(), log.flow_log_status()), (Some(folder.as_str()), Some("ACTIVE")));
        assert_eq!(log.resource_id(), Some(vpc.as_str()));
    }
}

#[tokio::test]
async fn there_are_three_clusters_and_more_parameters_set_than_go_into_one_call() {
    let (_, aws) = reference();
    for (region, clusters) in [
        ("us-east-1", [("supertokens-dev-us-east-1", 1), ("supertokens-prod-us-east-1", 2)].as_slice()),
        ("eu-west-1", &[("supertokens-prod-eu-west-1", 2)]),
    ] {
        let rds = aws.rds(region);
        let answer = rds.describe_db_clusters().send().await.unwrap();
        let told = answer.db_clusters().iter();
        let told = told.map(|it| (it.db_cluster_identifier().unwrap(), it.db_cluster_members().len()));
        assert!(told.eq(clusters.iter().copied()));
        for cluster in answer.db_clusters() {
            let group = cluster.db_cluster_parameter_group().unwrap();
            if !group.starts_with("default.") {
                let set = rds.describe_db_cluster_parameters().db_cluster_parameter_group_name(group);
                let set = set.source("user").send().await.unwrap();
                assert!(set.parameters().len() > 20);
                assert!(set.parameters().iter().all(|it| it.is_modifiable() == Some(true)));
                assert!(set.parameters().iter().all(|it| it.apply_method().is_some_and(|method| {
                    (it.apply_type() == Some("static")) == (method.as_str() == "pending-reboot")
                })));
            }
            let subnets = rds.describe_db_subnet_groups();
            let subnets = subnets.db_subnet_group_name(cluster.db_subnet_group().unwrap());
            assert_eq!(subnets.send().await.unwrap().db_subnet_groups()[0].subnets().len(), 3);
        }
        for instance in rds.describe_db_instances().send().await.unwrap().db_instances() {
            assert!(instance.tag_list().iter().any(|tag| tag.key() == Some("VantaContainsUserData")));
            assert_eq!(instance.storage_encrypted(), Some(true));
        }
    }
}

#[tokio::test]
async fn the_documents_have_versions_and_each_its_own_format() {
    let (_, aws) = reference();
    let ssm = aws.ssm("us-east-1");
    let own = DocumentKeyValuesFilter::builder().key("Owner").values("Self").build();
    let list = ssm.list_documents().filters(own).send().await.unwrap();
    let names: Vec<&str> = list.document_identifiers().iter().filter_map(|it| it.name()).collect();
    assert_eq!(names, ["StartUpdateBoxyHQ", "StartUpdateNginx", "StartUpdateSuperTokens"]);
    let core = ssm.describe_document().name("StartUpdateSuperTokens").send().await.unwrap().document.unwrap();
    assert_eq!((core.default_version(), core.latest_version()), (Some("2"), Some("3")));
    let get = |name: &str, version: &str, format| {
        ssm.get_document().name(name).document_version(version).document_format(format).send()
    };
    for (name, version) in [
        ("StartUpdateSuperTokens", "1"),
        ("StartUpdateSuperTokens", "2"),
        ("StartUpdateSuperTokens", "3"),
        ("StartUpdateBoxyHQ", "1"),
    ] {
        let content = get(name, version, DocumentFormat::Json).await.unwrap().content.unwrap();
        let document: serde_json::Value = serde_json::from_str(&content).unwrap();
        assert_eq!(document["schemaVersion"], "2.2", "{name} {version}");
        assert!(document["mainSteps"][0]["inputs"]["runCommand"][0].is_string());
    }
    let nginx = get("StartUpdateNginx", "1", DocumentFormat::Yaml).await.unwrap().content.unwrap();
    assert!(nginx.starts_with("---\n# The comment") && nginx.contains("      docker run -d"));
    let nginx = ssm.describe_document().name("StartUpdateNginx").send().await.unwrap().document.unwrap();
    assert_eq!(nginx.parameters().len(), 5);
}

#[tokio::test]
async fn the_functions_run_code_that_downloads_and_hold_planted_secrets() {
    let (sandbox, aws) = reference();
    for (region, count) in [("eu-west-1", 6), ("us-east-1", 1)] {
        let lambda = aws.lambda(region);
        let list = lambda.list_functions().send().await.unwrap();
        assert_eq!(list.functions().len(), count);
        for function in list.functions() {
            let name = function.function_name().unwrap();
            let answer = lambda.get_function().function_name(name).send().await.unwrap();
            let bytes = sandbox.world().download(answer.code().unwrap().location().unwrap()).unwrap();
            let hash = STANDARD.encode(Sha256::digest(&bytes));
            assert_eq!(answer.configuration().unwrap().code_sha256(), Some(hash.as_str()));
            assert!(bytes.starts_with(b"PK\x03\x04"));
            assert!(answer.tags().unwrap().contains_key("VantaOwner"));
        }
    }
    let lambda = aws.lambda("eu-west-1");
    let environment = lambda.get_function_configuration().function_name("stripe-usage-reporter");
    let environment = environment.send().await.unwrap().environment.unwrap().variables.unwrap();
    assert_eq!(environment["STRIPE_KEY"], "planted-secret-stripe-key");
    let urls = lambda.list_function_url_configs().function_name("signup-webhook").send().await.unwrap();
    assert!(urls.function_url_configs()[0].function_arn().ends_with(":signup-webhook:live"));
    let layers = lambda.list_layer_versions().layer_name("supertokens-common").send().await.unwrap();
    assert_eq!(layers.layer_versions().len(), 2);
}

#[tokio::test]
async fn every_alarm_watches_what_is_published() {
    let (_, aws) = reference();
    for (region, count) in [("us-east-1", 8), ("eu-west-1", 10)] {
        let cloudwatch = aws.cloudwatch(region);
        let answer = cloudwatch.describe_alarms().send().await.unwrap();
        assert_eq!(answer.metric_alarms().len(), count);
        for alarm in answer.metric_alarms() {
            let list = cloudwatch.list_metrics().namespace(alarm.namespace().unwrap());
            let list = list.metric_name(alarm.metric_name().unwrap()).send().await.unwrap();
            let same = |dimensions: &[aws_sdk_cloudwatch::types::Dimension]| dimensions == alarm.dimensions();
            assert!(list.metrics().iter().any(|it| same(it.dimensions())), "{:?}", alarm.alarm_name());
        }
        let absent = cloudwatch.list_metrics().metric_name("FreeStorageSpace").send().await.unwrap();
        assert!(absent.metrics().is_empty());
    }
}

#[tokio::test]
async fn most_log_groups_are_kept_for_a_year() {
    let (_, aws) = reference();
    for region in REGIONS {
        let answer = aws.logs(region).describe_log_groups().send().await.unwrap();
        let of = |days| answer.log_groups().iter().filter(|it| it.retention_in_days() == days).count();
        assert_eq!((of(None), of(Some(30))), (1, 1));
        assert_eq!(of(Some(365)), answer.log_groups().len() - 2);
        assert!(answer.log_groups().iter().any(|it| {
            it.log_group_name().unwrap() == format!("/aws/rds/cluster/supertokens-prod-{region}/postgresql")
        }));
    }
}
