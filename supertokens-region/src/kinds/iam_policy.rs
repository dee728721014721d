//! IAM policies that are there: where one names a bucket, it is to name another one too. Looked up, never made.

pub(crate) mod document;
mod extending;
pub(in crate::kinds) mod place;
mod remarks;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use self::document::{Look, extended};
use self::place::Place;
use super::Bucket;
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::findings::Finding;
use crate::ids::Stage;
use crate::kind::{Cx, Invalid, Kind, Live, MadeBy, all_failed};
use crate::text::count;

/// An IAM policy that is there. Made with [`iam_policy`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IamPolicy {
    name: String,
    /// By bucket.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    also_for: BTreeMap<String, Named>,
    /// The version that has to go before there can be a new one. Only reads tell it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    goes: Option<String>,
    /// The version in force and its text, which never changes. Only reads tell it.
    #[serde(skip)]
    in_force: Option<(String, String)>,
}

/// Where a bucket is named in a policy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
enum Named {
    /// Wherever this bucket is.
    Wherever(String),
    /// Not everywhere, but there, in words.
    In(String),
}

impl From<Named> for String {
    fn from(named: Named) -> Self {
        match named {
            Named::Wherever(like) => format!("named wherever {like} is"),
            Named::In(text) => text,
        }
    }
}

impl From<String> for Named {
    fn from(text: String) -> Self {
        let like = text.strip_prefix("named wherever ").and_then(|rest| rest.strip_suffix(" is"));
        match like {
            Some(like) => Self::Wherever(like.to_owned()),
            None => Self::In(text),
        }
    }
}

/// The policy with this name: a managed one of the account, or, where there is none, the one of that name in a role. It is
/// looked up, never made. IAM is the same for all regions, and so is every change of it.
#[must_use]
pub fn iam_policy(name: &str) -> IamPolicy {
    IamPolicy { name: name.to_owned(), also_for: BTreeMap::new(), goes: None, in_force: None }
}

impl IamPolicy {
    /// Names this bucket in each Allow statement whose `Resource` names the bucket `like`, ARN by ARN: with the same
    /// `/*` or path behind it. A wildcard in the statement that reaches it already is enough; all the rest of the policy
    /// stays to the letter. May be said of several buckets.
    ///
    /// A managed policy gets a new version, which is in force at once. It may have five: then the oldest that is not in
    /// force goes.
    #[must_use]
    pub fn also_for(mut self, bucket: Ref<Bucket>, like: &str) -> Self {
        self.also_for.insert(bucket.name().to_owned(), Named::Wherever(like.to_owned()));
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("IamPolicy");
        words.word("iam_policy", iam_policy);
        words.word("also_for", Self::also_for);
    }

    /// The buckets, and those that they are modelled on.
    fn pairs(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.also_for.iter().filter_map(|(bucket, named)| match named {
            Named::Wherever(like) => Some((bucket.as_str(), like.as_str())),
            Named::In(_) => None,
        })
    }
}

impl Kind for IamPolicy {
    const WORD: &'static str = "iam_policy";
    const MADE_BY: MadeBy = MadeBy::Others;

    fn name(&self) -> String {
        self.name.clone()
    }

    fn needs(&self) -> Vec<Address> {
        self.also_for.keys().map(|bucket| Address::new(Bucket::WORD, bucket)).collect()
    }

    /// What is set at the buckets beside is set meanwhile.
    fn awaits(&self) -> Vec<Address> {
        self.needs()
    }

    fn check(&self) -> Vec<Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
        let mut invalid = vec![];
        if self.name.is_empty() || self.name.len() > 128 || !self.name.chars().all(plain) {
            let text = format!("`{}` is not a policy's name", self.name);
            invalid.push(Invalid::new(text).hint("1-128 letters, digits or `+=,.@_-`; not its ARN"));
        }
        let bucket = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_".contains(c);
        for (_, like) in self.pairs().filter(|(_, like)| like.is_empty() || !like.chars().all(bucket)) {
            let text = format!("`{like}` is not a bucket's name");
            invalid.push(Invalid::new(text).hint("the name alone, without `arn:aws:s3:::` and path"));
        }
        invalid
    }

    fn calls(&self, _: Option<&Live<Self>>) -> Vec<(&'static str, u64)> {
        vec![("iam:CreatePolicyVersion", 1)]
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = place::managed(aws, region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let managed = match place::managed(cx.aws, cx.region).await {
            Ok(managed) => managed,
            Err(error) => return all_failed(wanted, &error),
        };
        let managed = &managed.0;
        let others: BTreeSet<&str> = wanted.iter().map(|policy| policy.name.as_str()).collect();
        let others: BTreeSet<&str> = others.into_iter().filter(|name| !managed.contains_key(*name)).collect();
        // Costs a call for each role of the account: only where it can't be elsewhere.
        let roles = if others.is_empty() { Ok(BTreeMap::new()) } else { place::roles_with(others, cx).await };
        let live = wanted.iter().map(|policy| async {
            if let Some((arn, version)) = managed.get(&policy.name) {
                let text = place::text_of(arn, version, cx).await?;
                let mut live = policy.told(&text, &Place::Managed(arn.clone()), cx).await?;
                live.is.in_force = Some((version.clone(), text));
                return Ok(Some(live));
            }
            let roles = roles.as_ref().map_err(Clone::clone)?;
            match roles.get(&policy.name).map_or(&[][..], Vec::as_slice) {
                [] => Ok(None),
                [role] => {
                    let text = place::text_in_role(role, &policy.name, cx).await?;
                    let place = Place::Inline(role.clone(), policy.name.clone());
                    policy.told(&text, &place, cx).await.map(Some)
                }
                several => Err(Error::Conflict {
                    message: format!(
                        "a policy `{}` is part of {} roles: {}",
                        policy.name,
                        several.len(),
                        several.join(", ")
                    ),
                    hint: "make one managed policy of them, or change them by hand".to_owned(),
                }),
            }
        });
        join_all(live).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let Some(live) = live else {
            return Err(Error::Needs(Address::new(Self::WORD, &self.name)));
        };
        // A bucket of that name may be somebody else's, as long as it isn't made.
        cx.reached(&self.needs(), Stage::Usable).await?;
        match Place::of(&live.id) {
            Place::Managed(arn) => self.extend_managed(&arn, &live.is, cx).await?,
            place @ Place::Inline(..) => self.extend_inline(&place, cx).await?,
        }
        Ok(live.id.clone())
    }
}

impl IamPolicy {
    async fn told(&self, text: &str, place: &Place, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let mut live = Live::new(iam_policy(&self.name), place.id());
        for (bucket, like) in self.pairs() {
            let look = Look::at(text, bucket, like).map_err(|error| self.unreadable(&error))?;
            let named = match (look.named, look.of) {
                _ if look.is_complete() => Named::Wherever(like.to_owned()),
                (named, of) => Named::In(format!("named in {named} of {}", count(of, "statement"))),
            };
            live.is.also_for.insert(bucket.to_owned(), named);
            live.findings.extend(remarks::remarkable(&look, bucket, like));
        }
        let Some(new) = self.new_text(text)? else { return Ok(live) };
        place.has_room(&new, place.size_of_others(cx).await?)?;
        live.findings.push(Finding::info("all-regions", "IAM is global: the change holds in all regions"));
        if let Place::Managed(arn) = place
            && let Some(version) = place::version_to_go(&place::versions(arn, cx).await?)
        {
            live.is.goes = version.version_id().map(str::to_owned);
            live.findings.push(remarks::farewell(arn, version));
        }
        Ok(live)
    }

    /// The text with what is missing; `None` where nothing is.
    fn new_text(&self, text: &str) -> Result<Option<String>, Error> {
        let new = extended(text, self.pairs()).map_err(|error| self.unreadable(&error))?;
        Ok(Some(new).filter(|new| new != text))
    }

    fn unreadable(&self, error: &serde_json::Error) -> Error {
        Error::Conflict {
            message: format!(
                "the document of `{}` is not one that this tool understands: {error}",
                self.name
            ),
            hint: "change it by hand, and leave it out here".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_iam_or_s3_would_not_take_are_told() {
        let bucket = || Ref::new("new");
        assert_eq!(iam_policy("S3SSLUpdater").also_for(bucket(), "old-1").check().len(), 0);
        assert_eq!(iam_policy("arn:aws:iam::aws:policy/a").check().len(), 1);
        assert_eq!(iam_policy("").check().len(), 1);
        for like in ["", "arn:aws:s3:::old", "old/*"] {
            assert_eq!(iam_policy("a").also_for(bucket(), like).check().len(), 1, "{like}");
        }
    }

    #[test]
    fn a_policy_comes_back_from_its_text() {
        let mut policy = iam_policy("a").also_for(Ref::new("new"), "old");
        policy.also_for.insert("other".to_owned(), Named::In("in 1 of the 2 statements".to_owned()));
        let text = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<IamPolicy>(&text).unwrap(), policy);
    }
}
