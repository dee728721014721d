//! The VPC to work in: looked up, never made. Its DNS attributes can be turned on.

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use aws_sdk_ec2::types::{AttributeBooleanValue, VpcAttributeName, VpcState};

use super::ec2::Vpcs;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::kind::{Cx, Invalid, Kind, Live, MadeBy, all_failed};

/// A VPC that is there. Made with [`default_vpc`] or [`vpc`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vpc {
    which: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_support: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dns_hostnames: Option<bool>,
}

/// What stands for the region's default VPC.
const DEFAULT: &str = "default";

/// The region's default VPC.
#[must_use]
pub fn default_vpc() -> Vpc {
    vpc(DEFAULT)
}

/// The VPC with this id (`vpc-...`) or `Name` tag; `default` is the region's default VPC.
#[must_use]
pub fn vpc(id_or_name: &str) -> Vpc {
    Vpc { which: id_or_name.to_owned(), dns_support: None, dns_hostnames: None }
}

impl Vpc {
    /// Wants DNS support and DNS host names on, which private hosted zones need. A default VPC has both.
    #[must_use]
    pub fn dns(mut self) -> Self {
        self.dns_support = Some(true);
        self.dns_hostnames = Some(true);
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("Vpc");
        words.word("default_vpc", default_vpc);
        words.word("vpc", vpc);
        words.word("dns", Self::dns);
    }

    /// Whether names are to resolve in it.
    pub(super) fn wants_dns(&self) -> bool {
        self.dns_support == Some(true) && self.dns_hostnames == Some(true)
    }

    /// The id of the region's default VPC, where it has one.
    pub(super) async fn default_id(cx: &Cx<'_>) -> Result<Option<String>, Error> {
        let vpcs = cx.aws.list::<Vpcs>(cx.region).await?;
        Ok(default_of(&vpcs).map(str::to_owned))
    }

    /// Whether this is the VPC that is meant.
    fn is_meant(&self, vpc: &aws_sdk_ec2::types::Vpc) -> bool {
        let name = vpc.tags().iter().find(|tag| tag.key() == Some("Name")).and_then(|tag| tag.value());
        match self.which.as_str() {
            DEFAULT => vpc.is_default() == Some(true),
            id if id.starts_with("vpc-") => vpc.vpc_id() == Some(id),
            wanted => name == Some(wanted),
        }
    }
}

impl Kind for Vpc {
    const WORD: &'static str = "vpc";
    const MADE_BY: MadeBy = MadeBy::Others;

    fn name(&self) -> String {
        self.which.clone()
    }

    fn check(&self) -> Vec<Invalid> {
        if self.which.is_empty() {
            return vec![Invalid::new("it names no VPC").hint("an id, a Name tag, or `default_vpc()`")];
        }
        vec![]
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = aws.list::<OfDefault>(region).await;
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let vpcs = match cx.aws.list::<Vpcs>(cx.region).await {
            Ok(vpcs) => vpcs,
            Err(error) => return all_failed(wanted, &error),
        };
        join_all(wanted.iter().map(|vpc| vpc.told(&vpcs, cx))).await
    }

    async fn apply(&self, live: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let Some(live) = live else { return Err(Error::Needs(crate::Address::new(Self::WORD, &self.which))) };
        let ec2 = cx.aws.ec2(cx.region);
        let on = || AttributeBooleanValue::builder().value(true).build();
        // One attribute a call, support first: host names need it.
        if self.dns_support == Some(true) && live.is.dns_support != Some(true) {
            ec2.modify_vpc_attribute().vpc_id(&live.id).enable_dns_support(on()).send().await?;
        }
        if self.dns_hostnames == Some(true) && live.is.dns_hostnames != Some(true) {
            ec2.modify_vpc_attribute().vpc_id(&live.id).enable_dns_hostnames(on()).send().await?;
        }
        Ok(live.id.clone())
    }
}

impl Vpc {
    async fn told(&self, vpcs: &Vpcs, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let meant: Vec<_> = available(vpcs).filter(|vpc| self.is_meant(vpc)).collect();
        let id = match meant[..] {
            [] => return Ok(None),
            [one] => one.vpc_id().unwrap_or_default(),
            _ => {
                return Err(Error::Conflict {
                    message: format!("{} VPCs are named `{}`", meant.len(), self.which),
                    hint: "name the VPC by its id".to_owned(),
                });
            }
        };
        let mut live = Live::new(vpc(&self.which), id);
        if self.dns_support.is_some() || self.dns_hostnames.is_some() {
            let (support, hostnames) = match default_of(vpcs) == Some(id) {
                true => match &cx.aws.list::<OfDefault>(cx.region).await?.0 {
                    Some((known, dns)) if known == id => *dns,
                    _ => dns(id, cx.aws, cx.region).await?,
                },
                false => dns(id, cx.aws, cx.region).await?,
            };
            live.is.dns_support = Some(support);
            live.is.dns_hostnames = Some(hostnames);
        }
        Ok(Some(live))
    }
}

/// All VPCs of the region: there are few, and one call finds them by id, by name and the default one.
fn available(vpcs: &Vpcs) -> impl Iterator<Item = &aws_sdk_ec2::types::Vpc> {
    vpcs.0.iter().filter(|vpc| vpc.state() == Some(&VpcState::Available))
}

fn default_of(vpcs: &Vpcs) -> Option<&str> {
    available(vpcs).find(|vpc| vpc.is_default() == Some(true))?.vpc_id()
}

/// The DNS attributes of a VPC: support and host names.
type Dns = (bool, bool);

/// Those of the region's default VPC: nearly always the one that is worked in.
struct OfDefault(Option<(String, Dns)>);

impl Listing for OfDefault {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let vpcs = aws.list::<Vpcs>(region).await?;
        let Some(id) = default_of(&vpcs) else { return Ok(Self(None)) };
        Ok(Self(Some((id.to_owned(), dns(id, aws, region).await?))))
    }
}

async fn dns(id: &str, aws: &Aws, region: &str) -> Result<Dns, Error> {
    tokio::try_join!(
        attribute(id, VpcAttributeName::EnableDnsSupport, aws, region),
        attribute(id, VpcAttributeName::EnableDnsHostnames, aws, region),
    )
}

/// AWS tells one attribute a call.
async fn attribute(id: &str, name: VpcAttributeName, aws: &Aws, region: &str) -> Result<bool, Error> {
    let answer = aws.ec2(region).describe_vpc_attribute().vpc_id(id).attribute(name).send().await?;
    let value = answer.enable_dns_support().or(answer.enable_dns_hostnames());
    Ok(value.and_then(AttributeBooleanValue::value) == Some(true))
}
