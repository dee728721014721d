//! Domain names: how Route 53 writes and sorts them.

use super::Fault;

/// A name as Route 53 writes it: lower case, trailing dot, everything but letters, digits, `-` and `_` as `\ooo`.
pub(super) fn normal(name: &str) -> Result<String, Fault> {
    let invalid = |why: &str| {
        Err(Fault::new("InvalidDomainName", format!("The domain name {name:?} is not valid: {why}")))
    };
    let trimmed = name.strip_suffix('.').unwrap_or(name);
    if trimmed.is_empty() {
        return invalid("it is empty");
    }
    let mut normal = String::new();
    // A label is as long as its bytes, however many characters its escapes take.
    let (mut label, mut total) = (0, 0);
    let mut rest = trimmed.bytes();
    while let Some(byte) = rest.next() {
        total += 1;
        match byte {
            b'.' if label == 0 => return invalid("a label is empty"),
            b'.' => {
                label = 0;
                normal.push('.');
                continue;
            }
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => normal.push(char::from(byte)),
            b'A'..=b'Z' => normal.push(char::from(byte.to_ascii_lowercase())),
            b'\\' => {
                let digits: String = rest.by_ref().take(3).map(char::from).collect();
                if digits.len() != 3 || u8::from_str_radix(&digits, 8).is_err() {
                    return invalid("an escape is not of the form \\ooo");
                }
                normal.push('\\');
                normal.push_str(&digits);
            }
            0x21..=0x7e => normal.push_str(&format!("\\{byte:03o}")),
            _ => return invalid("a character must be given as an escape"),
        }
        label += 1;
        if label > 63 {
            return invalid("a label is longer than 63 characters");
        }
    }
    if label == 0 {
        return invalid("a label is empty");
    }
    if total > 254 {
        return invalid("it is longer than 255 characters");
    }
    normal.push('.');
    Ok(normal)
}

/// The labels in reverse with the trailing dot (`com.example.www.`): what AWS sorts by.
pub(super) fn reversed(name: &str) -> String {
    let labels: Vec<&str> = name.trim_end_matches('.').rsplit('.').collect();
    labels.join(".") + "."
}

/// Where a record stands among the records of its zone. A blank sorts before everything that a name may hold.
pub(super) fn record_key(name: &str, record_type: &str, set_identifier: &str) -> String {
    format!("{} {record_type} {set_identifier}", reversed(name))
}

/// Whether a name is the zone's or below it.
pub(super) fn within(name: &str, zone: &str) -> bool {
    name == zone || name.ends_with(&format!(".{zone}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_end_with_a_dot_and_escape_what_is_special() {
        assert_eq!(normal("AP-south-1.dns").unwrap(), "ap-south-1.dns.");
        assert_eq!(normal("*.a_b.dns.").unwrap(), "\\052.a_b.dns.");
        assert_eq!(normal("\\052.dns").unwrap(), "\\052.dns.");
    }

    #[test]
    fn names_that_no_domain_can_have_are_refused() {
        let long_label = "a".repeat(64);
        let long_name = ["a"; 130].join(".");
        for name in ["", ".", "a..b", ".a", "a b", "ä.dns", "a\\9", &long_label, &long_name] {
            assert_eq!(normal(name).unwrap_err().code, "InvalidDomainName", "{name}");
        }
    }

    #[test]
    fn names_sort_from_their_last_label_on() {
        assert_eq!(reversed("www.example.com."), "com.example.www.");
        assert!(record_key("example.com.", "SOA", "") < record_key("a.example.com.", "A", ""));
        assert!(within("a.b.dns.", "b.dns.") && !within("ab.dns.", "b.dns."));
    }
}
