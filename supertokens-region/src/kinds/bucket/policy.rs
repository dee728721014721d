//! A bucket's policy: each statement by its `Sid`, within the one document that S3 has of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Bucket;
use super::grant::{Grant, Names};
use super::place::{At, on};
use crate::error::{Absent, Error};
use crate::findings::Finding;
use crate::kind::Cx;
use crate::policy::{Document, canonical};

impl Bucket {
    /// The statements of a live policy: those that grant what is wanted under their `Sid` in its words.
    pub(super) fn grants(&self, live: &Document, cx: &Cx<'_>) -> Result<BTreeMap<String, Grant>, Error> {
        let mut grants = BTreeMap::new();
        for statement in live.statements() {
            let Some(sid) = statement["Sid"].as_str() else { continue };
            let told = match self.policy.get(sid) {
                Some(grant) if grant.is_granted(&statement_of(grant, sid, &self.name, cx)?, statement) => {
                    grant.clone()
                }
                _ => Grant::Other(canonical(statement)),
            };
            grants.insert(sid.to_owned(), told);
        }
        Ok(grants)
    }

    /// Statements that nobody asked for, beside those that AWS adds for its logs.
    pub(super) fn extra_statements(&self, live: &Document) -> Option<Finding> {
        let sids = live.statements().into_iter().map(|statement| statement["Sid"].as_str());
        let extra = sids.filter(|sid| {
            sid.is_none_or(|sid| !self.policy.contains_key(sid) && !sid.starts_with("AWSLogDelivery"))
        });
        let extra: Vec<_> =
            extra.map(|sid| sid.map_or("one without a `Sid`".to_owned(), |sid| format!("`{sid}`"))).collect();
        let text = || format!("its policy has other statements too: {}", extra.join(", "));
        (!extra.is_empty()).then(|| Finding::info("extra-statement", text()))
    }
}

fn statement_of(grant: &Grant, sid: &str, bucket: &str, cx: &Cx<'_>) -> Result<Value, Error> {
    let names = Names {
        partition: &cx.identity.partition,
        account: cx.account(),
        region: cx.region,
        bucket,
        vpc: grant.vpc().map(|vpc| cx.ids.id(vpc)).transpose()?.unwrap_or_default(),
    };
    Ok(grant.statement(sid, &names))
}

impl At<'_> {
    pub(super) async fn policy(&self) -> Result<Option<Document>, Error> {
        let answer = on!(self, get_bucket_policy).send().await.absent(&["NoSuchBucketPolicy"])?;
        let text = answer.and_then(|answer| answer.policy);
        let unreadable = |error| Error::Conflict {
            message: format!("the policy of the bucket `{}` can't be understood: {error}", self.name),
            hint: "look at it in the console".to_owned(),
        };
        text.map(|text| Document::parse(&text).map_err(unreadable)).transpose()
    }

    /// The policy, and whether AWS calls it public.
    pub(super) async fn policy_and_status(&self) -> Result<(Option<Document>, bool), Error> {
        let status = async {
            let answer = on!(self, get_bucket_policy_status).send().await.absent(&["NoSuchBucketPolicy"])?;
            let status = answer.and_then(|answer| answer.policy_status);
            Ok(status.and_then(|status| status.is_public()) == Some(true))
        };
        tokio::try_join!(self.policy(), status)
    }

    /// Puts the grants among the statements that are there, which stay to the letter.
    pub(super) async fn put_policy(
        &self,
        id: Option<&str>,
        wanted: &BTreeMap<String, Grant>,
    ) -> Result<(), Error> {
        let live = if self.new { None } else { self.policy().await? };
        let mut document = live.clone().unwrap_or_else(Document::empty);
        if let Some(id) = id.filter(|id| document.id() != Some(id)) {
            document = document.with_id(id);
        }
        for (sid, grant) in wanted {
            let statement = statement_of(grant, sid, self.name, self.cx)?;
            match document.statement(sid) {
                Some(there) if grant.is_granted(&statement, there) => {}
                Some(there) => document = document.clone().with(grant.amended(statement, there)),
                None => document = document.with(statement),
            }
        }
        if live.as_ref() != Some(&document) {
            on!(self, put_bucket_policy).policy(document.to_string()).send().await?;
        }
        Ok(())
    }
}
