//! Bodies of requests that the SDK streams: read from the request as it was serialized, and hashed on the way.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::byte_stream::ByteStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::Fault;
use super::blob::{Blob, Incoming};

/// What came with a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Received {
    /// The content.
    pub(super) content: Blob,
    /// The checksum that was sent with it, base64, and found right: CRC-32, or none.
    pub(super) crc32: Option<String>,
}

/// Reads the body of a request to its end, of which up to `most` bytes are kept, and holds it against the checksums that
/// came with it.
pub(super) async fn receive(mut request: HttpRequest, most: u64) -> Result<Received, Fault> {
    let mut incoming = Sums { content: Incoming::new(most), crc: Crc32::default(), length: 0 };
    let header = |request: &HttpRequest, name: &str| request.headers().get(name).map(str::to_owned);
    let chunked = header(&request, "content-encoding").is_some_and(|coding| coding.contains("aws-chunked"));
    let told = header(&request, "x-amz-decoded-content-length");
    let mut crc32 = header(&request, "x-amz-checksum-crc32");
    let md5 = header(&request, "content-md5");
    let sha256 = header(&request, "x-amz-content-sha256");
    let mut body = ByteStream::new(request.take_body());
    let mut chunks = Chunks::default();
    while let Some(bytes) = body.try_next().await.map_err(|_| incomplete())? {
        if chunked {
            chunks.push(&bytes, |data| incoming.push(data))?;
        } else {
            incoming.push(&bytes);
        }
    }
    if chunked {
        let trailers = chunks.done()?;
        crc32 = crc32.or_else(|| {
            trailers.into_iter().find(|(name, _)| name == "x-amz-checksum-crc32").map(|(_, value)| value)
        });
    }
    if told.is_some_and(|told| told != incoming.length.to_string()) {
        return Err(incomplete());
    }
    let crc = STANDARD.encode(incoming.crc.value().to_be_bytes());
    let content = incoming.content.done();
    if crc32.as_ref().is_some_and(|told| *told != crc) {
        let text = "The CRC32 you specified did not match the calculated checksum.";
        return Err(Fault::new("BadDigest", text));
    }
    if md5.is_some_and(|told| base64_hex(&told) != Some(content.md5())) {
        return Err(Fault::new("BadDigest", "The Content-MD5 you specified did not match what we received."));
    }
    let plain = |text: &String| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sha256.filter(plain).is_some_and(|told| !chunked && told != content.sha256()) {
        let text = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Fault::new("XAmzContentSHA256Mismatch", text));
    }
    Ok(Received { content, crc32 })
}

fn base64_hex(text: &str) -> Option<String> {
    STANDARD.decode(text).ok().map(|bytes| super::blob::hex(&bytes))
}

fn incomplete() -> Fault {
    let text = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Fault::new("IncompleteBody", text)
}

struct Sums {
    content: Incoming,
    crc: Crc32,
    length: u64,
}

impl Sums {
    fn push(&mut self, data: &[u8]) {
        self.content.push(data);
        self.crc.push(data);
        self.length += data.len() as u64;
    }
}

/// A body of the coding `aws-chunked`: each chunk with its length in front, and headers at the end.
#[derive(Default)]
struct Chunks {
    /// How much of the chunk is still to come.
    left: u64,
    /// A line that is not over yet.
    line: Vec<u8>,
    at: At,
    trailers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum At {
    /// The line with a chunk's length.
    #[default]
    Length,
    Data,
    /// The end of the line after a chunk.
    AfterData,
    Trailers,
    End,
}

impl Chunks {
    fn push(&mut self, mut bytes: &[u8], mut give: impl FnMut(&[u8])) -> Result<(), Fault> {
        while !bytes.is_empty() {
            if self.at == At::Data {
                let size = bytes.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
                let (data, rest) = bytes.split_at(size);
                give(data);
                bytes = rest;
                self.left -= size as u64;
                if self.left == 0 {
                    self.at = At::AfterData;
                }
                continue;
            }
            let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else {
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            self.line.extend_from_slice(&bytes[..end]);
            bytes = &bytes[end + 1..];
            let line = String::from_utf8(std::mem::take(&mut self.line)).map_err(|_| incomplete())?;
            self.line(line.trim_end_matches('\r'))?;
        }
        Ok(())
    }

    fn line(&mut self, line: &str) -> Result<(), Fault> {
        self.at = match self.at {
            At::Length => {
                let digits = line.split(';').next().unwrap_or_default();
                self.left = u64::from_str_radix(digits, 16).map_err(|_| incomplete())?;
                if self.left == 0 { At::Trailers } else { At::Data }
            }
            At::AfterData if line.is_empty() => At::Length,
            At::Trailers | At::End if line.is_empty() => At::End,
            At::Trailers => {
                let (name, value) = line.split_once(':').ok_or_else(incomplete)?;
                self.trailers.push((name.trim().to_lowercase(), value.trim().to_owned()));
                At::Trailers
            }
            At::AfterData | At::Data | At::End => return Err(incomplete()),
        };
        Ok(())
    }

    fn done(self) -> Result<Vec<(String, String)>, Fault> {
        // Some senders leave out the empty line at the very end.
        if matches!(self.at, At::Trailers | At::End) { Ok(self.trailers) } else { Err(incomplete()) }
    }
}

/// CRC-32 as zip and S3 have it, made on the way.
#[derive(Clone, Copy)]
pub(super) struct Crc32(u32);

impl Default for Crc32 {
    fn default() -> Self {
        Self(u32::MAX)
    }
}

impl Crc32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let (mut rest, mut bit) = (byte as u32, 0);
            while bit < 8 {
                rest = if rest & 1 == 1 { (rest >> 1) ^ 0xEDB8_8320 } else { rest >> 1 };
                bit += 1;
            }
            table[byte] = rest;
            byte += 1;
        }
        table
    };

    pub(super) fn push(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 >> 8) ^ Self::TABLE[((self.0 ^ u32::from(*byte)) & 255) as usize];
        }
    }

    pub(super) fn value(self) -> u32 {
        !self.0
    }
}

#[cfg(test)]
mod tests {
    use aws_smithy_types::body::SdkBody;

    use super::*;

    fn request(body: &'static [u8], headers: &[(&'static str, &str)]) -> HttpRequest {
        let mut request = HttpRequest::new(SdkBody::from(body));
        for (name, value) in headers {
            request.headers_mut().insert(*name, (*value).to_owned());
        }
        request
    }

    #[tokio::test]
    async fn a_body_in_chunks_is_what_is_in_the_chunks() {
        let body = b"4;chunk-signature=x\r\n1234\r\n5\r\n56789\r\n0\r\nx-amz-checksum-crc32:y/Q5Jg==\r\n\r\n";
        let headers = [("content-encoding", "aws-chunked"), ("x-amz-decoded-content-length", "9")];
        let received = receive(request(body, &headers), 100).await.unwrap();
        assert_eq!(received.content.bytes().unwrap(), b"123456789");
        assert_eq!(received.crc32.as_deref(), Some("y/Q5Jg=="));
    }

    #[tokio::test]
    async fn a_body_that_is_cut_off_or_changed_is_refused() {
        let chunked = ("content-encoding", "aws-chunked");
        for (body, headers, code) in [
            (&b"4\r\n12"[..], vec![chunked], "IncompleteBody"),
            (b"1\r\n12\r\n0\r\n\r\n", vec![chunked], "IncompleteBody"),
            (b"1\r\n1\r\n0\r\n\r\n", vec![chunked, ("x-amz-decoded-content-length", "2")], "IncompleteBody"),
            (b"12345678", vec![("x-amz-checksum-crc32", "y/Q5Jg==")], "BadDigest"),
            (b"1", vec![("content-md5", "AAAA")], "BadDigest"),
            (b"1", vec![("x-amz-content-sha256", &*"0".repeat(64))], "XAmzContentSHA256Mismatch"),
        ] {
            assert_eq!(receive(request(body, &headers), 100).await.unwrap_err().code, code, "{body:?}");
        }
    }
}
