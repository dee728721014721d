//! The parameter and its versions: what stands, and writes that are told whether they do.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_ssm::types::{Parameter, ParameterType};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::FinalizerInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::DateTime;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::Format;

use super::{Claim, PARAMETER};
use crate::aws::Aws;
use crate::error::{Absent, Error};

/// What is read at once.
#[derive(Debug)]
pub(super) struct Seen {
    /// The last version, void or not; 0 where there is no parameter.
    pub(super) latest: i64,
    /// When AWS told it, by its own clock.
    pub(super) date: SystemTime,
    /// The last version that stands.
    pub(super) stands: Option<Stands>,
}

#[derive(Debug)]
pub(super) struct Stands {
    pub(super) version: i64,
    pub(super) claim: Claim,
    written: SystemTime,
}

impl Seen {
    /// How long ago it was written when it was read: by AWS's clock alone.
    pub(super) fn age(&self, stands: &Stands) -> Duration {
        self.date.duration_since(stands.written).unwrap_or_default()
    }
}

/// The parameter of a region.
pub(super) struct Store<'a> {
    pub(super) aws: &'a Aws,
    pub(super) region: &'a str,
}

impl Store<'_> {
    /// Reads the last version, and those before it as far back as one stands.
    pub(super) async fn look(&self) -> Result<Seen, Error> {
        let (mut at, date) = self.get(None).await?;
        let latest = at.as_ref().map_or(0, Parameter::version);
        let mut stands = None;
        while let (None, Some(parameter)) = (&stands, &at) {
            let (version, claim) = (parameter.version(), self.claim(parameter)?);
            if claim.follows + 1 == version {
                let written = parameter.last_modified_date().and_then(|date| (*date).try_into().ok());
                stands = Some(Stands { version, claim, written: written.unwrap_or(date) });
            } else {
                at = self.get(Some(version - 1)).await?.0;
            }
        }
        Ok(Seen { latest, date, stands })
    }

    /// Writes a version; tells its number if it stands, and nothing if somebody else was first.
    pub(super) async fn put(&self, claim: &Claim) -> Result<Option<i64>, Error> {
        let text = serde_json::to_string(claim).unwrap_or_default();
        let ours = claim.follows + 1;
        let put = self
            .aws
            .ssm(self.region)
            .put_parameter()
            .name(PARAMETER)
            .description("Keeps two applies of supertokens-region apart")
            .r#type(ParameterType::String)
            .overwrite(claim.follows > 0)
            .value(&text);
        let answer = put.send().await.map_err(Error::from);
        if answer.as_ref().is_ok_and(|answer| answer.version() == ours) {
            return Ok(Some(ours));
        }
        // Somebody else was first; or an attempt before this one took effect, and its answer was lost.
        let stands = async {
            let there = self.get(Some(ours)).await?.0;
            Ok(there.is_some_and(|there| there.value() == Some(&text)).then_some(ours))
        };
        match answer {
            Ok(_) => stands.await,
            Err(error) if error.code() == Some("ParameterAlreadyExists") => stands.await,
            Err(error) => match stands.await {
                Ok(Some(ours)) => Ok(Some(ours)),
                Ok(None) | Err::<_, Error>(_) => Err(error),
            },
        }
    }

    /// The last version, or the one of this number, if there is one; and the time at AWS.
    async fn get(&self, version: Option<i64>) -> Result<(Option<Parameter>, SystemTime), Error> {
        let name = version.map_or(PARAMETER.to_owned(), |version| format!("{PARAMETER}:{version}"));
        let date = Date::default();
        let get = self.aws.ssm(self.region).get_parameter().name(name);
        let answer = get.customize().interceptor(date.clone()).send().await;
        let answer = answer.absent(&["ParameterNotFound", "ParameterVersionNotFound"])?;
        Ok((answer.and_then(|answer| answer.parameter), date.told()))
    }

    fn claim(&self, parameter: &Parameter) -> Result<Claim, Error> {
        serde_json::from_str(parameter.value().unwrap_or_default()).map_err(|_| Error::Conflict {
            message: format!("`{PARAMETER}` of {} holds something else than a lease", self.region),
            hint: "see who wrote it: `aws ssm get-parameter-history`; to go without a lease: `--no-lock`"
                .to_owned(),
        })
    }
}

/// A time as people and machines read it: `2026-01-01T00:00:00Z`.
pub(super) fn text(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    DateTime::from_secs(seconds.cast_signed()).fmt(Format::DateTime).unwrap_or_default()
}

/// Remembers the `Date` of an answer.
#[derive(Clone, Debug, Default)]
struct Date(Arc<Mutex<Option<SystemTime>>>);

impl Date {
    /// This host's time where AWS, or what stands for it, told none.
    fn told(&self) -> SystemTime {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_else(SystemTime::now)
    }
}

impl Intercept for Date {
    fn name(&self) -> &'static str {
        "date"
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let date = context.response().and_then(|response| response.headers().get("date"));
        let date = date.and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
        if let Some(date) = date.and_then(|date| date.try_into().ok()) {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(date);
        }
        Ok(())
    }
}
