//! All functions of a region, to be made in another one. The list tells code and configuration; tags, aliases, URLs,
//! permissions and the like are calls of their own, for each function.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_lambda::types::FunctionConfiguration;

use super::runtimes::is_over;
use super::there::{Around, Functions, Tagged, is_image, is_in_vpc, role_name};
use super::{LambdaFunction, copying, role};
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, NOT_COMPARED};
use crate::kinds::carried::{IN_FLIGHT, own, side_by_side};
use crate::lease::LastSeen;
use crate::tags::{self, Tags};
use crate::text::count;
use crate::wanted::{Found, Wanted};

/// See [`crate::kind::Listed::list`].
pub(super) async fn all(cx: &Cx<'_>) -> Result<Found<LambdaFunction>, Error> {
    let (listed, early) = tokio::join!(cx.aws.list::<Functions>(cx.region), early(cx));
    let listed = listed?;
    let mut found = Found::default();
    let mut copied = vec![];
    for (name, function) in &listed.0 {
        match left_out(function) {
            Some((why, hint)) => found.findings.push(not_copied(name, cx, &why, hint)),
            None => copied.push(function),
        }
    }
    let around = Around::of(copied.iter().any(|function| is_in_vpc(function)), cx).await?;
    let is_open = |function: &&FunctionConfiguration| {
        let there = early.as_ref().map(|there| there.get(function.function_name().unwrap_or_default()));
        there.is_some_and(|there| there.is_none() || there != function.code_sha256.as_ref())
    };
    let (open, others): (Vec<_>, Vec<_>) = copied.into_iter().partition(is_open);
    let nothing = BTreeMap::new();
    let others = async {
        let finished = if others.is_empty() { BTreeMap::new() } else { finished(cx).await };
        read(&others, &finished, &around, cx).await
    };
    let (open, others) = tokio::try_join!(read(&open, &nothing, &around, cx), others)?;
    found.all.extend(open.into_iter().chain(others));
    found.all.sort_by(|a, b| a.value.name.cmp(&b.value.name));
    let left = found.all.iter().filter(|wanted| wanted.value.by_lists).count();
    if left > 0 {
        let text = format!(
            "what hangs on {} {} there already (aliases, URLs, permissions, concurrency) was not compared: verify does, or \
             --thorough",
            count(left, "function"),
            if left == 1 { "that is" } else { "that are" }
        );
        found.findings.push(Finding::info(NOT_COMPARED, text));
    }
    Ok(found)
}

/// Reads functions: by the lists those that are finished where this is read for, the others with all that hangs on them.
async fn read(
    functions: &[&FunctionConfiguration],
    finished: &BTreeMap<String, Tags>,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<Vec<Wanted<LambdaFunction>>, Error> {
    let finished = |function: &FunctionConfiguration| finished.get(function.function_name()?);
    let open = functions.iter().copied().filter(|function| finished(function).is_none());
    let mut reads = vec![];
    for function in functions {
        let finished = finished(function);
        reads.push(async move {
            match finished {
                Some(tags) => copying::by_lists(function, tags, around, cx).await,
                None => copying::in_full(function, around, cx).await,
            }
        });
    }
    let (read, roles) = tokio::join!(side_by_side(IN_FLIGHT, reads), roles(open, cx));
    let mut all = vec![];
    for answer in read {
        let (value, mut findings) = answer?;
        let role = value.role.as_ref().and_then(|role| roles.get(role));
        findings.extend(role.into_iter().flatten().cloned());
        let wanted = Wanted::copied(value, &format!("reference {}", cx.region));
        all.push(findings.into_iter().fold(wanted, Wanted::note));
    }
    Ok(all)
}

/// The functions that the region has which this is read for, finished, and their tags here: those of the same code that have
/// all these tags, which an apply puts last. Where it can't be told, none is.
async fn finished(cx: &Cx<'_>) -> BTreeMap<String, Tags> {
    let Some(target) = cx.beside.filter(|target| *target != cx.region) else { return BTreeMap::new() };
    // Before anything that may be out of date later.
    let _ = cx.aws.list::<LastSeen>(target).await;
    let there = async { tokio::join!(cx.aws.list::<Functions>(target), cx.aws.list::<Tagged>(target)) };
    let here = async { tokio::join!(cx.aws.list::<Functions>(cx.region), cx.aws.list::<Tagged>(cx.region)) };
    let ((functions, tagged), (those, their_tags)) = tokio::join!(here, there);
    let (Ok(functions), Ok(tagged), Ok(those), Ok(their_tags)) = (functions, tagged, those, their_tags)
    else {
        return BTreeMap::new();
    };
    let mut finished = BTreeMap::new();
    for (name, tags) in &tagged.0 {
        let code = |all: &Functions| all.0.get(name).and_then(|function| function.code_sha256.clone());
        let (tags, there) = (own(tags.clone()), their_tags.0.get(name));
        let has_all = there.is_some_and(|there| tags::missing(&tags, there).is_empty());
        if !tags.is_empty() && has_all && code(&functions).is_some() && code(&functions) == code(&those) {
            finished.insert(name.clone(), tags);
        }
    }
    finished
}

/// The code of each function that the region has which this is read for, where that is one page. Only to know early which ones are
/// not finished: it is asked at the same time as the lease, so it may be out of date.
async fn early(cx: &Cx<'_>) -> Option<BTreeMap<String, String>> {
    match cx.beside.filter(|target| *target != cx.region) {
        Some(target) => cx.aws.list::<Early>(target).await.ok()?.0.clone(),
        None => Some(BTreeMap::new()),
    }
}

/// See [`crate::kind::Kind::glance`].
pub(super) async fn glance(aws: &Aws, region: &str) {
    let _ = aws.list::<Early>(region).await;
}

/// See [`early`].
struct Early(Option<BTreeMap<String, String>>);

impl Listing for Early {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let page = aws.lambda(region).list_functions().send().await?;
        let code = |function: FunctionConfiguration| Some((function.function_name?, function.code_sha256?));
        let is_all = page.next_marker.is_none();
        Ok(Self(is_all.then(|| page.functions.into_iter().flatten().filter_map(code).collect())))
    }
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
pub(super) struct Mappings(pub(super) BTreeMap<String, Vec<String>>);

impl Listing for Mappings {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let mut pages = aws.lambda(region).list_event_source_mappings().into_paginator().send();
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        while let Some(page) = pages.try_next().await? {
            for mapping in page.event_source_mappings.into_iter().flatten() {
                let name = mapping.function_arn().and_then(|arn| arn.split(':').nth(6)).unwrap_or_default();
                let source = mapping.event_source_arn().unwrap_or("a source that has no ARN").to_owned();
                all.entry(name.to_owned()).or_default().push(source);
            }
        }
        Ok(Self(all))
    }
}

/// What the functions' roles allow in this region only, by the role's name.
async fn roles<'f>(
    functions: impl Iterator<Item = &'f FunctionConfiguration>,
    cx: &Cx<'_>,
) -> BTreeMap<String, Vec<Finding>> {
    let names: BTreeSet<String> =
        functions.filter_map(|function| Some(role_name(function.role()?, cx))).collect();
    let mut looks = vec![];
    for name in &names {
        looks.push(role::regional(name, cx.region, cx));
    }
    let told = side_by_side(IN_FLIGHT, looks).await;
    names.iter().cloned().zip(told).collect()
}
