//! What the kinds say alike of things that are carried over from another region.

use std::future::Future;

use futures::{StreamExt, stream};

use crate::findings::Finding;
use crate::tags::Tags;
use crate::text::names_region;

/// So many reads of one list are under way at a time, each about one thing. What limits them is AWS's rates, at the door: this
/// bounds the memory that they take.
pub(super) const IN_FLIGHT: usize = 64;

/// Something of a thing that stays behind, and what to do about it.
pub(super) fn left_behind(what: &str, region: &str, hint: &str) -> Finding {
    Finding::warning("not-carried-over", format!("{what} in {region} is not carried over")).hint(hint)
}

/// Something that stays behind altogether.
pub(super) fn not_copied(what: &str, region: &str, why: &str, hint: &str) -> Finding {
    Finding::warning("not-copied", format!("{what} of {region} is not copied: {why}")).hint(hint)
}

/// A field that still names the region that it comes from. What it says is not shown: it may be a secret.
pub(super) fn names(field: &str, region: &str) -> Finding {
    Finding::warning("names-region", format!("`{field}` names {region}"))
        .hint("see whether it is right in the new region, or say another")
}

/// Those of these fields that still name the region that they come from.
pub(super) fn suspects<'a>(
    fields: impl IntoIterator<Item = (String, &'a str)>,
    region: &str,
) -> Vec<Finding> {
    let suspect = fields.into_iter().filter(|(_, text)| names_region(text, region));
    suspect.map(|(field, _)| names(&field, region)).collect()
}

/// Tags as fields.
pub(super) fn fields_of(tags: &Tags) -> impl Iterator<Item = (String, &str)> {
    tags.iter().map(|(key, value)| (format!("tags.{key}"), value.as_str()))
}

/// Tags without those that AWS gives itself, and that nobody else can give.
pub(super) fn own(mut tags: Tags) -> Tags {
    tags.retain(|key, _| !key.to_lowercase().starts_with("aws:"));
    tags
}

/// What these give, in their order: so many are under way at a time.
pub(super) async fn side_by_side<F: Future>(width: usize, all: Vec<F>) -> Vec<F::Output> {
    stream::iter(all).buffered(width).collect().await
}
