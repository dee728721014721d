//! The certificates of all regions, as somebody put them and S3 copied them to the regions that were there by then.

use super::buckets::CERTIFICATES;
use crate::sandbox::s3::{Object, Version};
use crate::sandbox::{Blob, World};

/// How many there are in the seeded world.
pub(super) const FEW: usize = 6;

impl World {
    /// Puts this many certificates into the bucket that all regions get them from, and into the buckets that its replication
    /// rules name; those that are there under the same keys are replaced.
    pub fn add_certificates(&mut self, count: usize) {
        let Some(source) = self.s3.buckets.get(CERTIFICATES) else { return };
        let rules = source.replication.iter().flat_map(|replication| &replication.rules);
        let copies: Vec<String> =
            rules.filter_map(|rule| rule.bucket.rsplit(':').next().map(str::to_owned)).collect();
        let modified = source.created + 3600;
        for number in 1..=count {
            let key = format!("core-{number:04}/fullchain.pem");
            let text = format!("-----BEGIN CERTIFICATE-----\ncore {number}\n-----END CERTIFICATE-----\n");
            let new = Object::new(Blob::from(text.into_bytes()));
            let object = |status: &str| {
                let tags = [("kind".to_owned(), "certificate".to_owned())].into();
                Object { tags, replication: Some(status.to_owned()), ..new.clone() }
            };
            let id = format!("certificate{number:04}");
            let version = |status| vec![Version { id: id.clone(), modified, object: Some(object(status)) }];
            let names = copies.iter().map(|name| (name.as_str(), "REPLICA"));
            for (name, status) in names.chain([(CERTIFICATES, "COMPLETED")]) {
                if let Some(bucket) = self.s3.buckets.get_mut(name) {
                    bucket.objects.versions.insert(key.clone(), version(status));
                }
            }
        }
    }
}
