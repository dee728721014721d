//! A policy's text: where it names a bucket, and the same text with another bucket named there too. Pure.
//!
//! The text is not written anew: what is added is put in where it belongs, so all the rest stays to the letter, blanks
//! and unknown members included.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::text::matches;

/// What a policy's text says of a bucket and of the one that it is modelled on.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Look {
    /// How many Allow statements name the model in their `Resource`.
    pub(super) of: usize,
    /// How many of them reach the bucket in the same ways already.
    pub(super) named: usize,
    /// A `Resource` of an Allow statement that reaches the bucket, model or not.
    pub(super) reached_by: Option<String>,
    /// Where the model is named otherwise, and the bucket isn't: left to people.
    pub(super) left: Vec<String>,
    /// What is to be put in, and where: bytes from the start of the text.
    edits: Vec<(usize, String)>,
}

impl Look {
    /// Looks at a text for `bucket`, which is to be named wherever `like` is.
    pub(crate) fn at(text: &str, bucket: &str, like: &str) -> Result<Self, serde_json::Error> {
        let mut look = Self::default();
        for (number, raw) in statements(text)?.into_iter().enumerate() {
            let value: Value = serde_json::from_str(raw.get())?;
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw.get())?;
            let statement = match value["Sid"].as_str() {
                Some(sid) if !sid.is_empty() => format!("statement `{sid}`"),
                _ => format!("statement {}", number + 1),
            };
            if value["Effect"] == "Allow" {
                if let Some(resource) = members.get("Resource") {
                    look.allow(text, resource, &statement, bucket, like)?;
                }
            } else if leaves_out(&value["Resource"], bucket, like) {
                look.left.push(format!("{statement} denies `{like}`"));
            }
            if leaves_out(&value["NotResource"], bucket, like) {
                look.left.push(format!("the `NotResource` of {statement} names `{like}`"));
            }
            if mentions(&value["Condition"], like) && !mentions(&value["Condition"], bucket) {
                look.left.push(format!("the `Condition` of {statement} names `{like}`"));
            }
        }
        Ok(look)
    }

    fn allow(
        &mut self,
        text: &str,
        resource: &RawValue,
        statement: &str,
        bucket: &str,
        like: &str,
    ) -> Result<(), serde_json::Error> {
        let is_list = resource.get().starts_with('[');
        let items: Vec<&RawValue> =
            if is_list { serde_json::from_str(resource.get())? } else { vec![resource] };
        let mut there: Vec<String> =
            items.iter().map(|item| serde_json::from_str(item.get())).collect::<Result<_, _>>()?;
        let reaching = |name: &str| {
            there.iter().find(|arn| *arn == "*" || bucket_of(arn).is_some_and(|is| covers(is, name))).cloned()
        };
        let beside: Vec<String> = there.iter().filter_map(|arn| renamed(arn, like, bucket)).collect();
        match (reaching(bucket), reaching(like)) {
            (Some(arn), _) => self.reached_by = self.reached_by.take().or(Some(arn)),
            (None, Some(wide)) if beside.is_empty() => {
                self.left.push(format!("{statement} reaches `{like}` by `{wide}`"));
            }
            (None, _) => {}
        }
        if beside.is_empty() {
            return Ok(());
        }
        let mut added = vec![];
        for arn in beside {
            if !there.iter().any(|pattern| covers(pattern, &arn)) {
                added.push(arn.clone());
                there.push(arn);
            }
        }
        self.of += 1;
        if added.is_empty() {
            self.named += 1;
            return Ok(());
        }
        let Some(last) = items.last() else { return Ok(()) };
        let (start, end) = span(text, last);
        let blank = if is_list { blank_before(text, start) } else { " " };
        let more: String = added.into_iter().map(|arn| format!(",{blank}{}", Value::String(arn))).collect();
        if is_list {
            self.edits.push((end, more));
        } else {
            self.edits.push((start, "[".to_owned()));
            self.edits.push((end, format!("{more}]")));
        }
        Ok(())
    }

    /// Whether the bucket is named wherever its model is.
    pub(crate) fn is_complete(&self) -> bool {
        self.named == self.of
    }

    /// The text with what is missing.
    fn applied(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (place, more) in self.edits.iter().rev() {
            out.insert_str(*place, more);
        }
        out
    }
}

/// The text in which each bucket is named wherever its model is; `pairs` are buckets and their models. A bucket may be
/// the model of another one.
pub(crate) fn extended<'a>(
    text: &str,
    pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone,
) -> Result<String, serde_json::Error> {
    let mut out = text.to_owned();
    // Ends: each round but the last adds ARNs of these buckets, of which a text can lack only so many.
    loop {
        let before = out.clone();
        for (bucket, like) in pairs.clone() {
            out = Look::at(&out, bucket, like)?.applied(&out);
        }
        if out == before {
            return Ok(out);
        }
    }
}

/// How long a text is by IAM's count: blanks are free.
pub(super) fn size(text: &str) -> usize {
    text.chars().filter(|c| !c.is_whitespace()).count()
}

/// The statements, also where there is a single one without a list.
fn statements(text: &str) -> Result<Vec<&RawValue>, serde_json::Error> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
    match members.get("Statement") {
        Some(&list) if list.get().starts_with('[') => serde_json::from_str(list.get()),
        Some(&one) => Ok(vec![one]),
        None => Ok(vec![]),
    }
}

/// Where a part of the text begins and ends.
fn span(text: &str, part: &RawValue) -> (usize, usize) {
    let start = part.get().as_ptr().addr() - text.as_ptr().addr();
    (start, start + part.get().len())
}

/// The blanks right before a place.
fn blank_before(text: &str, place: usize) -> &str {
    let before = &text[..place];
    &before[before.trim_end().len()..]
}

/// The bucket in an ARN of a bucket or of objects in it; it may have wildcards.
fn bucket_of(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let (scheme, service, resource) = (parts.next()?, parts.nth(1)?, parts.nth(2)?);
    let name = resource.split('/').next()?;
    (scheme == "arn" && service == "s3" && !name.is_empty()).then_some(name)
}

/// The same ARN for another bucket, where it names this one.
fn renamed(arn: &str, like: &str, bucket: &str) -> Option<String> {
    if bucket_of(arn)? != like {
        return None;
    }
    let start = arn.len() - arn.splitn(6, ':').nth(5)?.len();
    Some(format!("{}{bucket}{}", &arn[..start], &arn[start + like.len()..]))
}

/// Whether what this pattern matches includes all that `what` matches, which may have wildcards of its own: those are
/// only covered by a `*`.
fn covers(pattern: &str, what: &str) -> bool {
    matches(pattern, what, |c| c != '*')
}

/// Whether a `Resource` or `NotResource` is about `like`, but not about `bucket`.
fn leaves_out(resources: &Value, bucket: &str, like: &str) -> bool {
    let about = |name: &str| {
        let about = |arn: &Value| arn.as_str().and_then(bucket_of).is_some_and(|is| covers(is, name));
        resources.as_array().map_or_else(|| about(resources), |all| all.iter().any(about))
    };
    about(like) && !about(bucket)
}

/// Whether a text in there has this bucket's name in it, as a whole word.
fn mentions(value: &Value, bucket: &str) -> bool {
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    match value {
        Value::String(text) => text.match_indices(bucket).any(|(start, _)| {
            let (before, after) = (&text[..start], &text[start + bucket.len()..]);
            !before.ends_with(of_name) && !after.starts_with(of_name)
        }),
        Value::Array(all) => all.iter().any(|value| mentions(value, bucket)),
        Value::Object(members) => members.values().any(|value| mentions(value, bucket)),
        _ => false,
    }
}
