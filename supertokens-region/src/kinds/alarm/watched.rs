//! What an alarm is of.

use crate::address::{Address, Ref};
use crate::kinds::{LambdaFunction, RdsCluster};

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

impl From<Ref<LambdaFunction>> for Watched {
    fn from(function: Ref<LambdaFunction>) -> Self {
        Self { name: function.name().to_owned(), address: Some(function.address()) }
    }
}

impl From<Ref<RdsCluster>> for Watched {
    fn from(cluster: Ref<RdsCluster>) -> Self {
        Self { name: cluster.name().to_owned(), address: Some(cluster.address()) }
    }
}
