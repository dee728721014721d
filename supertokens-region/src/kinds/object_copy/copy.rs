//! The copying itself: within S3, several at a time, each under the condition that nothing newer is there by then.

use std::time::Duration;

use aws_sdk_s3::config::Builder;
use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ServerSideEncryption, StorageClass};
use aws_smithy_types::timeout::TimeoutConfig;
use futures::{StreamExt, TryStreamExt, future};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::super::carried::IN_FLIGHT;
use super::compare::{Verdict, compare};
use super::covered::{Covered, Ends};
use super::large;
use super::listing::Object;
use super::{objects, thousands};
use crate::error::{Absent, Error};
use crate::wait;

/// The most that S3 copies in one call.
pub(super) const LARGEST: u64 = 5 << 30;
/// Failures that are told one by one; the others are counted.
const TOLD: usize = 5;
/// How often it is told how far it is: a hundred times in all, or every so many objects.
const TOLD_EVERY: u64 = 100;
/// Failures without one success after which it is given up.
const HOPELESS: u64 = 50;
/// Copying within S3 is faster by far: who is slower than this has stopped.
const BYTES_PER_SECOND: u64 = 10 << 20;
/// How often two writers at once may get in each other's way.
const TRIES: u32 = 3;
/// What stands in the name of a copy's source as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What the answers said so far.
#[derive(Default)]
struct Score {
    done: u64,
    failed: u64,
    told: Vec<(String, Error)>,
}

/// Copies whatever is missing. What can't be copied is told in the end, and keeps nothing else from being copied.
pub(super) async fn all(ends: &Ends<'_>, missing: Option<u64>) -> Result<(), Error> {
    let mut score = Score::default();
    let step = missing.map_or(TOLD_EVERY, |all| (all / TOLD_EVERY).max(1));
    let missing_ones = compare(ends).try_filter_map(|verdict| {
        future::ready(Ok(match verdict {
            Verdict::Missing(object, older) => Some((object, older)),
            _ => None,
        }))
    });
    // Stopped, no further one is begun.
    let copies = missing_ones.take_until(ends.cx.progress.stopped()).map(|next| async {
        let (object, older) = next?;
        let answer = one(ends, &object, older.as_deref()).await;
        Ok::<_, Error>((object.key, answer))
    });
    let mut copies = std::pin::pin!(copies.buffer_unordered(IN_FLIGHT));
    while let Some((key, answer)) = copies.try_next().await? {
        match answer {
            Ok(false) => continue,
            Ok(true) => score.done += 1,
            // Not about this object: the others would end the same way.
            Err(error @ (Error::Credentials(_) | Error::Unreachable(_))) => return Err(error),
            Err(error) => {
                score.failed += 1;
                if score.told.len() < TOLD {
                    score.told.push((key, error));
                }
                if score.done == 0 && score.failed >= HOPELESS {
                    break;
                }
            }
        }
        if score.done.is_multiple_of(step) {
            let of = missing.map(|all| format!(" of {}", thousands(all))).unwrap_or_default();
            ends.cx.progress.say(&format!("{}{of} objects copied", thousands(score.done)));
        }
    }
    match ends.cx.progress.why_stopped() {
        Some(why) => Err(Error::Stopped(why)),
        None => score.verdict(ends),
    }
}

impl Score {
    fn verdict(self, ends: &Ends<'_>) -> Result<(), Error> {
        let mut told = self.told.iter();
        let Some((_, first)) = told.next() else { return Ok(()) };
        if self.done == 0 && told.all(|(_, error)| error.code() == first.code()) {
            return Err(first.clone());
        }
        let each: Vec<_> = self.told.iter().map(|(key, error)| format!("`{key}`: {error}")).collect();
        let more = self.failed - each.len() as u64;
        let more = if more > 0 { format!("; and {} more", thousands(more)) } else { String::new() };
        let failed = objects(self.failed);
        Err(Error::Conflict {
            message: format!("{failed} of `{}` could not be copied: {}{more}", ends.from, each.join("; ")),
            hint: "see that your role may read them (`s3:GetObject`, `s3:GetObjectTagging`, `kms:Decrypt`), then run \
                   again: what was copied stays"
                .to_owned(),
        })
    }
}

/// Copies one object, unless no rule is about it. `older` is the ETag of what is there under its key.
async fn one(ends: &Ends<'_>, object: &Object, older: Option<&str>) -> Result<bool, Error> {
    let Some(rule) = ends.rule(object).await? else { return Ok(false) };
    for attempt in 1..=TRIES {
        wait::before_attempt(attempt).await;
        let copied = if object.size > LARGEST {
            large::copy(ends, rule, object, older).await
        } else {
            small(ends, rule, object, older).await
        };
        match copied {
            // Somebody else is writing there at this moment.
            Err(error) if error.code() == Some("ConditionalRequestConflict") && attempt < TRIES => {}
            // The object, or what is there, is no longer the one that was listed: then replication has been at work, which
            // copies the newest one.
            copied => {
                return copied.map(|()| true).absent(&GONE).map(|copied| copied.unwrap_or(false));
            }
        }
    }
    Ok(false)
}

/// Codes with which S3 says that there is nothing to do any more.
const GONE: [&str; 4] = ["PreconditionFailed", "HTTP 412", "NoSuchKey", "NotFound"];

async fn small(ends: &Ends<'_>, rule: &Covered, object: &Object, older: Option<&str>) -> Result<(), Error> {
    let key = kms_key(ends, rule, object).await?;
    let account = ends.cx.account();
    let copy = ends.cx.aws.s3(ends.cx.region).copy_object().bucket(ends.to).key(&object.key);
    let copy = copy
        .copy_source(source(ends, object))
        .copy_source_if_match(format!("\"{}\"", object.etag))
        .set_if_match(older.map(|etag| format!("\"{etag}\"")))
        .set_if_none_match(older.is_none().then(|| "*".to_owned()))
        .storage_class(class(rule, object))
        .set_server_side_encryption(key.as_ref().map(|_| ServerSideEncryption::AwsKms))
        .set_ssekms_key_id(key)
        .expected_bucket_owner(account)
        .expected_source_bucket_owner(account);
    copy.customize().config_override(patience(object.size)).send().await?;
    Ok(())
}

/// S3 answers a copy when it is done: a long one takes longer than other calls.
pub(super) fn patience(bytes: u64) -> Builder {
    let seconds = Duration::from_secs(60 + bytes / BYTES_PER_SECOND);
    let time = TimeoutConfig::builder().operation_attempt_timeout(seconds).operation_timeout(seconds * 3);
    Builder::new().timeout_config(time.build())
}

/// The storage class of a copy: that of the rule, or the original's.
pub(super) fn class(rule: &Covered, object: &Object) -> StorageClass {
    StorageClass::from(rule.class.as_deref().unwrap_or(&object.class))
}

/// Bucket and key of the original, as a header holds them.
pub(super) fn source(ends: &Ends<'_>, object: &Object) -> String {
    format!("{}/{}", ends.from, utf8_percent_encode(&object.key, KEPT))
}

/// The rule's key, for an object that is encrypted with one.
async fn kms_key(ends: &Ends<'_>, rule: &Covered, object: &Object) -> Result<Option<String>, Error> {
    let Some(key) = &rule.kms_key else { return Ok(None) };
    Ok(of_kms(&head(ends, object).await?).then(|| key.clone()))
}

pub(super) fn of_kms(head: &HeadObjectOutput) -> bool {
    head.server_side_encryption().is_some_and(|it| it.as_str().starts_with("aws:kms"))
}

/// What is said of the original.
pub(super) async fn head(ends: &Ends<'_>, object: &Object) -> Result<HeadObjectOutput, Error> {
    let ask = ends.cx.aws.s3(&ends.home).head_object().bucket(ends.from).key(&object.key);
    let ask = ask.if_match(format!("\"{}\"", object.etag)).expected_bucket_owner(ends.cx.account());
    Ok(ask.send().await?)
}
