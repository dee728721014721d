//! A bucket of another region: what of it can be carried over.

use super::{Bucket, bucket};

impl Bucket {
    /// Asks for what [`Bucket::carried_over`] takes.
    pub(crate) fn everything(self) -> Self {
        // Which tag is asked for doesn't matter: all of them are told.
        self.versioning(true).tag("any", "")
    }

    /// A bucket of the same name with what can be carried over: versioning and tags. The rest is as for any new bucket, or
    /// names things of that region.
    #[must_use]
    pub(crate) fn carried_over(self) -> Self {
        let tags = self.tags.into_iter().filter(|(key, _)| !key.to_lowercase().starts_with("aws:"));
        Self { versioning: self.versioning.filter(|on| *on), tags: tags.collect(), ..bucket(&self.name) }
    }
}
