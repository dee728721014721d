//! SSH public keys as people have them in a file, `ssh-ed25519 AAAA... comment`: told by type and fingerprint, never whole.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// What somebody gave as a public key. It shows, compares and serializes as type and fingerprint, `ssh-ed25519 SHA256:...`:
/// the comment is no part of a key. What was serialized so doesn't come back as the key, and a text that is no public key
/// is not kept at all, since it may be a private one.
#[derive(Clone)]
pub(crate) struct PublicKey {
    shown: String,
    key: Result<SshKey, NotAKey>,
}

impl PublicKey {
    pub(crate) fn new(text: &str) -> Self {
        let key = SshKey::parse(text);
        let shown = match &key {
            Ok(key) => format!("{} {}", key.algorithm.name(), key.fingerprint()),
            Err(_) => "not a public key".to_owned(),
        };
        Self { shown, key }
    }

    /// Type and fingerprint.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    /// The key itself, for AWS.
    pub(crate) fn key(&self) -> Result<&SshKey, &NotAKey> {
        self.key.as_ref()
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.shown == other.shown
    }
}

/// With its comment, so that people know whose it is.
impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.key {
            Ok(key) if !key.comment.is_empty() => write!(f, "{} ({})", self.shown, key.comment),
            _ => f.write_str(&self.shown),
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.shown)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { shown: String::deserialize(deserializer)?, key: Err(NotAKey::FingerprintOnly) })
    }
}

/// A public key of a type that EC2 takes.
#[derive(Clone, PartialEq)]
pub(crate) struct SshKey {
    pub(crate) algorithm: Algorithm,
    blob: Vec<u8>,
    comment: String,
}

/// The types of keys that EC2 takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Ed25519,
    Rsa,
}

impl Algorithm {
    const ALL: [Self; 2] = [Self::Ed25519, Self::Rsa];

    /// As OpenSSH names it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::Rsa => "ssh-rsa",
        }
    }
}

/// The other types that OpenSSH has.
const OTHER_TYPES: [&str; 6] = [
    "ssh-dss",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// How many bits an RSA key may have: AWS's user guide names these three.
const RSA_BITS: [usize; 3] = [1024, 2048, 4096];

/// Why a text is no public key that EC2 takes. Has nothing of the text in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAKey {
    Empty,
    Private,
    Several,
    Pem,
    OtherType(&'static str),
    RsaBits(usize),
    Damaged,
    FingerprintOnly,
}

impl fmt::Display for NotAKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the public key is empty"),
            Self::Private => {
                f.write_str("it is a private key, where a public one belongs; it is not shown here")
            }
            Self::Several => f.write_str("it is more than one line, where one public key belongs"),
            Self::Pem => f.write_str("the public key is in PEM format, where EC2 takes OpenSSH's"),
            Self::OtherType(name) => {
                write!(f, "the public key is of type `{name}`, where EC2 takes `ssh-ed25519` and `ssh-rsa`")
            }
            Self::RsaBits(bits) => {
                write!(f, "the RSA key has {bits} bits, where EC2 takes 1024, 2048 or 4096")
            }
            Self::Damaged => f.write_str("it is not a whole public key"),
            Self::FingerprintOnly => f.write_str("only the fingerprint of the public key is known"),
        }
    }
}

impl NotAKey {
    /// What to do about it.
    pub(crate) fn hint(self) -> &'static str {
        match self {
            Self::Private => {
                "give the text of the `.pub` file beside it; if others could see the private key, make a new one"
            }
            Self::Pem => "`ssh-keygen -i -m PKCS8 -f FILE` tells it in OpenSSH's format",
            Self::OtherType(_) | Self::RsaBits(_) => "`ssh-keygen -t ed25519` makes one that EC2 takes",
            _ => "give the text of one `.pub` file: `ssh-ed25519 AAAA... comment`",
        }
    }
}

impl SshKey {
    /// Reads a line as OpenSSH writes it to a `.pub` file, or the format of RFC 4716.
    pub(crate) fn parse(text: &str) -> Result<Self, NotAKey> {
        let text = text.trim();
        if text.is_empty() {
            return Err(NotAKey::Empty);
        }
        if text.contains("PRIVATE KEY") || text.starts_with("PuTTY-User-Key-File") {
            return Err(NotAKey::Private);
        }
        if text.starts_with("-----BEGIN ") {
            return Err(NotAKey::Pem);
        }
        if let Some(rest) = text.strip_prefix("---- BEGIN SSH2 PUBLIC KEY ----") {
            let body = rest.strip_suffix("---- END SSH2 PUBLIC KEY ----").ok_or(NotAKey::Damaged)?;
            return Self::from_blob(&without_headers(body)?, "");
        }
        if text.lines().count() > 1 {
            return Err(NotAKey::Several);
        }
        let (name, rest) = text.split_once(char::is_whitespace).ok_or(NotAKey::Damaged)?;
        if let Some(other) = OTHER_TYPES.into_iter().find(|other| *other == name) {
            return Err(NotAKey::OtherType(other));
        }
        let (base64, comment) =
            rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let key = Self::from_blob(base64, comment.trim())?;
        if key.algorithm.name() == name { Ok(key) } else { Err(NotAKey::Damaged) }
    }

    /// Reads what is encoded: the type again, and the numbers that the key is made of.
    fn from_blob(base64: &str, comment: &str) -> Result<Self, NotAKey> {
        let blob = STANDARD.decode(base64).map_err(|_| NotAKey::Damaged)?;
        let fields = fields(&blob).ok_or(NotAKey::Damaged)?;
        let (name, numbers) = fields.split_first().ok_or(NotAKey::Damaged)?;
        let algorithm = Algorithm::ALL.into_iter().find(|one| one.name().as_bytes() == *name);
        match (algorithm, numbers) {
            (Some(Algorithm::Ed25519), [point]) if point.len() == 32 => {}
            (Some(Algorithm::Rsa), [_, modulus]) => {
                let bits = bits(modulus);
                if !RSA_BITS.contains(&bits) {
                    return Err(NotAKey::RsaBits(bits));
                }
            }
            _ => return Err(NotAKey::Damaged),
        }
        let algorithm = algorithm.ok_or(NotAKey::Damaged)?;
        Ok(Self { algorithm, comment: comment.to_owned(), blob })
    }

    /// Type and key as OpenSSH writes them, without a comment.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.algorithm.name(), STANDARD.encode(&self.blob))
    }

    /// As `ssh-keygen -l` tells it. For RSA, AWS has another, of MD5: too weak to tell keys apart by.
    pub(crate) fn fingerprint(&self) -> String {
        format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(&self.blob)))
    }

    /// The encoded key, whose first field is the type.
    #[cfg(feature = "sandbox")]
    pub(crate) fn blob(&self) -> &[u8] {
        &self.blob
    }
}

/// The key in a file of RFC 4716: its lines without the headers, which may go on after a backslash.
fn without_headers(body: &str) -> Result<String, NotAKey> {
    let mut key = String::new();
    let mut goes_on = false;
    for line in body.lines().map(str::trim) {
        if goes_on || line.contains(':') {
            goes_on = line.ends_with('\\');
        } else {
            key.push_str(line);
        }
    }
    if key.is_empty() { Err(NotAKey::Damaged) } else { Ok(key) }
}

/// The fields of an encoded key: each has its length, in four bytes, before it. `None` when they don't fill it exactly.
pub(crate) fn fields(mut blob: &[u8]) -> Option<Vec<&[u8]>> {
    let mut fields = vec![];
    while !blob.is_empty() {
        let (length, rest) = blob.split_first_chunk::<4>()?;
        let (field, rest) = rest.split_at_checked(u32::from_be_bytes(*length).try_into().ok()?)?;
        fields.push(field);
        blob = rest;
    }
    Some(fields)
}

/// How many bits a number has, its leading zeros not counted.
fn bits(number: &[u8]) -> usize {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let first = number.get(zeros).map_or(0, |byte| byte.leading_zeros() as usize);
    (number.len() - zeros) * 8 - first
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Made with `ssh-keygen` for these tests; nobody has their private halves.
    pub(crate) const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj";
    pub(crate) const ANOTHER: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJuQ7nz1LZdrM/i3emG2X6eHTyIzEX+IxlIH+Mhn2Gz4";
    pub(crate) const RSA_1024: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDOmSrI8A4Wrro08/rO6ynqEzwAwTeUBbc5hmAqnzbq+8kouVEG/ZZD4chkynSQNz9uu0FOgJQo3A1qb2IeAPlNZG9QXrD4ACZ4SrGJiZNrtGtrpj2p8KcaWXYsYsLH4/J5F51M5L+SHyqCzw/TfMdABgVQUEhC8IJ1VFwbMrpRPQ==";
    pub(crate) const RSA_2048: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDFiEZ48BG1I5uFigIyJf72kkJB9O/9JlgNV/Mc0JIjlh2tVPicyH5KM55oWdDIcFnJjbchINDnCHfd+MAG5jG0tCcqbvLHKp4fDUfyL82j3L1Xm1c0pTzM6QvIp5oKo0QTSkYk7S7p7eSqkGAWXyA9brKwSibvSvBrIHCfrcOP9TfRhtyIlr00zNgTFbnL7ux5l2Vj8fqkeQ2q6fw0keTdpnMUYo46SN1yZoLgKZObxotSIe4Vsq081NTRKtCoXRWR3XfFiuKpLP3zGDvBp+uYPETRnspBz0hWdXYB034xK4doC+Cxwt5DTi0rIiai22HhFc8kwJ7+Np96en6rMGUl";
    const RSA_3072: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC+nKKc5NDxZGD17GSn2rfKMZ2B9kCgP69IthR/BTQkklQlqxCwEQkrVYS4UGBIWfm1yVPMMsZFQVel/w8nSWyM+HzdPdgbzFxEdEMPQWGFogIXrdDkPlHma5RuqnNG8MKgl5MIlAYayg08gDUldCYU18bzM1MEP5DucLMp8A1rRNnDW5yGoSj4u/ySQAuH+Vf8tiB2aK49TQCSJ2UxUlL5D5eHBL6g6zpRHWykeJLvxxybrib6ylZmMx3lGH1XoZiHHnwNbUdICbq5orbSc8jjdcSH0kzj86muPRykHkAFFTj26NAjTfQ5WL2xlb1hUA2ck5CJMvb/M2e24AKpO5y5izvQJXjSxVSpPx2Eshp9i0C+VV86epN5UaFPqHrNbU+pdiRA8lyir6GTj3RrUwNyiOlTBczBV3pQT/98lRoPW9AxJUr0piO/35HE2oPMBXd7rXOeRH8W5F84z9vLvSLch5H5p/5y+K115ccLzorcvOOXwgHhNM/yz7BCKilmoJE=";
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEHwgEJdezOpdOdUYjw9G+cjYmlfE0QhReYB47icl15q6MFeufCGuqsbYm8BPcsav1FROQDsuV3r01J03P+uJbQ=";

    /// What `ssh-keygen -e` makes of the first one.
    pub(crate) const RFC_4716: &str = "---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"256-bit ED25519, converted by me \\\nfrom OpenSSH\"\nAAAAC3NzaC1lZDI1NTE5AAAAIJhmWXJKG0BVNyCd\n5aHI4wz6jpz7JWs/AJ2Ogw9kRoCj\n---- END SSH2 PUBLIC KEY ----\n";

    #[test]
    fn a_key_is_told_as_ssh_keygen_tells_it() {
        let ed25519 = "ssh-ed25519 SHA256:/vvE04q+ff40VlovWSo5TJO9RQTNHu80oKDe9YNZ3ME";
        assert_eq!(PublicKey::new(ED25519).to_string(), ed25519);
        assert_eq!(
            PublicKey::new(RSA_2048).to_string(),
            "ssh-rsa SHA256:Nbih16VBz3dGfEGtl8ip8Ka97Eg6fG0sDFJ1mJqk8og"
        );
        let with_comment = PublicKey::new(&format!("  {ED25519}  the team\n"));
        assert_eq!(with_comment.to_string(), format!("{ed25519} (the team)"));
        assert_eq!(serde_json::to_value(&with_comment).unwrap(), ed25519);
        assert_eq!(with_comment.key().unwrap().line(), ED25519);
    }

    #[test]
    fn the_comment_and_the_format_are_no_part_of_a_key() {
        assert_eq!(PublicKey::new(ED25519), PublicKey::new(&format!("{ED25519} me")));
        assert_eq!(PublicKey::new(ED25519), PublicKey::new(RFC_4716));
        assert_ne!(PublicKey::new(ED25519), PublicKey::new(ANOTHER));
    }

    #[test]
    fn what_is_no_public_key_is_told_and_not_kept() {
        let private = concat!("-----BEGIN OPENSSH PRIVATE", " KEY-----\nhush\n");
        let (twice, half) = (format!("{ED25519}\n{ANOTHER}"), &ED25519[..70]);
        let renamed = ED25519.replace("ssh-ed25519", "ssh-rsa");
        let options = format!("no-pty {ED25519}");
        for (text, why) in [
            (" \n", NotAKey::Empty),
            (private, NotAKey::Private),
            ("PuTTY-User-Key-File-3: ssh-ed25519\nhush", NotAKey::Private),
            (&twice, NotAKey::Several),
            ("-----BEGIN PUBLIC KEY-----\nhush\n-----END PUBLIC KEY-----", NotAKey::Pem),
            (ECDSA, NotAKey::OtherType("ecdsa-sha2-nistp256")),
            (RSA_3072, NotAKey::RsaBits(3072)),
            (half, NotAKey::Damaged),
            (&renamed, NotAKey::Damaged),
            (&options, NotAKey::Damaged),
            ("hush", NotAKey::Damaged),
            ("---- BEGIN SSH2 PUBLIC KEY ----\nhush", NotAKey::Damaged),
        ] {
            let key = PublicKey::new(text);
            assert_eq!(key.key().err(), Some(&why), "{text}");
            assert_eq!(format!("{key:?} {key}"), "not a public key not a public key");
        }
    }

    #[test]
    fn one_that_comes_back_from_a_plan_is_the_same_but_can_not_be_imported() {
        let key = PublicKey::new(ED25519);
        let back: PublicKey = serde_json::from_str(&serde_json::to_string(&key).unwrap()).unwrap();
        assert_eq!(back, key);
        assert_eq!(back.key().err(), Some(&NotAKey::FingerprintOnly));
    }
}
