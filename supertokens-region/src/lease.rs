//! Keeps two applies of one region apart.

/// The parameter that the lease is kept in.
pub(crate) const PARAMETER: &str = "/supertokens-region/lease";
