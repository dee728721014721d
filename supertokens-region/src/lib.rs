//! Opens a new AWS region.
mod address;
mod aws;
mod error;
#[cfg(feature = "sandbox")]
mod sandbox;
pub use address::{Address, Origin, Ref};
pub use aws::{Aws, CallRecord};
pub use error::{Error, Refusal};
#[cfg(feature = "sandbox")]
pub use sandbox::{Sandbox, World};
