//! The functions that are there, in our words.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    Architecture, FunctionConfiguration, LastUpdateStatus, PackageType, SnapStartApplyOn, State, TracingMode,
};
use aws_sdk_resourcegroupstagging::types::Tag;

use super::code::{Kept, Package, Source};
use super::layer::Layers;
use super::network::Networks;
use super::parts::Logging;
use super::{LambdaFunction, Secret, lambda_function};
use crate::aws::{Aws, Listing};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;
use crate::tags::Tags;

/// What AWS says of something that there isn't.
pub(super) const NONE: &[&str] = &["ResourceNotFoundException"];

/// All functions of a region, by name. Their states and tags are not among what the list tells.
pub(super) struct Functions(pub(super) BTreeMap<String, FunctionConfiguration>);

impl Listing for Functions {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut pages = aws.lambda(region).list_functions().into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.try_next().await? {
            for function in page.functions.into_iter().flatten() {
                all.insert(function.function_name().unwrap_or_default().to_owned(), function);
            }
        }
        Ok(Self(all))
    }
}

/// The tags of all functions of a region that have any, by the function's name. This list may be behind by a little.
pub(super) struct Tagged(pub(super) BTreeMap<String, Tags>);

/// As many AWS gives on a page.
const TAGGED: i32 = 100;

impl Listing for Tagged {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let list = aws.tag(region).get_resources().resource_type_filters("lambda:function");
        let mut pages = list.resources_per_page(TAGGED).into_paginator().send();
        let mut all = BTreeMap::new();
        while let Some(page) = pages.try_next().await? {
            for function in page.resource_tag_mapping_list.into_iter().flatten() {
                let name = function.resource_arn().and_then(|arn| arn.split(':').nth(6)).unwrap_or_default();
                let pair = |tag: &Tag| (tag.key().to_owned(), tag.value().to_owned());
                all.insert(name.to_owned(), function.tags().iter().map(pair).collect());
            }
        }
        Ok(Self(all))
    }
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
    pub(super) networks: Arc<Networks>,
}

impl Around {
    /// What functions need to be told, of which some are in a VPC or not.
    pub(super) async fn of(in_vpcs: bool, cx: &Cx<'_>) -> Result<Self, Error> {
        let networks = match in_vpcs {
            true => cx.aws.list::<Networks>(cx.region).await?,
            false => Arc::default(),
        };
        Ok(Self { layers: Layers::default(), networks })
    }
}

pub(super) fn is_in_vpc(function: &FunctionConfiguration) -> bool {
    function.vpc_config().and_then(|vpc| vpc.vpc_id()).is_some_and(|id| !id.is_empty())
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
    let source =
        Source::Function { region: cx.region.to_owned(), name: name.to_owned(), link: Kept::default() };
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
