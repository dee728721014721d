//! Which version of the engine a cluster gets.

use super::RdsCluster;
use crate::aws::{Aws, Listing};
use crate::error::Error;
use crate::kind::Cx;

pub(super) const ENGINE: &str = "aurora-postgresql";

/// A version that the region offers.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offered {
    pub(super) version: String,
    /// The authorities of certificates that it takes; empty where AWS doesn't tell.
    pub(super) certificates: Vec<String>,
}

fn parts(version: &str) -> Option<Vec<u64>> {
    version.split('.').map(|part| part.parse().ok()).collect()
}

/// Whether this is a version's number: `16.4`.
pub(super) fn is_version(text: &str) -> bool {
    parts(text).is_some_and(|parts| parts.len() > 1)
}

/// Whether the version that is there does for the wanted one: the same major, and not older.
pub(super) fn as_good(there: &str, wanted: &str) -> bool {
    match (parts(there), parts(wanted)) {
        (Some(there), Some(wanted)) => there.first() == wanted.first() && there >= wanted,
        _ => there == wanted,
    }
}

/// The wanted version, or else the lowest one that does for it.
pub(super) fn choose<'o>(wanted: &str, offered: &'o [Offered]) -> Option<&'o Offered> {
    let good = offered.iter().filter(|offered| as_good(&offered.version, wanted));
    good.min_by_key(|offered| parts(&offered.version))
}

/// The family of parameter groups of a version: `aurora-postgresql16`.
pub(super) fn family(version: &str) -> String {
    format!("{ENGINE}{}", version.split('.').next().unwrap_or_default())
}

/// All versions that the region offers.
pub(super) struct Versions(pub(super) Vec<Offered>);

impl Listing for Versions {
    async fn read(aws: &Aws, region: &str) -> Result<Self, Error> {
        let ask = aws.rds(region).describe_db_engine_versions().engine(ENGINE).max_records(100);
        let mut pages = ask.into_paginator().send();
        let mut all = vec![];
        while let Some(page) = pages.try_next().await? {
            for version in page.db_engine_versions.into_iter().flatten() {
                let certificates = version.supported_ca_certificate_identifiers.unwrap_or_default();
                all.extend(version.engine_version.map(|version| Offered { version, certificates }));
            }
        }
        Ok(Self(all))
    }
}

impl RdsCluster {
    /// The version that a new cluster gets.
    pub(super) async fn version_here(&self, cx: &Cx<'_>) -> Result<String, Error> {
        let offered = cx.aws.listed_lately::<Versions>(cx.region).await?;
        match choose(&self.engine_version, &offered.0) {
            Some(offered) => Ok(offered.version.clone()),
            None => Err(Error::Conflict { message: self.no_version(cx), hint: other_version(&offered.0) }),
        }
    }

    pub(super) fn no_version(&self, cx: &Cx<'_>) -> String {
        format!("{} offers no {ENGINE} {} and no later minor of it", cx.region, self.engine_version)
    }
}

/// What there is instead, for people.
pub(super) fn other_version(offered: &[Offered]) -> String {
    let all: Vec<_> = offered.iter().map(|it| it.version.as_str()).collect();
    format!("`.engine_version(..)`: one of {}", all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: &str, offered: &[&str]) -> Option<String> {
        let offered: Vec<_> = offered
            .iter()
            .map(|version| Offered { version: (*version).to_owned(), certificates: vec![] })
            .collect();
        choose(wanted, &offered).map(|it| it.version.clone())
    }

    #[test]
    fn the_exact_version_or_the_lowest_later_minor_and_never_another_major() {
        let offered = ["15.10", "15.8", "16.10", "16.6", "17.4"];
        assert_eq!(chosen("16.6", &offered).as_deref(), Some("16.6"));
        assert_eq!(chosen("16.4", &offered).as_deref(), Some("16.6"));
        assert_eq!(chosen("15.9", &offered).as_deref(), Some("15.10"));
        assert_eq!(chosen("17.5", &offered), None);
        assert_eq!(chosen("14.3", &offered), None);
    }

    #[test]
    fn families_are_named_by_the_major_version() {
        assert_eq!(family("16.4"), "aurora-postgresql16");
    }
}
