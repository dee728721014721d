//! The images that AWS offers to everybody: some of each kind. The ids differ by region, and old ones are not everywhere.

use std::collections::BTreeMap;

use super::{Image, ImageDevice};
use crate::sandbox::call::id;

/// The account that AWS publishes Amazon Linux from.
const AMAZON: &str = "137112412989";
/// Where images are that were published before there were so many regions.
const OLD_REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "us-west-2"];

struct Offer {
    name: &'static str,
    architecture: &'static str,
    /// When it was published, seconds since 1970. Two years later it is deprecated.
    created: i64,
    everywhere: bool,
}

const OFFERS: [Offer; 6] = [
    offer("amzn2-ami-kernel-5.10-hvm-2.0.20220426.0-x86_64-gp2", "x86_64", 1_651_017_600, false),
    offer("amzn2-ami-kernel-5.10-hvm-2.0.20250818.2-x86_64-gp2", "x86_64", 1_755_561_600, true),
    offer("amzn2-ami-kernel-5.10-hvm-2.0.20251110.1-x86_64-gp2", "x86_64", 1_762_819_200, true),
    offer("amzn2-ami-kernel-5.10-hvm-2.0.20251110.1-arm64-gp2", "arm64", 1_762_819_200, true),
    offer("al2023-ami-2023.9.20251117.1-kernel-6.1-x86_64", "x86_64", 1_763_424_000, true),
    offer("al2023-ami-minimal-2023.9.20251117.1-kernel-6.1-x86_64", "x86_64", 1_763_424_000, true),
];

const TWO_YEARS: i64 = 2 * 365 * 24 * 60 * 60;

const fn offer(name: &'static str, architecture: &'static str, created: i64, everywhere: bool) -> Offer {
    Offer { name, architecture, created, everywhere }
}

/// What AWS offers in a region, by id.
pub(super) fn images(region: &str) -> BTreeMap<String, Image> {
    let offered = OFFERS.iter().filter(|offer| offer.everywhere || OLD_REGIONS.contains(&region));
    offered.map(|offer| (id(region, "ami-", offer.name), image(region, offer))).collect()
}

fn image(region: &str, offer: &Offer) -> Image {
    let device = ImageDevice {
        snapshot: id(region, "snap-", offer.name),
        size: 8,
        volume_type: if offer.name.ends_with("gp2") { "gp2" } else { "gp3" }.to_owned(),
        kms_key: None,
        delete_on_termination: true,
    };
    Image {
        owner_alias: Some("amazon".to_owned()),
        description: "Amazon Linux".to_owned(),
        architecture: offer.architecture.to_owned(),
        created: offer.created,
        deprecated: Some(offer.created + TWO_YEARS),
        ..Image::new(AMAZON, offer.name, device)
    }
}
