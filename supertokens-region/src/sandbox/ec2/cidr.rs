//! Address blocks, in the canonical form that EC2 gives them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses; bits of the host are zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cidr {
    first: IpAddr,
    length: u32,
}

impl Cidr {
    /// Reads `10.0.0.0/8` or `2001:db8::/32`; clears the bits of the host: 100.68.0.18/18 is 100.68.0.0/18.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        if length.is_empty() || !length.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let length: u32 = length.parse().ok()?;
        let first = match address.parse().ok()? {
            IpAddr::V4(address) if length <= 32 => {
                let mask = u32::MAX.checked_shl(32 - length).unwrap_or(0);
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask))
            }
            IpAddr::V6(address) if length <= 128 => {
                let mask = u128::MAX.checked_shl(128 - length).unwrap_or(0);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
            _ => return None,
        };
        Some(Self { first, length })
    }

    pub(super) fn v4(text: &str) -> Option<Self> {
        Self::parse(text).filter(|cidr| cidr.first.is_ipv4())
    }

    pub(super) fn v6(text: &str) -> Option<Self> {
        Self::parse(text).filter(|cidr| cidr.first.is_ipv6())
    }

    /// The number behind the slash.
    pub(super) fn length(self) -> u32 {
        self.length
    }

    /// Whether all of `other`'s addresses are in this block.
    pub(super) fn contains(self, other: Self) -> bool {
        self.length <= other.length && Self::parse(&format!("{}/{}", other.first, self.length)) == Some(self)
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.first, self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_become_canonical() {
        for (text, canonical) in [
            ("100.68.0.18/18", "100.68.0.0/18"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("1.2.3.4/32", "1.2.3.4/32"),
            ("2001:DB8:0:0::1/32", "2001:db8::/32"),
            ("::/0", "::/0"),
        ] {
            assert_eq!(Cidr::parse(text).map(|cidr| cidr.to_string()).as_deref(), Some(canonical));
        }
    }

    #[test]
    fn what_is_no_block_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "300.0.0.0/8", "10.0.0.0/+8", "10.0.0/8", "::/129", "a/8"]
        {
            assert_eq!(Cidr::parse(text), None, "{text}");
        }
        assert_eq!(Cidr::v4("::/0"), None);
        assert_eq!(Cidr::v6("0.0.0.0/0"), None);
    }

    #[test]
    fn blocks_contain_and_overlap() {
        let [wide, narrow, other] =
            ["10.0.0.0/16", "10.0.3.0/24", "10.1.0.0/16"].map(|text| Cidr::parse(text).unwrap());
        assert!(wide.contains(narrow) && !narrow.contains(wide) && narrow.overlaps(wide));
        assert!(!wide.overlaps(other));
    }
}
