//! One function as a wanted value: what belongs to its region alone is mapped or left behind, and told.

use aws_sdk_lambda::types::FunctionConfiguration;

use super::content;
use super::hanging;
use super::parts::{Alias, LATEST, PUBLISHED, Permission};
use super::suspects::suspects;
use super::there::{self, Around};
use super::{LambdaFunction, Layer};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;

/// What is left behind, why, and what to do instead.
fn behind(what: &str, hint: &str) -> Finding {
    Finding::warning("not-carried-over", what).hint(hint)
}

pub(super) async fn one(
    found: &FunctionConfiguration,
    triggers: &[String],
    around: &Around,
    cx: &Cx<'_>,
) -> Result<(LambdaFunction, Vec<Finding>), Error> {
    let mut function = there::told(found, None, around, cx).await?;
    let mut findings = vec![];
    let name = function.name.clone();
    let got = there::get(&name, cx.region, cx).await?;
    let tags = got.as_ref().and_then(|got| got.tags()).cloned().unwrap_or_default();
    function.tags = tags.into_iter().filter(|(key, _)| !key.starts_with("aws:")).collect();
    function.reserved_concurrency = got.as_ref().and_then(hanging::reserved);
    regional(found, &mut function, &mut findings);
    copy_aliases(&mut function, &mut findings, around, cx).await?;
    function.urls = hanging::urls(&name, cx).await?;
    copy_permissions(&mut function, &mut findings, cx).await?;
    copy_asynchronous(&mut function, &mut findings, cx).await?;
    for source in triggers {
        let text = format!("it is invoked from `{source}`");
        findings.push(behind(&text, "make the trigger in the new region, if it has such a source"));
    }
    few_have(&name, &mut findings, cx).await?;
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

/// Aliases lead to one version of the copied code and configuration, whichever version they lead to.
async fn copy_aliases(
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<(), Error> {
    let aliases = hanging::aliases_told(&function.name, cx).await?;
    if aliases.is_empty() {
        return Ok(());
    }
    let versions = hanging::versions(&function.name, cx).await?;
    for (name, (version, description, shared)) in aliases {
        if shared {
            let text = format!("of the alias `{name}` another version has a share of the runs");
            findings.push(behind(&text, "in the copy it leads to one version"));
        }
        let leads_to = if version == LATEST { LATEST } else { PUBLISHED };
        if let Some(found) = versions.iter().find(|found| found.version() == Some(&version)) {
            let there = there::told(found, None, around, cx).await?;
            let mut latest = function.clone();
            // What was mapped is compared as it was.
            (latest.network, latest.layers) = (there.network.clone(), there.layers.clone());
            latest.logging = there.logging.clone();
            let fields = content::differs(&latest, &there);
            if !fields.is_empty() {
                let text = format!(
                    "the alias `{name}` leads to version {version}, which has another {} than `$LATEST`: in the copy \
                     it leads to a version of `$LATEST`",
                    fields.join(", ")
                );
                let hint =
                    "publish a version of `$LATEST` where it is, or see that `$LATEST` is what should run";
                findings.push(Finding::warning("alias-moved", text).hint(hint));
            }
        }
        let alias = Alias { leads_to: leads_to.to_owned(), description: Some(description) };
        function.aliases.insert(name, alias);
    }
    Ok(())
}

/// Permissions of things of the region stay behind: they are triggers.
async fn copy_permissions(
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
    cx: &Cx<'_>,
) -> Result<(), Error> {
    let of: Vec<String> =
        std::iter::once(LATEST.to_owned()).chain(function.aliases.keys().cloned()).collect();
    for of in of {
        let mut permissions = hanging::permissions(&function.name, &of, cx).await?;
        permissions.retain(|id, permission| {
            let source = permission.condition("AWS:SourceArn");
            let hint = "make the trigger in the new region, and its permission with it";
            let text = if let Some(source) = source {
                format!("`{}` may invoke it for `{source}` (`{id}` of `{of}`)", permission.principal)
            } else if !permission.can_be_made() {
                format!("the permission `{id}` of `{of}` is one that no call can make: {permission}")
            } else if permission.principal.starts_with("AROA") || permission.principal.starts_with("AIDA") {
                format!("the permission `{id}` of `{of}` is for somebody who was deleted")
            } else {
                return true;
            };
            findings.push(behind(&text, hint));
            false
        });
        let open = function.urls.get(&of).is_some_and(|url| url.auth == "NONE");
        let [_, (id, second)] = Permission::public_url();
        if open && !permissions.values().any(|known| *known == second) {
            let text = format!("the URL of `{of}` gets the permission `{id}`, which AWS asks of new URLs");
            findings.push(Finding::info("url-permission", text));
            permissions.insert(id, second);
        }
        if !permissions.is_empty() {
            function.permissions.insert(of, permissions);
        }
    }
    Ok(())
}

async fn copy_asynchronous(
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
    cx: &Cx<'_>,
) -> Result<(), Error> {
    for (of, mut config) in hanging::asynchronous(&function.name, cx).await? {
        if of != LATEST && !function.aliases.contains_key(&of) {
            let text = format!("version {of} has rules of its own for asynchronous runs");
            findings.push(behind(&text, "the copy has a version of another number, without them"));
            continue;
        }
        let told = [("success", config.on_success.take()), ("failure", config.on_failure.take())];
        for (what, target) in told {
            let Some(target) = target else { continue };
            let target = target.name().trim_start_matches("foreign:").to_owned();
            let text = format!("on {what} of an asynchronous run of `{of}`, `{target}` is told");
            findings.push(behind(&text, "say `on_failure(topic)` for a topic of the new region"));
        }
        function.asynchronous.insert(of, config);
    }
    Ok(())
}

/// What few functions have, and none can take along.
async fn few_have(name: &str, findings: &mut Vec<Finding>, cx: &Cx<'_>) -> Result<(), Error> {
    let lambda = cx.aws.lambda(cx.region);
    let signing = lambda.get_function_code_signing_config().function_name(name).send().await;
    let signing = signing.absent(there::NONE)?;
    if signing.is_some_and(|answer| !answer.code_signing_config_arn().is_empty()) {
        let text = "only code that is signed may be put into it, by a rule of the region";
        findings.push(behind(text, "make such a rule in the new region by hand"));
    }
    let ready = lambda.list_provisioned_concurrency_configs().function_name(name);
    let mut pages = ready.into_paginator().send();
    while let Some(page) = pages.try_next().await? {
        for config in page.provisioned_concurrency_configs.into_iter().flatten() {
            let of = config.function_arn().and_then(|arn| arn.split(':').nth(7)).unwrap_or(LATEST);
            let many = config.requested_provisioned_concurrent_executions().unwrap_or_default();
            let text = format!("of `{of}`, {many} executions are kept ready");
            findings.push(behind(&text, "it costs money all the time: set it by hand if it is needed there"));
        }
    }
    Ok(())
}
