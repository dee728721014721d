//! What a reviewer would say of a bucket: told while there is still time to choose otherwise.

use super::Bucket;
use super::grant::Grant;
use crate::findings::Finding;

impl Bucket {
    /// Remarks on what is wanted and not there yet.
    pub(super) fn reviewed(&self, live: Option<&Self>) -> Vec<Finding> {
        let mut findings = vec![];
        for (sid, grant) in &self.policy {
            let new = live.is_none_or(|live| !live.policy.contains_key(sid));
            if let (Grant::ReadableFrom(vpc), true) = (grant, new) {
                let text =
                    format!("whoever is in `{}` reads its objects, without credentials", vpc.address());
                let hint =
                    "where that is too much: a policy of your own for some roles, or for some prefixes";
                findings.push(Finding::warning("readable-without-credentials", text).hint(hint));
            }
        }
        let takes_logs = self
            .policy
            .values()
            .any(|grant| matches!(grant, Grant::AccessLogs { .. } | Grant::FlowLogs { .. }));
        if takes_logs && self.lifecycle.is_empty() && live.is_none() {
            let text = "its logs are kept for ever: no lifecycle rule expires them";
            findings.push(
                Finding::warning("logs-never-expire", text).hint("add `.lifecycle(lifecycle_rule(..))`"),
            );
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::{bucket, lifecycle_rule};
    use crate::address::Ref;

    #[test]
    fn what_is_there_already_is_not_told_again() {
        fn rules(of: &super::Bucket, live: Option<&super::Bucket>) -> Vec<String> {
            of.reviewed(live).into_iter().map(|finding| finding.rule).collect()
        }
        let data = bucket("data").readable_from(Ref::new("default"), "Read");
        assert_eq!(rules(&data, None), ["readable-without-credentials"]);
        assert_eq!(rules(&data, Some(&bucket("data"))), ["readable-without-credentials"]);
        assert!(rules(&data, Some(&data)).is_empty());
        let logs = bucket("logs").receives_flow_logs("flows");
        assert_eq!(rules(&logs, None), ["logs-never-expire"]);
        assert!(rules(&logs.lifecycle(lifecycle_rule("old").expire_after_days(400)), None).is_empty());
    }
}
