//! The image that an instance is made of: found by name, copied from another region where that is asked for, never twice.

use std::time::Duration;

use aws_sdk_ec2::types::{self as sdk, ImageState};
use serde::{Deserialize, Serialize};

use super::ec2;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::kind::Cx;
use crate::wait;

/// Which image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Image {
    pub(super) name: String,
    /// [`SELF`], `amazon`, or an account.
    pub(super) owner: String,
    /// The region that it is copied from where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) copied_from: Option<String>,
}

/// This account, as an owner.
pub(super) const SELF: &str = "self";
/// Copies of some ten GiB take some ten minutes; large ones hours.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

/// What there is of an image.
pub(super) enum Found {
    /// In the region: its id. It may not be ready yet.
    Here(sdk::Image),
    /// Another one in the region, which is named alike but for its date.
    Alike(sdk::Image),
    /// In the region that it is to be copied from; and how many copies of it have failed.
    ToCopy(sdk::Image, usize),
    /// None that can be used.
    Nowhere,
}

impl Image {
    pub(super) fn own(name: &str, copied_from: Option<&str>) -> Self {
        let copied_from = copied_from.map(str::to_owned);
        Self { name: name.to_owned(), owner: SELF.to_owned(), copied_from }
    }

    pub(super) fn of(name: &str, owner: &str) -> Self {
        Self { name: name.to_owned(), owner: owner.to_owned(), copied_from: None }
    }

    /// Looks for it in the region, and then where it may be copied from.
    pub(super) async fn find(&self, cx: &Cx<'_>) -> Result<Found, Error> {
        // Side by side: a call more where it is there, a round trip less where it is not.
        let there = async {
            match &self.copied_from {
                Some(from) if self.owner == SELF => named(SELF, &ec2::literal(&self.name), from, cx).await,
                _ => Ok(vec![]),
            }
        };
        let ((here, failed), there) = tokio::try_join!(self.here(cx), there)?;
        if let Some(image) = here {
            return Ok(Found::Here(image));
        }
        if self.owner != SELF {
            let alike = named(&self.owner, &family(&self.name), cx.region, cx).await?;
            let same = |image: &sdk::Image| {
                image.name().is_some_and(|name| family(name) == family(&self.name)) && is_ready(image)
            };
            let newest = newest(alike.into_iter().filter(same));
            return Ok(newest.map_or(Found::Nowhere, Found::Alike));
        }
        Ok(newest(there.into_iter().filter(is_ready))
            .map_or(Found::Nowhere, |image| Found::ToCopy(image, failed)))
    }

    /// The newest of this name in the region that is or will be ready; and how many are neither.
    async fn here(&self, cx: &Cx<'_>) -> Result<(Option<sdk::Image>, usize), Error> {
        let all = named(&self.owner, &ec2::literal(&self.name), cx.region, cx).await?;
        let (good, bad): (Vec<_>, Vec<_>) = all.into_iter().partition(|image| {
            is_ready(image)
                || [Some(&ImageState::Pending), Some(&ImageState::Transient)].contains(&image.state())
        });
        let (ready, coming): (Vec<_>, Vec<_>) = good.into_iter().partition(is_ready);
        Ok((newest(ready.into_iter()).or(newest(coming.into_iter())), bad.len()))
    }

    /// Its id in the region, once it is ready: copied where it has to be.
    pub(super) async fn ready(&self, cx: &Cx<'_>) -> Result<String, Error> {
        let id = match self.find(cx).await? {
            Found::Here(image) | Found::Alike(image) => image.image_id.unwrap_or_default(),
            Found::ToCopy(image, failed) => self.copy(&image, failed, cx).await?,
            Found::Nowhere => {
                return Err(Error::Conflict {
                    message: format!(
                        "there is no image `{}` of `{}` in {}",
                        self.name, self.owner, cx.region
                    ),
                    hint: "name another, or copy it".to_owned(),
                });
            }
        };
        let what = format!("the image `{}` is there", self.name);
        wait::until(cx.progress, &what, PATIENCE, || async {
            let ask = cx.aws.ec2(cx.region).describe_images().include_deprecated(true);
            let mut images = ask.filters(ec2::filter("image-id", [&id])).into_paginator().items().send();
            // AWS may not know a new one yet.
            let Some(image) = images.try_next().await? else { return Ok(None) };
            match image.state() {
                Some(ImageState::Available) => Ok(Some(())),
                Some(ImageState::Pending | ImageState::Transient) | None => Ok(None),
                Some(state) => {
                    let why = image.state_reason().and_then(sdk::StateReason::message);
                    Err(Error::Conflict {
                        message: format!(
                            "the image `{id}` is {}: {}",
                            state.as_str(),
                            why.unwrap_or("AWS doesn't say why")
                        ),
                        hint: "deregister it, then run again: it is copied anew".to_owned(),
                    })
                }
            }
        })
        .await?;
        Ok(id)
    }

    /// Copies it under the same name, with its tags. An encrypted one is encrypted with the region's own key: keys don't
    /// leave their region. AWS remembers the token of a copy that failed: so there is one for each of them.
    async fn copy(&self, image: &sdk::Image, failed: usize, cx: &Cx<'_>) -> Result<String, Error> {
        let (from, id) = (self.copied_from.as_deref().unwrap_or_default(), image.image_id());
        let encrypted = is_encrypted(image);
        let copy = cx.aws.ec2(cx.region).copy_image().name(&self.name);
        let answer = copy
            .source_region(from)
            .set_source_image_id(id.map(str::to_owned))
            .set_encrypted(encrypted.then_some(true))
            .copy_image_tags(true)
            .set_description(image.description().filter(|text| !text.is_empty()).map(str::to_owned))
            .client_token(ec2::token(&("copy", from, id, &self.name, encrypted), failed))
            .send()
            .await?;
        Ok(answer.image_id.unwrap_or_default())
    }
}

/// Whether some disk of it is encrypted.
pub(super) fn is_encrypted(image: &sdk::Image) -> bool {
    let ebs = image.block_device_mappings().iter().filter_map(sdk::BlockDeviceMapping::ebs);
    ebs.into_iter().any(|ebs| ebs.encrypted() == Some(true))
}

fn is_ready(image: &sdk::Image) -> bool {
    image.state() == Some(&ImageState::Available)
}

/// Dates are told so that they sort as text.
fn newest(images: impl Iterator<Item = sdk::Image>) -> Option<sdk::Image> {
    images.max_by(|a, b| (a.creation_date(), a.image_id()).cmp(&(b.creation_date(), b.image_id())))
}

/// The images of an owner in a region whose names match this pattern, those too that should no longer be used; as they were a
/// moment ago, if that is when they were looked at.
async fn named(owner: &str, pattern: &str, region: &str, cx: &Cx<'_>) -> Result<Vec<sdk::Image>, Error> {
    let of = format!("{region}/{owner}/{pattern}");
    Ok(cx.aws.listed_lately::<Images>(&of).await?.0.clone())
}

/// Images of a region, an owner and a pattern of names: `ap-south-1/self/dev-*`.
struct Images(Vec<sdk::Image>);

impl Listing for Images {
    async fn read(aws: &Aws, of: &str) -> Result<Self, Error> {
        let mut parts = of.splitn(3, '/');
        let [region, owner, pattern] = std::array::from_fn(|_| parts.next().unwrap_or_default());
        let ask = aws.ec2(region).describe_images().owners(owner).include_deprecated(true);
        let mut pages = ask.filters(ec2::filter("name", [pattern])).into_paginator().send();
        let mut found = vec![];
        while let Some(page) = pages.try_next().await? {
            found.extend(page.images.unwrap_or_default());
        }
        Ok(Self(found))
    }
}

/// A name without its date and what is numbered with it: `al2023-ami-*-kernel-6.1-x86_64`.
pub(super) fn family(name: &str) -> String {
    let of_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut family = String::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let is_number = of_number(first);
        let end = rest.find(|c| of_number(c) != is_number).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        let has_date = run.split('.').any(|part| part.len() == 8 && part.starts_with("20"));
        family.push_str(&if is_number && has_date { "*".to_owned() } else { ec2::literal(run) });
        rest = after;
    }
    family
}

#[cfg(test)]
mod tests {
    use super::family;

    #[test]
    fn names_are_alike_but_for_their_dates() {
        for (name, alike) in [
            ("amzn2-ami-kernel-5.10-hvm-2.0.20220426.0-x86_64-gp2", "amzn2-ami-kernel-5.10-hvm-*-x86_64-gp2"),
            ("al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64", "al2023-ami-*-kernel-6.1-x86_64"),
            (
                "ubuntu/images/ubuntu-jammy-22.04-amd64-server-20230516",
                "ubuntu/images/ubuntu-jammy-22.04-amd64-server-*",
            ),
            ("plain", "plain"),
            ("what?", r"what\?"),
        ] {
            assert_eq!(family(name), alike);
        }
    }
}
