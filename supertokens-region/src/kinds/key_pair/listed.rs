//! The key pairs of a region as wanted values, to be imported into another one: their public halves, which AWS tells.

use super::{KeyPair, KeyPairs, key_pair};
use crate::error::Error;
use crate::kind::{Cx, Listed};
use crate::kinds::carried::{fields_of, not_copied, own, suspects};
use crate::kinds::ec2;
use crate::wanted::{Found, Wanted};

impl Listed for KeyPair {
    async fn list(cx: &Cx<'_>) -> Result<Found<Self>, Error> {
        let mut found = Found::default();
        for pair in &cx.aws.list::<KeyPairs>(cx.region).await?.0 {
            let name = pair.key_name().unwrap_or_default();
            let wanted = key_pair(name, pair.public_key().unwrap_or_default());
            if let Err(why) = wanted.public_key.key() {
                let what = format!("the key pair `{name}`");
                found.findings.push(not_copied(&what, cx.region, &why.to_string(), "import another by hand"));
                continue;
            }
            let mut told = Wanted::new(KeyPair { tags: own(ec2::told(pair.tags())), ..wanted });
            let name = [("name".to_owned(), told.value.name.as_str())];
            let suspects = suspects(name.into_iter().chain(fields_of(&told.value.tags)), cx.region);
            told.findings.extend(suspects);
            found.all.push(told);
        }
        Ok(found)
    }

    async fn there(cx: &Cx<'_>) -> Result<Vec<Self>, Error> {
        let pairs = cx.aws.list::<KeyPairs>(cx.region).await?;
        let pair =
            |pair: &aws_sdk_ec2::types::KeyPairInfo| Some(key_pair(pair.key_name()?, pair.public_key()?));
        Ok(pairs.0.iter().filter_map(pair).collect())
    }
}
