//! A package is brought to the region: downloaded where it is, held against its hash, and handed over in the call or
//! through a bucket. Large ones are never in memory as a whole.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{FunctionCode, LayerVersionContentInput};
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::lock::{Mutex, MutexGuard};
use sha2::{Digest, Sha256};

use super::code::{Package, Source};
use super::there;
use crate::address::Ref;
use crate::aws::{Download, EXPIRED};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::kinds::Bucket;

/// How much of a large package is in memory at a time; S3 takes 5 MB and more as a part.
const PART: usize = 8 << 20;
/// Packages over this size are brought one at a time, so that memory is bounded.
pub(super) const SMALL: i64 = 4 << 20;
/// How often a download that breaks off is begun anew, each time with a new link.
const TRIES: usize = 3;
/// What S3 says of an object that there isn't.
const NO_OBJECT: &[&str] = &["NotFound", "NoSuchKey", "HTTP 404"];

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Held until the call with a package is over, so that memory is bounded.
pub(super) type Turn = Option<MutexGuard<'static, ()>>;

/// A region, and a link of it that was told before.
type Link<'a> = Option<(&'a str, &'a str)>;

/// A package as a call takes it.
pub(super) struct Delivered {
    place: Place,
    turn: Turn,
}

/// Where a call finds it.
enum Place {
    /// In the call.
    Zip(Blob),
    /// In a bucket of the region.
    Object { bucket: String, key: String },
}

impl Delivered {
    pub(super) fn into_function(self) -> (FunctionCode, Turn) {
        let code = FunctionCode::builder();
        let code = match self.place {
            Place::Zip(zip) => code.zip_file(zip),
            Place::Object { bucket, key } => code.s3_bucket(bucket).s3_key(key),
        };
        (code.build(), self.turn)
    }

    pub(super) fn into_layer(self) -> (LayerVersionContentInput, Turn) {
        let content = LayerVersionContentInput::builder();
        let content = match self.place {
            Place::Zip(zip) => content.zip_file(zip),
            Place::Object { bucket, key } => content.s3_bucket(bucket).s3_key(key),
        };
        (content.build(), self.turn)
    }
}

impl Package {
    /// Brings it here. `what` names whose it is: `function NAME`, `layer NAME`.
    pub(super) async fn deliver(
        &self,
        what: &str,
        through: Option<&Ref<Bucket>>,
        cx: &Cx<'_>,
    ) -> Result<Delivered, Error> {
        let turn = if self.size > SMALL { Some(ONE_AT_A_TIME.lock().await) } else { None };
        let conflict = |message: String, hint: &str| Err(Error::Conflict { message, hint: hint.to_owned() });
        if let Source::None = self.source {
            let text = format!("the code of the {what} is known by its hash only");
            return conflict(text, "plan and apply in one run, from the script");
        }
        let place = match (self.is_large(), through) {
            (false, _) => None,
            (true, Some(bucket)) => {
                let name = what.rsplit(' ').next().unwrap_or_default();
                Some((bucket.name().to_owned(), format!("lambda/{name}/{}.zip", self.hex())))
            }
            (true, None) => {
                let text = format!("the code of the {what} has {} bytes, too many for a call", self.size);
                return conflict(text, "say `through(bucket)` with a bucket of the region");
            }
        };
        if let Some((bucket, key)) = &place
            && self.is_in(bucket, key, cx).await?
        {
            let place = Place::Object { bucket: bucket.clone(), key: key.clone() };
            return Ok(Delivered { place, turn });
        }
        let (mut tries, mut link) = (1, self.link());
        loop {
            let attempt = match &place {
                Some((bucket, key)) => Box::pin(self.to_bucket(what, bucket, key, link, cx)).await,
                None => Box::pin(self.to_memory(what, link, cx)).await,
            };
            // A link that was told before may be too old, or lead to something newer: a new one tells.
            if attempt.is_err() && link.take().is_some() {
                continue;
            }
            let again = attempt
                .as_ref()
                .err()
                .is_some_and(|error| matches!(error, Error::Unreachable(_)) || error.code() == Some(EXPIRED));
            if !again || tries == TRIES {
                return attempt.map(|place| Delivered { place, turn });
            }
            tries += 1;
            cx.progress.say(&format!("the download of the {what} broke off: begun anew"));
        }
    }

    /// Opens it where it is: by this link, or else by a new one, unless it is another one by now.
    async fn open(&self, what: &str, link: Link<'_>, cx: &Cx<'_>) -> Result<Option<Download>, Error> {
        if let Some((region, link)) = link {
            return cx.aws.download(link, region).await.map(Some);
        }
        let (region, sha256, link) = match &self.source {
            Source::None | Source::Bytes(_) => return Ok(None),
            Source::Function { region, name, .. } => {
                let found = there::get(name, region, cx).await?;
                let sha256 = found.as_ref().and_then(|found| found.configuration()?.code_sha256());
                let link = found.as_ref().and_then(|found| found.code()?.location());
                (region, sha256.map(str::to_owned), link.map(str::to_owned))
            }
            Source::Layer { region, name, version, .. } => {
                let get = cx.aws.lambda(region).get_layer_version();
                let found = get.layer_name(name).version_number(*version).send().await?;
                let content = found.content();
                let sha256 = content.and_then(|content| content.code_sha256());
                let link = content.and_then(|content| content.location());
                (region, sha256.map(str::to_owned), link.map(str::to_owned))
            }
        };
        match link {
            Some(link) if sha256.as_ref() == Some(&self.sha256) => {
                cx.aws.download(&link, region).await.map(Some)
            }
            _ => Err(changed(what, region)),
        }
    }

    /// All of it, for a call.
    async fn to_memory(&self, what: &str, link: Link<'_>, cx: &Cx<'_>) -> Result<Place, Error> {
        if let Source::Bytes(bytes) = &self.source {
            return Ok(Place::Zip(Blob::new(bytes.to_vec())));
        }
        let Some(mut download) = self.open(what, link, cx).await? else {
            return Err(changed(what, cx.region));
        };
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or_default());
        while let Some(some) = download.next().await? {
            bytes.extend_from_slice(&some);
            if i64::try_from(bytes.len()).is_ok_and(|length| length > self.size) {
                return Err(self.broken(what));
            }
        }
        self.verify(what, &Sha256::digest(&bytes))?;
        Ok(Place::Zip(Blob::new(bytes)))
    }

    fn verify(&self, what: &str, digest: &[u8]) -> Result<(), Error> {
        if STANDARD.encode(digest) == self.sha256 { Ok(()) } else { Err(self.broken(what)) }
    }

    fn broken(&self, what: &str) -> Error {
        Error::Conflict {
            message: format!(
                "what was downloaded as the code of the {what} is not of the hash {}",
                self.sha256
            ),
            hint: "run again; if it stays so, look at the code on AWS".to_owned(),
        }
    }

    /// Whether it is in the bucket from an earlier run. Its key holds its hash.
    async fn is_in(&self, bucket: &str, key: &str, cx: &Cx<'_>) -> Result<bool, Error> {
        let head = cx.aws.s3(cx.region).head_object().bucket(bucket).key(key);
        let head = head.expected_bucket_owner(cx.account()).send().await.absent(NO_OBJECT)?;
        Ok(head.is_some_and(|head| head.content_length() == Some(self.size)))
    }

    /// Part by part to the bucket, where it is whole and right, or not at all.
    async fn to_bucket(
        &self,
        what: &str,
        bucket: &str,
        key: &str,
        link: Link<'_>,
        cx: &Cx<'_>,
    ) -> Result<Place, Error> {
        let s3 = cx.aws.s3(cx.region);
        let create = s3.create_multipart_upload().bucket(bucket).key(key).content_type("application/zip");
        let upload = create.expected_bucket_owner(cx.account()).send().await?;
        let upload = upload.upload_id().unwrap_or_default();
        let sent = Box::pin(self.parts(what, link, (bucket, key, upload), cx)).await;
        match sent {
            Ok(parts) => {
                let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
                let complete = s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(upload);
                complete.multipart_upload(parts).expected_bucket_owner(cx.account()).send().await?;
                Ok(Place::Object { bucket: bucket.to_owned(), key: key.to_owned() })
            }
            Err(error) => {
                // Parts of an upload that is never completed cost money; the first error is the one that counts.
                let abort = s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(upload);
                let _ = abort.expected_bucket_owner(cx.account()).send().await;
                Err(error)
            }
        }
    }

    async fn parts(
        &self,
        what: &str,
        link: Link<'_>,
        (bucket, key, upload): (&str, &str, &str),
        cx: &Cx<'_>,
    ) -> Result<Vec<CompletedPart>, Error> {
        let mut download = Box::pin(self.open(what, link, cx)).await?;
        let mut whole = match &self.source {
            Source::Bytes(bytes) => bytes.to_vec(),
            _ => vec![],
        };
        let (mut digest, mut parts, mut sent) = (Sha256::new(), vec![], 0);
        loop {
            while whole.len() < PART
                && let Some(some) = &mut download
            {
                match some.next().await? {
                    Some(bytes) => whole.extend_from_slice(&bytes),
                    None => download = None,
                }
            }
            if whole.is_empty() {
                break;
            }
            let rest = whole.split_off(whole.len().min(PART));
            let part = std::mem::replace(&mut whole, rest);
            digest.update(&part);
            sent += part.len();
            let number = i32::try_from(parts.len() + 1).unwrap_or(i32::MAX);
            let send = cx.aws.s3(cx.region).upload_part().bucket(bucket).key(key).upload_id(upload);
            let send = send.part_number(number).expected_bucket_owner(cx.account());
            let answer = send.body(ByteStream::from(part)).send().await?;
            let part = CompletedPart::builder().part_number(number).set_e_tag(answer.e_tag);
            let part = part.set_checksum_crc32(answer.checksum_crc32);
            parts.push(part.set_checksum_crc64_nvme(answer.checksum_crc64_nvme).build());
            cx.progress.say(&format!("the code of the {what}: {} of {} MB", sent >> 20, self.size >> 20));
        }
        self.verify(what, &digest.finalize())?;
        Ok(parts)
    }
}

fn changed(what: &str, region: &str) -> Error {
    Error::Conflict {
        message: format!("the code of the {what} in {region} is no longer the one that was read"),
        hint: "run again: it is read anew".to_owned(),
    }
}
