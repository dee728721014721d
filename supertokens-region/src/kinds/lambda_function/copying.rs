//! One function as a wanted value: what belongs to its region alone is mapped or left behind, and told.

use aws_sdk_lambda::types::FunctionConfiguration;

use super::code::{Kept, Source};
use super::copied::Mappings;
use super::copying_hanging::Hung;
use super::parts::LATEST;
use super::suspects::suspects;
use super::there::{self, Around};
use super::{LambdaFunction, Layer, hanging};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;
use crate::kinds::carried::own;
use crate::tags::Tags;

/// A value, and what is told of it.
type Copied = (LambdaFunction, Vec<Finding>);

/// What is left behind, why, and what to do instead.
pub(super) fn behind(what: &str, hint: &str) -> Finding {
    Finding::warning("not-carried-over", what).hint(hint)
}

/// A function that is there already, finished, and has these tags: as far as the lists tell.
pub(super) async fn by_lists(
    found: &FunctionConfiguration,
    tags: &Tags,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<Copied, Error> {
    let mut function = there::told(found, None, around, cx).await?;
    let mut findings = vec![];
    (function.tags, function.by_lists) = (tags.clone(), true);
    regional(found, &mut function, &mut findings);
    findings.extend(suspects(&function, cx.region));
    Ok((function, findings))
}

/// A function with all that hangs on it.
pub(super) async fn in_full(
    found: &FunctionConfiguration,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<Copied, Error> {
    let name = found.function_name().unwrap_or_default();
    let (mut function, got, hung, triggers, few) = tokio::try_join!(
        there::told(found, None, around, cx),
        there::get(name, cx.region, cx),
        Hung::read(name, cx),
        cx.aws.list::<Mappings>(cx.region),
        few_have(name, cx),
    )?;
    let mut findings = vec![];
    let tags = got.as_ref().and_then(|got| got.tags()).cloned().unwrap_or_default();
    function.tags = own(tags.into_iter().collect());
    function.reserved_concurrency = got.as_ref().and_then(hanging::reserved);
    let link = got.as_ref().and_then(|got| got.code()?.location());
    if let (Some(Source::Function { link: kept, .. }), Some(link)) =
        (function.code.as_mut().map(|code| &mut code.source), link)
    {
        *kept = Kept::new(link);
    }
    regional(found, &mut function, &mut findings);
    hung.put(&mut function, &mut findings, around, cx).await?;
    for source in triggers.0.get(name).into_iter().flatten() {
        let text = format!("it is invoked from `{source}`");
        findings.push(behind(&text, "make the trigger in the new region, if it has such a source"));
    }
    findings.extend(few);
    findings.extend(suspects(&function, cx.region));
    Ok((function, findings))
}

/// What in the configuration is of the region.
fn regional(found: &FunctionConfiguration, function: &mut LambdaFunction, findings: &mut Vec<Finding>) {
    if function.dead_letters.take().is_some() {
        let target = found.dead_letter_config().and_then(|config| config.target_arn()).unwrap_or_default();
        let text = format!("events that it could not handle go to `{target}`");
        findings.push(behind(&text, "say `dead_letters(topic)`"));
    }
    if found.kms_key_arn().is_some_and(|arn| !arn.is_empty()) {
        let text = "its variables are encrypted with a key of the region";
        findings.push(behind(
            text,
            "in the new region they are encrypted with AWS's own key; choose another by hand",
        ));
    }
    for system in found.file_system_configs() {
        let text = format!("it mounts a file system of the region at `{}`", system.local_mount_path());
        findings.push(behind(
            &text,
            "make one in the new region and mount it by hand, or see that it works without",
        ));
    }
    if found.signing_profile_version_arn().is_some() {
        let text = "its code is signed with a profile of the region";
        findings.push(behind(text, "the copy is the same code without a signature"));
    }
    if let Some(network) = &mut function.network {
        network.vpc = None;
        let text = format!(
            "it is in a VPC: the copy has subnets in the zones of the same order, and the groups {}",
            network.groups.join(", ")
        );
        findings
            .push(Finding::info("mapped", text).hint("say in which VPC with `in_vpc(vpc)`, or `no_vpc()`"));
    }
    for layer in function.layers.iter().flatten() {
        match layer {
            Layer::Own { name, .. } => {
                let text = format!("the layer `{name}` is copied with it, under a version number of its own");
                findings.push(Finding::info("mapped", text));
            }
            Layer::Given(arn) => {
                let text = format!("the layer `{arn}` can't be read, or is of another account");
                findings.push(behind(&text, "name the new region's one with `layer(arn)`"));
            }
        }
    }
    let is_own = |layer: &Layer| matches!(layer, Layer::Own { .. });
    if let Some(layers) = &mut function.layers
        && !layers.iter().all(is_own)
    {
        layers.retain(is_own);
    }
    let usual = format!("/aws/lambda/{}", function.name);
    if let Some(logging) = &mut function.logging {
        logging.group = logging.group.take().filter(|group| *group != usual);
    }
}

/// What few functions have, and none can take along.
async fn few_have(name: &str, cx: &Cx<'_>) -> Result<Vec<Finding>, Error> {
    let lambda = cx.aws.lambda(cx.region);
    let signing = async {
        let get = lambda.get_function_code_signing_config().function_name(name);
        get.send().await.absent(there::NONE)
    };
    let ready = async {
        let list = lambda.list_provisioned_concurrency_configs().function_name(name);
        let mut pages = list.into_paginator().send();
        let mut all = vec![];
        while let Some(page) = pages.try_next().await? {
            all.extend(page.provisioned_concurrency_configs.into_iter().flatten());
        }
        Ok(all)
    };
    let (signing, ready) = tokio::try_join!(signing, ready)?;
    let mut findings = vec![];
    if signing.is_some_and(|answer| !answer.code_signing_config_arn().is_empty()) {
        let text = "only code that is signed may be put into it, by a rule of the region";
        findings.push(behind(text, "make such a rule in the new region by hand"));
    }
    for config in ready {
        let of = config.function_arn().and_then(|arn| arn.split(':').nth(7)).unwrap_or(LATEST);
        let many = config.requested_provisioned_concurrent_executions().unwrap_or_default();
        let text = format!("of `{of}`, {many} executions are kept ready");
        findings.push(behind(&text, "it costs money all the time: set it by hand if it is needed there"));
    }
    Ok(findings)
}
