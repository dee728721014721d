//! Which names a bucket may have.

use std::net::Ipv4Addr;

use super::Fault;

/// Beginnings that AWS keeps for itself.
const RESERVED_STARTS: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];
/// Ends that AWS keeps for access points, directory and table buckets, and names within an account.
const RESERVED_ENDS: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

/// Whether a bucket in the global namespace may have this name.
pub(super) fn valid(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.chars().all(|c| edge(c) || c == '-' || c == '.')
        && name.starts_with(edge)
        && name.ends_with(edge)
        && !name.contains("..")
        && name.parse::<Ipv4Addr>().is_err()
        && !RESERVED_STARTS.iter().any(|start| name.starts_with(start))
        && !RESERVED_ENDS.iter().any(|end| name.ends_with(end))
}

pub(super) fn invalid() -> Fault {
    Fault::new("InvalidBucketName", "The specified bucket is not valid.")
}

#[cfg(test)]
mod tests {
    use super::valid;

    #[test]
    fn names_are_valid_by_the_rules_of_aws() {
        let longest = "a".repeat(63);
        for name in ["abc", "supertokens-saas-ap-south-1", "a.b-c.1", "1.2.3", longest.as_str()] {
            assert!(valid(name), "{name}");
        }
        let too_long = "a".repeat(64);
        let bad =
            ["ab", "Abc", "a_b", "-ab", "ab-", ".ab", "ab.", "a..b", "192.168.5.4", "xn--abc", "sthree-a"];
        let reserved =
            ["amzn-s3-demo-a", "a-s3alias", "a--ol-s3", "a.mrap", "a--x-s3", "a--table-s3", "a-an", ""];
        for name in bad.into_iter().chain(reserved).chain([too_long.as_str()]) {
            assert!(!valid(name), "{name}");
        }
    }
}
