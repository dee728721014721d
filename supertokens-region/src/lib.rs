//! Opens a new AWS region: a typed builder for each primitive of the checklist, planned, applied and verified against
//! what AWS says now.
//!
//! ```text
//! script --run--> Region --graph--> Graph --discover--> Snapshot --plan--> Plan --apply--> Report --verify--> Verification
//! ```
//!
//! Each stop is plain data, each arrow one function in the file of that name; nothing flows back. There is no state file:
//! live AWS is the state. A run that died is finished by running it again.
//!
//! ```
//! # async fn demo() -> Result<(), Box<dyn std::error::Error>> {
//! use supertokens_region::*;
//!
//! let mut region = Region::new("ap-south-1");
//! let alarms = region.add(topic("CloudWatch_Alarms_AP_South_1_RDS").email("ops@example.com"));
//! region.add(manual_step("sns-confirmed", "Follow the link in AWS's mail").until_confirmed(alarms));
//!
//! let sandbox = Sandbox::seeded(); // an AWS in this process; `Aws::from_env().await` is the real one
//! let opened = Opening::discover(&region, &Aws::sandbox(&sandbox)).await?;
//! assert_eq!(opened.plan().count(Action::Create), 1);
//! let report = opened.apply(|_| ()).await?;
//! assert!(!report.failed());
//! # Ok(()) }
//! # tokio::runtime::Runtime::new().unwrap().block_on(demo()).unwrap();
//! ```
//!
//! Nothing of this library shows a secret, and it traces nothing. AWS's SDKs do: at the level TRACE they give each answer
//! under `aws_smithy_runtime::client::orchestrator`, user data and links with it. A program that listens to traces leaves
//! that target at DEBUG.

mod address;
mod apply;
mod aws;
mod confirm;
mod diff;
mod discover;
mod email;
mod error;
mod estimate;
mod findings;
#[doc(hidden)]
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod graph;
mod ids;
mod kind;
mod kinds;
mod lease;
mod opening;
mod plan;
mod policy;
mod preflight;
mod private_file;
mod public_key;
mod reference;
mod region;
mod report;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod saved;
#[cfg(feature = "rhai")]
pub mod script;
mod secret;
mod stop;
mod tags;
mod text;
mod verify;
mod wait;
mod walk;
mod wanted;

pub use address::{Address, Origin, Ref};
pub use apply::{Done, Event, Outcome, Report, Summary, apply};
pub use aws::{Aws, Budget, CallRecord, Download, Identity, Rate, Rates};
pub use confirm::{Confirmed, confirm_subscription};
pub use diff::{Change, diff};
pub use discover::{Snapshot, discover};
pub use error::{Error, Locked, Refusal};
pub use estimate::Estimate;
pub use findings::{Finding, Severity};
pub use graph::{Graph, Problem, graph};
pub use ids::Ids;
pub use kind::{Cx, Invalid, Kind, Listed, Live, MadeBy, Progress};
pub use kinds::*;
pub use lease::Lock;
pub use opening::{Opening, Refused};
pub use plan::{Action, Plan, SCHEMA_VERSION, Step, plan};
pub use preflight::preflight;
pub use private_file::{create_private, write_private};
pub use reference::Reference;
pub use region::{Added, Note, Region};
#[cfg(feature = "sandbox")]
pub use sandbox::{At, Disturbance, Disturbs, Sandbox, World};
pub use saved::SavedPlan;
pub use secret::Secret;
pub use stop::Stopped;
pub use verify::{Checked, Verdict, Verification, verify};
pub use wanted::{Found, IntoWanted, Wanted};
