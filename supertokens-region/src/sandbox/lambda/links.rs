//! Links that give bytes to whoever has them, for ten minutes: code, layers, attachments of documents.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::DateTime;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::date_time::Format;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::sandbox::{Blob, Call, Sandbox, World};

/// Seconds that AWS's links of this kind live.
const LIFE: i64 = 600;
/// What a path holds as it is.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A link to what `path` names in this region.
pub(in crate::sandbox) fn presigned(call: &Call<'_>, bucket: &str, path: &str) -> String {
    let region = &call.region;
    let date: String = time(call.world.clock).chars().filter(|c| !"-:".contains(*c)).collect();
    let path = utf8_percent_encode(path, KEPT);
    let link = format!(
        "https://{bucket}-{region}.s3.{region}.amazonaws.com/{path}?X-Amz-Algorithm=AWS4-HMAC-SHA256\
         &X-Amz-Date={date}&X-Amz-Expires={LIFE}"
    );
    format!("{link}&X-Amz-Signature={}", signature(&link))
}

/// A time as AWS writes it (`2026-01-01T00:00:00Z`).
pub(in crate::sandbox) fn time(seconds: i64) -> String {
    DateTime::from_secs(seconds).fmt(Format::DateTime).unwrap_or_default()
}

fn signature(link: &str) -> String {
    Sha256::digest(format!("signed {link}")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Why a link leads nowhere.
#[derive(Debug, PartialEq)]
enum Dead {
    /// It is older than ten minutes.
    Expired,
    /// It is made up, or was changed.
    Forged,
    /// What it led to is gone.
    Gone,
}

/// Answers a plain request, outside of an SDK call, as S3 does: with what the link leads to.
pub(in crate::sandbox) fn follow(
    sandbox: &Sandbox,
    request: &HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let found =
        if request.method() == "GET" { sandbox.world().linked(request.uri()) } else { Err(Dead::Forged) };
    let refuse = |status, code, message| {
        let text = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
        (status, SdkBody::from(text))
    };
    let (status, body) = match found.map(|blob| blob.body()) {
        Ok(Some(body)) => (200, body),
        Ok(None) => (501, SdkBody::from("the embedded AWS keeps no content of this length")),
        Err(Dead::Expired) => refuse(403, "AccessDenied", "Request has expired"),
        Err(Dead::Forged) => {
            refuse(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
        }
        Err(Dead::Gone) => refuse(404, "NoSuchKey", "The specified key does not exist."),
    };
    let status: u16 = status;
    let status = status.try_into().map_err(|error| ConnectorError::user(Box::new(error)))?;
    let length = body.content_length();
    let mut response = HttpResponse::new(status, body);
    if let Some(length) = length {
        response.headers_mut().insert("content-length", length.to_string());
    }
    Ok(response)
}

impl World {
    /// What a link that the sandbox gave leads to. `None`: it is made up, changed, older than ten minutes, or there is
    /// nothing there any more.
    #[must_use]
    pub fn download(&self, link: &str) -> Option<Vec<u8>> {
        self.linked(link).ok()?.bytes()
    }

    fn linked(&self, link: &str) -> Result<Blob, Dead> {
        let (place, date) = opened(link).ok_or(Dead::Forged)?;
        if self.clock >= date + LIFE {
            return Err(Dead::Expired);
        }
        self.linked_place(place).ok_or(Dead::Gone)
    }

    fn linked_place(&self, place: &str) -> Option<Blob> {
        let (host, path) = place.split_once('/')?;
        let region = host.strip_suffix(".amazonaws.com")?.rsplit('.').next()?;
        let path = percent_decode_str(path).decode_utf8().ok()?;
        match path.split('/').collect::<Vec<_>>().as_slice() {
            ["functions", name, version] => {
                let function = self.lambda.regions.get(region)?.functions.get(*name)?;
                let version = match version.parse() {
                    Ok(number) => function.versions.get(&number)?,
                    Err(_) => &function.latest,
                };
                version.code.blob().cloned()
            }
            ["layers", name, version] => {
                let layer = self.lambda.regions.get(region)?.layers.get(*name)?;
                layer.versions.get(&version.parse().ok()?)?.code.blob().cloned()
            }
            ["documents", rest @ .., version, attachment] => {
                let document = self.ssm.regions.get(region)?.documents.get(&rest.join("/"))?;
                let version = document.versions.get(&version.parse().ok()?)?;
                Some(version.attachments.get(*attachment)?.bytes().into())
            }
            _ => None,
        }
    }
}

/// Host and path of a link whose signature is right, and the time that it is of.
fn opened(link: &str) -> Option<(&str, i64)> {
    let (signed, given) = link.split_once("&X-Amz-Signature=")?;
    let (place, query) = signed.strip_prefix("https://")?.split_once('?')?;
    let date = query.split('&').find_map(|part| part.strip_prefix("X-Amz-Date="))?;
    if given == signature(signed) { Some((place, seconds(date)?)) } else { None }
}

/// Seconds since 1970 of a time such as `20260101T000000Z`.
fn seconds(date: &str) -> Option<i64> {
    let part = |from: usize, to: usize| date.get(from..to);
    let text = format!(
        "{}-{}-{}{}:{}:{}",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 11)?,
        part(11, 13)?,
        part(13, 16)?
    );
    DateTime::from_str(&text, Format::DateTime).ok().map(|time| time.secs())
}
