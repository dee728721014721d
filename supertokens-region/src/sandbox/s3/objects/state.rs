//! What S3 keeps of objects.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::Encryption;
use crate::sandbox::Blob;
use crate::sandbox::blob::unhex;

/// The objects of a bucket, and the uploads that are under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Objects {
    /// The versions of each object by its key, the current one last.
    pub versions: BTreeMap<String, Vec<Version>>,
    /// Uploads in parts, by their ids.
    pub uploads: BTreeMap<String, Upload>,
}

impl Objects {
    /// The current object of this key, if it is not deleted.
    #[must_use]
    pub fn current(&self, key: &str) -> Option<&Object> {
        self.versions.get(key)?.last()?.object.as_ref()
    }

    /// How many objects there are, without old versions and deleted ones.
    #[must_use]
    pub fn count(&self) -> usize {
        self.versions.keys().filter(|key| self.current(key).is_some()).count()
    }

    /// Puts an object, as if somebody had done so at this time; nothing else happens.
    pub fn put(&mut self, key: &str, modified: i64, object: Object) {
        let versions = self.versions.entry(key.to_owned()).or_default();
        let id = format!("version{}of{}", versions.len(), object.etag);
        versions.push(Version { id, modified, object: Some(object) });
    }

    /// Puts a delete marker.
    pub fn delete(&mut self, key: &str, modified: i64) {
        let versions = self.versions.entry(key.to_owned()).or_default();
        versions.push(Version { id: format!("marker{}", versions.len()), modified, object: None });
    }
}

/// A version of an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// Its id; `null` in a bucket that keeps no versions.
    pub id: String,
    /// When it was made, seconds since 1970.
    pub modified: i64,
    /// What it is; a delete marker is nothing.
    pub object: Option<Object>,
}

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Object {
    /// Its content.
    pub content: Blob,
    /// Its ETag without quotes: the MD5 digest of the content, or of the digests of its parts.
    pub etag: String,
    /// How many parts it was uploaded in.
    pub parts: Option<usize>,
    /// What is kept of its headers, by their names in lower case: `content-type`, `cache-control`.
    pub headers: BTreeMap<String, String>,
    /// What the uploader says of it.
    pub metadata: BTreeMap<String, String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
    /// `STANDARD`, `GLACIER` and so on.
    pub storage_class: String,
    /// Whether an archived object is readable for some days.
    pub restored: bool,
    /// How it is encrypted.
    pub encryption: Option<Encryption>,
    /// The CRC-32 of its content, base64, if it was uploaded with one.
    pub crc32: Option<String>,
    /// `COMPLETED`, `FAILED` or `REPLICA`; none if nothing replicates it.
    pub replication: Option<String>,
    /// The error code with which AWS tells that it can't be read: its key is not for this caller.
    pub unreadable: Option<String>,
}

impl Object {
    /// An object with this content, as an ordinary upload makes it.
    #[must_use]
    pub fn new(content: Blob) -> Self {
        Self {
            etag: content.md5(),
            content,
            headers: [("content-type".to_owned(), "binary/octet-stream".to_owned())].into(),
            storage_class: "STANDARD".to_owned(),
            encryption: Some(Encryption::sse_s3()),
            ..Self::default()
        }
    }

    /// Whether it is archived and not restored: then it can't be read.
    #[must_use]
    pub fn archived(&self) -> bool {
        ["GLACIER", "DEEP_ARCHIVE"].contains(&self.storage_class.as_str()) && !self.restored
    }
}

/// An upload in parts that is under way.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Upload {
    /// The object's key.
    pub key: String,
    /// When it began, seconds since 1970.
    pub initiated: i64,
    /// What the object will be, beside its content.
    pub object: Object,
    /// The parts that are there, by number, and when they came.
    pub parts: BTreeMap<i32, (i64, Blob)>,
}

/// The ETag of an object that came in parts.
pub(super) fn etag_of_parts<'b>(parts: impl Iterator<Item = &'b Blob>) -> String {
    let digests: Vec<_> = parts.map(|part| unhex(&part.md5())).collect();
    let all: Blob = digests.concat().into();
    format!("{}-{}", all.md5(), digests.len())
}
