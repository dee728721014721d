use super::super::ports::{all_traffic, icmp_all, ping, tcp, tcp_range, udp};
use super::*;

fn rule(ports: &Ports, block: &str) -> Rule {
    Rule::new(ports, Source::block(block))
}

#[test]
fn a_rule_is_the_same_after_it_was_told_as_text() {
    let group = Source::Group("web (old) from 2020".to_owned());
    let list = Source::PrefixList("pl-0123456789abcdef0".to_owned());
    for (text, told) in [
        ("tcp 5432 from 0.0.0.0/0", rule(&tcp(5432), "0.0.0.0/0")),
        ("tcp 3567-3600 from ::/0", rule(&tcp_range(3567, 3600), "::/0")),
        ("udp 53 from itself", Rule::new(&udp(53), Source::Itself)),
        ("ping from 10.0.0.0/8", rule(&ping(), "10.0.0.0/8")),
        ("ping-v6 from 2001:db8::/32", rule(&ping(), "2001:db8::/32")),
        ("icmp from 10.0.0.0/8", rule(&icmp_all(), "10.0.0.0/8")),
        ("icmpv6 from ::/0", rule(&icmp_all(), "::/0")),
        ("icmp 3/-1 from itself", Rule { from: 3, ..Rule::new(&icmp_all(), Source::Itself) }),
        ("all traffic from pl-0123456789abcdef0", Rule::new(&all_traffic(), list)),
        ("tcp 1 from security_group/web (old) from 2020", Rule::new(&tcp(1), group)),
    ] {
        assert_eq!(told.to_string(), text);
        assert_eq!(Rule::try_from(text.to_owned()), Ok(told));
    }
}

#[test]
fn address_blocks_become_canonical() {
    assert_eq!(rule(&tcp(22), "100.68.0.18/18"), rule(&tcp(22), "100.68.0.0/18"));
    assert_eq!(rule(&tcp(22), "2001:DB8:0::1/32"), rule(&tcp(22), "2001:db8::/32"));
}

#[test]
fn only_the_whole_internet_opens_a_port() {
    for (rule, opens) in [
        (rule(&tcp(22), "0.0.0.0/0"), true),
        (rule(&tcp_range(20, 30), "::/0"), true),
        (rule(&all_traffic(), "0.0.0.0/0"), true),
        (rule(&tcp(23), "0.0.0.0/0"), false),
        (rule(&udp(22), "0.0.0.0/0"), false),
        (rule(&tcp(22), "10.0.0.0/8"), false),
        (Rule::new(&tcp(22), Source::Itself), false),
    ] {
        assert_eq!(rule.opens(22), opens, "{rule}");
    }
}
