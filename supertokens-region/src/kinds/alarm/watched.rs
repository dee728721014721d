//! What an alarm is of.

use crate::address::Address;

/// What an alarm is of: its name, and its address where it is something of the region.
#[derive(Clone, Debug, PartialEq)]
pub struct Watched {
    pub(super) name: String,
    pub(super) address: Option<Address>,
}

impl From<&str> for Watched {
    fn from(name: &str) -> Self {
        Self { name: name.to_owned(), address: None }
    }
}

impl From<&String> for Watched {
    fn from(name: &String) -> Self {
        name.as_str().into()
    }
}
