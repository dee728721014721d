//! All functions of a region, to be made in another one. The list tells code and configuration; tags, aliases, URLs,
//! permissions and the like are calls of their own, for each function.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::FunctionConfiguration;
use futures::stream::{self, StreamExt};

use super::hanging::AT_A_TIME;
use super::runtimes::is_over;
use super::there::{self, Around, is_image, role_name};
use super::{LambdaFunction, copying, role};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;
use crate::wanted::Found;

/// See [`crate::kind::Listed::list`].
pub(super) async fn all(cx: &Cx<'_>) -> Result<Found<LambdaFunction>, Error> {
    let (listed, mappings) = tokio::try_join!(there::listed(cx), mappings(cx))?;
    let mut found = Found::default();
    let mut copied = vec![];
    for (name, function) in &listed {
        match left_out(function) {
            Some((why, hint)) => found.findings.push(not_copied(name, cx, &why, hint)),
            None => copied.push(function),
        }
    }
    let around = Around::of(copied.iter().copied(), cx).await?;
    let roles = roles(&copied, cx).await;
    let mut reads = vec![];
    for function in copied {
        let triggers = function.function_name().and_then(|name| mappings.get(name));
        reads.push(copying::one(function, triggers.map_or(&[], Vec::as_slice), &around, cx));
    }
    let mut values = stream::iter(reads).buffered(AT_A_TIME);
    while let Some(answer) = values.next().await {
        let (value, mut findings) = answer?;
        let role = value.role.as_ref().and_then(|role| roles.get(role));
        findings.extend(role.into_iter().flatten().cloned());
        let wanted = crate::wanted::Wanted::copied(value, &format!("reference {}", cx.region));
        found.all.push(findings.into_iter().fold(wanted, crate::wanted::Wanted::note));
    }
    Ok(found)
}

/// Why a function can't be had in another region, and what to do instead.
fn left_out(function: &FunctionConfiguration) -> Option<(String, &'static str)> {
    let runtime = function.runtime().map(|runtime| runtime.as_str()).unwrap_or_default();
    if function.master_arn().is_some() {
        return Some((
            "it is a copy that CloudFront made".to_owned(),
            "nothing: CloudFront makes its copies itself",
        ));
    }
    if is_image(function) {
        let hint = "replicate the image to the region's ECR, and make the function from it by hand";
        return Some(("its code is a container image of its region's registry".to_owned(), hint));
    }
    if is_over(runtime) {
        let why = format!("AWS makes no functions with its runtime, `{runtime}`, any more");
        return Some((why, "move it to a runtime that is supported, where it is, then run again"));
    }
    let locked = function.environment().and_then(|environment| environment.error());
    locked.map(|error| {
        let why =
            format!("its environment can't be read ({})", error.error_code().unwrap_or("no reason given"));
        (why, "allow `kms:Decrypt` with its key for the role that you use, then run again")
    })
}

fn not_copied(name: &str, cx: &Cx<'_>, why: &str, hint: &str) -> Finding {
    Finding::warning("not-copied", format!("the function `{name}` of {} is not copied: {why}", cx.region))
        .hint(hint)
}

/// What invokes functions from queues and streams, by the function's name: one list for all.
async fn mappings(cx: &Cx<'_>) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut pages = cx.aws.lambda(cx.region).list_event_source_mappings().into_paginator().send();
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        for mapping in page.event_source_mappings.into_iter().flatten() {
            let name = mapping.function_arn().and_then(|arn| arn.split(':').nth(6)).unwrap_or_default();
            let source = mapping.event_source_arn().unwrap_or("a source that has no ARN").to_owned();
            all.entry(name.to_owned()).or_default().push(source);
        }
    }
    Ok(all)
}

/// What the functions' roles allow in this region only, by the role's name.
async fn roles(functions: &[&FunctionConfiguration], cx: &Cx<'_>) -> BTreeMap<String, Vec<Finding>> {
    let names = functions.iter().filter_map(|function| Some(role_name(function.role()?, cx)));
    let names: BTreeSet<String> = names.collect();
    let mut looks = vec![];
    for name in &names {
        looks.push(role::regional(name, cx.region, cx));
    }
    let told: Vec<_> = stream::iter(looks).buffered(AT_A_TIME).collect().await;
    names.iter().cloned().zip(told).collect()
}
