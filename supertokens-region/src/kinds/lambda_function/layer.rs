//! Layers: own ones are known by their name and the hash of their content, since version numbers differ by region.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use futures::lock::Mutex;
use serde::{Deserialize, Serialize};

use super::code::{Package, Source};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::wait;

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
pub(super) fn own(arn: &str, cx: &Cx<'_>) -> Option<(String, i64)> {
    let rest = arn.strip_prefix(&cx.arn("lambda", cx.region, "layer:"))?;
    let (name, version) = rest.split_once(':')?;
    Some((name.to_owned(), version.parse().ok()?))
}

/// The layers' versions that were asked for, each once.
#[derive(Default)]
pub(super) struct Layers(Mutex<BTreeMap<String, Layer>>);

impl Layers {
    /// These versions, in our words. One that was deleted, though functions go on using it, and one of another account are
    /// told by their ARNs.
    pub(super) async fn told(&self, arns: &[String], cx: &Cx<'_>) -> Result<Vec<Layer>, Error> {
        let mut told = vec![];
        for arn in arns {
            let mut known = self.0.lock().await;
            if !known.contains_key(arn) {
                known.insert(arn.clone(), one(arn, cx).await?);
            }
            told.extend(known.get(arn).cloned());
        }
        Ok(told)
    }
}

async fn one(arn: &str, cx: &Cx<'_>) -> Result<Layer, Error> {
    let given = Layer::Given(arn.to_owned());
    let Some((name, version)) = own(arn, cx) else { return Ok(given) };
    let get = cx.aws.lambda(cx.region).get_layer_version().layer_name(&name).version_number(version);
    let Some(found) = get.send().await.absent(&["ResourceNotFoundException"])? else { return Ok(given) };
    let content = found.content();
    let source = Source::Layer { region: cx.region.to_owned(), name: name.clone(), version };
    let sha256 = content.and_then(|content| content.code_sha256());
    let package = Package::told(sha256, content.map_or(0, |content| content.code_size()), source);
    Ok(Layer::Own { name, package })
}

/// Lambda tells of a new version within seconds.
const TOLD: Duration = Duration::from_secs(60);
/// One layer is published at a time: functions that share it look one after the other, and the second one finds it.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

impl super::LambdaFunction {
    /// The ARNs of the wanted layers' versions here; those that aren't here yet are published.
    pub(super) async fn layer_arns(&self, cx: &Cx<'_>) -> Result<Option<Vec<String>>, Error> {
        let Some(layers) = &self.layers else { return Ok(None) };
        let mut arns = vec![];
        for layer in layers {
            arns.push(match layer {
                Layer::Given(arn) => arn.clone(),
                Layer::Own { name, package } => {
                    let _turn = ONE_AT_A_TIME.lock().await;
                    match there(name, package, cx).await? {
                        Some(arn) => arn,
                        None => Box::pin(self.publish_layer(name, package, cx)).await?,
                    }
                }
            });
        }
        Ok(Some(arns))
    }

    async fn publish_layer(&self, name: &str, package: &Package, cx: &Cx<'_>) -> Result<String, Error> {
        let Source::Layer { region, name: source, version } = &package.source else {
            return Err(self.conflict(
                &format!("the layer `{name}` is not there, and nobody says where it can be had"),
                "plan and apply in one run, from the script",
            ));
        };
        let get = cx.aws.lambda(region).get_layer_version().layer_name(source).version_number(*version);
        let like = get.send().await?;
        let content = Box::pin(package.deliver(&format!("layer {name}"), self.through.as_ref(), cx)).await?;
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
        let arn = answer.layer_version_arn().unwrap_or_default().to_owned();
        // Whoever doesn't find it would publish it once more.
        let what = format!("the layer `{name}` is told of");
        wait::until(cx.progress, &what, TOLD, async || {
            Ok(matches!(one(&arn, cx).await?, Layer::Own { .. }).then_some(()))
        })
        .await?;
        Ok(arn)
    }
}

/// The newest version of this layer with this content.
async fn there(name: &str, package: &Package, cx: &Cx<'_>) -> Result<Option<String>, Error> {
    let list = cx.aws.lambda(cx.region).list_layer_versions().layer_name(name);
    let mut pages = list.into_paginator().send();
    while let Some(page) = pages.try_next().await? {
        for version in page.layer_versions.into_iter().flatten() {
            let arn = version.layer_version_arn().unwrap_or_default();
            if let Layer::Own { package: found, .. } = one(arn, cx).await?
                && found.sha256 == package.sha256
            {
                return Ok(Some(arn.to_owned()));
            }
        }
    }
    Ok(None)
}
