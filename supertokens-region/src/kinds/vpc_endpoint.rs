//! Gateway endpoints: the way from a VPC to S3 that doesn't lead over the internet.

mod network;

use futures::future::join_all;
use serde::{Deserialize, Serialize};

use aws_sdk_ec2::types as sdk;

use self::network::Network;
use super::{Vpc, ec2};
use crate::address::{Address, Ref};
use crate::aws::Aws;
use crate::error::Error;
use crate::kind::{Cx, Invalid, Kind, Live};
use crate::tags::{self, Tags};

/// A gateway endpoint of a VPC. Made with [`vpc_endpoint`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VpcEndpoint {
    service: String,
    vpc: Ref<Vpc>,
    /// [`EVERY_SUBNET`], or which route tables lack it: which tables these must be, only AWS knows.
    routes: String,
    #[serde(skip_serializing_if = "Tags::is_empty", default)]
    tags: Tags,
}

const EVERY_SUBNET: &str = "every subnet";
/// The services that have gateway endpoints.
const SERVICES: [&str; 3] = ["s3", "dynamodb", "s3express"];

/// A gateway endpoint for `s3`, `dynamodb` or `s3express`, with routes from every subnet of the VPC. AWS takes nothing for
/// it. A new one lets everything in the VPC use everything of the service; the policy of one that is there stays.
#[must_use]
pub fn vpc_endpoint(service: &str, vpc: Ref<Vpc>) -> VpcEndpoint {
    VpcEndpoint { service: service.to_owned(), vpc, routes: EVERY_SUBNET.to_owned(), tags: Tags::new() }
}

impl VpcEndpoint {
    /// Adds a tag; other tags stay.
    #[must_use]
    pub fn tag(mut self, key: &str, value: &str) -> Self {
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("VpcEndpoint");
        words.word("vpc_endpoint", vpc_endpoint);
        words.word("tag", Self::tag);
    }
}

impl Kind for VpcEndpoint {
    const WORD: &'static str = "vpc_endpoint";
    const READS_AFTER: &'static [&'static str] = &[Vpc::WORD];

    /// `default/s3`.
    fn name(&self) -> String {
        format!("{}/{}", self.vpc.name(), self.service)
    }

    fn needs(&self) -> Vec<Address> {
        vec![self.vpc.address()]
    }

    fn check(&self) -> Vec<Invalid> {
        let mut invalid = tags::check(&self.tags);
        if !SERVICES.contains(&self.service.as_str()) {
            let text = format!("`{}` has no gateway endpoints", self.service);
            invalid.push(Invalid::new(text).hint("`s3`, `dynamodb` or `s3express`"));
        }
        invalid
    }

    async fn ahead(aws: &Aws, region: &str) {
        let _ = tokio::join!(
            aws.list::<ec2::Subnets>(region),
            aws.list::<ec2::RouteTables>(region),
            aws.list::<ec2::Endpoints>(region),
        );
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        join_all(wanted.iter().map(|endpoint| endpoint.look(cx))).await
    }

    async fn apply(&self, _: Option<&Live<Self>>, cx: &Cx<'_>) -> Result<String, Error> {
        let network = self.ensure(cx).await?;
        let Some(endpoint) = network.endpoint() else {
            return Err(Error::Conflict {
                message: "AWS answers with an endpoint that was deleted".to_owned(),
                hint: "run again tomorrow: AWS remembers it for a day".to_owned(),
            });
        };
        let id = endpoint.vpc_endpoint_id().unwrap_or_default();
        self.route(id, &network, cx).await?;
        ec2::tag(id, &self.tags, &ec2::told(endpoint.tags()), cx).await?;
        Ok(id.to_owned())
    }
}

/// How often it is tried when somebody else makes the same at the same time, or AWS still knows the token of an endpoint
/// that was deleted.
const TRIES: usize = 5;

impl VpcEndpoint {
    async fn look(&self, cx: &Cx<'_>) -> Result<Option<Live<Self>>, Error> {
        let network = self.network(cx).await?;
        let Some(endpoint) = network.endpoint() else { return Ok(None) };
        let (tables, missing) = (network.tables(), network.missing());
        let routes = if missing.is_empty() {
            EVERY_SUBNET.to_owned()
        } else {
            let there = tables.len() - missing.len();
            format!("{there} of {} route tables: {} missing", tables.len(), missing.join(", "))
        };
        let is = VpcEndpoint { routes, tags: ec2::told(endpoint.tags()), ..self.clone() };
        let id = endpoint.vpc_endpoint_id().unwrap_or_default();
        Ok(Some(Live { is, id: id.to_owned(), findings: network.findings() }))
    }

    async fn network(&self, cx: &Cx<'_>) -> Result<Network, Error> {
        Network::read(&self.service_name(cx), &cx.ids.id(&self.vpc)?, cx).await
    }

    /// The same, as it was seen a moment ago.
    async fn network_lately(&self, cx: &Cx<'_>) -> Result<Network, Error> {
        Network::lately(&self.service_name(cx), &cx.ids.id(&self.vpc)?, cx).await
    }

    fn service_name(&self, cx: &Cx<'_>) -> String {
        format!("com.amazonaws.{}.{}", cx.region, self.service)
    }

    /// Makes the endpoint unless there is one.
    async fn ensure(&self, cx: &Cx<'_>) -> Result<Network, Error> {
        let mut number = 1;
        loop {
            let network =
                async { if number == 1 { self.network_lately(cx).await } else { self.network(cx).await } };
            let mut network = network.await?;
            if network.endpoint().is_some() {
                return Ok(network);
            }
            let (vpc, tables) = (cx.ids.id(&self.vpc)?, network.tables());
            let create = cx.aws.ec2(cx.region).create_vpc_endpoint();
            let create = create
                .vpc_endpoint_type(sdk::VpcEndpointType::Gateway)
                .service_name(self.service_name(cx))
                .vpc_id(&vpc)
                .client_token(ec2::token(&(&vpc, &self.service, &tables, &self.tags), number))
                .set_route_table_ids(Some(tables))
                .set_tag_specifications(ec2::at_creation(sdk::ResourceType::VpcEndpoint, &self.tags));
            match create.send().await.map_err(Error::from) {
                Ok(answer) => {
                    network.add(answer.vpc_endpoint);
                    if network.endpoint().is_some() || number == TRIES {
                        return Ok(network);
                    }
                }
                Err(error) if number < TRIES && (is_there_already(&error) || is_token_spent(&error)) => {}
                Err(error) => return Err(error),
            }
            number += 1;
        }
    }

    /// Adds the route tables that are missing.
    async fn route(&self, id: &str, network: &Network, cx: &Cx<'_>) -> Result<(), Error> {
        let missing = network.missing();
        if missing.is_empty() {
            return Ok(());
        }
        let modify = cx.aws.ec2(cx.region).modify_vpc_endpoint().vpc_endpoint_id(id);
        match modify.set_add_route_table_ids(Some(missing)).send().await.map_err(Error::from) {
            Err(error) if is_there_already(&error) && !self.network(cx).await?.missing().is_empty() => {
                Err(error)
            }
            Err(error) if !is_there_already(&error) => Err(error),
            _ => Ok(()),
        }
    }
}

fn is_there_already(error: &Error) -> bool {
    error.code() == Some("RouteAlreadyExists")
}

/// Whether AWS remembers the token: from another request, or from an endpoint that was deleted.
fn is_token_spent(error: &Error) -> bool {
    matches!(error.code(), Some("IdempotentParameterMismatch" | "InvalidVpcEndpointId.NotFound"))
}
