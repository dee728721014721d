//! Functions: made, configured, given code.

use aws_sdk_lambda::operation::create_function::{CreateFunctionInput, CreateFunctionOutput};
use aws_sdk_lambda::operation::update_function_code::{UpdateFunctionCodeInput, UpdateFunctionCodeOutput};
use aws_sdk_lambda::operation::update_function_configuration::{
    UpdateFunctionConfigurationInput, UpdateFunctionConfigurationOutput,
};
use aws_sdk_lambda::types as sdk;

use super::checking::{self, Said, check, ready};
use super::names::{Named, named};
use super::packages::Package;
use super::state::{Configuration, FileSystem, Function, ImageConfig, LambdaRegion, Logging, VpcAccess};
use super::telling::{as_answer, configuration};
use crate::sandbox::call::{Call, Fault, in_region};

/// Puts what a call says into a configuration. What it doesn't say stays; what it says replaces the whole.
macro_rules! put {
    ($input:expr, $call:expr, $into:expr) => {{
        let (input, into): (_, &mut Configuration) = ($input, $into);
        if let Some(text) = &input.description {
            into.description.clone_from(text);
        }
        if let Some(runtime) = &input.runtime {
            into.runtime = Some(runtime.as_str().to_owned());
        }
        if let Some(handler) = &input.handler {
            into.handler = Some(handler.clone());
        }
        if let Some(role) = &input.role {
            into.role.clone_from(role);
        }
        into.timeout = input.timeout.unwrap_or(into.timeout);
        into.memory_size = input.memory_size.unwrap_or(into.memory_size);
        if let Some(storage) = &input.ephemeral_storage {
            into.ephemeral_storage = storage.size();
        }
        if let Some(environment) = &input.environment {
            into.environment = environment.variables().cloned().unwrap_or_default().into_iter().collect();
            into.environment_error = None;
        }
        if let Some(arn) = &input.kms_key_arn {
            into.kms_key_arn = Some(arn.clone()).filter(|arn| !arn.is_empty());
        }
        if let Some(layers) = &input.layers {
            into.layers.clone_from(layers);
        }
        if let Some(vpc) = &input.vpc_config {
            into.vpc = access($call, vpc);
        }
        if let Some(config) = &input.dead_letter_config {
            into.dead_letter_target = config.target_arn.clone().filter(|arn| !arn.is_empty());
        }
        if let Some(tracing) = &input.tracing_config {
            into.tracing_mode = tracing.mode().map_or("PassThrough", sdk::TracingMode::as_str).to_owned();
        }
        if let Some(snap_start) = &input.snap_start {
            let apply_on = snap_start.apply_on().map_or("None", sdk::SnapStartApplyOn::as_str);
            into.snap_start = apply_on.to_owned();
        }
        if let Some(systems) = &input.file_system_configs {
            into.file_systems = systems.iter().map(file_system).collect();
        }
        if let Some(image) = &input.image_config {
            into.image_config = Some(image_config(image));
        }
        if let Some(logs) = &input.logging_config {
            into.logging = logging(logs);
        }
    }};
}

fn access(call: &Call<'_>, vpc: &sdk::VpcConfig) -> Option<VpcAccess> {
    let (subnets, security_groups) = (vpc.subnet_ids().to_vec(), vpc.security_group_ids().to_vec());
    if subnets.is_empty() && security_groups.is_empty() {
        return None;
    }
    let ec2 = call.world.ec2.regions.get(&call.region);
    let first = subnets.first().and_then(|id| ec2.and_then(|ec2| ec2.subnets.get(id)));
    let vpc_id = first.map(|subnet| subnet.vpc.clone()).unwrap_or_default();
    Some(VpcAccess { vpc_id, subnets, security_groups })
}

fn file_system(system: &sdk::FileSystemConfig) -> FileSystem {
    FileSystem { arn: system.arn().to_owned(), local_mount_path: system.local_mount_path().to_owned() }
}

fn image_config(image: &sdk::ImageConfig) -> ImageConfig {
    ImageConfig {
        entry_point: image.entry_point().to_vec(),
        command: image.command().to_vec(),
        working_directory: image.working_directory().map(str::to_owned),
    }
}

fn logging(logs: &sdk::LoggingConfig) -> Logging {
    Logging {
        format: logs.log_format().map_or("Text", sdk::LogFormat::as_str).to_owned(),
        application_level: logs.application_log_level().map(|level| level.as_str().to_owned()),
        system_level: logs.system_log_level().map(|level| level.as_str().to_owned()),
        group: logs.log_group().map(str::to_owned),
    }
}

/// Lambda in the call's region, to be changed.
pub(super) fn here_mut<'c>(call: &'c mut Call<'_>) -> &'c mut LambdaRegion {
    call.world.lambda.regions.entry(call.region.clone()).or_default()
}

/// A function as it is told after a change.
fn told(call: &Call<'_>, name: &str) -> Result<sdk::FunctionConfiguration, Fault> {
    let named = Named { name: name.to_owned(), qualifier: String::new() };
    let here = in_region(&call.world.lambda.regions, &call.region);
    configuration(call, &here, &named, "$LATEST", &named.function(call, &here)?.latest)
}

/// A change can't be made to one version or alias.
fn unqualified(call: &Call<'_>, name: Option<&str>) -> Result<Named, Fault> {
    let named = named(call, name, None)?;
    if named.qualifier.is_empty() {
        return Ok(named);
    }
    Err(super::invalid_value("This operation does not support function ARNs with a qualifier."))
}

pub(super) fn create_function(
    call: &mut Call<'_>,
    input: &CreateFunctionInput,
) -> Result<CreateFunctionOutput, Fault> {
    let named = unqualified(call, input.function_name())?;
    let mut configuration = Configuration::default();
    put!(input, call, &mut configuration);
    if let Some(architectures) = &input.architectures {
        configuration.architectures = architectures.iter().map(|it| it.as_str().to_owned()).collect();
    }
    checking::tags(input.tags().into_iter().flatten())?;
    if in_region(&call.world.lambda.regions, &call.region).functions.contains_key(&named.name) {
        let text = format!("Function already exist: {}", named.name);
        return Err(Fault::new("ResourceConflictException", text).status(409));
    }
    let package = input.code().map(Package::from);
    let package = package.ok_or_else(|| super::invalid_value("Code is a mandatory parameter."))?;
    let code = package.code(call, "CreateFunction")?;
    check(call, &configuration, &code, &Said { runtime: true, role: true, layers: true, vpc: true })?;
    configuration.state = "Pending".to_owned();
    configuration.state_reason = Some("The function is being created.".to_owned());
    configuration.state_reason_code = Some("Creating".to_owned());
    let mut function = Function::new(configuration, code);
    function.latest.looks_left = call.world.lambda.settings.looks;
    function.latest.modified_at = call.world.clock;
    function.tags = input.tags().cloned().unwrap_or_default().into_iter().collect();
    here_mut(call).functions.insert(named.name.clone(), function);
    let number = (input.publish() == Some(true)).then(|| super::versions::publish(call, &named, None));
    let Some(number) = number else { return Ok(as_answer!(CreateFunctionOutput, told(call, &named.name)?)) };
    // Of a function that is made with a version, that one is told.
    let named = Named { qualifier: number.to_string(), ..named };
    let here = in_region(&call.world.lambda.regions, &call.region);
    let (number, version) = named.version(call, &here)?;
    let told = super::telling::configuration(call, &here, &named, &number, version)?;
    Ok(as_answer!(CreateFunctionOutput, told))
}

pub(super) fn update_function_configuration(
    call: &mut Call<'_>,
    input: &UpdateFunctionConfigurationInput,
) -> Result<UpdateFunctionConfigurationOutput, Fault> {
    let named = unqualified(call, input.function_name())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let mut latest = named.function(call, &here)?.latest.clone();
    ready(call, &named, input.revision_id())?;
    put!(input, call, &mut latest.configuration);
    let said = Said {
        runtime: input.runtime.is_some(),
        role: input.role.is_some(),
        layers: input.layers.is_some(),
        vpc: input.vpc_config.is_some(),
    };
    check(call, &latest.configuration, &latest.code, &said)?;
    changed(call, &named, latest);
    Ok(as_answer!(UpdateFunctionConfigurationOutput, told(call, &named.name)?))
}

pub(super) fn update_function_code(
    call: &mut Call<'_>,
    input: &UpdateFunctionCodeInput,
) -> Result<UpdateFunctionCodeOutput, Fault> {
    let named = unqualified(call, input.function_name())?;
    let here = in_region(&call.world.lambda.regions, &call.region);
    let mut latest = named.function(call, &here)?.latest.clone();
    ready(call, &named, input.revision_id())?;
    let package = Package {
        zip: input.zip_file(),
        bucket: input.s3_bucket(),
        key: input.s3_key(),
        image: input.image_uri(),
    };
    latest.code = package.code(call, "UpdateFunctionCode")?;
    if let Some(architectures) = &input.architectures {
        latest.configuration.architectures = architectures.iter().map(|it| it.as_str().to_owned()).collect();
    }
    check(
        call,
        &latest.configuration,
        &latest.code,
        &Said { runtime: false, role: false, layers: false, vpc: false },
    )?;
    if input.dry_run() == Some(true) {
        let mut told = told(call, &named.name)?;
        told.code_sha256 = Some(latest.code.sha256());
        told.code_size = latest.code.size();
        return Ok(as_answer!(UpdateFunctionCodeOutput, told));
    }
    changed(call, &named, latest);
    if input.publish() == Some(true) {
        super::versions::publish(call, &named, None);
    }
    Ok(as_answer!(UpdateFunctionCodeOutput, told(call, &named.name)?))
}

/// Keeps a changed `$LATEST`, which is on its way until somebody looks.
fn changed(call: &mut Call<'_>, named: &Named, mut latest: super::FunctionVersion) {
    latest.configuration.last_update_status = "InProgress".to_owned();
    latest.looks_left = call.world.lambda.settings.looks;
    latest.revision += 1;
    latest.modified_at = call.world.clock;
    if let Some(function) = here_mut(call).functions.get_mut(&named.name) {
        function.latest = latest;
    }
}

/// Somebody looks at a version: once it was looked at as often as the settings say, it is ready.
pub(super) fn look(call: &mut Call<'_>, named: &Named) {
    let Some(function) = here_mut(call).functions.get_mut(&named.name) else { return };
    let alias = function.aliases.get(&named.qualifier).map(|alias| alias.version.clone());
    let number = alias.unwrap_or_else(|| named.qualifier.clone());
    let version = match number.parse::<u64>() {
        Ok(number) => function.versions.get_mut(&number),
        Err(_) => Some(&mut function.latest),
    };
    let Some(version) = version else { return };
    let configuration = &mut version.configuration;
    let on_its_way = configuration.state == "Pending" || configuration.last_update_status == "InProgress";
    if !on_its_way {
        return;
    }
    if version.looks_left > 0 {
        version.looks_left -= 1;
        return;
    }
    if configuration.state == "Pending" {
        configuration.state = "Active".to_owned();
        configuration.state_reason = None;
        configuration.state_reason_code = None;
    }
    configuration.last_update_status = "Successful".to_owned();
    // A version that came with the function is ready when it is; one with a snapshot takes its own time.
    if number.parse::<u64>().is_err() {
        let with_it = function.versions.values_mut().filter(|it| {
            it.configuration.state_reason_code.as_deref() == Some("Creating")
                && it.configuration.snap_start == "None"
        });
        for version in with_it {
            let state = "Active".to_owned();
            version.looks_left = 0;
            version.configuration = Configuration {
                state,
                state_reason: None,
                state_reason_code: None,
                ..version.configuration.clone()
            };
        }
    }
}
