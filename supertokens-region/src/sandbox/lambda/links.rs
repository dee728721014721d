//! Links that give bytes to whoever has them, for ten minutes: code, layers, attachments of documents.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::sandbox::{Call, World};

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

impl World {
    /// What a link that the sandbox gave leads to. `None`: it is made up, changed, older than ten minutes, or there is
    /// nothing there any more.
    #[must_use]
    pub fn download(&self, link: &str) -> Option<Vec<u8>> {
        let (signed, given) = link.split_once("&X-Amz-Signature=")?;
        let (place, query) = signed.strip_prefix("https://")?.split_once('?')?;
        let date = query.split('&').find_map(|part| part.strip_prefix("X-Amz-Date="))?;
        if given != signature(signed) || self.clock >= seconds(date)? + LIFE {
            return None;
        }
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
                Some(version.code.bytes())
            }
            ["layers", name, version] => {
                let layer = self.lambda.regions.get(region)?.layers.get(*name)?;
                Some(layer.versions.get(&version.parse().ok()?)?.code.bytes())
            }
            ["documents", rest @ .., version, attachment] => {
                let document = self.ssm.regions.get(region)?.documents.get(&rest.join("/"))?;
                let version = document.versions.get(&version.parse().ok()?)?;
                Some(version.attachments.get(*attachment)?.bytes())
            }
            _ => None,
        }
    }
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
