//! Key pairs whose public keys were imported.

use aws_sdk_ec2::operation::describe_key_pairs::{
    DescribeKeyPairsError, DescribeKeyPairsInput, DescribeKeyPairsOutput,
};
use aws_sdk_ec2::operation::import_key_pair::{ImportKeyPairError, ImportKeyPairInput, ImportKeyPairOutput};
use aws_sdk_ec2::types::{KeyPairInfo, KeyType};
use aws_smithy_types::DateTime;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::here::{enter, invalid, missing, required, unsupported};
use super::kind::KEY_PAIR;
use super::list::{ALL_AT_ONCE, Question};
use super::tag::{self, Tags};
use crate::public_key::{Algorithm, SshKey, fields};
use crate::sandbox::door::Handlers;
use crate::sandbox::{Call, Fault};

/// A key pair.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KeyPair {
    /// Its name, the only one of this name in the region.
    pub name: String,
    /// Type and key, `ssh-ed25519 AAAA...`: AWS keeps no comment, and tells the name in its place.
    pub public_key: String,
    /// Of ED25519 keys the SHA-256 digest in base64; of RSA keys the MD5 digest in hexadecimal digits, with colons.
    pub fingerprint: String,
    /// When it was imported, seconds since 1970.
    pub since: i64,
    /// Its tags.
    pub tags: Tags,
}

impl KeyPair {
    /// A key pair with this public key, type and key as OpenSSH writes them.
    #[must_use]
    pub fn new(name: &str, public_key: &str) -> Self {
        let fingerprint = SshKey::parse(public_key).map(|key| fingerprint(&key)).unwrap_or_default();
        Self { name: name.to_owned(), public_key: public_key.to_owned(), fingerprint, ..Self::default() }
    }
}

const FILTERS: [&str; 3] = ["fingerprint", "key-name", "key-pair-id"];

pub(super) fn handlers(handlers: &mut Handlers) {
    handlers.on("ec2:ImportKeyPair", import_key_pair, ImportKeyPairError::generic);
    handlers.on("ec2:DescribeKeyPairs", describe_key_pairs, DescribeKeyPairsError::generic);
}

fn import_key_pair(call: &mut Call<'_>, input: &ImportKeyPairInput) -> Result<ImportKeyPairOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let name = required(input.key_name(), "KeyName")?;
    if !name.is_ascii() || name.len() > 255 || name.trim() != name {
        let why = "It must have at most 255 ASCII characters, and no blanks at the ends.";
        return Err(invalid("KeyName", name, why));
    }
    let material = input.public_key_material().ok_or_else(|| missing("PublicKeyMaterial"))?;
    let text = std::str::from_utf8(material.as_ref()).unwrap_or_default();
    let key = SshKey::parse(text)
        .map_err(|_| Fault::new("InvalidKey.Format", "Key is not in valid OpenSSH public key format"))?;
    let tags = tag::given(input.tag_specifications(), &KEY_PAIR)?;
    let id = here.id(KEY_PAIR.prefix, name);
    if here.region.key_pairs.values().any(|pair| pair.name == name) {
        return Err(Fault::new("InvalidKeyPair.Duplicate", "The keypair already exists"));
    }
    let pair = KeyPair {
        name: name.to_owned(),
        public_key: key.line(),
        fingerprint: fingerprint(&key),
        since: here.now.secs(),
        tags,
    };
    let answer = ImportKeyPairOutput::builder().key_pair_id(&id).key_name(name);
    let answer = answer.key_fingerprint(&pair.fingerprint).set_tags(tag::listed(&pair.tags));
    here.region.key_pairs.insert(id, pair);
    Ok(answer.build())
}

fn describe_key_pairs(
    call: &mut Call<'_>,
    input: &DescribeKeyPairsInput,
) -> Result<DescribeKeyPairsOutput, Fault> {
    let here = enter(call, input.dry_run)?;
    let names = input.key_names();
    unsupported(&[("KeyPairId with KeyName", !names.is_empty() && !input.key_pair_ids().is_empty())])?;
    let pairs = &here.region.key_pairs;
    if let Some(unknown) = names.iter().find(|name| !pairs.values().any(|pair| pair.name == **name)) {
        let text = format!("The key pair '{unknown}' does not exist");
        return Err(Fault::new("InvalidKeyPair.NotFound", text));
    }
    let question = Question {
        ids: input.key_pair_ids.as_deref(),
        filters: input.filters.as_deref(),
        max_results: None,
        next_token: None,
    };
    let values = |id: &str, pair: &KeyPair, filter: &str| {
        vec![match filter {
            "fingerprint" => pair.fingerprint.clone(),
            "key-name" => pair.name.clone(),
            _ => id.to_owned(),
        }]
    };
    let (found, _) = question.answer(&KEY_PAIR, ALL_AT_ONCE, pairs, &FILTERS, |pair| &pair.tags, values)?;
    let found = found.into_iter().filter(|(_, pair)| names.is_empty() || names.contains(&pair.name));
    let found = found.map(|(id, pair)| shown(id, pair, input.include_public_key() == Some(true)));
    Ok(DescribeKeyPairsOutput::builder().set_key_pairs(Some(found.collect())).build())
}

fn shown(id: &str, pair: &KeyPair, with_key: bool) -> KeyPairInfo {
    let is_rsa = pair.public_key.starts_with(Algorithm::Rsa.name());
    KeyPairInfo::builder()
        .key_pair_id(id)
        .key_name(&pair.name)
        .key_type(if is_rsa { KeyType::Rsa } else { KeyType::Ed25519 })
        .key_fingerprint(&pair.fingerprint)
        .create_time(DateTime::from_secs(pair.since))
        .set_public_key(with_key.then(|| format!("{} {}", pair.public_key, pair.name)))
        .set_tags(tag::listed(&pair.tags))
        .build()
}

/// As AWS computes them of keys that were imported.
fn fingerprint(key: &SshKey) -> String {
    match key.algorithm {
        Algorithm::Ed25519 => STANDARD.encode(Sha256::digest(key.blob())),
        Algorithm::Rsa => {
            let digest = Md5::digest(rsa_der(key.blob()));
            let digits: Vec<String> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.join(":")
        }
    }
}

/// An RSA key as X.509 has it (SubjectPublicKeyInfo): what AWS computes the digest of.
fn rsa_der(blob: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: [u8; 15] =
        [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let fields = fields(blob).unwrap_or_default();
    let number = |field: usize| der(0x02, fields.get(field).copied().unwrap_or_default());
    let numbers = der(0x30, &[number(2), number(1)].concat());
    let bits = der(0x03, &[&[0], numbers.as_slice()].concat());
    der(0x30, &[RSA_ENCRYPTION.as_slice(), bits.as_slice()].concat())
}

/// A value in DER: its tag, its length, itself.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut value = vec![tag];
    if content.len() > 127 {
        value.push(0x80 | u8::try_from(length.len()).unwrap_or_default());
    }
    value.extend(if content.is_empty() { vec![0] } else { length });
    value.extend(content);
    value
}

#[cfg(test)]
mod tests;
