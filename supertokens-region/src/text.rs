//! Small things about words.

use sha2::{Digest, Sha256};

/// Comparing two words takes time and memory by the product of their lengths.
const LONGEST_WORD: usize = 100;

/// The known word that is most like this one, if a slip could have made this of it: one letter wrong, missing, added or
/// swapped with its neighbour, and one more for every four letters. Words that no person writes are like no other.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let slips = |known: &str| strsim::damerau_levenshtein(&word.to_lowercase(), &known.to_lowercase());
    known
        .into_iter()
        .filter(|known| *known != word && word.len().max(known.len()) <= LONGEST_WORD)
        .map(|known| (slips(known), known))
        .filter(|(slips, known)| *slips <= 1 + known.chars().count() / 4)
        .min()
        .map(|(_, known)| known)
}

/// Whether a text is what a pattern with `*` (any text) and `?` (one of these characters) says. Takes a time by the product
/// of their lengths at the most, whatever the pattern.
pub(crate) fn matches(pattern: &str, text: &str, one: impl Fn(char) -> bool) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    // What stands behind the last `*`, and where it was tried: only that one ever has to take more.
    let mut last = None;
    loop {
        let (mut wanted, mut rest) = (pattern.clone(), text.clone());
        match (wanted.next(), rest.next()) {
            (Some('*'), _) => last = Some((wanted.clone(), text.clone())),
            (Some(a), Some(b)) if a == b || a == '?' && one(b) => text = rest,
            (None, None) => return true,
            _ => {
                let Some((behind, from)) = &mut last else { return false };
                if from.next().is_none() {
                    return false;
                }
                (pattern, text) = (behind.clone(), from.clone());
                continue;
            }
        }
        pattern = wanted;
    }
}

/// A text in lines of up to `width` columns.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.join("\n")
}

/// `1 alarm`, `2 alarms`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// `1,000`.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let start = digits.len() % 3;
    let groups = digits.as_bytes().iter().enumerate().map(|(at, digit)| {
        let comma = if at > 0 && at % 3 == start { "," } else { "" };
        format!("{comma}{}", char::from(*digit))
    });
    groups.collect()
}

/// `sha256:` and 64 digits.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    let digits: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Whether a text names this region, in any spelling: `us-east-1`, `us_east_1`, `US_East_1`.
pub(crate) fn names_region(text: &str, region: &str) -> bool {
    let text = text.to_lowercase();
    text.contains(region) || text.contains(&region.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_one_that_a_slip_could_have_meant() {
        assert_eq!(nearest("topc", ["topic", "bucket"]), Some("topic"));
        assert_eq!(nearest("ap-south-11", ["ap-south-1", "us-east-1"]), Some("ap-south-1"));
        assert_eq!(nearest("tow", ["one", "two"]), Some("two"));
        assert_eq!(nearest("zzz", ["topic", "bucket"]), None);
        assert_eq!(nearest("exit", ["existing"]), None);
    }

    #[test]
    fn patterns_match_as_in_policies_and_take_no_time() {
        let any = |pattern: &str, text: &str| matches(pattern, text, |_| true);
        for (pattern, text) in [
            ("*", ""),
            ("get*", "getobject"),
            ("g?t*t", "getobject"),
            ("a*b*c", "abxbc"),
            ("", ""),
            ("**é?", "xéy"),
        ] {
            assert!(any(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("get", "getobject"), ("get?", "get"), ("", "x"), ("*a", "b"), ("a*b", "ba")]
        {
            assert!(!any(pattern, text), "{pattern} {text}");
        }
        assert!(!matches("?", "*", |c| c != '*'));
        let (pattern, text) = ("*a".repeat(1_000) + "b", "a".repeat(5_000));
        assert!(!any(&pattern, &text));
    }

    #[test]
    fn words_that_no_person_writes_are_like_no_other() {
        let long = "a".repeat(60_000);
        assert_eq!(nearest(&long, [format!("{long}b").as_str(), "topic"]), None);
    }

    #[test]
    fn large_numbers_are_told_in_groups() {
        let told = [0, 12, 999, 1000, 12_345, 1_234_567].map(thousands);
        assert_eq!(told, ["0", "12", "999", "1,000", "12,345", "1,234,567"]);
    }

    #[test]
    fn long_texts_are_wrapped_between_words() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(
            wrapped("https://a.long.link/that/stays whole", 5),
            "https://a.long.link/that/stays\nwhole"
        );
    }
}
