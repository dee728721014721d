//! What a presigned link leads to: a function's package, a layer, a file of a document. The link holds a signature, so it
//! is a secret: it stands in no error, log or record of a call.

use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::client::http::{HttpConnector, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use aws_types::service_config::ServiceConfigKey;
use bytes::Bytes;
use tokio::time::timeout;

use super::{ATTEMPTS, Aws, CallRecord};
use crate::error::{Error, Refusal};
use crate::wait;

/// S3 begins to answer in far less, or something is wrong.
const ANSWER: Duration = Duration::from_secs(30);
/// The longest pause within a download.
const STALL: Duration = Duration::from_secs(30);
/// The longest download: at 1 MB a second, seven times the largest package.
const WHOLE: Duration = Duration::from_secs(30 * 60);
/// As much of an error as is read: its code and message stand at the beginning.
const TEXT: usize = 4096;

/// The code of the error when a link is too old: a new one has to be asked for.
pub(crate) const EXPIRED: &str = "ExpiredLink";

/// Content on its way here.
#[derive(Debug)]
pub struct Download {
    body: ByteStream,
    length: Option<u64>,
    came: u64,
    until: tokio::time::Instant,
    region: String,
}

impl Download {
    /// How many bytes there are in all, where the sender said so.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// The next bytes, as they come; `None` at the end.
    ///
    /// # Errors
    /// When nothing comes for half a minute, or the content ends too early.
    pub async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let left = self.until.saturating_duration_since(tokio::time::Instant::now());
        let broken = |what: &str| unanswered(&self.region, 1, &format!("the download {what}"));
        match timeout(STALL.min(left), self.body.next()).await {
            Err(_) => Err(broken("stopped half way")),
            Ok(Some(Err(_))) => Err(broken("broke off half way")),
            Ok(None) if self.length.is_some_and(|length| length != self.came) => {
                Err(broken("ended half way"))
            }
            Ok(None) => Ok(None),
            Ok(Some(Ok(bytes))) => {
                self.came += bytes.len() as u64;
                Ok(Some(bytes))
            }
        }
    }
}

impl Aws {
    /// Opens a presigned link that a call in `region` gave. With an endpoint in the configuration (`AWS_ENDPOINT_URL`, or
    /// that of S3, Lambda or Systems Manager), the link is asked for there: what stands for AWS writes AWS's own hosts into
    /// its links. Tried again as long as nothing came; no error or record of it holds the link.
    ///
    /// # Errors
    /// [`Error::Refused`] with the code `ExpiredLink` when the link is too old; else what S3 answers, or that it doesn't.
    pub async fn download(&self, link: &str, region: &str) -> Result<Download, Error> {
        let link = match self.link_endpoint() {
            Some(endpoint) => through(&endpoint, link),
            None => Some(link.to_owned()),
        };
        let link = link.ok_or_else(|| refused(region, 1, "InvalidLink", "the link is none of S3's"))?;
        // Whoever gave the link was asked with a connector.
        self.identity().await?;
        let Some(connector) = self.shared.http.plain() else {
            return Err(unanswered(region, 0, "there is no connection yet"));
        };
        self.open_at_last(connector, &link, region).await
    }

    async fn open_at_last(
        &self,
        connector: &SharedHttpConnector,
        link: &str,
        region: &str,
    ) -> Result<Download, Error> {
        let mut attempt = 1;
        loop {
            match self.open(connector, link, region, attempt).await {
                Err((error, again)) if !again || attempt == ATTEMPTS => return Err(error),
                Err(_) => wait::before_attempt(attempt + 1).await,
                Ok(download) => return Ok(download),
            }
            attempt += 1;
        }
    }

    /// One attempt; an error tells whether another one is worth while.
    async fn open(
        &self,
        connector: &SharedHttpConnector,
        link: &str,
        region: &str,
        attempt: u32,
    ) -> Result<Download, (Error, bool)> {
        let request = HttpRequest::get(link)
            .map_err(|_| (refused(region, attempt, "InvalidLink", "the link is no link"), false))?;
        let (clock, start) = (Instant::now(), SystemTime::now());
        let answer = match timeout(ANSWER, connector.call(request)).await {
            Ok(Ok(response)) => opened(response, region, attempt).await,
            Ok(Err(_)) => Err((unanswered(region, attempt, "there is no connection"), true)),
            Err(_) => Err((unanswered(region, attempt, "no answer in time"), true)),
        };
        self.shared.door.record(&CallRecord {
            service: "s3".to_owned(),
            operation: "GetObject".to_owned(),
            region: region.to_owned(),
            attempt,
            start: start.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64(),
            duration: clock.elapsed().as_secs_f64() * 1e3,
            waited: 0.0,
            outcome: match &answer {
                Ok(_) => "ok".to_owned(),
                Err((error, _)) => error.code().unwrap_or("no connection").to_owned(),
            },
            request_id: None,
        });
        answer
    }

    /// The endpoint that stands for S3's own, if there is one: S3's in the configuration, or that of all services.
    pub(super) fn s3_endpoint(&self) -> Option<String> {
        let general = || self.shared.config.endpoint_url().map(str::to_owned);
        self.endpoint_of("S3").or_else(general)
    }

    /// The endpoint to ask for what a link leads to, if that is not AWS's own: whoever stands for Lambda or Systems Manager
    /// stands for the buckets that they keep things in, too.
    fn link_endpoint(&self) -> Option<String> {
        let more = || self.endpoint_of("Lambda").or_else(|| self.endpoint_of("SSM"));
        self.s3_endpoint().or_else(more)
    }

    fn endpoint_of(&self, service: &str) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL");
        let key = key.profile("endpoint_url").build().ok()?;
        self.shared.config.service_config()?.load_config(key)
    }
}

/// What an answer means.
async fn opened(response: HttpResponse, region: &str, attempt: u32) -> Result<Download, (Error, bool)> {
    let status = response.status().as_u16();
    let length = response.headers().get("content-length").and_then(|length| length.parse().ok());
    let body = response.into_body();
    if status == 200 {
        let until = tokio::time::Instant::now() + WHOLE;
        let body = ByteStream::new(body);
        return Ok(Download { body, length, came: 0, until, region: region.to_owned() });
    }
    let text = beginning(body).await;
    let part = |name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        rest.split_once('<').map(|(text, _)| text.to_owned())
    };
    let code = part("Code").unwrap_or_else(|| format!("HTTP {status}"));
    let message = part("Message").unwrap_or_default();
    let expired = status == 403 && (message.to_lowercase().contains("expired") || code == "ExpiredToken");
    let error = if expired {
        refused(region, attempt, EXPIRED, "the link has expired: AWS gives it ten minutes")
    } else {
        // A message of S3's may repeat what it was asked for.
        let message = if message.contains("X-Amz-") { String::new() } else { message };
        refused(region, attempt, &code, &message)
    };
    Err((error, status >= 500 || status == 429))
}

/// The beginning of an error's text; nothing, where it doesn't come.
async fn beginning(body: SdkBody) -> String {
    let mut body = ByteStream::new(body);
    let mut text = vec![];
    while text.len() < TEXT
        && let Ok(Some(Ok(bytes))) = timeout(STALL, body.next()).await
    {
        text.extend_from_slice(&bytes);
    }
    text.truncate(TEXT);
    String::from_utf8_lossy(&text).into_owned()
}

fn refused(region: &str, attempts: u32, code: &str, message: &str) -> Error {
    Error::Refused(Box::new(refusal(region, attempts, code, message)))
}

fn unanswered(region: &str, attempts: u32, message: &str) -> Error {
    Error::Unreachable(Box::new(refusal(region, attempts, "", message)))
}

fn refusal(region: &str, attempts: u32, code: &str, message: &str) -> Refusal {
    Refusal {
        operation: "s3:GetObject".to_owned(),
        region: region.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
        attempts,
        ..Refusal::default()
    }
}

/// The same link at this endpoint, with the bucket in the path: what stands for AWS has no host name a bucket.
fn through(endpoint: &str, link: &str) -> Option<String> {
    let endpoint = endpoint.trim_end_matches('/');
    let (_, rest) = link.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    if endpoint.split_once("://").is_some_and(|(_, known)| known == authority) {
        return Some(format!("{endpoint}/{path}"));
    }
    let host = authority.split(':').next()?;
    let of_aws = host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn");
    let bucket = [".s3.", ".s3-"].iter().filter_map(|part| host.rfind(part)).max();
    Some(match bucket.filter(|_| of_aws) {
        Some(end) => format!("{endpoint}/{}/{path}", &host[..end]),
        None => format!("{endpoint}/{path}"),
    })
}

#[cfg(all(test, feature = "sandbox"))]
mod tests;
