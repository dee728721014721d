//! The policy of the bucket that the logs go to. AWS writes into it when it makes a flow log, and by one of its manuals
//! replaces all of it: then what was there is put back.

use crate::address::Ref;
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::kinds::Bucket;
use crate::policy::{Document, same};

/// The policy, if the bucket has one. That there is no bucket is for EC2 to say.
pub(super) async fn read(bucket: &Ref<Bucket>, cx: &Cx<'_>) -> Result<Option<Document>, Error> {
    let ask = cx.aws.s3(cx.region).get_bucket_policy().bucket(bucket.name());
    let answer = ask
        .expected_bucket_owner(cx.account())
        .send()
        .await
        .absent(&["NoSuchBucketPolicy", "NoSuchBucket"])?;
    let unreadable = |error| Error::Conflict {
        message: format!("the policy of `{}` can't be read: {error}", bucket.address()),
        hint: "look at it in the console".to_owned(),
    };
    let text = answer.and_then(|answer| answer.policy);
    text.map(|text| Document::parse(&text).map_err(unreadable)).transpose()
}

/// Puts back the statements that are gone since `before`, beside those that AWS has added.
pub(super) async fn restore(
    bucket: &Ref<Bucket>,
    before: Option<Document>,
    cx: &Cx<'_>,
) -> Result<(), Error> {
    let Some(before) = before else { return Ok(()) };
    if let Some(whole) = restored(&before, read(bucket, cx).await?) {
        let put = cx.aws.s3(cx.region).put_bucket_policy().bucket(bucket.name());
        put.expected_bucket_owner(cx.account()).policy(whole.to_string()).send().await?;
    }
    Ok(())
}

/// The policy with all that was there before, unless that is what it is. A statement whose `Sid` is still there was
/// changed by AWS, and stays.
fn restored(before: &Document, now: Option<Document>) -> Option<Document> {
    let Some(now) = now else { return Some(before.clone()) };
    let is_there = |gone: &serde_json::Value| {
        let sid = gone["Sid"].as_str();
        let mut all = now.statements().into_iter();
        all.any(|one| sid.is_some() && one["Sid"].as_str() == sid || same(one, gone))
    };
    let gone: Vec<_> = before.statements().into_iter().filter(|one| !is_there(one)).cloned().collect();
    let id = before.id().filter(|_| now.id().is_none());
    if gone.is_empty() && id.is_none() {
        return None;
    }
    let whole = gone.into_iter().fold(now.clone(), Document::with);
    Some(id.iter().fold(whole, |whole, id| whole.with_id(id)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(id: Option<&str>, statements: &[serde_json::Value]) -> Document {
        let document = statements.iter().cloned().fold(Document::empty(), Document::with);
        id.iter().fold(document, |document, id| document.with_id(id))
    }

    #[test]
    fn what_aws_replaced_is_put_back_beside_its_own() {
        let [logs, delivery, nameless, other] = [
            json!({"Sid": "logs", "Effect": "Allow"}),
            json!({"Sid": "AWSLogDeliveryWrite", "Resource": "a"}),
            json!({"Effect": "Deny", "Action": "s3:*"}),
            json!({"Effect": "Deny", "Action": "s3:Get*"}),
        ];
        let changed = json!({"Sid": "AWSLogDeliveryWrite", "Resource": ["a", "b"]});
        let before = document(Some("mine"), &[logs.clone(), delivery, nameless.clone(), other.clone()]);
        let now = document(None, &[changed.clone(), nameless.clone()]);
        assert_eq!(
            restored(&before, Some(now)),
            Some(document(Some("mine"), &[changed, nameless, logs, other]))
        );
        assert_eq!(restored(&before, None), Some(before));
    }

    #[test]
    fn a_policy_to_which_aws_only_added_is_left_alone() {
        let logs = json!({"Sid": "logs", "Action": "s3:PutObject"});
        let before = document(None, std::slice::from_ref(&logs));
        let logs_otherwise = json!({"Sid": "logs", "Action": ["s3:PutObject"]});
        let now = document(Some("AWSLogDeliveryWrite20150319"), &[json!({"Sid": "more"}), logs_otherwise]);
        assert_eq!(restored(&before, Some(now)), None);
    }
}
