//! EC2 key pairs: a public key that people bring, by which they get into the region's instances.

mod listed;

use serde::{Deserialize, Serialize};

use aws_sdk_ec2::primitives::Blob;
use aws_sdk_ec2::types::{KeyPairInfo, ResourceType};

use super::ec2;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::{Cx, Invalid, Kind, Live, all_failed};
use crate::public_key::PublicKey;
use crate::tags::{self, Tags};

/// A key pair of which AWS has the public half. Made with [`key_pair`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyPair {
    name: String,
    public_key: PublicKey,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

/// A key pair with this public key: the text of a `.pub` file, `ssh-ed25519 AAAA... comment`. EC2 takes ED25519, and RSA
/// of 1024, 2048 or 4096 bits. The private half stays where it is.
///
/// The name has 1-255 ASCII characters. AWS can't give another key to a key pair that is there: that is refused.
#[must_use]
pub fn key_pair(name: &str, public_key: &str) -> KeyPair {
    KeyPair { name: name.to_owned(), public_key: PublicKey::new(public_key), tags: Tags::new() }
}

impl KeyPair {
    /// The same with another name.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("KeyPair");
        words.word("key_pair", key_pair);
        words.word("named", Self::named);
        words.word("tag", Self::tag);
    }
}

impl Kind for KeyPair {
    const WORD: &'static str = "key_pair";

    fn name(&self) -> String {
        self.name.clone()
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        let plain = |c: char| c.is_ascii_graphic() || c == ' ';
        if self.name.is_empty()
            || self.name.len() > 255
            || self.name.trim() != self.name
            || !self.name.chars().all(plain)
        {
            let text = format!("`{}` is not a name that EC2 takes", self.name.escape_debug());
            invalid.push(Invalid::new(text).hint("1-255 ASCII characters, no blanks at the ends"));
        }
        if let Err(why) = self.public_key.key() {
            invalid.push(Invalid::new(why.to_string()).hint(why.hint()));
        }
        invalid
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<KeyPairs>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let there = match cx.aws.list::<KeyPairs>(cx.region).await {
            Ok(there) => there,
            Err(error) => return all_failed(wanted, &error),
        };
        wanted.iter().map(|pair| Ok(pair.told(&there.0))).collect()
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let live = match live {
            Some(live) => live.clone(),
            None => self.ensure(cx).await?,
        };
        if live.is.public_key != self.public_key {
            return Err(Error::Conflict { message: self.other_key(&live.is), hint: HINT.to_owned() });
        }
        ec2::tag(&live.id, &self.tags, &live.is.tags, cx).await?;
        Ok(live.id)
    }
}

/// What to do about a key pair that has another key.
const HINT: &str =
    "AWS can't change it, and it is never deleted: give that public key, or choose another name";

impl KeyPair {
    fn told(&self, there: &[KeyPairInfo]) -> Option<Live<Self>> {
        let found = there.iter().find(|pair| pair.key_name() == Some(&self.name))?;
        let is = KeyPair {
            tags: ec2::told(found.tags()),
            ..key_pair(&self.name, found.public_key().unwrap_or_default())
        };
        let mut live = Live::new(is, found.key_pair_id().unwrap_or_default());
        if live.is.public_key != self.public_key {
            live.findings.push(Finding::error("other-key", self.other_key(&live.is)).hint(HINT));
        }
        Some(live)
    }

    fn other_key(&self, live: &Self) -> String {
        let (is, wanted) = (live.public_key.shown(), &self.public_key);
        format!("the key pair has the public key {is}, not {wanted}")
    }

    /// Imports the key. Where somebody else has just done so, what is there is looked at.
    async fn ensure(&self, cx: &Cx<'_>) -> Result<Live<Self>, Error> {
        let material = self
            .public_key
            .key()
            .map_err(|why| Error::Conflict { message: why.to_string(), hint: why.hint().to_owned() })?;
        let import = cx.aws.ec2(cx.region).import_key_pair().key_name(&self.name);
        let import = import.public_key_material(Blob::new(material.line()));
        let import = import.set_tag_specifications(ec2::at_creation(ResourceType::KeyPair, &self.tags));
        match import.send().await.map_err(Error::from) {
            Ok(made) => Ok(Live::new(self.clone(), made.key_pair_id().unwrap_or_default())),
            Err(error) if error.code() == Some("InvalidKeyPair.Duplicate") => {
                self.told(&cx.aws.list::<KeyPairs>(cx.region).await?.0).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }
}

/// All key pairs of the region: AWS tells them in one answer, and asking for names that are not there is an error.
struct KeyPairs(Vec<KeyPairInfo>);

impl Listing for KeyPairs {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let answer = aws.ec2(region).describe_key_pairs().include_public_key(true).send().await?;
        Ok(Self(answer.key_pairs.unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::public_key::tests::ED25519;

    fn problems(pair: &KeyPair) -> Vec<String> {
        pair.check().into_iter().map(|invalid| invalid.message).collect()
    }

    #[test]
    fn names_that_aws_would_refuse_are_told() {
        assert_eq!(problems(&key_pair("supertokens ap-south-1", ED25519)), Vec::<String>::new());
        for name in ["", " a", "a\n", "schlüssel", &"k".repeat(256)] {
            assert_eq!(problems(&key_pair(name, ED25519)).len(), 1, "{name}");
        }
    }

    #[test]
    fn a_private_key_is_refused_and_nowhere_in_the_value() {
        let private = concat!("-----BEGIN RSA PRIVATE", " KEY-----\nhush\n");
        let pair = key_pair("team", private);
        assert_eq!(
            problems(&pair),
            ["it is a private key, where a public one belongs; it is not shown here"]
        );
        assert!(
            !format!("{pair:?} {} {:?}", serde_json::to_string(&pair).unwrap(), pair.check())
                .contains("hush")
        );
    }
}
