//! What hangs on a function is brought to what is wanted: compared with what is there now, and never taken away.

use std::collections::BTreeSet;
use std::future::Future;

use aws_sdk_lambda::types::{DestinationConfig, FunctionConfiguration, OnFailure, OnSuccess};
use futures::future::join_all;
use futures::lock::Mutex;

use super::LambdaFunction;
use super::content;
use super::hanging::Hanging;
use super::making::small;
use super::parts::{Asynchronous, LATEST, Permission};
use super::refusals::says;
use super::there::{self, Around};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::wait;

/// A version with a snapshot takes minutes.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(900);
/// What AWS says of something that is there already.
const THERE: &[&str] = &["ResourceConflictException"];

/// The qualifier of calls.
fn qualifier(of: &str) -> Option<String> {
    (of != LATEST).then(|| of.to_owned())
}

impl LambdaFunction {
    /// The function itself and its aliases, as far as something of them is wanted.
    pub(super) fn qualifiers(&self) -> impl Iterator<Item = &str> {
        let of = self.aliases.keys().chain(self.urls.keys()).chain(self.permissions.keys());
        of.chain(self.asynchronous.keys()).map(String::as_str).collect::<BTreeSet<_>>().into_iter()
    }

    /// Hangs on it what is wanted and isn't `there`: side by side what doesn't need one another. Aliases of versions lead to
    /// `version`.
    pub(super) async fn hang(
        &self,
        there: &Hanging,
        version: Option<&str>,
        reserved: Option<i64>,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        // Of permissions that are added to a function at the same time, AWS loses some.
        let one_at_a_time = &Mutex::new(());
        let of = self.qualifiers().map(async |of| {
            self.sync_alias(of, there, version, cx).await?;
            let permissions = async {
                let _turn = one_at_a_time.lock().await;
                self.sync_permissions(of, there, cx).await
            };
            let (url, asynchronous) = (self.sync_url(of, there, cx), self.sync_asynchronous(of, there, cx));
            // What was begun is finished, whatever comes of the others.
            let (permissions, url, asynchronous) = tokio::join!(permissions, url, asynchronous);
            permissions.and(url).and(asynchronous)
        });
        let (of, concurrency) = tokio::join!(join_all(of), self.sync_concurrency(reserved, cx));
        of.into_iter().chain([concurrency]).collect()
    }

    async fn sync_concurrency(&self, there: Option<i64>, cx: &Cx<'_>) -> Result<(), Error> {
        let Some(runs) = self.reserved_concurrency.filter(|runs| there != Some(*runs)) else { return Ok(()) };
        let put = cx.aws.lambda(cx.region).put_function_concurrency().function_name(&self.name);
        let put = put.reserved_concurrent_executions(small(runs));
        self.patiently(cx, || put.clone().send()).await.map(drop)
    }

    async fn sync_alias(
        &self,
        name: &str,
        there: &Hanging,
        version: Option<&str>,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        let Some(alias) = self.aliases.get(name) else { return Ok(()) };
        let version = if alias.leads_to == LATEST { LATEST } else { version.unwrap_or(LATEST) };
        let (old_version, old_text) = there.aliases.get(name).cloned().unwrap_or_default();
        let same_text = alias.description.as_ref().is_none_or(|text| *text == old_text);
        if old_version == version && same_text {
            return Ok(());
        }
        let lambda = cx.aws.lambda(cx.region);
        let create = lambda.create_alias().function_name(&self.name).name(name).function_version(version);
        let create = create.set_description(alias.description.clone());
        if old_version.is_empty()
            && self.patiently(cx, || create.clone().send()).await.absent(THERE)?.is_some()
        {
            return Ok(());
        }
        let update = lambda.update_alias().function_name(&self.name).name(name).function_version(version);
        let update = update.set_description(alias.description.clone());
        self.patiently(cx, || update.clone().send()).await.map(drop)
    }

    /// The number of a version with the wanted code and configuration: one that is there, or a new one.
    pub(super) async fn published(
        &self,
        versions: &[FunctionConfiguration],
        around: &Around,
        cx: &Cx<'_>,
    ) -> Result<String, Error> {
        let mut number = None;
        for version in versions {
            let told = there::told(version, Some(self), around, cx).await?;
            if content::differs(self, &told).is_empty() {
                number = version.version().map(str::to_owned);
                break;
            }
        }
        let number = match number {
            Some(number) => number,
            None => {
                let publish = cx.aws.lambda(cx.region).publish_version().function_name(&self.name);
                let code = self.code.as_ref().map(|code| code.sha256.clone());
                let answer = publish.set_code_sha256(code).send().await?;
                answer.version().unwrap_or_default().to_owned()
            }
        };
        self.version_is_ready(&number, cx).await?;
        Ok(number)
    }

    pub(super) async fn version_is_ready(&self, number: &str, cx: &Cx<'_>) -> Result<(), Error> {
        let what = format!("version {number} of the function `{}` is ready", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            let get = cx.aws.lambda(cx.region).get_function().function_name(&self.name).qualifier(number);
            let found = get.send().await.absent(there::NONE)?;
            let now = found.as_ref().and_then(|found| found.configuration());
            Ok(now.map_or(Ok(false), |now| self.ready(now))?.then_some(()))
        })
        .await
    }

    async fn sync_permissions(&self, of: &str, there: &Hanging, cx: &Cx<'_>) -> Result<(), Error> {
        let there = there.permissions.get(of);
        for (id, permission) in self.permissions.get(of).into_iter().flatten() {
            match there.and_then(|there| there.get(id)) {
                None => self.allow(of, id, permission, cx).await?,
                Some(same) if same == permission => {}
                Some(other) => {
                    let text = format!("the permission `{id}` of `{of}` is another one: {other}");
                    return Err(self.conflict(&text, "remove it by hand, then run again"));
                }
            }
        }
        Ok(())
    }

    /// A call that AWS refuses as long as the function is being made or changed: then it waits for that.
    async fn patiently<T, E: Into<Error>, F: Future<Output = Result<T, E>>>(
        &self,
        cx: &Cx<'_>,
        call: impl Fn() -> F,
    ) -> Result<T, Error> {
        let what = format!("the function `{}` takes changes", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            match call().await.map_err(Into::into) {
                Err(error) if is_busy(&error) => Ok(None),
                answer => answer.map(Some),
            }
        })
        .await
    }

    async fn allow(&self, of: &str, id: &str, permission: &Permission, cx: &Cx<'_>) -> Result<(), Error> {
        let url_auth = permission.condition("lambda:FunctionUrlAuthType");
        let via_url = permission.condition("lambda:InvokedViaFunctionUrl");
        let add = cx.aws.lambda(cx.region).add_permission().function_name(&self.name).statement_id(id);
        let add = add
            .set_qualifier(qualifier(of))
            .action(&permission.action)
            .principal(
                permission.principal.strip_suffix(":root").and_then(account).unwrap_or(&permission.principal),
            )
            .set_source_account(permission.condition("AWS:SourceAccount"))
            .set_source_arn(permission.condition("AWS:SourceArn"))
            .set_principal_org_id(permission.condition("aws:PrincipalOrgID"))
            .set_event_source_token(permission.condition("lambda:EventSourceToken"))
            .set_function_url_auth_type(url_auth.as_deref().map(Into::into))
            .set_invoked_via_function_url(via_url.and_then(|via| via.parse().ok()));
        // Refused where somebody was faster: what is there then is seen by the next plan.
        self.patiently(cx, || add.clone().send()).await.absent(THERE).map(drop)
    }

    async fn sync_url(&self, of: &str, there: &Hanging, cx: &Cx<'_>) -> Result<(), Error> {
        let Some(url) = self.urls.get(of).filter(|url| there.urls.get(of) != Some(url)) else {
            return Ok(());
        };
        let lambda = cx.aws.lambda(cx.region);
        let create = lambda.create_function_url_config().function_name(&self.name);
        let create = create.set_qualifier(qualifier(of)).auth_type(url.auth.as_str().into());
        let create = create.invoke_mode(url.invoke_mode.as_str().into()).cors(url.cors.sent());
        if !there.urls.contains_key(of)
            && self.patiently(cx, || create.clone().send()).await.absent(THERE)?.is_some()
        {
            return Ok(());
        }
        let update = lambda.update_function_url_config().function_name(&self.name);
        let update = update.set_qualifier(qualifier(of)).auth_type(url.auth.as_str().into());
        let update = update.invoke_mode(url.invoke_mode.as_str().into()).cors(url.cors.sent());
        self.patiently(cx, || update.clone().send()).await.map(drop)
    }

    async fn sync_asynchronous(&self, of: &str, there: &Hanging, cx: &Cx<'_>) -> Result<(), Error> {
        let Some(wanted) = self.asynchronous.get(of) else { return Ok(()) };
        let known = there.asynchronous.get(of).cloned().unwrap_or_default();
        // The call replaces all of it: what isn't ours is put back.
        let all = Asynchronous {
            retries: wanted.retries.or(known.retries),
            max_age_secs: wanted.max_age_secs.or(known.max_age_secs),
            on_success: wanted.on_success.clone().or_else(|| known.on_success.clone()),
            on_failure: wanted.on_failure.clone().or_else(|| known.on_failure.clone()),
        };
        if all == known {
            return Ok(());
        }
        let arn = |topic: &Option<crate::Ref<_>>| match topic {
            Some(topic) => match topic.name().strip_prefix("foreign:") {
                Some(arn) => Ok(Some(arn.to_owned())),
                None => cx.ids.id(topic).map(Some),
            },
            None => Ok(None),
        };
        let (success, failure) = (arn(&all.on_success)?, arn(&all.on_failure)?);
        let destinations = DestinationConfig::builder()
            .set_on_success(success.map(|arn| OnSuccess::builder().destination(arn).build()))
            .set_on_failure(failure.map(|arn| OnFailure::builder().destination(arn).build()));
        let put = cx.aws.lambda(cx.region).put_function_event_invoke_config().function_name(&self.name);
        let put = put
            .set_qualifier(qualifier(of))
            .set_maximum_retry_attempts(all.retries.map(small))
            .set_maximum_event_age_in_seconds(all.max_age_secs.map(small))
            .destination_config(destinations.build());
        self.patiently(cx, || put.clone().send()).await.map(drop)
    }
}

/// Whether AWS refused because the function is being made or changed.
pub(super) fn is_busy(error: &Error) -> bool {
    let busy = ["cannot be performed at this time", "concurrent update operation"];
    error.code() == Some("ResourceConflictException") && busy.iter().any(|text| says(error, text))
}

/// The account in the ARN of an account, which a call takes alone.
fn account(arn: &str) -> Option<&str> {
    arn.rsplit(':').next().filter(|account| account.len() == 12)
}
