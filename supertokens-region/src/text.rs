//! Small things about words.

/// The known word that is most like this one, if any is like it at all.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(&word.to_lowercase(), &known.to_lowercase());
    known
        .into_iter()
        .filter(|known| *known != word)
        .map(|known| (likeness(known), known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

/// `1 alarm`, `2 alarms`.
pub(crate) fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_one_that_a_slip_could_have_meant() {
        assert_eq!(nearest("topc", ["topic", "bucket"]), Some("topic"));
        assert_eq!(nearest("ap-south-11", ["ap-south-1", "us-east-1"]), Some("ap-south-1"));
        assert_eq!(nearest("zzz", ["topic", "bucket"]), None);
    }
}
