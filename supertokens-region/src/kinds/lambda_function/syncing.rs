//! What hangs on a function is brought to what is wanted: compared with what is there now, and never taken away.

use aws_sdk_lambda::types::{DestinationConfig, OnFailure, OnSuccess};

use super::LambdaFunction;
use super::content;
use super::hanging;
use super::making::small;
use super::parts::{Asynchronous, LATEST, Permission};
use super::there::{self, Around};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::{tags, wait};

/// A version with a snapshot takes minutes.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(900);
/// What AWS says of something that is there already.
const THERE: &[&str] = &["ResourceConflictException"];

/// The qualifier of calls.
fn qualifier(of: &str) -> Option<String> {
    (of != LATEST).then(|| of.to_owned())
}

impl LambdaFunction {
    pub(super) async fn sync(&self, cx: &Cx<'_>) -> Result<(), Error> {
        self.sync_tags_and_concurrency(cx).await?;
        Box::pin(self.sync_aliases(cx)).await?;
        Box::pin(self.sync_permissions(cx)).await?;
        Box::pin(self.sync_urls(cx)).await?;
        Box::pin(self.sync_asynchronous(cx)).await
    }

    async fn sync_tags_and_concurrency(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let lambda = cx.aws.lambda(cx.region);
        let Some(found) = there::get(&self.name, cx.region, cx).await? else { return Ok(()) };
        let known = found.tags().cloned().unwrap_or_default().into_iter().collect();
        let missing = tags::missing(&self.tags, &known);
        if !missing.is_empty() {
            let tag = lambda.tag_resource().resource(there::arn(&self.name, cx));
            tag.set_tags(Some(missing.into_iter().collect())).send().await?;
        }
        if let Some(runs) = self.reserved_concurrency.filter(|runs| hanging::reserved(&found) != Some(*runs))
        {
            let put = lambda.put_function_concurrency().function_name(&self.name);
            put.reserved_concurrent_executions(small(runs)).send().await?;
        }
        Ok(())
    }

    async fn sync_aliases(&self, cx: &Cx<'_>) -> Result<(), Error> {
        if self.aliases.is_empty() {
            return Ok(());
        }
        let there = hanging::aliases(&self.name, cx).await?;
        let mut published = None;
        for (name, alias) in &self.aliases {
            let version = match alias.leads_to.as_str() {
                LATEST => LATEST.to_owned(),
                _ => match &published {
                    Some(version) => String::clone(version),
                    None => published.insert(self.published(cx).await?).clone(),
                },
            };
            let (old_version, old_text) = there.get(name).cloned().unwrap_or_default();
            let same_text = alias.description.as_ref().is_none_or(|text| *text == old_text);
            if old_version == version && same_text {
                continue;
            }
            let lambda = cx.aws.lambda(cx.region);
            let create =
                lambda.create_alias().function_name(&self.name).name(name).function_version(&version);
            let create = create.set_description(alias.description.clone());
            if old_version.is_empty() && create.send().await.absent(THERE)?.is_some() {
                continue;
            }
            let update = lambda.update_alias().function_name(&self.name).name(name).function_version(version);
            update.set_description(alias.description.clone()).send().await?;
        }
        Ok(())
    }

    /// The number of a version with the wanted code and configuration: one that is there, or a new one.
    async fn published(&self, cx: &Cx<'_>) -> Result<String, Error> {
        let versions = hanging::versions(&self.name, cx).await?;
        let around = Around::of(versions.iter(), cx).await?;
        let mut number = None;
        for version in &versions {
            let told = there::told(version, Some(self), &around, cx).await?;
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
        let what = format!("version {number} of the function `{}` is ready", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            let get = cx.aws.lambda(cx.region).get_function().function_name(&self.name).qualifier(&number);
            let found = get.send().await.absent(there::NONE)?;
            let now = found.as_ref().and_then(|found| found.configuration());
            Ok(now.map_or(Ok(false), |now| self.ready(now))?.then_some(()))
        })
        .await?;
        Ok(number)
    }

    async fn sync_permissions(&self, cx: &Cx<'_>) -> Result<(), Error> {
        for (of, wanted) in &self.permissions {
            let there = hanging::permissions(&self.name, of, cx).await?;
            for (id, permission) in wanted {
                match there.get(id) {
                    None => self.allow(of, id, permission, cx).await?,
                    Some(same) if same == permission => {}
                    Some(other) => {
                        let text = format!("the permission `{id}` of `{of}` is another one: {other}");
                        return Err(self.conflict(&text, "remove it by hand, then run again"));
                    }
                }
            }
        }
        Ok(())
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
        add.send().await.absent(THERE).map(drop)
    }

    async fn sync_urls(&self, cx: &Cx<'_>) -> Result<(), Error> {
        if self.urls.is_empty() {
            return Ok(());
        }
        let there = hanging::urls(&self.name, cx).await?;
        let lambda = cx.aws.lambda(cx.region);
        for (of, url) in &self.urls {
            if there.get(of) == Some(url) {
                continue;
            }
            let create = lambda.create_function_url_config().function_name(&self.name);
            let create = create.set_qualifier(qualifier(of)).auth_type(url.auth.as_str().into());
            let create = create.invoke_mode(url.invoke_mode.as_str().into()).cors(url.cors.sent());
            if !there.contains_key(of) && create.send().await.absent(THERE)?.is_some() {
                continue;
            }
            let update = lambda.update_function_url_config().function_name(&self.name);
            let update = update.set_qualifier(qualifier(of)).auth_type(url.auth.as_str().into());
            update.invoke_mode(url.invoke_mode.as_str().into()).cors(url.cors.sent()).send().await?;
        }
        Ok(())
    }

    async fn sync_asynchronous(&self, cx: &Cx<'_>) -> Result<(), Error> {
        if self.asynchronous.is_empty() {
            return Ok(());
        }
        let there = hanging::asynchronous(&self.name, cx).await?;
        for (of, wanted) in &self.asynchronous {
            let known = there.get(of).cloned().unwrap_or_default();
            // The call replaces all of it: what isn't ours is put back.
            let all = Asynchronous {
                retries: wanted.retries.or(known.retries),
                max_age_secs: wanted.max_age_secs.or(known.max_age_secs),
                on_success: wanted.on_success.clone().or_else(|| known.on_success.clone()),
                on_failure: wanted.on_failure.clone().or_else(|| known.on_failure.clone()),
            };
            if all == known {
                continue;
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
            put.set_qualifier(qualifier(of))
                .set_maximum_retry_attempts(all.retries.map(small))
                .set_maximum_event_age_in_seconds(all.max_age_secs.map(small))
                .destination_config(destinations.build())
                .send()
                .await?;
        }
        Ok(())
    }
}

/// The account in the ARN of an account, which a call takes alone.
fn account(arn: &str) -> Option<&str> {
    arn.rsplit(':').next().filter(|account| account.len() == 12)
}
