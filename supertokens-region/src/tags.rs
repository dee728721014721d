//! Tags: what AWS accepts, and which ones are to be written.

use std::collections::BTreeMap;

use crate::kind::Invalid;

/// Keys and values.
pub(crate) type Tags = BTreeMap<String, String>;

/// The wanted tags that are not there, or have another value. Tags that nobody wants stay as they are.
pub(crate) fn missing(wanted: &Tags, live: &Tags) -> Tags {
    let differs = |(key, value): &(&String, &String)| live.get(*key) != Some(value);
    wanted.iter().filter(differs).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// What AWS would reject: keys of 1-128 characters that don't begin with `aws:`, values of up to 256, of letters, digits,
/// blanks and `_.:/=+-@`, 50 at the most.
pub(crate) fn check(tags: &Tags) -> Vec<Invalid> {
    let plain = |text: &str| text.chars().all(|c| c.is_alphanumeric() || " _.:/=+-@".contains(c));
    let mut invalid = vec![];
    for (key, value) in tags {
        if key.is_empty()
            || key.chars().count() > 128
            || key.to_lowercase().starts_with("aws:")
            || !plain(key)
        {
            let text = format!("the tag key `{key}` is not one that AWS takes");
            invalid.push(
                Invalid::new(text).hint("1-128 letters, digits, blanks or _.:/=+-@, not beginning with aws:"),
            );
        }
        if value.chars().count() > 256 || !plain(value) {
            let text = format!("the value of the tag `{key}` is not one that AWS takes");
            invalid.push(Invalid::new(text).hint("up to 256 letters, digits, blanks or _.:/=+-@"));
        }
    }
    if tags.len() > 50 {
        invalid.push(Invalid::new(format!("{} tags, where AWS takes 50", tags.len())));
    }
    invalid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wanted_tags_that_differ_are_missing() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
        };
        let (wanted, live) =
            (tags(&[("a", "1"), ("b", "2"), ("c", "3")]), tags(&[("a", "1"), ("b", "x"), ("z", "9")]));
        assert_eq!(missing(&wanted, &live), tags(&[("b", "2"), ("c", "3")]));
    }

    #[test]
    fn keys_and_values_that_aws_would_reject_are_told() {
        let one = |key: &str, value: &str| check(&Tags::from([(key.to_owned(), value.to_owned())])).len();
        assert_eq!(one("Owner", "a@b.example"), 0);
        assert_eq!(one("aws:mine", "x"), 1);
        assert_eq!(one("Owner", "a & b"), 1);
        assert_eq!(one("", "x"), 1);
    }
}
