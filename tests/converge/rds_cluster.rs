use supertokens_region::sandbox::rds::{Cluster, Instance, ParameterGroup, SetParameter};
use supertokens_region::*;

use super::{BehindItsBack, R, apply, assert_same, assert_settled, converges, plan};

const ADDRESS: &str = "rds_cluster/prod";
const ROLE: &str = "rds-monitoring-role";

/// A cluster that says everything that can be said.
fn region(allow: bool) -> Region {
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let group = region.add(security_group("dev-postgresql").in_vpc(vpc.clone()).description("databases"));
    let cluster = rds_cluster("Prod")
        .engine_version("16.4")
        .in_vpc(vpc)
        .subnet_group("private")
        .security_group(group)
        .database_name("supertokens")
        .master_username("root")
        .backup_retention_days(35)
        .backup_window("02:10-02:40")
        .maintenance_window("Sun:04:20-Sun:04:50")
        .export_log("postgresql")
        .auto_minor_version_upgrade(true)
        .serverless(0.5, 4)
        .parameter("rds.force_ssl", "1")
        .parameter("max_connections", "1000")
        .monitoring(60, ROLE)
        .performance_insights_days(7)
        .publicly_accessible(false)
        .ca_certificate("rds-ca-rsa2048-g1")
        .instance("prod-1", "db.r6g.large")
        .instance("prod-2", "db.serverless")
        .instance_parameter("lock_timeout", "30000")
        .promotion_tier("prod-1", 0)
        .tag("VantaOwner", "team")
        .tag_instances("VantaContainsUserData", "true");
    region.add(if allow { cluster.allow_modify() } else { cluster });
    region
}

fn here(world: &mut World) -> &mut sandbox::rds::RdsRegion {
    world.rds.regions.get_mut(R).expect("there are databases")
}

fn cluster(world: &mut World) -> &mut Cluster {
    here(world).clusters.get_mut("prod").expect("the cluster was made")
}

fn instance(world: &mut World) -> &mut Instance {
    here(world).instances.get_mut("prod-1").expect("the instance was made")
}

fn findings(plan: &Plan) -> Vec<(String, String)> {
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("a step");
    step.findings.iter().map(|finding| (finding.rule.clone(), finding.message.clone())).collect()
}

fn rules(plan: &Plan) -> Vec<String> {
    findings(plan).into_iter().map(|(rule, _)| rule).collect()
}

fn action(plan: &Plan) -> Action {
    plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("a step").action
}

#[tokio::test]
async fn clusters_converge() {
    let change = |field, change| BehindItsBack { address: ADDRESS, field, change };
    let changes = [
        change("backup_retention_days", |world| cluster(world).backup_retention_period = 7),
        change("backup_window", |world| cluster(world).preferred_backup_window = "03:00-03:30".to_owned()),
        change("maintenance_window", |world| {
            cluster(world).preferred_maintenance_window = "mon:03:00-mon:03:30".to_owned();
        }),
        change("log_exports.postgresql", |world| cluster(world).log_exports.clear()),
        change("deletion_protection", |world| cluster(world).deletion_protection = false),
        change("copy_tags_to_snapshot", |world| cluster(world).copy_tags_to_snapshot = false),
        change("iam_authentication", |world| cluster(world).iam_database_authentication = true),
        change("auto_minor_version_upgrade", |world| cluster(world).auto_minor_version_upgrade = false),
        change("scaling.max", |world| {
            cluster(world).serverless_scaling.as_mut().expect("it scales").max_capacity = 8.0;
        }),
        change("security_groups.dev-postgresql", |world| cluster(world).security_groups.clear()),
        change("parameter_group", |world| {
            cluster(world).parameter_group = "default.aurora-postgresql16".to_owned();
        }),
        change("parameters.max_connections", |world| {
            let group = here(world).cluster_parameter_groups.get_mut("prod-cluster").expect("its group");
            group.parameters.remove("max_connections");
        }),
        change("instance_parameter_groups.prod-instance.lock_timeout", |world| {
            let group = here(world).parameter_groups.get_mut("prod-instance").expect("its group");
            group.parameters.remove("lock_timeout");
        }),
        change("instances.prod-1.class", |world| instance(world).class = "db.r6g.xlarge".to_owned()),
        change("instances.prod-1.promotion_tier", |world| instance(world).promotion_tier = 3),
        change("instances.prod-1.publicly_accessible", |world| instance(world).publicly_accessible = true),
        change("instances.prod-1.auto_minor_version_upgrade", |world| {
            instance(world).auto_minor_version_upgrade = false;
        }),
        change("instances.prod-1.monitoring.interval_secs", |world| instance(world).monitoring_interval = 30),
        change("instances.prod-1.performance_insights_days", |world| {
            instance(world).performance_insights_retention_period = Some(31);
        }),
        change("instances.prod-1.ca_certificate", |world| {
            instance(world).ca_certificate_identifier = "rds-ca-ecc384-g1".to_owned();
        }),
        change("instances.prod-1.parameter_group", |world| {
            instance(world).parameter_group = "default.aurora-postgresql16".to_owned();
        }),
        change("instances.prod-1.tags.VantaContainsUserData", |world| instance(world).tags.clear()),
        change("instances.prod-1.status", |world| {
            let instance = instance(world);
            (instance.status, instance.coming) = ("creating".to_owned(), Some(2));
        }),
        change("tags.VantaOwner", |world| cluster(world).tags.clear()),
        change("status", |world| {
            let cluster = cluster(world);
            (cluster.status, cluster.coming) = ("creating".to_owned(), Some(2));
        }),
    ];
    tokio::time::pause();
    converges(&Sandbox::seeded(), &region(true), &changes).await;
}

#[tokio::test]
async fn without_leave_what_differs_is_told_and_stays_and_what_is_missing_is_added() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region(false)).await;
    assert_settled(&sandbox, &region(false)).await;
    {
        let mut world = sandbox.world();
        cluster(&mut world).backup_retention_period = 7;
        cluster(&mut world).security_groups.push("sg-foreign".to_owned());
        cluster(&mut world).tags = [("theirs".to_owned(), "1".to_owned())].into();
        let group = here(&mut world).cluster_parameter_groups.get_mut("prod-cluster").expect("its group");
        group.parameters.remove("max_connections");
        here(&mut world).instances.remove("prod-2");
        instance(&mut world).class = "db.r6g.xlarge".to_owned();
    }
    let before = plan(&sandbox, &region(false)).await;
    let step = before.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("a step");
    let shown: Vec<_> = step.changes.iter().map(|change| change.field.as_str()).collect();
    let (new, rest): (Vec<_>, Vec<_>) =
        shown.iter().partition(|field| field.starts_with("instances.prod-2."));
    assert_eq!((new.len(), rest), (10, vec![&"tags.VantaOwner"]));
    let told: Vec<String> =
        findings(&before).into_iter().filter(|(rule, _)| rule == "differs").map(|(_, text)| text).collect();
    assert_eq!(
        told,
        [
            "`backup_retention_days` is 7, where 35 is wanted",
            "`parameters.max_connections` is not set, where `1000` is wanted",
            "`instances.prod-1.class` is `db.r6g.xlarge`, where `db.r6g.large` is wanted",
        ]
    );
    apply(&sandbox, &region(false)).await;
    assert_settled(&sandbox, &region(false)).await;
    let mut world = sandbox.world();
    assert_eq!(cluster(&mut world).backup_retention_period, 7);
    assert_eq!(cluster(&mut world).tags["theirs"], "1");
    assert!(cluster(&mut world).security_groups.contains(&"sg-foreign".to_owned()));
    assert_eq!(instance(&mut world).class, "db.r6g.xlarge");
    assert!(here(&mut world).instances.contains_key("prod-2"));
}

#[tokio::test(start_paused = true)]
async fn it_waits_until_all_is_available_and_the_first_instance_writes() {
    let sandbox = Sandbox::seeded();
    sandbox.world().rds.looks_until_available = 5;
    apply(&sandbox, &region(false)).await;
    {
        let mut world = sandbox.world();
        assert_eq!(cluster(&mut world).writer.as_deref(), Some("prod-1"));
        assert!(here(&mut world).instances.values().all(|instance| instance.status == "available"));
    }
    assert_settled(&sandbox, &region(false)).await;
}

#[tokio::test(start_paused = true)]
async fn a_run_that_died_on_the_way_is_finished_by_the_next_one() {
    let sandbox = Sandbox::seeded();
    let writes = "CreateDBSubnetGroup CreateDBClusterParameterGroup ModifyDBClusterParameterGroup \
                  CreateDBParameterGroup ModifyDBParameterGroup CreateDBCluster CreateDBInstance";
    for last in writes.split_whitespace().map(|write| format!("rds:{write}")) {
        sandbox.world().settings.denied.insert(last.clone());
        let opening = Opening::discover(&region(false), &Aws::sandbox(&sandbox)).await.expect("a plan");
        assert!(opening.apply(|_| ()).await.unwrap().failed(), "{last}");
        sandbox.world().settings.denied.clear();
    }
    sandbox.world().rds.looks_until_available = 3;
    apply(&sandbox, &region(false)).await;
    assert_settled(&sandbox, &region(false)).await;
}

#[tokio::test]
async fn a_failed_cluster_fails_at_once_with_its_status() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region(false)).await;
    instance(&mut sandbox.world()).status = "incompatible-parameters".to_owned();
    let plan = plan(&sandbox, &region(false)).await;
    assert_eq!(action(&plan), Action::Keep);
    assert!(findings(&plan).contains(&(
        "not-available".to_owned(),
        "the instance `prod-1` is `incompatible-parameters`".to_owned()
    )));
}

#[tokio::test]
async fn static_parameters_that_wait_for_a_restart_are_told_and_nothing_is_restarted() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region(true)).await;
    let group = "prod-cluster";
    here(&mut sandbox.world()).cluster_parameter_groups.get_mut(group).unwrap().parameters.clear();
    apply(&sandbox, &region(true)).await;
    let told = rules(&plan(&sandbox, &region(true)).await);
    assert_eq!(told.iter().filter(|rule| *rule == "pending-reboot").count(), 2, "{told:?}");
    let sent = here(&mut sandbox.world()).cluster_parameter_groups[group].parameters.clone();
    assert_eq!(sent["max_connections"].apply_method, "pending-reboot");
    assert_eq!(sent["rds.force_ssl"].apply_method, "immediate");
}

#[tokio::test]
async fn a_version_that_is_not_offered_is_the_next_minor_and_a_newer_one_that_is_there_is_as_good() {
    let sandbox = Sandbox::seeded();
    let lacks = "16.4".to_owned();
    sandbox.world().rds.regions.entry(R.to_owned()).or_default().not_offered.insert(lacks);
    let before = plan(&sandbox, &region(false)).await;
    let told = findings(&before);
    let text = "ap-south-1 doesn't offer aurora-postgresql 16.4: it will be 16.6".to_owned();
    assert!(told.contains(&("other-version".to_owned(), text)), "{told:?}");
    apply(&sandbox, &region(false)).await;
    assert_settled(&sandbox, &region(false)).await;
    assert_eq!(cluster(&mut sandbox.world()).engine_version, "16.6");
    assert!(rules(&plan(&sandbox, &region(false)).await).contains(&"newer-version".to_owned()));
}

#[tokio::test]
async fn what_aws_would_refuse_is_told_before_anything_changes() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        world.iam.roles.remove(ROLE);
        let here = world.rds.regions.entry(R.to_owned()).or_default();
        here.not_offered.extend(["db.r6g.large".to_owned()]);
        here.quotas.insert("DBInstances".to_owned(), 1);
        here.instances.insert("prod-2".to_owned(), Instance::default());
    }
    let told = findings(&plan(&sandbox, &region(false)).await);
    for (rule, text) in [
        ("class-not-offered", "ap-south-1 offers no `db.r6g.large` for aurora-postgresql 16.4"),
        ("role-not-usable", "there is no role `rds-monitoring-role`"),
        ("name-taken", "there is an instance `prod-2` that is not of this cluster"),
        ("quota", "2 more of `DBInstances` are wanted, 1 of 1 are used"),
    ] {
        assert!(told.contains(&(rule.to_owned(), text.to_owned())), "{rule}: {told:#?}");
    }
    assert!(sandbox.world().rds.regions[R].clusters.is_empty());
}

#[tokio::test]
async fn a_group_that_nobody_has_and_a_version_that_nobody_offers_are_told_before_too() {
    let sandbox = Sandbox::seeded();
    let mut region = Region::new(R);
    let vpc = region.add(default_vpc());
    let group = region.existing(security_group("nowhere").in_vpc(vpc.clone()));
    let small = rds_cluster("small").engine_version("12.1").in_vpc(vpc).instance("small-1", "db.t4g.medium");
    region.add(small.security_group(group));
    let plan = plan(&sandbox, &region).await;
    let step = plan.steps.last().expect("a step");
    let told: Vec<_> = step.findings.iter().map(|finding| finding.rule.as_str()).collect();
    assert!(told.contains(&"version-not-offered"), "{told:?}");
}

#[tokio::test]
async fn a_password_from_a_file_is_used_once_and_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let with = |path: &std::path::Path| {
        let mut region = Region::new(R);
        let vpc = region.add(default_vpc());
        let small = rds_cluster("prod").engine_version("16.4").in_vpc(vpc);
        region.add(small.instance("prod-1", "db.t4g.medium").master_password_file(path.to_str().unwrap()));
        region
    };
    let sandbox = Sandbox::seeded();
    let told = findings(&plan(&sandbox, &with(&file)).await);
    assert_eq!(told[0].0, "bad-password", "{told:?}");
    std::fs::write(&file, "planted-secret-of-the-database\nnot this\n").unwrap();
    let opening = Opening::discover(&with(&file), &Aws::sandbox(&sandbox)).await.unwrap();
    let report = opening.apply(|_| ()).await.unwrap();
    assert!(!report.failed());
    for shown in [serde_json::to_string(opening.plan()).unwrap(), serde_json::to_string(&report).unwrap()] {
        assert!(!shown.contains("planted-secret"), "{shown}");
    }
    assert_eq!(cluster(&mut sandbox.world()).master_secret, None);
    std::fs::remove_file(&file).unwrap();
    assert_settled(&sandbox, &with(&file)).await;
    std::fs::write(&file, "short").unwrap();
    let told = findings(&plan(&Sandbox::seeded(), &with(&file)).await);
    assert!(told[0].1.contains("it has 5 characters") && !told[0].1.contains("short"), "{told:?}");
}

#[tokio::test]
async fn a_parameter_group_that_is_there_gets_what_is_missing_and_keeps_the_rest() {
    let sandbox = Sandbox::seeded();
    {
        let mut world = sandbox.world();
        let set =
            |value: &str| SetParameter { value: value.to_owned(), apply_method: "immediate".to_owned() };
        let group = ParameterGroup {
            family: "aurora-postgresql16".to_owned(),
            parameters: [("timezone".to_owned(), set("UTC")), ("rds.force_ssl".to_owned(), set("0"))].into(),
            ..ParameterGroup::default()
        };
        let here = world.rds.regions.entry(R.to_owned()).or_default();
        here.cluster_parameter_groups.insert("prod-cluster".to_owned(), group);
    }
    assert!(rules(&plan(&sandbox, &region(false)).await).contains(&"changes-group".to_owned()));
    apply(&sandbox, &region(false)).await;
    let values = here(&mut sandbox.world()).cluster_parameter_groups["prod-cluster"].parameters.clone();
    let values: Vec<_> = values.iter().map(|(name, set)| (name.as_str(), set.value.as_str())).collect();
    assert_eq!(values, [("max_connections", "1000"), ("rds.force_ssl", "1"), ("timezone", "UTC")]);
}

#[tokio::test]
async fn what_aws_cannot_change_is_told_even_with_leave_and_an_unencrypted_cluster_is_an_error() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region(true)).await;
    {
        let mut world = sandbox.world();
        let cluster = cluster(&mut world);
        cluster.storage_encrypted = false;
        (cluster.engine_version, cluster.port) = ("16.3".to_owned(), 5433);
        (cluster.database_name, cluster.master_username) = (None, "postgres".to_owned());
    }
    let plan = plan(&sandbox, &region(true)).await;
    assert_eq!(action(&plan), Action::Keep);
    let told: Vec<_> = findings(&plan).into_iter().filter(|(rule, _)| *rule == "differs").collect();
    let told: Vec<_> = told.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(
        told,
        [
            "`engine_version` is `16.3`, where `16.4` is wanted",
            "`database_name` is not set, where `supertokens` is wanted",
            "`master_username` is `postgres`, where `root` is wanted",
            "`port` is 5433, where 5432 is wanted",
        ]
    );
    let step = plan.steps.iter().find(|step| step.address.as_str() == ADDRESS).expect("a step");
    let worst = step.findings.iter().max_by_key(|finding| finding.severity).expect("a finding");
    assert_eq!((worst.severity, worst.rule.as_str()), (Severity::Error, "not-encrypted"));
    assert_settled(&sandbox, &region(true)).await;
}

#[tokio::test]
async fn a_parameter_group_that_others_use_is_not_changed_without_a_word() {
    let sandbox = Sandbox::seeded();
    apply(&sandbox, &region(false)).await;
    let mut other = Region::new(R);
    let vpc = other.add(default_vpc());
    let second =
        rds_cluster("second").engine_version("16.4").in_vpc(vpc).instance("second-1", "db.t4g.medium");
    other.add(second.parameter_group("prod-cluster").parameter("rds.force_ssl", "0"));
    let plan = plan(&sandbox, &other).await;
    let told: Vec<_> = plan.steps.iter().flat_map(|step| &step.findings).collect();
    let error = told.iter().find(|finding| finding.rule == "group-in-use").expect("an error");
    assert_eq!(error.severity, Severity::Error);
    assert_eq!(
        error.message,
        "the cluster parameter group `prod-cluster` has other values, and `prod` uses it"
    );
}

#[test]
fn a_script_says_it_in_the_same_words() {
    assert_same(
        r#"
        let vpc = region.add(default_vpc());
        let group = region.add(security_group("dev-postgresql").in_vpc(vpc).description("databases"));
        region.add(rds_cluster("Prod").engine_version("16.4").in_vpc(vpc).subnet_group("private")
            .security_group(group).database_name("supertokens").master_username("root")
            .backup_retention_days(35).backup_window("02:10-02:40").maintenance_window("Sun:04:20-Sun:04:50")
            .export_log("postgresql").auto_minor_version_upgrade(true).serverless(0.5, 4)
            .parameter("rds.force_ssl", "1").parameter("max_connections", "1000")
            .monitoring(60, "rds-monitoring-role").performance_insights_days(7).publicly_accessible(false)
            .ca_certificate("rds-ca-rsa2048-g1")
            .instance("prod-1", "db.r6g.large").instance("prod-2", "db.serverless")
            .instance_parameter("lock_timeout", "30000").promotion_tier("prod-1", 0)
            .tag("VantaOwner", "team").tag_instances("VantaContainsUserData", "true"));
        "#,
        &region(false),
    );
}
