//! Database clusters that are copied from a live region.

use std::path::Path;

use supertokens_region::script::{self, Options};
use supertokens_region::{Aws, Kind, Reference, Region, Sandbox, default_vpc, security_group};

use super::US;

#[tokio::test]
async fn clusters_are_carried_over_with_their_instances_and_groups_and_belong_to_no_vpc() {
    let us = Reference::new(&Aws::sandbox(&Sandbox::seeded()), US).await.unwrap();
    let found = us.clusters().await.unwrap();
    let names: Vec<_> = found.all.iter().map(|cluster| cluster.value.name()).collect();
    assert_eq!(names, ["supertokens-dev-us-east-1", "supertokens-prod-us-east-1"]);
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    let prod = us.cluster("supertokens-prod-us-east-1").await.unwrap();
    let told = serde_json::to_value(&prod.value).unwrap();
    assert_eq!(told["engine_version"], "16.4");
    assert_eq!(told["parameters"].as_object().unwrap().len(), 24);
    assert_eq!(told["security_groups"]["default"], "there");
    let instance = &told["instances"]["supertokens-prod-us-east-1-instance-1"];
    assert_eq!((&instance["class"], &instance["promotion_tier"]), (&"db.r6g.large".into(), &0.into()));
    assert_eq!(instance["monitoring"]["role"], "rds-monitoring-role");
    assert_eq!(told["master_password"], "managed", "never that of the reference");
    let text = told.to_string();
    for left_behind in ["vpc", "subnet-", "sg-", "arn:", "kms", ".amazonaws.com", "us-east-1a"] {
        assert!(!text.contains(left_behind), "{left_behind}: {text}");
    }
    let rules: Vec<_> = prod.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert_eq!(rules, ["mapped", "mapped", "mapped", "utc-window"]);
    let missing = us.cluster("nowhere").await.unwrap_err();
    assert_eq!(missing.to_string(), "us-east-1 has no cluster `nowhere` that can be copied");
}

#[tokio::test]
async fn clusters_that_cannot_be_copied_are_told_and_the_others_go_on() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let here = world.rds.regions.get_mut(US).unwrap();
        let dev = here.clusters.get_mut("supertokens-dev-us-east-1").unwrap();
        dev.global_cluster = Some("everywhere".to_owned());
        let prod = here.clusters.get_mut("supertokens-prod-us-east-1").unwrap();
        let role = supertokens_region::sandbox::rds::AssociatedRole {
            role_arn: "arn:aws:iam::123456789012:role/importer".to_owned(),
            feature: "s3Import".to_owned(),
        };
        prod.associated_roles.push(role);
        prod.tags.insert("home".to_owned(), "of us-east-1".to_owned());
        prod.storage_encrypted = false;
        let multi_az = supertokens_region::sandbox::rds::Cluster::new("postgres", "16.4");
        here.clusters.insert("multi-az".to_owned(), multi_az);
    }
    let us = Reference::new(&Aws::sandbox(&sandbox), US).await.unwrap();
    let found = us.clusters().await.unwrap();
    assert_eq!((found.all.len(), found.findings.len()), (1, 2));
    assert_eq!(
        found.findings[0].message,
        "the cluster `multi-az` of us-east-1 is not copied: it is a Multi-AZ cluster, not one of Aurora"
    );
    assert_eq!(
        found.findings[1].message,
        "the cluster `supertokens-dev-us-east-1` of us-east-1 is not copied: it is part of the global cluster \
         `everywhere`"
    );
    let told: Vec<_> =
        found.all[0].findings.iter().map(|it| (it.rule.as_str(), it.message.as_str())).collect();
    for expected in [
        ("stricter", "in us-east-1 it is not encrypted; the copy is"),
        ("not-carried-over", "the role `importer` for `s3Import` of it in us-east-1 is not carried over"),
        ("names-region", "`tags.home` names us-east-1: `of us-east-1`"),
    ] {
        assert!(told.contains(&expected), "{expected:?}: {told:#?}");
    }
}

/// A region with copies of all clusters of another one.
async fn copied(sandbox: &Sandbox, from: &str, to: &str) -> Region {
    let like = Reference::new(&Aws::sandbox(sandbox), from).await.unwrap();
    let mut region = Region::new(to);
    let vpc = region.add(default_vpc());
    region.add(security_group("default").in_vpc(vpc.clone()));
    region.add(security_group("dev-postgresql").in_vpc(vpc.clone()).description("databases"));
    for cluster in like.clusters().await.unwrap().all {
        region.add(cluster.map(|cluster| cluster.renamed(from, to).in_vpc(vpc.clone())));
    }
    region
}

#[tokio::test(start_paused = true)]
async fn a_copy_of_a_copy_is_the_same_but_for_the_regions_names() {
    let sandbox = Sandbox::seeded();
    sandbox.world().rds.looks_until_available = 3;
    let first = copied(&sandbox, US, "ap-south-1").await;
    crate::converge::converges(&sandbox, &first, &[]).await;
    let second = copied(&sandbox, "ap-south-1", "eu-north-1").await;
    crate::converge::converges(&sandbox, &second, &[]).await;
    let told = |region: &Region, name: &str| {
        let all: Vec<_> = region.wanted.iter().map(|added| added.resource.fields()).collect();
        serde_json::to_string(&all).unwrap().replace(name, "REGION")
    };
    assert_eq!(told(&first, "ap-south-1"), told(&second, "eu-north-1"));
}

#[tokio::test]
async fn a_script_knows_the_clusters_of_the_target_too_and_its_alarms_need_them() {
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let text = r#"
        let region = new_region();
        let eu = reference("eu-west-1");
        let vpc = region.add(default_vpc());
        region.add(security_group("default").in_vpc(vpc));
        let like = eu.cluster("supertokens-prod-eu-west-1");
        let db = region.add(like.renamed(eu.name, "new").in_vpc(vpc));
        region.add(rds_alarm(FreeStorageSpace, Min, 1073741824).of(db).as_published(eu.published(like)));
        for cluster in region.clusters() {
            region.add(rds_alarm(CPUUtilization, Max, 80).of(cluster));
        }
    "#;
    let options = Options::new("us-east-1", Path::new("main.rhai"));
    let region = script::run_with(text, &options, &aws).await.unwrap();
    let told: Vec<_> = region
        .wanted
        .iter()
        .filter(|added| added.resource.word() == "alarm")
        .map(|added| (added.resource.address().name().to_owned(), added.resource.fields()))
        .collect();
    assert_eq!(told.len(), 1 + 3);
    let (name, alarm) = &told[0];
    assert_eq!(name, "db-supertokens-prod-new FreeStorageSpace");
    assert_eq!(alarm["metric"], "FreeLocalStorage");
    assert_eq!(alarm["dimensions"][0], "DBClusterIdentifier=supertokens-prod-new");
    crate::converge::apply(&sandbox, &region).await;
    crate::converge::assert_settled(&sandbox, &region).await;
}
