//! Layers: own ones are known by their name and the hash of their content, since version numbers differ by region.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::pin;

use futures::future::{Either, FutureExt, select, try_join_all};
use futures::lock::Mutex;
use serde::{Deserialize, Serialize};

use super::LambdaFunction;
use super::code::{Kept, Package, Source};
use super::delivery::{Delivered, SMALL};
use super::there::Functions;
use crate::address::Address;
use crate::aws::{Aws, Listing};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::kinds::carried::{IN_FLIGHT, side_by_side};

/// A layer of a function.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(super) enum Layer {
    /// A layer of this account.
    Own { name: String, package: Package },
    /// The ARN of a version.
    Given(String),
}

impl Layer {
    pub(super) fn package(&self) -> Option<&Package> {
        match self {
            Self::Own { package, .. } => Some(package),
            Self::Given(_) => None,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Own { name, package } => write!(f, "{name} sha256 {}", package.sha256),
            Self::Given(arn) => f.write_str(arn),
        }
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Layer> for String {
    fn from(layer: Layer) -> Self {
        layer.to_string()
    }
}

impl From<String> for Layer {
    fn from(told: String) -> Self {
        match told.split_once(" sha256 ") {
            Some((name, hash)) => {
                let package = Package::told(Some(hash), 0, Source::None);
                Self::Own { name: name.to_owned(), package }
            }
            None => Self::Given(told),
        }
    }
}

/// Name and version of a layer of this account and region, by the ARN of the version.
fn own(arn: &str, region: &str, account: &str) -> Option<(String, i64)> {
    match arn.split(':').collect::<Vec<_>>()[..] {
        ["arn", _, "lambda", there, owner, "layer", name, version] if (there, owner) == (region, account) => {
            Some((name.to_owned(), version.parse().ok()?))
        }
        _ => None,
    }
}

/// The own layers' versions that the functions of a region have, by ARN.
pub(super) struct OfFunctions(BTreeMap<String, Result<Layer, Error>>);

impl Listing for OfFunctions {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let functions = aws.list::<Functions>(region).await?;
        let mut arns = BTreeMap::new();
        for function in functions.0.values() {
            let account = function.function_arn().and_then(|arn| arn.split(':').nth(4)).unwrap_or_default();
            let layers = function.layers().iter().filter_map(|layer| layer.arn());
            arns.extend(layers.map(|arn| (arn.to_owned(), account.to_owned())));
        }
        let mut looks = vec![];
        for (arn, account) in arns {
            looks.push(async move {
                let layer = one(&arn, aws, region, &account).await;
                (arn, layer)
            });
        }
        Ok(Self(side_by_side(IN_FLIGHT, looks).await.into_iter().collect()))
    }
}

/// The layers' versions that were asked for one by one, each once.
#[derive(Default)]
pub(super) struct Layers(Mutex<BTreeMap<String, Layer>>);

impl Layers {
    /// These versions, in our words. One that was deleted, though functions go on using it, and one of another account are
    /// told by their ARNs.
    pub(super) async fn told(&self, arns: &[String], cx: &Cx<'_>) -> Result<Vec<Layer>, Error> {
        if arns.is_empty() {
            return Ok(vec![]);
        }
        let listed = match cx.aws.is_look() {
            true => Some(cx.aws.list::<OfFunctions>(cx.region).await?),
            false => None,
        };
        try_join_all(arns.iter().map(|arn| self.one(arn, listed.as_deref(), cx))).await
    }

    async fn one(&self, arn: &str, listed: Option<&OfFunctions>, cx: &Cx<'_>) -> Result<Layer, Error> {
        if let Some(layer) = listed.and_then(|listed| listed.0.get(arn)) {
            return layer.clone();
        }
        if let Some(known) = self.0.lock().await.get(arn) {
            return Ok(known.clone());
        }
        let layer = one(arn, cx.aws, cx.region, cx.account()).await?;
        self.0.lock().await.insert(arn.to_owned(), layer.clone());
        Ok(layer)
    }
}

async fn one(arn: &str, aws: &Aws, region: &str, account: &str) -> Result<Layer, Error> {
    let given = Layer::Given(arn.to_owned());
    let Some((name, version)) = own(arn, region, account) else { return Ok(given) };
    let get = aws.lambda(region).get_layer_version().layer_name(&name).version_number(version);
    let Some(found) = get.send().await.absent(&["ResourceNotFoundException"])? else { return Ok(given) };
    let content = found.content();
    let sha256 = content.and_then(|content| content.code_sha256()).map(str::to_owned);
    let size = content.map_or(0, |content| content.code_size());
    let told = Kept::new(found);
    let source = Source::Layer { region: region.to_owned(), name: name.clone(), version, told };
    Ok(Layer::Own { name, package: Package::told(sha256.as_deref(), size, source) })
}

impl LambdaFunction {
    /// The ARNs of the wanted layers' versions here; those that aren't here yet are published.
    pub(super) async fn layer_arns(&self, cx: &Cx<'_>) -> Result<Option<Vec<String>>, Error> {
        let Some(layers) = &self.layers else { return Ok(None) };
        let arns = layers.iter().map(async |layer| match layer {
            Layer::Given(arn) => Ok(arn.clone()),
            Layer::Own { name, package } => {
                // One of the functions that share it looks for it, and publishes it; the others know it then.
                let address = Address::new("lambda_layer", &layer.to_string());
                let _turn = cx.ids.turn(&address).await;
                if let Some(arn) = cx.ids.of(&address) {
                    return Ok(arn);
                }
                let arn = self.layer_here(name, package, cx).boxed().await?;
                cx.ids.put(&address, &arn);
                Ok(arn)
            }
        });
        try_join_all(arns).await.map(Some)
    }

    /// The version of a layer here. A small package is on its way already while it is looked for.
    async fn layer_here(&self, name: &str, package: &Package, cx: &Cx<'_>) -> Result<String, Error> {
        let look = pin!(there(name, package, cx));
        if package.size > SMALL {
            return match look.await? {
                Some(arn) => Ok(arn),
                None => {
                    self.publish_layer(name, package, self.deliver_layer(name, package, cx).await?, cx).await
                }
            };
        }
        let content = match select(look, pin!(self.deliver_layer(name, package, cx))).await {
            Either::Left((Ok(Some(arn)), _)) => return Ok(arn),
            Either::Left((Ok(None), content)) => content.await?,
            Either::Left((Err(error), _)) => return Err(error),
            Either::Right((content, look)) => match look.await? {
                Some(arn) => return Ok(arn),
                None => content?,
            },
        };
        self.publish_layer(name, package, content, cx).await
    }

    async fn deliver_layer(&self, name: &str, package: &Package, cx: &Cx<'_>) -> Result<Delivered, Error> {
        package.deliver(&format!("layer {name}"), self.through.as_ref(), cx).boxed().await
    }

    async fn publish_layer(
        &self,
        name: &str,
        package: &Package,
        content: Delivered,
        cx: &Cx<'_>,
    ) -> Result<String, Error> {
        let Source::Layer { told, .. } = &package.source else { return Err(self.unknown(name)) };
        let Some(like) = told.get() else { return Err(self.unknown(name)) };
        let (content, _turn) = content.into_layer();
        let publish = cx.aws.lambda(cx.region).publish_layer_version().layer_name(name);
        let answer = publish
            .content(content)
            .set_description(like.description().filter(|text| !text.is_empty()).map(str::to_owned))
            .set_compatible_runtimes(like.compatible_runtimes.clone())
            .set_compatible_architectures(like.compatible_architectures.clone())
            .set_license_info(like.license_info().map(str::to_owned))
            .send()
            .await?;
        Ok(answer.layer_version_arn().unwrap_or_default().to_owned())
    }

    fn unknown(&self, name: &str) -> Error {
        self.conflict(
            &format!("the layer `{name}` is not there, and nobody says where it can be had"),
            "plan and apply in one run, from the script",
        )
    }
}

/// The newest version of this layer with this content.
async fn there(name: &str, package: &Package, cx: &Cx<'_>) -> Result<Option<String>, Error> {
    let list = cx.aws.lambda(cx.region).list_layer_versions().layer_name(name);
    let mut pages = list.into_paginator().send();
    let same = async |arn: String| match one(&arn, cx.aws, cx.region, cx.account()).await? {
        Layer::Own { package: found, .. } if found.sha256 == package.sha256 => Ok::<_, Error>(Some(arn)),
        _ => Ok(None),
    };
    while let Some(page) = pages.try_next().await? {
        let versions = page.layer_versions.into_iter().flatten();
        let mut arns = versions.filter_map(|version| version.layer_version_arn);
        // It is the newest one nearly always.
        if let Some(newest) = arns.next()
            && let Some(arn) = same(newest).await?
        {
            return Ok(Some(arn));
        }
        for found in side_by_side(IN_FLIGHT, arns.map(same).collect()).await {
            if let Some(arn) = found? {
                return Ok(Some(arn));
            }
        }
    }
    Ok(None)
}
