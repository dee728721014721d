//! What all `Describe` calls do alike: ids, filters, pages.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::Filter;

use super::Tags;
use super::here::invalid;
use super::kind::Kind;
use crate::sandbox::pages::whole;
use crate::sandbox::{Fault, page};

/// How many values one request may filter by.
const FILTER_VALUES: usize = 200;

/// What a `Describe` call asks for.
pub(super) struct Question<'a> {
    pub(super) ids: Option<&'a [String]>,
    pub(super) filters: Option<&'a [Filter]>,
    pub(super) max_results: Option<i32>,
    pub(super) next_token: Option<&'a str>,
}

/// A page of things with their ids, and the token of the next page.
pub(super) type Answer<'t, T> = (Vec<(&'t String, &'t T)>, Option<String>);

/// How many items a page may have.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    min: i32,
    max: i32,
    /// Whether a greater number counts as the greatest, rather than being refused.
    caps: bool,
}

/// Of calls that have no pages.
pub(super) const ALL_AT_ONCE: Sizes = Sizes { min: 0, max: 0, caps: false };
pub(super) const FROM_5_TO_1000: Sizes = Sizes { min: 5, max: 1000, caps: false };
pub(super) const FROM_5_TO_100: Sizes = Sizes { min: 5, max: 100, caps: false };
pub(super) const FROM_1_TO_100: Sizes = Sizes { min: 1, max: 100, caps: false };
pub(super) const CAPPED_AT_1000: Sizes = Sizes { min: 5, max: 1000, caps: true };

impl Question<'_> {
    /// The things that are asked for. `names` are the filters that the call knows besides tags.
    pub(super) fn answer<'t, T>(
        &self,
        kind: &Kind,
        sizes: Sizes,
        things: &'t BTreeMap<String, T>,
        names: &[&str],
        tags: fn(&T) -> &Tags,
        values: impl Fn(&str, &T, &str) -> Vec<String>,
    ) -> Result<Answer<'t, T>, Fault> {
        let ids: BTreeSet<&String> = self.ids.unwrap_or_default().iter().collect();
        for id in &ids {
            kind.find(things, id)?;
        }
        let filters = self.filters.unwrap_or_default();
        check_filters(filters, names, true)?;
        let found = things.iter().filter(|(id, thing)| {
            (ids.is_empty() || ids.contains(id))
                && passes(filters, Some(tags(thing)), |name| values(id, thing, name))
        });
        self.page(found, sizes, !ids.is_empty())
    }

    /// One page of what was found.
    pub(super) fn page<T>(
        &self,
        found: impl IntoIterator<Item = T>,
        sizes: Sizes,
        by_id: bool,
    ) -> Result<(Vec<T>, Option<String>), Fault> {
        if by_id && self.max_results.is_some() {
            let text = "The parameter MaxResults cannot be used with a list of ids";
            return Err(Fault::new("InvalidParameterCombination", text));
        }
        let size = match self.max_results {
            None => usize::MAX,
            Some(size) if size < sizes.min || (size > sizes.max && !sizes.caps) => {
                let why = format!("Expecting a value between {} and {}.", sizes.min, sizes.max);
                return Err(invalid("MaxResults", size, &why));
            }
            Some(size) => usize::try_from(size.min(sizes.max)).unwrap_or(usize::MAX),
        };
        let at_once = by_id || sizes.max == 0;
        if at_once { Ok(whole(found)) } else { page(found, self.next_token, size, "InvalidNextToken") }
    }
}

/// Refuses filters that the call does not know, and ones without values.
pub(super) fn check_filters(filters: &[Filter], names: &[&str], by_tag: bool) -> Result<(), Fault> {
    for filter in filters {
        let name = filter.name().unwrap_or("null");
        let is_known = names.contains(&name) || (by_tag && (name == "tag-key" || name.starts_with("tag:")));
        if !is_known || filter.values().is_empty() {
            return Err(Fault::new("InvalidParameterValue", format!("The filter '{name}' is invalid")));
        }
    }
    let values: usize = filters.iter().map(|filter| filter.values().len()).sum();
    if values > FILTER_VALUES {
        let text =
            format!("The maximum number of filter values specified on a single call is {FILTER_VALUES}");
        return Err(Fault::new("FilterLimitExceeded", text));
    }
    Ok(())
}

/// Whether a thing passes all filters, each by any of its values.
pub(super) fn passes(filters: &[Filter], tags: Option<&Tags>, values: impl Fn(&str) -> Vec<String>) -> bool {
    filters.iter().all(|filter| {
        let name = filter.name().unwrap_or_default();
        let of_tags = tags.and_then(|tags| match name.strip_prefix("tag:") {
            Some(key) => Some(tags.get(key).cloned().into_iter().collect()),
            None if name == "tag-key" => Some(tags.keys().cloned().collect::<Vec<_>>()),
            None => None,
        });
        let has = of_tags.unwrap_or_else(|| values(name));
        filter.values().iter().any(|wanted| has.iter().any(|text| is_like(text, wanted)))
    })
}

/// EC2's wildcards: `*` is any text, `?` any one character, and a backslash takes the meaning from either.
fn is_like(text: &str, pattern: &str) -> bool {
    fn matches(text: &[char], pattern: &[char]) -> bool {
        match (pattern, text) {
            ([], _) => text.is_empty(),
            (['*', rest @ ..], _) => (0..=text.len()).any(|start| matches(&text[start..], rest)),
            (['\\', plain @ ('*' | '?' | '\\'), rest @ ..], [first, others @ ..]) => {
                plain == first && matches(others, rest)
            }
            (['?', rest @ ..], [_, others @ ..]) => matches(others, rest),
            ([plain, rest @ ..], [first, others @ ..]) => plain == first && matches(others, rest),
            (_, []) => false,
        }
    }
    matches(&text.chars().collect::<Vec<_>>(), &pattern.chars().collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn filters_know_wildcards_and_how_to_escape_them() {
        for (text, pattern) in
            [("web-1", "web*"), ("web-1", "web-?"), ("a*b", r"a\*b"), ("", "*"), ("x", "x")]
        {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("Web", "web"), ("web-12", "web-?"), ("axb", r"a\*b"), ("x", ""), ("", "?")] {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
