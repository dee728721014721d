//! A function's configuration, as AWS tells it.

use aws_sdk_lambda::types::{
    ApplicationLogLevel, Architecture, DeadLetterConfig, EnvironmentError, EnvironmentResponse,
    EphemeralStorage, FileSystemConfig, FunctionConfiguration, ImageConfig, ImageConfigResponse,
    LastUpdateStatus, Layer as FunctionLayer, LogFormat, LoggingConfig, PackageType, Runtime,
    RuntimeVersionConfig, SnapStartApplyOn, SnapStartOptimizationStatus, SnapStartResponse, State,
    StateReasonCode, SystemLogLevel, TracingConfigResponse, TracingMode, VpcConfigResponse,
};
use sha2::{Digest, Sha256};

use super::state::{Code, Configuration, FunctionVersion, LambdaRegion, Logging};
use super::{links, names};
use crate::sandbox::{Call, Fault};

/// The configuration of a version. Its ARN has the qualifier that the caller used.
pub(super) fn configuration(
    call: &Call<'_>,
    here: &LambdaRegion,
    named: &names::Named,
    number: &str,
    version: &FunctionVersion,
) -> Result<FunctionConfiguration, Fault> {
    let Configuration { runtime, tracing_mode, snap_start, vpc, .. } = &version.configuration;
    let told = &version.configuration;
    let zip = matches!(version.code, Code::Zip(_));
    let layers = told
        .layers
        .iter()
        .map(|arn| FunctionLayer::builder().arn(arn).code_size(layer_size(call, here, arn)).build());
    let vpc = vpc.as_ref().map(|vpc| {
        VpcConfigResponse::builder()
            .vpc_id(&vpc.vpc_id)
            .set_subnet_ids(Some(vpc.subnets.clone()))
            .set_security_group_ids(Some(vpc.security_groups.clone()))
            .ipv6_allowed_for_dual_stack(false)
            .build()
    });
    let file_systems = told.file_systems.iter().map(|system| {
        FileSystemConfig::builder().arn(&system.arn).local_mount_path(&system.local_mount_path).build()
    });
    let file_systems: Vec<FileSystemConfig> = file_systems.collect::<Result<_, _>>()?;
    let image = told.image_config.as_ref().map(|image| {
        let image = ImageConfig::builder()
            .set_entry_point(Some(image.entry_point.clone()))
            .set_command(Some(image.command.clone()))
            .set_working_directory(image.working_directory.clone())
            .build();
        ImageConfigResponse::builder().image_config(image).build()
    });
    let optimization = match (snap_start.as_str(), number) {
        ("None", _) | (_, "$LATEST") => SnapStartOptimizationStatus::Off,
        _ => SnapStartOptimizationStatus::On,
    };
    let snap_start = SnapStartResponse::builder()
        .apply_on(SnapStartApplyOn::from(snap_start.as_str()))
        .optimization_status(optimization);
    let runtime_version = runtime.as_ref().map(|runtime| {
        let arn = format!("arn:aws:lambda:{}::runtime:{}", call.region, hex(runtime));
        RuntimeVersionConfig::builder().runtime_version_arn(arn).build()
    });
    let arn = named.arn(call);
    Ok(FunctionConfiguration::builder()
        .function_name(&named.name)
        .set_runtime(runtime.as_deref().map(Runtime::from))
        .role(&told.role)
        .set_handler(told.handler.clone())
        .code_size(version.code.size())
        .description(&told.description)
        .timeout(told.timeout)
        .memory_size(told.memory_size)
        .last_modified(links::time(version.modified_at).replace('Z', ".000+0000"))
        .code_sha256(version.code.sha256())
        .version(number)
        .set_vpc_config(vpc)
        .set_dead_letter_config(
            told.dead_letter_target.as_ref().map(|arn| DeadLetterConfig::builder().target_arn(arn).build()),
        )
        .set_environment(environment(told))
        .set_kms_key_arn(told.kms_key_arn.clone())
        .tracing_config(
            TracingConfigResponse::builder().mode(TracingMode::from(tracing_mode.as_str())).build(),
        )
        .revision_id(revision_id(&names::function_arn(call, &named.name, ""), number, version.revision))
        .set_layers((!told.layers.is_empty()).then(|| layers.collect()))
        .state(State::from(told.state.as_str()))
        .set_state_reason(told.state_reason.clone())
        .set_state_reason_code(told.state_reason_code.as_deref().map(StateReasonCode::from))
        .last_update_status(LastUpdateStatus::from(told.last_update_status.as_str()))
        .set_file_system_configs((!file_systems.is_empty()).then_some(file_systems))
        .package_type(if zip { PackageType::Zip } else { PackageType::Image })
        .set_image_config_response(image)
        .set_architectures(Some(
            told.architectures.iter().map(|it| Architecture::from(it.as_str())).collect(),
        ))
        .ephemeral_storage(EphemeralStorage::builder().size(told.ephemeral_storage).build()?)
        .snap_start(snap_start.build())
        .set_runtime_version_config(runtime_version)
        .logging_config(logging(&told.logging, &named.name))
        .function_arn(arn)
        .build())
}

/// A configuration as the lists tell it: without its state.
pub(super) fn listed(mut configuration: FunctionConfiguration) -> FunctionConfiguration {
    configuration.state = None;
    configuration.state_reason = None;
    configuration.state_reason_code = None;
    configuration.last_update_status = None;
    configuration.runtime_version_config = None;
    configuration
}

/// Puts the fields of a `FunctionConfiguration` into the builder of an answer that has the same fields.
macro_rules! as_answer {
    ($answer:ty, $configuration:expr) => {{
        let it: aws_sdk_lambda::types::FunctionConfiguration = $configuration;
        <$answer>::builder()
            .set_function_name(it.function_name)
            .set_function_arn(it.function_arn)
            .set_runtime(it.runtime)
            .set_role(it.role)
            .set_handler(it.handler)
            .code_size(it.code_size)
            .set_description(it.description)
            .set_timeout(it.timeout)
            .set_memory_size(it.memory_size)
            .set_last_modified(it.last_modified)
            .set_code_sha256(it.code_sha256)
            .set_version(it.version)
            .set_vpc_config(it.vpc_config)
            .set_dead_letter_config(it.dead_letter_config)
            .set_environment(it.environment)
            .set_kms_key_arn(it.kms_key_arn)
            .set_tracing_config(it.tracing_config)
            .set_revision_id(it.revision_id)
            .set_layers(it.layers)
            .set_state(it.state)
            .set_state_reason(it.state_reason)
            .set_state_reason_code(it.state_reason_code)
            .set_last_update_status(it.last_update_status)
            .set_file_system_configs(it.file_system_configs)
            .set_package_type(it.package_type)
            .set_image_config_response(it.image_config_response)
            .set_architectures(it.architectures)
            .set_ephemeral_storage(it.ephemeral_storage)
            .set_snap_start(it.snap_start)
            .set_runtime_version_config(it.runtime_version_config)
            .set_logging_config(it.logging_config)
            .build()
    }};
}
pub(super) use as_answer;

/// The variables, or the error that AWS gives in their place.
fn environment(told: &Configuration) -> Option<EnvironmentResponse> {
    if let Some(error) = &told.environment_error {
        let error = EnvironmentError::builder()
            .error_code(error)
            .message("Lambda was unable to decrypt the environment variables because KMS access was denied.")
            .build();
        return Some(EnvironmentResponse::builder().error(error).build());
    }
    let variables = told.environment.clone().into_iter().collect();
    (!told.environment.is_empty())
        .then(|| EnvironmentResponse::builder().set_variables(Some(variables)).build())
}

fn logging(logging: &Logging, name: &str) -> LoggingConfig {
    LoggingConfig::builder()
        .log_format(LogFormat::from(logging.format.as_str()))
        .set_application_log_level(logging.application_level.as_deref().map(ApplicationLogLevel::from))
        .set_system_log_level(logging.system_level.as_deref().map(SystemLogLevel::from))
        .log_group(logging.group.clone().unwrap_or_else(|| format!("/aws/lambda/{name}")))
        .build()
}

/// The size of a layer version of this account; nobody here knows other accounts' ones.
fn layer_size(call: &Call<'_>, here: &LambdaRegion, arn: &str) -> i64 {
    let own = here.layers.iter().flat_map(|(name, layer)| {
        layer.versions.iter().map(move |(number, version)| (name, number, version))
    });
    let mut own = own.filter(|(name, number, _)| format!("{}:{number}", names::layer_arn(call, name)) == arn);
    own.next().map(|(_, _, version)| version.code.size()).unwrap_or_default()
}

fn hex(what: &str) -> String {
    Sha256::digest(what).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The id of a version as it is after so many changes.
pub(super) fn revision_id(arn: &str, number: &str, revision: u64) -> String {
    uuid(&format!("{arn}:{number} {revision}"))
}

/// An id in the form of a UUID, made of what it is for.
pub(super) fn uuid(what: &str) -> String {
    let digits = hex(what);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..32])
}
