//! An AWS of our own in this process: the calls that the kinds make, as strict as AWS, with no network and no account.
//!
//! It sits at the SDK's operation boundary (`door.rs`): one handler a call, typed by the SDK's own types, one file a
//! service. A call without a handler is an error that names it, never a made-up success. What is in it is plain data
//! ([`World`]) that can be saved, restored and compared.
//!
//! ```
//! # async fn demo() -> Result<(), supertokens_region::Error> {
//! use supertokens_region::{Aws, Sandbox, World};
//! let sandbox = Sandbox::new(World::default());
//! let aws = Aws::sandbox(&sandbox);
//! aws.sts("ap-south-1").get_caller_identity().send().await?;
//! assert_eq!(sandbox.world().requests, 1);
//! # Ok(()) }
//! # tokio::runtime::Runtime::new().unwrap().block_on(demo()).unwrap();
//! ```

mod blob;
mod call;
pub mod cloudwatch;
mod door;
pub mod ec2;
mod faults;
mod happening;
pub mod iam;
pub mod lambda;
pub mod logs;
mod pages;
pub mod rds;
pub mod route53;
pub mod s3;
mod seed;
pub mod sns;
pub mod ssm;
mod sts;
#[cfg(test)]
mod testing;
mod upload;
mod world;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;

pub use blob::Blob;
use call::{Call, Fault};
pub use faults::{At, Disturbance, Disturbs};
use happening::Happening;
pub use pages::Pages;
use pages::page;
pub use seed::Size;
pub use world::{Settings, World};

/// A handle to an AWS in this process; clones share it.
#[derive(Clone)]
pub struct Sandbox {
    world: Arc<Mutex<World>>,
    handlers: Arc<door::Handlers>,
    happening: Arc<Happening>,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sandbox")
    }
}

impl Sandbox {
    /// A sandbox with this world in it.
    #[must_use]
    pub fn new(world: World) -> Self {
        let mut handlers = door::Handlers::default();
        sts::handlers(&mut handlers);
        sns::handlers(&mut handlers);
        s3::handlers(&mut handlers);
        iam::handlers(&mut handlers);
        route53::handlers(&mut handlers);
        ec2::handlers(&mut handlers);
        rds::handlers(&mut handlers);
        cloudwatch::handlers(&mut handlers);
        ssm::handlers(&mut handlers);
        lambda::handlers(&mut handlers);
        logs::handlers(&mut handlers);
        let happening = Arc::new(Happening::new());
        Self { world: Arc::new(Mutex::new(world)), handlers: Arc::new(handlers), happening }
    }

    /// A sandbox with the reference world: us-east-1 and eu-west-1 as SuperTokens runs them, everything else
    /// untouched.
    #[must_use]
    pub fn seeded() -> Self {
        Self::new(seed::seeded())
    }

    /// The world, locked: to look into, or to change behind everybody's back. Don't hold it across an `await`.
    pub fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Lets each answer take so long, besides what the world's own settings say. It isn't kept with the world.
    pub fn set_latency(&self, latency: Duration) {
        self.happening.set_latency(latency);
    }

    /// Waits until a disturbance kills the caller, who is to be dropped then: see [`Disturbs::DiesAfter`].
    pub async fn died(&self) {
        self.happening.died().await;
    }

    /// A sandbox with the world that [`Sandbox::save`] wrote.
    ///
    /// # Errors
    /// When the file can't be read, or holds no world of this version.
    pub fn load(path: &Path) -> std::io::Result<Self> {
        let text = std::fs::read(path)?;
        Ok(Self::new(serde_json::from_slice(&text)?))
    }

    /// Writes the world to a file, whole or not at all.
    ///
    /// # Errors
    /// When the file can't be written.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        let text = serde_json::to_vec_pretty(&*self.world())?;
        crate::write_private(path, &text)
    }
}

impl Sandbox {
    /// The time, in seconds since 1970: that of the world, and what has gone by since the sandbox was made. With tokio's clock
    /// paused it goes by at once.
    fn time(&self) -> i64 {
        self.world().clock + self.happening.elapsed().as_secs().cast_signed()
    }
}

/// What callers take for the time.
impl TimeSource for Sandbox {
    fn now(&self) -> SystemTime {
        let clock = u64::try_from(self.world().clock).unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_secs(clock) + self.happening.elapsed()
    }
}

/// Locks, also after a panic elsewhere: the world is plain data and stays readable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
