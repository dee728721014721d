//! What is in a bucket, page by page in the order of the keys: no more than a page is held.

use std::collections::VecDeque;

use aws_sdk_s3::Client;
use aws_sdk_s3::types::EncodingType;
use percent_encoding::percent_decode_str;

use crate::error::Error;

/// An object of the source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Object {
    pub(super) key: String,
    /// Without quotes.
    pub(super) etag: String,
    pub(super) size: u64,
    /// Seconds since 1970.
    pub(super) modified: i64,
    pub(super) class: String,
}

/// What the other bucket has under a key: a current object, or the marker that one was deleted.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Current {
    Object { etag: String, size: u64, modified: i64 },
    Deleted,
}

/// Where a listing reads.
#[derive(Clone, Debug)]
pub(super) struct Place<'a> {
    pub(super) s3: Client,
    pub(super) bucket: &'a str,
    pub(super) account: &'a str,
    pub(super) prefix: String,
}

/// The current objects of the source.
pub(super) struct Objects<'a> {
    at: Place<'a>,
    page: VecDeque<Object>,
    /// The next page; `None` after the last one.
    next: Option<Option<String>>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(at: Place<'a>) -> Self {
        Self { at, page: VecDeque::new(), next: Some(None) }
    }

    pub(super) async fn next(&mut self) -> Result<Option<Object>, Error> {
        while self.page.is_empty()
            && let Some(token) = self.next.take()
        {
            let list = self.at.s3.list_objects_v2().bucket(self.at.bucket).prefix(&self.at.prefix);
            let list = list.expected_bucket_owner(self.at.account).encoding_type(EncodingType::Url);
            let page = list.set_continuation_token(token).send().await?;
            let encoded = page.encoding_type() == Some(&EncodingType::Url);
            if page.is_truncated() == Some(true) {
                self.next = page.next_continuation_token().map(|token| Some(token.to_owned()));
            }
            self.page.extend(page.contents().iter().map(|object| Object {
                key: key(object.key(), encoded),
                etag: tag(object.e_tag()),
                size: size(object.size()),
                modified: object.last_modified().map_or(0, |time| time.secs()),
                class: object.storage_class().map_or("STANDARD", |class| class.as_str()).to_owned(),
            }));
        }
        Ok(self.page.pop_front())
    }
}

/// What the other bucket has now, by key, with what was deleted there.
pub(super) struct Currents<'a> {
    at: Place<'a>,
    page: VecDeque<(String, Current)>,
    next: Option<(Option<String>, Option<String>)>,
}

impl<'a> Currents<'a> {
    /// `None`: the bucket is not there yet, and so has nothing.
    pub(super) fn new(at: Place<'a>, there: bool) -> Self {
        Self { at, page: VecDeque::new(), next: there.then_some((None, None)) }
    }

    /// Has the next page at hand, if there is one: read while the other bucket's is.
    pub(super) async fn ready(&mut self) -> Result<(), Error> {
        match self.next.take_if(|_| self.page.is_empty()) {
            Some((key, version)) => self.load(key, version).await,
            None => Ok(()),
        }
    }

    /// What is under this key; asked for in the order of the keys.
    pub(super) async fn under(&mut self, wanted: &str) -> Result<Option<Current>, Error> {
        loop {
            match self.page.front() {
                Some((key, _)) if key.as_str() < wanted => {
                    self.page.pop_front();
                }
                Some((key, _)) if key == wanted => return Ok(self.page.pop_front().map(|(_, it)| it)),
                Some(_) => return Ok(None),
                None => match self.next.take() {
                    None => return Ok(None),
                    Some((key, version)) => self.load(key, version).await?,
                },
            }
        }
    }

    async fn load(&mut self, key_marker: Option<String>, version: Option<String>) -> Result<(), Error> {
        let list = self.at.s3.list_object_versions().bucket(self.at.bucket).prefix(&self.at.prefix);
        let list = list.expected_bucket_owner(self.at.account).encoding_type(EncodingType::Url);
        let page = list.set_key_marker(key_marker).set_version_id_marker(version).send().await?;
        let encoded = page.encoding_type() == Some(&EncodingType::Url);
        if page.is_truncated() == Some(true) {
            let next = page.next_key_marker().map(|next| key(Some(next), encoded));
            self.next = Some((next, page.next_version_id_marker().map(str::to_owned)));
        }
        let objects = page.versions().iter().filter(|it| it.is_latest() == Some(true)).map(|it| {
            let (etag, size) = (tag(it.e_tag()), size(it.size()));
            let modified = it.last_modified().map_or(0, |time| time.secs());
            (key(it.key(), encoded), Current::Object { etag, size, modified })
        });
        let deleted = page.delete_markers().iter().filter(|it| it.is_latest() == Some(true));
        let deleted = deleted.map(|it| (key(it.key(), encoded), Current::Deleted));
        let mut all: Vec<_> = objects.chain(deleted).collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.page = all.into();
        Ok(())
    }
}

/// A key as it is: S3 encodes those in lists, since XML can't hold each of them.
fn key(told: Option<&str>, encoded: bool) -> String {
    let told = told.unwrap_or_default();
    if !encoded {
        return told.to_owned();
    }
    percent_decode_str(&told.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn tag(told: Option<&str>) -> String {
    told.unwrap_or_default().trim_matches('"').to_owned()
}

fn size(told: Option<i64>) -> u64 {
    told.and_then(|size| u64::try_from(size).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_are_told_as_they_are() {
        assert_eq!(key(Some("a+b%2Bc/%C3%BC%01"), true), "a b+c/ü\u{1}");
        assert_eq!(key(Some("a+b%20"), false), "a+b%20");
    }
}
