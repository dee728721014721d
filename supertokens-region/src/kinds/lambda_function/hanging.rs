//! What hangs on functions, read as far as it is wanted: each sort of it is a call a function, or an alias.

use std::collections::BTreeMap;
use std::future::Future;

use aws_sdk_lambda::types::FunctionConfiguration;
use futures::future::try_join_all;
use serde_json::Value;

use super::parts::{Alias, Asynchronous, LATEST, Permission, Url};
use super::there::{self, Around, Functions, NONE, Tagged};
use super::{LambdaFunction, content};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::{Cx, Live, all_failed};
use crate::kinds::carried::{IN_FLIGHT, side_by_side};

/// Those of the wanted functions that are there.
pub(super) async fn read(
    wanted: &[LambdaFunction],
    cx: &Cx<'_>,
) -> Vec<Result<Option<Live<LambdaFunction>>, Error>> {
    // After a change there is no look: the one function that is read again is asked for by itself.
    let functions = async {
        match cx.aws.is_look() {
            true => cx.aws.list::<Functions>(cx.region).await.map(Some),
            false => Ok(None),
        }
    };
    let tagged = async {
        let by_lists = cx.aws.is_look() && wanted.iter().any(|function| function.by_lists);
        // Tags that can't be listed are read with everything else.
        if by_lists { cx.aws.list::<Tagged>(cx.region).await.ok() } else { None }
    };
    let around = Around::of(wanted.iter().any(|function| function.network.is_some()), cx);
    let (functions, tagged, around) = tokio::join!(functions, tagged, around);
    let (functions, around) = match (functions, around) {
        (Ok(functions), Ok(around)) => (functions, around),
        (Err(error), _) | (_, Err(error)) => return all_failed(wanted, &error),
    };
    let mut reads = vec![];
    for function in wanted {
        let (listed, tags) = (functions.as_deref(), tagged.as_deref());
        reads.push(one(function, listed, tags, &around, cx));
    }
    side_by_side(IN_FLIGHT, reads).await
}

async fn one(
    wanted: &LambdaFunction,
    functions: Option<&Functions>,
    tagged: Option<&Tagged>,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<Option<Live<LambdaFunction>>, Error> {
    if let Some(functions) = functions {
        let Some(found) = functions.0.get(&wanted.name) else { return Ok(None) };
        if wanted.by_lists {
            let tags = tagged.and_then(|tagged| tagged.0.get(&wanted.name)).cloned();
            let (mut is, hanging) =
                tokio::try_join!(there::told(found, Some(wanted), around, cx), Hanging::read(wanted, cx))?;
            is.tags = tags.unwrap_or_default();
            let live = hanging.put(is, wanted, around, cx).await?;
            // A difference may be one of the lists, which may be behind: nobody acts on it.
            if content::changed(wanted, &live.is).is_empty() {
                return Ok(Some(live));
            }
        }
    }
    // The list doesn't tell the state, the tags and the reserved concurrency.
    let (found, hanging) =
        tokio::try_join!(there::get(&wanted.name, cx.region, cx), Hanging::read(wanted, cx))?;
    let Some(found) = found else { return Ok(None) };
    let Some(configuration) = found.configuration() else { return Ok(None) };
    let mut is = there::told(configuration, Some(wanted), around, cx).await?;
    is.tags = found.tags().cloned().unwrap_or_default().into_iter().collect();
    is.reserved_concurrency = reserved(&found);
    let mut live = hanging.put(is, wanted, around, cx).await?;
    live.findings.splice(0..0, there::health(configuration));
    Ok(Some(live))
}

/// What hangs on a function, as far as it is wanted.
#[derive(Default)]
pub(super) struct Hanging {
    /// With their versions and descriptions.
    pub(super) aliases: BTreeMap<String, (String, String)>,
    /// The newest first; none where no alias is wanted.
    pub(super) versions: Vec<FunctionConfiguration>,
    pub(super) urls: BTreeMap<String, Url>,
    pub(super) permissions: BTreeMap<String, BTreeMap<String, Permission>>,
    pub(super) asynchronous: BTreeMap<String, Asynchronous>,
}

impl Hanging {
    /// Of a function that isn't there, nothing does.
    pub(super) async fn read(wanted: &LambdaFunction, cx: &Cx<'_>) -> Result<Self, Error> {
        let name = &*wanted.name;
        let of = wanted.permissions.keys();
        let permissions = of.map(async |of| Ok::<_, Error>((of.clone(), permissions(name, of, cx).await?)));
        let (aliases, versions, urls, permissions, asynchronous) = tokio::try_join!(
            wanted_only(!wanted.aliases.is_empty(), aliases(name, cx)),
            wanted_only(!wanted.aliases.is_empty(), versions(name, cx)),
            wanted_only(!wanted.urls.is_empty(), urls(name, cx)),
            try_join_all(permissions),
            wanted_only(!wanted.asynchronous.is_empty(), asynchronous(name, cx)),
        )?;
        Ok(Self { aliases, versions, urls, permissions: permissions.into_iter().collect(), asynchronous })
    }

    /// The function with it.
    async fn put(
        self,
        mut is: LambdaFunction,
        wanted: &LambdaFunction,
        around: &Around,
        cx: &Cx<'_>,
    ) -> Result<Live<LambdaFunction>, Error> {
        for (name, (version, description)) in self.aliases {
            let leads_to = wanted.leads_to(&version, &self.versions, around, cx).await?;
            is.aliases.insert(name, Alias { leads_to, description: Some(description) });
        }
        (is.urls, is.permissions, is.asynchronous) = (self.urls, self.permissions, self.asynchronous);
        let mut live = Live::new(is, there::arn(&wanted.name, cx));
        let more = live.is.environment.keys().filter(|key| !wanted.environment.contains_key(*key));
        let more: Vec<_> = more.map(|key| format!("`{key}`")).collect();
        if !wanted.environment.is_empty() && !more.is_empty() {
            let text = format!("its environment has more: {}", more.join(", "));
            live.findings.push(Finding::info("more-variables", text));
        }
        Ok(live)
    }
}

async fn wanted_only<T: Default>(
    wanted: bool,
    read: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    if wanted { read.await } else { Ok(T::default()) }
}

pub(super) fn reserved(found: &aws_sdk_lambda::operation::get_function::GetFunctionOutput) -> Option<i64> {
    found.concurrency().and_then(|it| it.reserved_concurrent_executions()).map(i64::from)
}

impl LambdaFunction {
    /// Where an alias leads that leads to this version: versions of the wanted code and configuration are all one.
    async fn leads_to(
        &self,
        version: &str,
        versions: &[FunctionConfiguration],
        around: &Around,
        cx: &Cx<'_>,
    ) -> Result<String, Error> {
        if version == LATEST {
            return Ok(LATEST.to_owned());
        }
        let found = versions.iter().find(|found| found.version() == Some(version));
        let Some(found) = found else { return Ok(format!("version {version}")) };
        let there = there::told(found, Some(self), around, cx).await?;
        Ok(match content::differs(self, &there).as_slice() {
            [] => super::PUBLISHED.to_owned(),
            fields => format!("version {version}, with another {}", fields.join(", ")),
        })
    }
}

/// The published versions, the newest first.
pub(super) async fn versions(name: &str, cx: &Cx<'_>) -> Result<Vec<FunctionConfiguration>, Error> {
    let list = cx.aws.lambda(cx.region).list_versions_by_function().function_name(name);
    let mut pages = list.into_paginator().send();
    let mut all = vec![];
    while let Some(page) = pages.try_next().await.absent(NONE)?.flatten() {
        all.extend(page.versions.into_iter().flatten().filter(|it| it.version() != Some(LATEST)));
    }
    all.sort_by_key(|it| std::cmp::Reverse(it.version().and_then(|number| number.parse::<u64>().ok())));
    Ok(all)
}

/// Aliases with their versions and descriptions.
pub(super) async fn aliases(name: &str, cx: &Cx<'_>) -> Result<BTreeMap<String, (String, String)>, Error> {
    Ok(aliases_told(name, cx).await?.into_iter().map(|(name, (to, text, _))| (name, (to, text))).collect())
}

/// The same, and whether other versions have a share of the runs.
pub(super) async fn aliases_told(
    name: &str,
    cx: &Cx<'_>,
) -> Result<BTreeMap<String, (String, String, bool)>, Error> {
    let list = cx.aws.lambda(cx.region).list_aliases().function_name(name);
    let mut pages = list.into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await.absent(NONE)?.flatten() {
        for alias in page.aliases.into_iter().flatten() {
            let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
            let shared = alias.routing_config().and_then(|routing| routing.additional_version_weights());
            let shared = shared.is_some_and(|weights| !weights.is_empty());
            all.insert(
                text(alias.name()),
                (text(alias.function_version()), text(alias.description()), shared),
            );
        }
    }
    Ok(all)
}

/// The qualifier of an ARN of the function; [`LATEST`] where it has none.
fn qualifier(arn: &str) -> String {
    arn.split(':').nth(7).unwrap_or(LATEST).to_owned()
}

pub(super) async fn urls(name: &str, cx: &Cx<'_>) -> Result<BTreeMap<String, Url>, Error> {
    let list = cx.aws.lambda(cx.region).list_function_url_configs().function_name(name);
    let mut pages = list.into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await.absent(NONE)?.flatten() {
        all.extend(
            page.function_url_configs.iter().map(|url| (qualifier(url.function_arn()), Url::told(url))),
        );
    }
    Ok(all)
}

/// The statements of the policy of the function, or of an alias.
pub(super) async fn permissions(
    name: &str,
    of: &str,
    cx: &Cx<'_>,
) -> Result<BTreeMap<String, Permission>, Error> {
    let get = cx.aws.lambda(cx.region).get_policy().function_name(name);
    let get = get.set_qualifier((of != LATEST).then(|| of.to_owned()));
    let Some(answer) = get.send().await.absent(NONE)? else { return Ok(BTreeMap::new()) };
    let policy = serde_json::from_str::<Value>(answer.policy().unwrap_or_default());
    let policy = policy.map_err(|_| Error::Conflict {
        message: format!("the policy of `{name}` can't be understood"),
        hint: "look at it on AWS".to_owned(),
    })?;
    let statements = policy["Statement"].as_array().cloned().unwrap_or_default();
    let told = |statement: &Value| {
        (statement["Sid"].as_str().unwrap_or_default().to_owned(), Permission::told(statement))
    };
    Ok(statements.iter().map(told).collect())
}

pub(super) async fn asynchronous(name: &str, cx: &Cx<'_>) -> Result<BTreeMap<String, Asynchronous>, Error> {
    let list = cx.aws.lambda(cx.region).list_function_event_invoke_configs().function_name(name);
    let mut pages = list.into_paginator().send();
    let mut all = BTreeMap::new();
    while let Some(page) = pages.try_next().await.absent(NONE)?.flatten() {
        for config in page.function_event_invoke_configs.into_iter().flatten() {
            let destinations = config.destination_config();
            let success = destinations.and_then(|it| it.on_success()).and_then(|it| it.destination());
            let failure = destinations.and_then(|it| it.on_failure()).and_then(|it| it.destination());
            let topic = |arn: Option<&str>| arn.filter(|arn| !arn.is_empty()).map(|arn| cx.ids.name_of(arn));
            let told = Asynchronous {
                retries: config.maximum_retry_attempts().map(i64::from),
                max_age_secs: config.maximum_event_age_in_seconds().map(i64::from),
                on_success: topic(success),
                on_failure: topic(failure),
            };
            all.insert(qualifier(config.function_arn().unwrap_or_default()), told);
        }
    }
    Ok(all)
}
