//! A policy is extended: what its text says by then, with what is missing.

use aws_sdk_iam::types::PolicyVersion;

use super::IamPolicy;
use super::place::{self, Place};
use crate::error::Error;
use crate::kind::Cx;

/// How often a policy is looked at before it counts as one that others are changing: one look finds it full, one makes
/// the version, one is for somebody else's change.
const LOOKS: usize = 3;

impl IamPolicy {
    /// Every look is a fresh one, right before what is done about it: a version that somebody made meanwhile is the one
    /// that is extended.
    pub(super) async fn extend_managed(&self, arn: &str, planned: &Self, cx: &Cx<'_>) -> Result<(), Error> {
        let (may_go, mut known) = (planned.goes.as_deref(), planned.in_force.clone());
        for _ in 0..LOOKS {
            let versions = place::versions(arn, cx).await?;
            let in_force = versions.iter().find(|version| version.is_default_version());
            let in_force = in_force.and_then(PolicyVersion::version_id).unwrap_or_default();
            let text = match known.take().filter(|(version, _)| version == in_force) {
                Some((_, text)) => text,
                None => place::text_of(arn, in_force, cx).await?,
            };
            let Some(new) = self.new_text(&text)? else { return Ok(()) };
            known = Some((in_force.to_owned(), text));
            Place::Managed(arn.to_owned()).has_room(&new, 0)?;
            match place::version_to_go(&versions).and_then(PolicyVersion::version_id) {
                // Without room after all: others made one, or the answer to a first try was lost.
                None if !place::make_version(arn, &new, cx).await? => {}
                None => return Ok(()),
                Some(version) if Some(version) == may_go => place::delete_version(arn, version, cx).await?,
                Some(version) => {
                    return Err(Error::Conflict {
                        message: format!(
                            "`{version}` of `{}` would have to go, which the plan didn't say",
                            self.name
                        ),
                        hint: "somebody changed the policy meanwhile: look at it, then run again".to_owned(),
                    });
                }
            }
        }
        Err(Error::AtOdds {
            message: format!("`{}` was changed by others all the time", self.name),
            hint: "run again when nobody else works on it".to_owned(),
        })
    }

    pub(super) async fn extend_inline(&self, place: &Place, cx: &Cx<'_>) -> Result<(), Error> {
        let Place::Inline(role, policy) = place else { return Ok(()) };
        let others = place.size_of_others(cx).await?;
        // The last look before the text is written.
        let Some(new) = self.new_text(&place::text_in_role(role, policy, cx).await?)? else { return Ok(()) };
        place.has_room(&new, others)?;
        place::put_in_role(role, policy, &new, cx).await
    }
}
