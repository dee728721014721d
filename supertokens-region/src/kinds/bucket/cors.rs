//! Which web pages may use a bucket: a list of rules, of which the first that fits counts.

use aws_sdk_s3::types::{self, CorsConfiguration};
use serde::{Deserialize, Serialize};

use super::Bucket;
use super::place::{At, on};
use super::settings::built;
use crate::error::{Absent, Error};
use crate::findings::Finding;

/// A rule, as S3 has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cors {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    id: Option<String>,
    methods: Vec<String>,
    pub(super) origins: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    headers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    expose: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    max_age_secs: Option<i32>,
}

impl Cors {
    fn told(rule: &types::CorsRule) -> Self {
        Self {
            id: rule.id().map(str::to_owned),
            methods: rule.allowed_methods().to_vec(),
            origins: rule.allowed_origins().to_vec(),
            headers: rule.allowed_headers().to_vec(),
            expose: rule.expose_headers().to_vec(),
            max_age_secs: rule.max_age_seconds(),
        }
    }

    fn rule(&self) -> Result<types::CorsRule, Error> {
        let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        let rule = types::CorsRule::builder()
            .set_id(self.id.clone())
            .set_allowed_methods(Some(self.methods.clone()))
            .set_allowed_origins(Some(self.origins.clone()))
            .set_allowed_headers(some(&self.headers))
            .set_expose_headers(some(&self.expose))
            .set_max_age_seconds(self.max_age_secs);
        built(rule.build())
    }

    /// Whether both are about the same pages, so that one takes the other's place.
    fn replaces(&self, other: &Self) -> bool {
        let named = self.id.is_some() && self.id == other.id;
        named || (&self.methods, &self.origins) == (&other.methods, &other.origins)
    }
}

/// What is there: as it is wanted, where all that is wanted is among it in that order.
pub(super) fn told(live: &[Cors], wanted: &[Cors]) -> Vec<Cors> {
    let mut rest = live.iter();
    let all = wanted.iter().all(|rule| rest.any(|live| live == rule));
    if all { wanted.to_vec() } else { live.to_vec() }
}

impl At<'_> {
    pub(super) async fn cors(&self) -> Result<Vec<Cors>, Error> {
        let answer = on!(self, get_bucket_cors).send().await.absent(&["NoSuchCORSConfiguration"])?;
        let rules = answer.and_then(|answer| answer.cors_rules).unwrap_or_default();
        Ok(rules.iter().map(Cors::told).collect())
    }

    /// Puts the wanted rules before those of others, which stay.
    pub(super) async fn put_cors(&self, wanted: &[Cors]) -> Result<(), Error> {
        let live = if self.new { vec![] } else { self.cors().await? };
        let others = live.iter().filter(|live| !wanted.iter().any(|rule| rule.replaces(live)));
        let rules = wanted.iter().chain(others).map(Cors::rule).collect::<Result<Vec<_>, _>>()?;
        let all = built(CorsConfiguration::builder().set_cors_rules(Some(rules)).build())?;
        on!(self, put_bucket_cors).cors_configuration(all).send().await?;
        Ok(())
    }
}

impl Bucket {
    /// Rules that nobody asked for.
    pub(super) fn extra_cors(&self, live: &[Cors]) -> Option<Finding> {
        let wanted = self.cors.as_deref().unwrap_or_default();
        let extra = live.iter().filter(|rule| !wanted.contains(rule));
        let extra: Vec<_> =
            extra.flat_map(|rule| &rule.origins).map(|origin| format!("`{origin}`")).collect();
        let text = || format!("other CORS rules let pages use it too, of {}", extra.join(", "));
        (!extra.is_empty()).then(|| Finding::info("extra-cors-rule", text()))
    }
}
