//! A bucket of another region: what of it can be carried over, and what stays behind.

use aws_sdk_s3::types::{LoggingEnabled, Permission};

use super::left_behind::{self, STAYS, not_looked_at};
use super::place::{self, At, on};
use super::settings::{NO_ACLS, PublicAccessBlock, SSE_S3, UNSET};
use super::{Bucket, bucket, lifecycle};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;
use crate::policy::Document;
use crate::region::label;

/// What is granted to S3's own log delivery, in lists of before bucket policies could.
const LOG_DELIVERY: &str = "http://acs.amazonaws.com/groups/s3/LogDelivery";

impl Bucket {
    /// The bucket of this name in the region of `cx`, with what can be carried over: versioning, encryption, lifecycle, CORS,
    /// tags. Public access and ACLs are as strict as for any new bucket. What stays behind is told when it is to be made.
    pub(crate) async fn carried_over(name: &str, cx: &Cx<'_>) -> Result<(Self, Vec<Finding>), Error> {
        let at = At::new(name, cx);
        let regions = place::regions(cx.aws, cx.region).await?;
        if !at.is_there(regions.get(name)).await? {
            return Err(Error::Conflict {
                message: format!("{} has no `bucket/{name}`", cx.region),
                hint: "name another, or another reference region".to_owned(),
            });
        }
        let ((encryption, bucket_key), (versioning, asks), ages, cors, tags) = tokio::try_join!(
            at.encryption(""),
            at.versioning_and_mfa(),
            at.lifecycle(),
            at.cors(),
            at.tags(),
        )?;
        let (encryption, finding) = encryption_over(name, &encryption);
        let mut findings: Vec<_> = finding.into_iter().collect();
        let lifecycle = lifecycle::told(&ages, &Default::default());
        let smallest = ages.transition_default_minimum_object_size().filter(|_| !lifecycle.is_empty());
        let carried = Self {
            bucket_key: bucket_key.filter(|on| *on),
            encryption,
            versioning: versioning.then_some(true),
            smallest_to_move: smallest.map(|it| it.as_str().to_owned()),
            lifecycle,
            cors: (!cors.is_empty()).then_some(cors),
            tags: tags.into_iter().filter(|(key, _)| !key.to_lowercase().starts_with("aws:")).collect(),
            like: Some((cx.region.to_owned(), name.to_owned())),
            ..bucket(name)
        };
        findings.extend(carried.names_region(cx.region));
        findings.extend(asks.then(|| left_behind::has(name, "deletions that ask for a device (MFA)")));
        Ok((carried, findings))
    }

    /// What stays behind of the bucket that it was carried over from. What can't be read keeps nothing from being made: it is
    /// told.
    pub(super) async fn stays_behind(&self, cx: &Cx<'_>) -> Vec<Finding> {
        let Some((region, name)) = &self.like else { return vec![] };
        let cx = Cx { region: region.as_str(), ..*cx };
        let at = At::new(name, &cx);
        let reach = async { tokio::try_join!(at.ownership(), at.public_access_block()) };
        let said = async { tokio::try_join!(at.policy(), at.logging(), at.strangers()) };
        let (reach, said, more) = tokio::join!(reach, said, left_behind::look(&at));
        let mut findings = vec![];
        match reach {
            Ok((ownership, block)) => findings.extend(stricter(name, &ownership, &block)),
            Err(error) => findings.push(not_looked_at(name, "ACLs or public access", &error)),
        }
        match said {
            Ok((document, logging, (logs_by_acl, strangers))) => {
                findings.extend(said_anew(name, document.as_ref(), logging.as_ref(), logs_by_acl));
                findings.extend(strangers);
            }
            Err(error) => findings.push(not_looked_at(name, "a policy, access logs or ACLs", &error)),
        }
        findings.extend(more);
        findings
    }

    /// Texts that still name the region that they come from.
    fn names_region(&self, region: &str) -> Vec<Finding> {
        let tags = self.tags.iter().map(|(key, value)| (format!("tags.{key}"), vec![key, value]));
        let rules = self.lifecycle.iter().map(|(id, rule)| {
            let more =
                rule.only.iter().flat_map(|only| only.tags.iter().flat_map(|(key, value)| [key, value]));
            (format!("lifecycle.{id}"), [id, &rule.under].into_iter().chain(more).collect())
        });
        let pages = self.cors.iter().flatten().map(|rule| ("cors".to_owned(), rule.origins.iter().collect()));
        let names = [region.to_owned(), label(region).to_lowercase()];
        let same = |text: &str| names.iter().any(|name| text.to_lowercase().contains(name));
        let named = tags.chain(rules).chain(pages);
        let named = named.filter(|(_, texts): &(String, Vec<&String>)| texts.iter().any(|text| same(text)));
        let told = named.map(|(field, _)| {
            let text = format!("`{field}` names {region}, which it was copied from");
            Finding::warning("names-region", text).hint("say what it is to be here, if it matters")
        });
        told.collect()
    }
}

/// Where a new bucket is stricter than this one.
fn stricter(name: &str, ownership: &str, block: &PublicAccessBlock) -> Option<Finding> {
    let acls = (ownership != NO_ACLS).then_some("ACLs are off");
    let public = (*block != PublicAccessBlock::ALL).then_some("all public access is blocked");
    let all: Vec<_> = [acls, public].into_iter().flatten().collect();
    let text = format!("{}: otherwise than with `{name}`", all.join(", "));
    let hint = "let whoever needs it in by the policy";
    (!all.is_empty()).then(|| Finding::info("stricter", text).hint(hint))
}

/// The encryption to carry over. A key belongs to its region; an alias may name another one elsewhere.
fn encryption_over(name: &str, told: &str) -> (String, Option<Finding>) {
    let Some((algorithm, key)) = told.split_once(' ') else {
        let text = format!("objects are encrypted with S3's own keys, which those of `{name}` are not");
        return (SSE_S3.to_owned(), (told == UNSET).then(|| Finding::info("stricter", text)));
    };
    match key.rfind("alias/").map(|at| &key[at..]) {
        Some(alias) => {
            let text = format!("the KMS key is the one that `{alias}` names here, as it does for `{name}`");
            let hint = "make that alias here first, if there is none: without it nothing can be written";
            (format!("{algorithm} {alias}"), Some(Finding::info("mapped", text).hint(hint)))
        }
        None => {
            let text = format!(
                "the KMS key of `{name}` belongs to its region: objects are encrypted with S3's own keys here"
            );
            let hint = "name a key of this region, if it matters: `.encrypt_with(\"alias/...\")`";
            (SSE_S3.to_owned(), Some(Finding::warning(STAYS, text).hint(hint)))
        }
    }
}

/// What names things of its region, and is said anew: policy, access logs, and the logs that an ACL lets in.
fn said_anew(
    name: &str,
    document: Option<&Document>,
    logging: Option<&LoggingEnabled>,
    logs_by_acl: bool,
) -> Option<Finding> {
    let sids = document.into_iter().flat_map(|document| document.statements());
    let sids = sids.map(|statement| match statement["Sid"].as_str() {
        Some(sid) => format!("`{sid}`"),
        None => "a statement".to_owned(),
    });
    let sids = sids.collect::<Vec<_>>().join(", ");
    let policy = document.map(|_| format!("its policy ({sids})"));
    let logging = logging.map(|to| {
        let form = to.target_object_key_format().and_then(|format| format.partitioned_prefix());
        let form = if form.is_some() { ", in folders by date" } else { "" };
        format!("its access logs (in `s3://{}/{}`{form})", to.target_bucket(), to.target_prefix())
    });
    let acl = logs_by_acl.then(|| "its ACL that lets in S3's access logs".to_owned());
    let all: Vec<_> = [policy, logging, acl].into_iter().flatten().collect();
    let text = format!("`{name}` has what names things of its region: {}", all.join("; "));
    let hint = "say it anew: `.readable_from`, `.receives_access_logs`, `.receives_flow_logs`, `.log_to`";
    (!all.is_empty()).then(|| Finding::info(STAYS, text).hint(hint))
}

impl At<'_> {
    /// Whether the access control list lets S3's access logs in, and who else is let in beside the owner.
    async fn strangers(&self) -> Result<(bool, Option<Finding>), Error> {
        let answer = on!(self, get_bucket_acl).send().await?;
        let owner = answer.owner().and_then(|owner| owner.id());
        let (mut logs, mut others) = (false, vec![]);
        for grant in answer.grants() {
            let Some(to) = grant.grantee() else { continue };
            match to.uri() {
                Some(LOG_DELIVERY) => logs = true,
                None if to.id() == owner => {}
                uri => {
                    let who = uri.and_then(|uri| uri.rsplit('/').next()).unwrap_or("another account");
                    let what = grant.permission().map_or("something", Permission::as_str);
                    others.push(format!("{who} ({what})"));
                }
            }
        }
        let text = format!("the ACL of `{}` lets in {}", self.name, others.join(", "));
        let hint = "ACLs are off here: let them in by the policy, if they are to come in";
        let finding = Finding::warning(STAYS, text).hint(hint);
        Ok((logs, (!others.is_empty()).then_some(finding)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::lifecycle_rule;

    #[test]
    fn keys_stay_in_their_region_and_aliases_name_the_one_of_another() {
        fn over(told: &str) -> (String, Option<Finding>) {
            encryption_over("data", told)
        }
        assert_eq!(over("AES256"), (SSE_S3.to_owned(), None));
        let (encryption, finding) = over("none");
        assert_eq!((encryption.as_str(), finding.unwrap().rule.as_str()), (SSE_S3, "stricter"));
        for key in ["alias/mine", "arn:aws:kms:us-east-1:123456789012:alias/mine"] {
            let (encryption, finding) = over(&format!("aws:kms {key}"));
            assert_eq!(
                (encryption.as_str(), finding.unwrap().rule.as_str()),
                ("aws:kms alias/mine", "mapped")
            );
        }
        let (encryption, finding) = over("aws:kms arn:aws:kms:us-east-1:123456789012:key/1234abcd");
        let finding = finding.unwrap();
        assert_eq!((encryption.as_str(), finding.rule.as_str()), (SSE_S3, STAYS));
        assert!(!finding.message.contains("1234abcd"), "{finding:?}");
    }

    #[test]
    fn what_names_the_region_is_told_with_its_field() {
        let rule = lifecycle_rule("tidy").under("US_East_1/").expire_after_days(1);
        let bucket = bucket("b").tag("a", "of us-east-1").tag("b", "of us-east-2").lifecycle(rule);
        let told = bucket.names_region("us-east-1").into_iter().map(|finding| finding.message);
        let fields: Vec<_> = told.map(|text| text.split('`').nth(1).unwrap_or_default().to_owned()).collect();
        assert_eq!(fields, ["tags.a", "lifecycle.tidy"]);
    }
}
