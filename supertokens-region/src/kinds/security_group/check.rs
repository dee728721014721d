//! What AWS would reject of a security group.

use super::SecurityGroup;
use crate::kind::Invalid;
use crate::tags;

/// AWS's quota of rules in a group, for IPv4 and for IPv6.
const RULES: usize = 60;
const LETTERS: &str = " ._-:/()#,@[]+=;{}!$*";

pub(super) fn check(group: &SecurityGroup) -> Vec<Invalid> {
    let SecurityGroup { name, vpc, description, rules, tags } = group;
    let mut invalid = tags::check(tags);
    let mut tell = |text: String, hint: &str| invalid.push(Invalid::new(text).hint(hint));
    let is_plain =
        |text: &str| text.chars().all(|c| c == '&' || is_letter(c)) && (1..=255).contains(&text.len());
    if !is_plain(name) || name.trim() != name || name.to_lowercase().starts_with("sg-") {
        let hint =
            "1-255 letters, digits, blanks between them, or ._-:/()#,@[]+=&;{}!$*, not beginning with sg-";
        tell(format!("`{name}` is not a name that EC2 takes"), hint);
    }
    if vpc.is_none() {
        tell("it has no VPC".to_owned(), "say which with `in_vpc`");
    }
    if let Some(text) = description.as_ref().filter(|text| !is_plain(text)) {
        let hint = "1-255 letters, digits, blanks or ._-:/()#,@[]+=&;{}!$*";
        tell(format!("the description `{text}` is not one that EC2 takes"), hint);
    }
    for (text, hint) in rules.keys().filter_map(super::Rule::wrong) {
        tell(text, hint);
    }
    for note in rules.values().filter_map(|allowed| allowed.note.as_ref()) {
        if note.len() > 255 || !note.chars().all(is_letter) {
            let hint = "up to 255 letters, digits, blanks or ._-:/()#,@[]+=;{}!$*";
            tell(format!("the note `{note}` is not one that EC2 takes"), hint);
        }
    }
    let counts: Vec<_> = rules.keys().map(|rule| rule.source().counts()).collect();
    for (family, count) in [
        ("IPv4", counts.iter().filter(|(v4, _)| *v4).count()),
        ("IPv6", counts.iter().filter(|(_, v6)| *v6).count()),
    ] {
        if count > RULES {
            tell(
                format!("{count} rules for {family}, where EC2 takes {RULES}"),
                "use two groups, or a prefix list",
            );
        }
    }
    invalid
}

fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || LETTERS.contains(c)
}

#[cfg(test)]
mod tests {
    use super::super::{ping, security_group, tcp, tcp_range};
    use super::*;
    use crate::address::Ref;

    fn group(name: &str) -> SecurityGroup {
        security_group(name).in_vpc(Ref::new("default"))
    }

    #[test]
    fn groups_of_the_checklist_are_fine() {
        for group in [
            group("supertokens-nginx-port").allow(tcp_range(3567, 3600).note("nginx"), "0.0.0.0/0"),
            group("ping-ssh").allow(ping(), "::/0").description("ping (and ssh)"),
            group("default").allow(tcp(4243), "203.0.113.7/32"),
        ] {
            assert_eq!(group.check_all(), [] as [&str; 0]);
        }
    }

    #[test]
    fn what_ec2_refuses_is_told() {
        for (group, told) in [
            (group("sg-x"), "name"),
            (group("a "), "name"),
            (group(""), "name"),
            (group("a|b"), "name"),
            (security_group("a"), "VPC"),
            (group("a").description(""), "description"),
            (group("a").description("it's"), "description"),
            (group("a").allow(tcp(65536), "0.0.0.0/0"), "ports"),
            (group("a").allow(tcp(-1), "0.0.0.0/0"), "ports"),
            (group("a").allow(tcp_range(9, 8), "0.0.0.0/0"), "ports"),
            (group("a").allow(tcp(1), "10.0.0.1"), "address block"),
            (group("a").allow(tcp(1), "10.0.0.0/33"), "address block"),
            (group("a").allow_prefix_list(tcp(1), "pl-x"), "prefix list"),
            (group("a").allow_self(tcp(1).note("a & b")), "note"),
        ] {
            let all = group.check_all();
            assert!(all.len() == 1 && all[0].contains(told), "{told}: {all:?}");
        }
    }

    #[test]
    fn rules_of_ipv4_and_ipv6_are_counted_apart() {
        let rules = |n: i64, cidr| (1..=n).fold(group("a"), |group, port| group.allow(tcp(port), cidr));
        assert_eq!(rules(60, "0.0.0.0/0").allow(tcp(1), "::/0").check_all(), [] as [&str; 0]);
        assert_eq!(rules(60, "0.0.0.0/0").allow_self(tcp(1)).check_all().len(), 1);
    }

    impl SecurityGroup {
        fn check_all(&self) -> Vec<String> {
            check(self).into_iter().map(|invalid| invalid.message).collect()
        }
    }
}
