//! What Lambda has against a configuration.

use std::collections::BTreeSet;

use super::state::{Code, Configuration, VpcAccess};
use super::{invalid_value, names, not_found};
use crate::sandbox::call::{Call, Fault, in_region};

/// Runtimes that functions can be made with.
const RUNTIMES: [&str; 26] = [
    "dotnet10",
    "dotnet6",
    "dotnet8",
    "java11",
    "java17",
    "java21",
    "java25",
    "java8.al2",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "provided.al2",
    "provided.al2023",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.8",
    "python3.9",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
];
/// Runtimes that functions may run with, and that nobody can make one with any more.
const OVER: [&str; 19] = [
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "go1.x",
    "java8",
    "nodejs",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "provided",
    "python2.7",
    "python3.6",
    "python3.7",
    "ruby2.5",
    "ruby2.7",
];
/// Runtimes that can be started from a snapshot.
const SNAPSHOTS: [&str; 9] =
    ["dotnet10", "dotnet8", "java11", "java17", "java21", "java25", "python3.12", "python3.13", "python3.14"];
/// Variables that Lambda sets itself.
const RESERVED: [&str; 17] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
];
/// Bytes of all variables, as JSON.
const ENVIRONMENT: usize = 4096;

/// What a call says anew: only that is looked up again.
pub(super) struct Said {
    pub(super) runtime: bool,
    pub(super) role: bool,
    pub(super) layers: bool,
    pub(super) vpc: bool,
}

fn out_of_range(name: &str, value: impl std::fmt::Display, rule: &str) -> Fault {
    let text = format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: {rule}"
    );
    Fault::new("ValidationException", text)
}

/// Checks a whole configuration, as it would be after the call.
pub(super) fn check(
    call: &mut Call<'_>,
    configuration: &Configuration,
    code: &Code,
    said: &Said,
) -> Result<(), Fault> {
    let Configuration { timeout, memory_size, ephemeral_storage, description, .. } = configuration;
    if !(1..=900).contains(timeout) {
        return Err(out_of_range("timeout", timeout, "Member must have value between 1 and 900"));
    }
    if !(128..=10_240).contains(memory_size) {
        return Err(out_of_range("memorySize", memory_size, "Member must have value between 128 and 10240"));
    }
    if !(512..=10_240).contains(ephemeral_storage) {
        let rule = "Member must have value between 512 and 10240";
        return Err(out_of_range("ephemeralStorage.size", ephemeral_storage, rule));
    }
    if description.chars().count() > 256 {
        return Err(out_of_range("description", "...", "Member must have length less than or equal to 256"));
    }
    match configuration.architectures.as_slice() {
        [one] if ["x86_64", "arm64"].contains(&one.as_str()) => {}
        other => return Err(out_of_range("architectures", format!("{other:?}"), "[x86_64, arm64]")),
    }
    if !["PassThrough", "Active"].contains(&configuration.tracing_mode.as_str()) {
        return Err(out_of_range("tracingConfig.mode", &configuration.tracing_mode, "[Active, PassThrough]"));
    }
    check_runtime(configuration, code, said)?;
    check_environment(configuration)?;
    check_logging(configuration)?;
    if let Some(target) = &configuration.dead_letter_target
        && !["sqs", "sns"].iter().any(|service| {
            target.starts_with(&format!("arn:aws:{service}:{}:{}:", call.region, call.account()))
        })
    {
        return Err(invalid_value(format!("The provided target ARN {target} is not valid here")));
    }
    if said.layers {
        check_layers(call, &configuration.layers)?;
    }
    if said.role {
        check_role(call, &configuration.role)?;
    }
    match &configuration.vpc {
        Some(vpc) if said.vpc => check_vpc(call, vpc, &configuration.role),
        _ => Ok(()),
    }
}

fn check_runtime(configuration: &Configuration, code: &Code, said: &Said) -> Result<(), Fault> {
    let (runtime, handler) = (configuration.runtime.as_deref(), configuration.handler.as_deref());
    if matches!(code, Code::Image(_)) {
        return match (runtime, handler) {
            (None, None) => Ok(()),
            _ => Err(invalid_value(
                "Runtime and Handler are not supported for functions with container images.",
            )),
        };
    }
    let (Some(runtime), Some(handler)) = (runtime, handler) else {
        return Err(invalid_value(
            "Runtime and Handler are mandatory parameters for functions with zip files.",
        ));
    };
    if handler.is_empty() || handler.len() > 128 || handler.contains(char::is_whitespace) {
        return Err(out_of_range(
            "handler",
            handler,
            "Member must satisfy regular expression pattern: [^\\s]+",
        ));
    }
    if said.runtime && OVER.contains(&runtime) {
        return Err(invalid_value(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. \
             We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    if said.runtime && !RUNTIMES.contains(&runtime) {
        let rule = format!("Member must satisfy enum value set: [{}]", RUNTIMES.join(", "));
        return Err(invalid_value(format!(
            "Value {runtime} at 'runtime' failed to satisfy constraint: {rule} or be a valid ARN"
        )));
    }
    match configuration.snap_start.as_str() {
        "None" => Ok(()),
        "PublishedVersions" if SNAPSHOTS.contains(&runtime) => Ok(()),
        "PublishedVersions" => {
            Err(invalid_value(format!("{runtime} is not supported for SnapStart enabled functions.")))
        }
        other => Err(out_of_range("snapStart.applyOn", other, "[PublishedVersions, None]")),
    }
}

fn check_environment(configuration: &Configuration) -> Result<(), Fault> {
    let variables = &configuration.environment;
    let named = |key: &str| {
        key.len() > 1
            && key.starts_with(|c: char| c.is_ascii_alphabetic())
            && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    if let Some(key) = variables.keys().find(|key| !named(key)) {
        return Err(out_of_range("environment.variables", key, "[a-zA-Z]([a-zA-Z0-9_])+"));
    }
    let reserved: Vec<_> = variables.keys().filter(|key| RESERVED.contains(&key.as_str())).cloned().collect();
    let failed = "Lambda was unable to configure your environment variables because the environment variables you \
                  have provided";
    if !reserved.is_empty() {
        return Err(invalid_value(format!(
            "{failed} contains reserved keys that are currently not supported for modification. Reserved keys used \
             in this request: {}",
            reserved.join(", ")
        )));
    }
    let measured = serde_json::to_string(variables).unwrap_or_default();
    if measured.len() > ENVIRONMENT {
        // AWS really repeats all of it.
        return Err(invalid_value(format!("{failed} exceeded the 4KB limit. String measured: {measured}")));
    }
    Ok(())
}

fn check_logging(configuration: &Configuration) -> Result<(), Fault> {
    let logging = &configuration.logging;
    let levels = logging.application_level.is_some() || logging.system_level.is_some();
    match logging.format.as_str() {
        "JSON" => Ok(()),
        "Text" if levels => {
            Err(invalid_value("Log levels can only be set for functions with LogFormat JSON."))
        }
        "Text" => Ok(()),
        other => Err(out_of_range("loggingConfig.logFormat", other, "[JSON, Text]")),
    }
}

/// Layers of this account and region, each one once.
fn check_layers(call: &Call<'_>, layers: &[String]) -> Result<(), Fault> {
    if layers.len() > 5 {
        return Err(invalid_value("You cannot reference more than 5 layers."));
    }
    let here = in_region(&call.world.lambda.regions, &call.region);
    let mut names = BTreeSet::new();
    for arn in layers {
        let parts: Vec<&str> = arn.split(':').collect();
        let ["arn", "aws", "lambda", region, account, "layer", name, number] = parts.as_slice() else {
            return Err(invalid_value(format!("Invalid layer arn: {arn}")));
        };
        if *region != call.region {
            return Err(invalid_value(format!(
                "Layers are not in the same region as the function. Layers are expected to be in region {}.",
                call.region
            )));
        }
        if *account != call.account() {
            let text =
                format!("User is not authorized to perform: lambda:GetLayerVersion on resource: {arn}");
            return Err(Fault::new("AccessDeniedException", text).status(403));
        }
        let number = number.parse::<u64>().unwrap_or_default();
        if here.layers.get(*name).is_none_or(|layer| !layer.versions.contains_key(&number)) {
            return Err(invalid_value(format!("Layer version {arn} does not exist.")));
        }
        if !names.insert(*name) {
            return Err(invalid_value(
                "Two different versions of the same layer are not allowed to be referenced in the same function.",
            ));
        }
    }
    Ok(())
}

/// A role of this account that Lambda may assume, and that it knows by now.
fn check_role(call: &mut Call<'_>, arn: &str) -> Result<(), Fault> {
    let Some(rest) = arn.strip_prefix(&format!("arn:aws:iam::{}:role", call.account())) else {
        if arn.starts_with("arn:aws:iam::") && arn.contains(":role/") {
            let text = "Cross-account pass role is not allowed.";
            return Err(Fault::new("AccessDeniedException", text).status(403));
        }
        return Err(out_of_range(
            "role",
            arn,
            "Member must satisfy regular expression pattern: arn:...:role/...",
        ));
    };
    let not_assumed = || invalid_value("The role defined for the function cannot be assumed by Lambda.");
    let (path, name) = rest.rsplit_once('/').unwrap_or_default();
    let role = call.world.iam.roles.get(name).filter(|role| role.path == format!("{path}/"));
    if role.is_none_or(|role| !role.trust_policy.contains("lambda.amazonaws.com")) {
        return Err(not_assumed());
    }
    match call.world.lambda.settings.new_roles.get_mut(arn) {
        Some(left) if *left > 0 => {
            *left -= 1;
            Err(not_assumed())
        }
        _ => Ok(()),
    }
}

/// Subnets and groups of one VPC, and a role that may make network interfaces.
fn check_vpc(call: &Call<'_>, vpc: &VpcAccess, role: &str) -> Result<(), Fault> {
    let missing = |code: &str, id: &str| {
        invalid_value(format!(
            "Error occurred while DescribeSubnets. EC2 Error Code: {code}. EC2 Error Message: '{id}' does not exist"
        ))
    };
    let ec2 = call.world.ec2.regions.get(&call.region);
    let mut vpcs = BTreeSet::new();
    for id in &vpc.subnets {
        let subnet = ec2.and_then(|ec2| ec2.subnets.get(id));
        vpcs.insert(&subnet.ok_or_else(|| missing("InvalidSubnetID.NotFound", id))?.vpc);
    }
    for id in &vpc.security_groups {
        let group = ec2.and_then(|ec2| ec2.groups.get(id));
        vpcs.insert(&group.ok_or_else(|| missing("InvalidGroup.NotFound", id))?.vpc);
    }
    if vpcs.len() != 1 || vpc.subnets.is_empty() || vpc.security_groups.is_empty() {
        return Err(invalid_value(
            "Subnets and security groups must be of one VPC, and neither may be missing.",
        ));
    }
    let name = role.rsplit('/').next().unwrap_or_default();
    let may = call.world.iam.roles.get(name).is_some_and(|role| {
        role.attached_policies.iter().any(|arn| arn.ends_with("/AWSLambdaVPCAccessExecutionRole"))
            || role.inline_policies.values().any(|text| text.contains("ec2:CreateNetworkInterface"))
    });
    if may {
        return Ok(());
    }
    let text = "The provided execution role does not have permissions to call CreateNetworkInterface on EC2";
    Err(invalid_value(text))
}

/// Refuses another change while one is under way, and a change of what is not as the caller last saw it.
pub(super) fn ready(call: &Call<'_>, named: &names::Named, revision_seen: Option<&str>) -> Result<(), Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let latest = &named.function(call, &here)?.latest;
    let arn = names::function_arn(call, &named.name, "");
    let conflict = |text: String| Err(Fault::new("ResourceConflictException", text).status(409));
    if latest.configuration.state == "Pending" {
        return conflict(
            "The operation cannot be performed at this time. The function is currently in the following state: Pending"
                .to_owned(),
        );
    }
    if latest.configuration.last_update_status == "InProgress" {
        return conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {arn}"
        ));
    }
    let revision = super::telling::revision_id(&arn, "$LATEST", latest.revision);
    match revision_seen {
        Some(seen) if seen != revision => {
            let text = "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias \
                        API to retrieve the latest RevisionId";
            Err(Fault::new("PreconditionFailedException", text).status(412))
        }
        _ => Ok(()),
    }
}

/// The function's tags, of which AWS takes 50.
pub(super) fn tags<'t>(tags: impl Iterator<Item = (&'t String, &'t String)>) -> Result<(), Fault> {
    let mut count = 0;
    for (key, value) in tags {
        count += 1;
        if let Some(problem) = crate::sandbox::call::tag_problem(key, value) {
            return Err(invalid_value(problem));
        }
    }
    if count > 50 {
        return Err(invalid_value("The number of tags exceeds the limit of 50"));
    }
    Ok(())
}

/// The version that an alias or a URL is for, which has to be there.
pub(super) fn version_is_there(call: &Call<'_>, named: &names::Named, version: &str) -> Result<(), Fault> {
    let here = in_region(&call.world.lambda.regions, &call.region);
    let function = named.function(call, &here)?;
    let number = version.parse::<u64>().unwrap_or_default();
    if version == "$LATEST" || function.versions.contains_key(&number) {
        return Ok(());
    }
    let arn = names::function_arn(call, &named.name, version);
    Err(not_found(format!("Function not found: {arn}")))
}
