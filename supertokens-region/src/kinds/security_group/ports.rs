//! Which traffic a rule lets in.

/// Which traffic a rule lets in. Made with [`tcp`], [`tcp_range`], [`udp`], [`ping`], [`icmp_all`] or [`all_traffic`].
#[derive(Clone, Debug, PartialEq)]
pub struct Ports {
    pub(super) protocol: String,
    pub(super) from: i64,
    pub(super) to: i64,
    pub(super) note: Option<String>,
}

/// One TCP port, 0-65535.
#[must_use]
pub fn tcp(port: i64) -> Ports {
    tcp_range(port, port)
}

/// TCP ports, 0-65535, both ends included.
#[must_use]
pub fn tcp_range(from: i64, to: i64) -> Ports {
    Ports { protocol: "tcp".to_owned(), from, to, note: None }
}

/// One UDP port, 0-65535.
#[must_use]
pub fn udp(port: i64) -> Ports {
    Ports { protocol: "udp".to_owned(), from: port, to: port, note: None }
}

/// Ping, which is an ICMP echo request; from an IPv6 block, one of ICMPv6.
#[must_use]
pub fn ping() -> Ports {
    Ports { protocol: ICMP.to_owned(), from: ECHO, to: ANY, note: None }
}

/// All of ICMP; from an IPv6 block, all of ICMPv6.
#[must_use]
pub fn icmp_all() -> Ports {
    Ports { protocol: ICMP.to_owned(), from: ANY, to: ANY, note: None }
}

/// All protocols and ports.
#[must_use]
pub fn all_traffic() -> Ports {
    Ports { protocol: ALL.to_owned(), from: ANY, to: ANY, note: None }
}

impl Ports {
    /// What the rule is for, up to 255 letters, digits, blanks and `._-:/()#,@[]+=;{}!$*`. Default: as it is.
    #[must_use]
    pub fn note(mut self, text: &str) -> Self {
        self.note = Some(text.to_owned());
        self
    }

    #[cfg(feature = "rhai")]
    pub(super) fn words(words: &mut crate::script::Words) {
        words.value::<Self>("Ports");
        words.function("tcp", tcp);
        words.function("tcp_range", tcp_range);
        words.function("udp", udp);
        words.function("ping", ping);
        words.function("icmp_all", icmp_all);
        words.function("all_traffic", all_traffic);
        words.function("note", Self::note);
    }
}

pub(super) const ALL: &str = "-1";
pub(super) const ICMP: &str = "icmp";
pub(super) const ICMPV6: &str = "icmpv6";
/// AWS's "all types", "all codes" and "no ports".
pub(super) const ANY: i64 = -1;
/// The type of an echo request.
pub(super) const ECHO: i64 = 8;
pub(super) const ECHO_V6: i64 = 128;
