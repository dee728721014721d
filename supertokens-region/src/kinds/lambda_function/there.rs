//! The functions that are there, in our words.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    Architecture, FunctionConfiguration, LastUpdateStatus, PackageType, SnapStartApplyOn, State, TracingMode,
};

use super::code::{Package, Source};
use super::layer::Layers;
use super::network::Networks;
use super::parts::Logging;
use super::{LambdaFunction, Secret, lambda_function};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;

/// What AWS says of something that there isn't.
pub(super) const NONE: &[&str] = &["ResourceNotFoundException"];

/// All functions, by name.
pub(super) async fn listed(cx: &Cx<'_>) -> Result<BTreeMap<String, FunctionConfiguration>, Error> {
    let mut pages = cx.aws.lambda(cx.region).list_functions().into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        for function in page.functions.into_iter().flatten() {
            all.insert(function.function_name().unwrap_or_default().to_owned(), function);
        }
    }
    Ok(all)
}

/// One function with its tags, its state and its reserved concurrency; and a link to its code, which is a secret.
pub(super) async fn get(name: &str, region: &str, cx: &Cx<'_>) -> Result<Option<GetFunctionOutput>, Error> {
    cx.aws.lambda(region).get_function().function_name(name).send().await.absent(NONE)
}

pub(super) fn arn(name: &str, cx: &Cx<'_>) -> String {
    cx.arn("lambda", cx.region, &format!("function:{name}"))
}

/// What several functions have in common, asked for once.
#[derive(Default)]
pub(super) struct Around {
    pub(super) layers: Layers,
    pub(super) networks: Networks,
}

impl Around {
    /// What these functions need to be told.
    pub(super) async fn of<'c>(
        functions: impl Iterator<Item = &'c FunctionConfiguration>,
        cx: &Cx<'_>,
    ) -> Result<Self, Error> {
        let vpcs: BTreeSet<String> = functions
            .filter_map(|function| function.vpc_config()?.vpc_id())
            .filter(|id| !id.is_empty())
            .map(str::to_owned)
            .collect();
        Ok(Self { layers: Layers::default(), networks: Networks::of(vpcs, cx).await? })
    }
}

/// The name of a role, with its path: roles are the same in all regions.
pub(super) fn role_name(arn: &str, cx: &Cx<'_>) -> String {
    let own = arn.strip_prefix(&format!("{}role/", cx.arn("iam", "", "")));
    own.map_or_else(|| format!("foreign:{arn}"), str::to_owned)
}

/// What AWS tells of a version, but for what hangs on the function. `wanted` chooses between ways to say the same.
pub(super) async fn told(
    found: &FunctionConfiguration,
    wanted: Option<&LambdaFunction>,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<LambdaFunction, Error> {
    let name = found.function_name().unwrap_or_default();
    if let Some(error) = found.environment().and_then(|environment| environment.error()) {
        return Err(Error::Conflict {
            message: format!(
                "the environment of `{name}` in {} can't be read: {}",
                cx.region,
                error.error_code().unwrap_or("AWS doesn't say why")
            ),
            hint: "allow `kms:Decrypt` with its key for the role that you use, then run again".to_owned(),
        });
    }
    let variables = found.environment().and_then(|environment| environment.variables());
    let environment = variables.into_iter().flatten();
    let layer_arns: Vec<String> =
        found.layers().iter().filter_map(|layer| layer.arn().map(str::to_owned)).collect();
    let looks_at_layers = wanted.is_none_or(|wanted| wanted.layers.is_some());
    let layers = if looks_at_layers { Some(around.layers.told(&layer_arns, cx).await?) } else { None };
    let dead_letters = found.dead_letter_config().and_then(|config| config.target_arn());
    let source = Source::Function { region: cx.region.to_owned(), name: name.to_owned() };
    let text = |text: Option<&str>| Some(text.unwrap_or_default().to_owned());
    let snap_start = found.snap_start().and_then(|snap_start| snap_start.apply_on());
    Ok(LambdaFunction {
        code: Some(Package::told(found.code_sha256(), found.code_size(), source)),
        runtime: text(found.runtime().map(|runtime| runtime.as_str())),
        handler: text(found.handler()),
        role: Some(role_name(found.role().unwrap_or_default(), cx)),
        description: text(found.description()),
        timeout_secs: found.timeout().map(i64::from),
        memory_mib: found.memory_size().map(i64::from),
        ephemeral_storage_mib: Some(found.ephemeral_storage().map_or(512, |storage| storage.size().into())),
        architecture: Some(found.architectures().first().map_or("x86_64", Architecture::as_str).to_owned()),
        tracing: text(Some(
            found
                .tracing_config()
                .and_then(|tracing| tracing.mode())
                .map_or("PassThrough", TracingMode::as_str),
        )),
        snap_start: Some(snap_start == Some(&SnapStartApplyOn::PublishedVersions)),
        logging: Some(Logging::told(found.logging_config(), name)),
        environment: environment.map(|(key, value)| (key.clone(), Secret::new(value.clone()))).collect(),
        layers,
        network: around.networks.told(
            found.vpc_config(),
            wanted.and_then(|wanted| wanted.network.as_ref()),
            cx,
        ),
        dead_letters: dead_letters.filter(|arn| !arn.is_empty()).map(|arn| cx.ids.name_of(arn)),
        ..lambda_function(name)
    })
}

pub(super) fn is_image(found: &FunctionConfiguration) -> bool {
    found.package_type() == Some(&PackageType::Image)
}

/// A function that can't be used (yet).
pub(super) fn health(found: &FunctionConfiguration) -> Option<Finding> {
    let (state, update) = (found.state(), found.last_update_status());
    let why = found.state_reason().or(found.last_update_status_reason());
    let why = why.map(|why| format!(": {why}")).unwrap_or_default();
    if state == Some(&State::Failed) {
        let text = format!("it is `Failed`{why}");
        return Some(
            Finding::error("not-active", text).hint("delete it, then run again, or repair it by hand"),
        );
    }
    if update == Some(&LastUpdateStatus::Failed) {
        let text = format!("its last update failed{why}");
        return Some(Finding::error("not-active", text).hint("change it, or run again"));
    }
    // A state that nobody has heard of is none in which it is known to work.
    let ready = matches!(state, None | Some(State::Active | State::Inactive))
        && matches!(update, None | Some(LastUpdateStatus::Successful));
    (!ready).then(|| Finding::warning("not-active", format!("it is not ready yet{why}")))
}
