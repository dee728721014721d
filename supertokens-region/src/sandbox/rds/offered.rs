//! What can be had: engine versions, and instance classes for each.

use aws_sdk_rds::operation::describe_db_engine_versions::{
    DescribeDBEngineVersionsError, DescribeDbEngineVersionsInput, DescribeDbEngineVersionsOutput,
};
use aws_sdk_rds::operation::describe_orderable_db_instance_options::{
    DescribeOrderableDBInstanceOptionsError, DescribeOrderableDbInstanceOptionsInput,
    DescribeOrderableDbInstanceOptionsOutput,
};
use aws_sdk_rds::types::{AvailabilityZone, DbEngineVersion, OrderableDbInstanceOption};

use super::becoming::SERVERLESS;
use super::state::family;
use super::{RdsRegion, check_filters, invalid_value, marker_page};
use crate::sandbox::call::in_region;
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

pub(super) const ENGINE: &str = "aurora-postgresql";

const VERSIONS: [&str; 11] =
    ["13.20", "14.13", "14.17", "15.7", "15.8", "15.10", "15.12", "16.3", "16.4", "16.6", "17.4"];
const CLASSES: [&str; 16] = [
    "db.r5.large",
    "db.r5.xlarge",
    "db.r6g.2xlarge",
    "db.r6g.4xlarge",
    "db.r6g.large",
    "db.r6g.xlarge",
    "db.r6i.large",
    "db.r6i.xlarge",
    "db.r7g.large",
    "db.r7g.xlarge",
    SERVERLESS,
    "db.t3.large",
    "db.t3.medium",
    "db.t4g.large",
    "db.t4g.medium",
    "db.x2g.large",
];
pub(super) const CA_CERTIFICATES: [&str; 3] = ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"];
/// The logs that can go to CloudWatch.
pub(super) const LOGS: [&str; 3] = ["postgresql", "iam-db-auth-error", "instance"];

pub(super) fn handlers(handlers: &mut Handlers) {
    let error = DescribeDBEngineVersionsError::generic;
    handlers.on("rds:DescribeDBEngineVersions", describe_db_engine_versions, error);
    let error = DescribeOrderableDBInstanceOptionsError::generic;
    handlers.on("rds:DescribeOrderableDBInstanceOptions", describe_orderable_db_instance_options, error);
}

/// The versions that a region has, the oldest first.
fn versions(here: &RdsRegion) -> impl Iterator<Item = &'static str> {
    let lacks = here.not_offered.clone();
    VERSIONS.into_iter().filter(move |version| !lacks.contains(*version))
}

/// The newest version of a region, which a new cluster gets if nobody says which.
pub(super) fn newest(here: &RdsRegion) -> &'static str {
    versions(here).last().unwrap_or_default()
}

pub(super) fn has_version(here: &RdsRegion, version: &str) -> bool {
    versions(here).any(|known| known == version)
}

pub(super) fn has_class(here: &RdsRegion, class: &str) -> bool {
    CLASSES.contains(&class) && !here.not_offered.contains(class)
}

/// Whether some version belongs to this family.
pub(super) fn has_family(name: &str) -> bool {
    VERSIONS.iter().any(|version| family(ENGINE, version) == name)
}

/// `16` and `16.4` both mean 16.4.
fn means(given: Option<&str>, version: &str) -> bool {
    let given = given.filter(|given| !given.is_empty());
    given.is_none_or(|given| given == version || version.split('.').next() == Some(given))
}

fn describe_db_engine_versions(
    call: &mut Call<'_>,
    input: &DescribeDbEngineVersionsInput,
) -> Result<DescribeDbEngineVersionsOutput, Fault> {
    check_filters(
        input.filters(),
        &["db-parameter-group-family", "engine", "engine-mode", "engine-version", "status"],
    )?;
    let here = in_region(&call.world.rds.regions, &call.region);
    let ours = input.engine().is_none_or(|engine| engine == ENGINE);
    let wanted_family = input.db_parameter_group_family();
    let found = versions(&here).filter(|version| {
        ours && means(input.engine_version(), version)
            && wanted_family.is_none_or(|wanted| wanted == family(ENGINE, version))
    });
    let (found, marker) = marker_page(found, false, input.marker(), input.max_records())?;
    let versions = found.into_iter().map(|version| {
        DbEngineVersion::builder()
            .engine(ENGINE)
            .engine_version(version)
            .major_engine_version(version.split('.').next().unwrap_or_default())
            .db_parameter_group_family(family(ENGINE, version))
            .set_exportable_log_types(Some(LOGS.map(str::to_owned).to_vec()))
            .supports_log_exports_to_cloudwatch_logs(true)
            .supported_engine_modes("provisioned")
            .set_supported_ca_certificate_identifiers(Some(CA_CERTIFICATES.map(str::to_owned).to_vec()))
            .status("available")
            .build()
    });
    Ok(DescribeDbEngineVersionsOutput::builder()
        .set_db_engine_versions(Some(versions.collect()))
        .set_marker(marker)
        .build())
}

fn describe_orderable_db_instance_options(
    call: &mut Call<'_>,
    input: &DescribeOrderableDbInstanceOptionsInput,
) -> Result<DescribeOrderableDbInstanceOptionsOutput, Fault> {
    check_filters(input.filters(), &[])?;
    let Some(engine) = input.engine().filter(|engine| !engine.is_empty()) else {
        return Err(invalid_value("The parameter Engine must be provided and must not be blank."));
    };
    let here = in_region(&call.world.rds.regions, &call.region);
    let zones = ["a", "b", "c"].map(|zone| format!("{}{zone}", call.region));
    let wanted = input.db_instance_class();
    let mut found = vec![];
    for version in
        versions(&here).filter(|version| engine == ENGINE && means(input.engine_version(), version))
    {
        let classes = CLASSES.into_iter().filter(|class| has_class(&here, class));
        for class in classes.filter(|class| wanted.is_none_or(|wanted| wanted == *class)) {
            found.extend(["aurora", "aurora-iopt1"].map(|storage| (version, class, storage)));
        }
    }
    // Options are in a VPC: there is nothing outside of one any more.
    found.retain(|_| input.vpc() != Some(false));
    let (found, marker) = marker_page(found, false, input.marker(), input.max_records())?;
    let options = found.into_iter().map(|(version, class, storage)| {
        let zones = zones.iter().map(|zone| AvailabilityZone::builder().name(zone).build());
        OrderableDbInstanceOption::builder()
            .engine(ENGINE)
            .engine_version(version)
            .db_instance_class(class)
            .license_model("postgresql-license")
            .set_availability_zones(Some(zones.collect()))
            .vpc(true)
            .supports_clusters(true)
            .supports_storage_encryption(true)
            .supports_enhanced_monitoring(true)
            .supports_performance_insights(true)
            .storage_type(storage)
            .supported_engine_modes("provisioned")
            .build()
    });
    Ok(DescribeOrderableDbInstanceOptionsOutput::builder()
        .set_orderable_db_instance_options(Some(options.collect()))
        .set_marker(marker)
        .build())
}
