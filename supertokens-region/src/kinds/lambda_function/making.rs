//! A function is made, or its code and configuration are brought to what is wanted.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_lambda::operation::create_function::CreateFunctionOutput;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::types::{
    DeadLetterConfig, Environment, EphemeralStorage, FunctionConfiguration, LastUpdateStatus, SnapStart,
    SnapStartApplyOn, State, TracingConfig,
};

use futures::future::FutureExt;

use super::LambdaFunction;
use super::delivery::SMALL;
use super::parts::LATEST;
use super::refusals::says;
use super::there;
use crate::address::Ref;
use crate::error::{Absent, Error};
use crate::ids::Stage;
use crate::kind::Cx;
use crate::wait;

/// A function is ready within seconds, within minutes in a VPC or with a snapshot.
const PATIENCE: Duration = Duration::from_secs(600);
/// IAM spreads the word of a new role within half a minute.
const NEW_ROLE: Duration = Duration::from_secs(90);
/// What Lambda says of a role that it does not know yet, or may not assume.
const NOT_ASSUMED: &str = "cannot be assumed by Lambda";
impl LambdaFunction {
    /// Waits until an update is over, one way or the other.
    pub(super) async fn updated(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let found = self.settled(cx).await?;
        match found.configuration() {
            Some(now) if now.last_update_status() == Some(&LastUpdateStatus::Failed) => {
                let why = now.last_update_status_reason().unwrap_or("it doesn't say why");
                Err(self
                    .conflict(&format!("AWS could not update it: {why}"), "see what it says, then run again"))
            }
            _ => Ok(()),
        }
    }

    /// Lambda would make the group at the first run, to keep events for ever.
    async fn make_log_group(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let create = cx.aws.logs(cx.region).create_log_group().log_group_name(self.log_group_name());
        create.send().await.absent(&["ResourceAlreadyExistsException"])?;
        cx.ids.reach(&Ref::<Self>::new(&self.name).address(), Stage::HasLogGroups);
        Ok(())
    }

    /// Makes it, as soon as Lambda can assume its role: without tags, and with a version where one is wanted, whose number it
    /// tells. `None` where it is there: somebody was faster, or an answer was lost.
    pub(super) async fn create(&self, cx: &Cx<'_>) -> Result<Option<Option<String>>, Error> {
        let what = format!("Lambda can assume the role of `{}`", self.name);
        wait::until(cx.progress, &what, NEW_ROLE, || self.try_to_create(cx).boxed()).await
    }

    /// One attempt; `None` where the role is too new. An attempt brings the package anew, rather than to keep it.
    async fn try_to_create(&self, cx: &Cx<'_>) -> Result<Option<Option<Option<String>>>, Error> {
        let Some(code) = &self.code else {
            return Err(self.conflict("it has no code", "copy it from a reference"));
        };
        let (dead_letters, what) = (self.dead_letter_config(cx)?, format!("function {}", self.name));
        let bring = async || code.deliver(&what, self.through.as_ref(), cx).boxed().await;
        // A large one comes after the layers: whoever has the turn waits for nobody.
        let early = async { if code.size <= SMALL { bring().await.map(Some) } else { Ok(None) } };
        let vpc = async {
            match &self.network {
                Some(network) => network.sent(cx).await.map(Some),
                None => Ok(None),
            }
        };
        let (layers, vpc, early, ()) =
            tokio::try_join!(self.layer_arns(cx).boxed(), vpc, early, self.make_log_group(cx))?;
        let code = match early {
            Some(code) => code,
            None => bring().await?,
        };
        let (code, _turn) = code.into_function();
        let create = cx.aws.lambda(cx.region).create_function().function_name(&self.name);
        let create = create
            .code(code)
            .set_runtime(self.runtime.as_deref().map(Into::into))
            .set_handler(self.handler.clone())
            .role(self.role_arn(cx))
            .set_description(self.description.clone())
            .set_timeout(self.timeout_secs.map(small))
            .set_memory_size(self.memory_mib.map(small))
            .set_ephemeral_storage(self.ephemeral_storage()?)
            .set_architectures(self.architecture.as_deref().map(|one| vec![one.into()]))
            .set_tracing_config(self.tracing_config())
            .set_snap_start(self.snap_start_config())
            .set_logging_config(self.logging.as_ref().map(super::Logging::sent))
            .set_environment(self.environment_with(None))
            .set_layers(layers.filter(|layers| !layers.is_empty()))
            .set_vpc_config(vpc)
            .set_dead_letter_config(dead_letters)
            .set_publish(self.publishes().then_some(true));
        match create.send().await.absent(&["ResourceConflictException"]).map_err(|error| self.scrubbed(error))
        {
            Ok(made) => {
                let version = |made: CreateFunctionOutput| made.version.filter(|number| number != LATEST);
                // An answer that doesn't tell the version that was asked for is looked behind.
                let told = |number: &Option<String>| number.is_some() || !self.publishes();
                Ok(Some(made.map(version).filter(told)))
            }
            Err(error) if says(&error, NOT_ASSUMED) => Ok(None),
            Err(error) => Err(self.explained(error)),
        }
    }

    /// Sends the configuration where one of `fields` differs; tells whether it did.
    pub(super) async fn configure(
        &self,
        fields: &[String],
        now: &FunctionConfiguration,
        revision: Option<&str>,
        cx: &Cx<'_>,
    ) -> Result<bool, Error> {
        let differs = |field: &str| fields.iter().any(|known| known == field);
        let mut update = cx.aws.lambda(cx.region).update_function_configuration().function_name(&self.name);
        let mut some = false;
        for field in fields {
            update = match field.as_str() {
                "runtime" => update.set_runtime(self.runtime.as_deref().map(Into::into)),
                "handler" => update.set_handler(self.handler.clone()),
                "role" => update.role(self.role_arn(cx)),
                "description" => update.set_description(self.description.clone()),
                "timeout_secs" => update.set_timeout(self.timeout_secs.map(small)),
                "memory_mib" => update.set_memory_size(self.memory_mib.map(small)),
                "ephemeral_storage_mib" => update.set_ephemeral_storage(self.ephemeral_storage()?),
                "tracing" => update.set_tracing_config(self.tracing_config()),
                "snap_start" => update.set_snap_start(self.snap_start_config()),
                "logging" => {
                    self.make_log_group(cx).await?;
                    update.set_logging_config(self.logging.as_ref().map(super::Logging::sent))
                }
                "environment" => update.set_environment(self.environment_with(Some(now))),
                "layers" => update.set_layers(self.layer_arns(cx).await?),
                "dead_letters" => update.set_dead_letter_config(self.dead_letter_config(cx)?),
                "network" => match &self.network {
                    Some(network) => update.vpc_config(network.sent(cx).await?),
                    None => update,
                },
                _ => continue,
            };
            some = true;
        }
        if !some {
            return Ok(false);
        }
        let answer = update.set_revision_id(revision.map(str::to_owned)).send().await.map_err(Error::from);
        match answer.map_err(|error| self.explained(self.scrubbed(error))) {
            Ok(_) => Ok(true),
            Err(error) if differs("environment") => Err(self.scrubbed_of(error, now)),
            Err(error) => Err(error),
        }
    }

    pub(super) async fn update_code(&self, cx: &Cx<'_>) -> Result<(), Error> {
        let Some(code) = &self.code else { return Ok(()) };
        let what = format!("function {}", self.name);
        let (code, _turn) = Box::pin(code.deliver(&what, self.through.as_ref(), cx)).await?.into_function();
        let update = cx.aws.lambda(cx.region).update_function_code().function_name(&self.name);
        let update = update
            .set_zip_file(code.zip_file)
            .set_s3_bucket(code.s3_bucket)
            .set_s3_key(code.s3_key)
            .set_architectures(self.architecture.as_deref().map(|one| vec![one.into()]));
        update.send().await.map(drop).map_err(|error| self.explained(error.into()))
    }

    /// Waits until it can be used and changed.
    pub(super) async fn settled(&self, cx: &Cx<'_>) -> Result<GetFunctionOutput, Error> {
        let what = format!("the function `{}` is ready", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            let Some(found) = there::get(&self.name, cx.region, cx).await? else { return Err(self.gone()) };
            let ready = found.configuration().map_or(Ok(false), |now| self.ready(now))?;
            Ok(ready.then_some(found))
        })
        .await
    }

    /// Whether a version is ready; a failed one never will be. One whose last update failed can be updated again.
    pub(super) fn ready(&self, now: &FunctionConfiguration) -> Result<bool, Error> {
        if now.state() == Some(&State::Failed) {
            let why = now.state_reason().unwrap_or("it doesn't say why");
            let hint = "delete it, then run again: it is made anew";
            return Err(self.conflict(&format!("AWS could not make it: {why}"), hint));
        }
        Ok(now.state() != Some(&State::Pending)
            && now.last_update_status() != Some(&LastUpdateStatus::InProgress))
    }

    pub(super) fn gone(&self) -> Error {
        Error::AtOdds {
            message: format!("`{}`: it was made, and is not there", self.name),
            hint: "run again in a minute".to_owned(),
        }
    }

    pub(super) fn role_arn(&self, cx: &Cx<'_>) -> String {
        let role = self.role.as_deref().unwrap_or_default();
        cx.arn("iam", "", &format!("role/{role}"))
    }

    fn dead_letter_config(&self, cx: &Cx<'_>) -> Result<Option<DeadLetterConfig>, Error> {
        let arn = self.dead_letters.as_ref().map(|topic| cx.ids.id(topic)).transpose()?;
        Ok(arn.map(|arn| DeadLetterConfig::builder().target_arn(arn).build()))
    }

    fn ephemeral_storage(&self) -> Result<Option<EphemeralStorage>, Error> {
        let build = |size: i64| EphemeralStorage::builder().size(small(size)).build();
        let built = self.ephemeral_storage_mib.map(build).transpose();
        built.map_err(|_| self.conflict("its `/tmp` has no size", "give it one"))
    }

    fn tracing_config(&self) -> Option<TracingConfig> {
        self.tracing.as_deref().map(|mode| TracingConfig::builder().mode(mode.into()).build())
    }

    fn snap_start_config(&self) -> Option<SnapStart> {
        let apply_on = |on| if on { SnapStartApplyOn::PublishedVersions } else { SnapStartApplyOn::None };
        self.snap_start.map(|on| SnapStart::builder().apply_on(apply_on(on)).build())
    }

    /// All variables: those that are there, which the call would take away, and the wanted ones.
    fn environment_with(&self, now: Option<&FunctionConfiguration>) -> Option<Environment> {
        let there = now.and_then(|now| now.environment()?.variables());
        let mut all: HashMap<String, String> = there.cloned().unwrap_or_default();
        let wanted = self.environment.iter();
        all.extend(wanted.filter_map(|(key, value)| Some((key.clone(), value.expose()?.to_owned()))));
        (!all.is_empty()).then(|| Environment::builder().set_variables(Some(all)).build())
    }

    pub(super) fn conflict(&self, message: &str, hint: &str) -> Error {
        Error::Conflict { message: format!("`{}`: {message}", self.name), hint: hint.to_owned() }
    }
}

/// `check` has let through small numbers only.
pub(super) fn small(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
