//! What AWS would refuse of new functions, asked before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use super::runtimes::{is_leaving, is_over};
use super::{LambdaFunction, Layer, Package, role};
use crate::findings::Finding;
use crate::kind::Cx;
use crate::kinds::carried::{IN_FLIGHT, side_by_side};
use crate::text::count;

/// The largest package, unpacked or not.
const LARGEST: i64 = 250 << 20;
/// Runs that have to be left to the functions without a share of their own.
const UNRESERVED: i64 = 100;

pub(super) async fn preflight(missing: &[LambdaFunction], cx: &Cx<'_>) -> Vec<Vec<Finding>> {
    let mut findings: Vec<Vec<Finding>> = missing.iter().map(own).collect();
    let names: BTreeSet<&str> = missing.iter().filter_map(|function| function.role.as_deref()).collect();
    let mut looks = vec![];
    for name in names {
        looks.push(async move { (name, role::refused(name, cx).await) });
    }
    let (roles, quotas) = tokio::join!(side_by_side(IN_FLIGHT, looks), quotas(missing, cx));
    let roles: BTreeMap<_, _> = roles.into_iter().collect();
    for (function, findings) in missing.iter().zip(&mut findings) {
        let role = function.role.as_deref().and_then(|name| roles.get(name));
        findings.extend(role.cloned().flatten());
    }
    if let Some(first) = findings.first_mut() {
        first.extend(quotas);
    }
    findings
}

/// What can be told of a function alone.
fn own(function: &LambdaFunction) -> Vec<Finding> {
    let mut findings = vec![];
    let parts = [
        ("code", function.code.is_some()),
        ("a runtime", function.runtime.is_some()),
        ("a handler", function.handler.is_some()),
        ("a role", function.role.is_some()),
    ];
    let missing: Vec<_> = parts.into_iter().filter(|(_, there)| !there).map(|(what, _)| what).collect();
    if !missing.is_empty() {
        let text = format!("it is not there, and can't be made without {}", missing.join(", "));
        findings.push(Finding::error("incomplete", text).hint("copy it from a reference"));
    }
    let runtime = function.runtime.as_deref().unwrap_or_default();
    if is_over(runtime) {
        let text = format!("AWS makes no functions with `{runtime}` any more");
        let hint = "choose another one with `runtime(...)`, and see that the code runs with it";
        findings.push(Finding::error("runtime-over", text).hint(hint));
    } else if is_leaving(runtime) {
        let text = format!("`{runtime}` is out of support: AWS may refuse to make functions with it");
        findings.push(Finding::warning("runtime-leaving", text).hint("move the function to a newer one"));
    }
    let layers = function.layers.iter().flatten().filter_map(Layer::package);
    let packages = || function.code.iter().chain(layers.clone());
    let bytes: i64 = packages().map(|package| package.size).sum();
    if bytes > LARGEST {
        let text = format!("its code and layers have {bytes} bytes, where AWS takes {LARGEST} unpacked");
        findings.push(Finding::error("package-too-large", text).hint("make it smaller, or an image"));
    } else if function.through.is_none() && packages().any(Package::is_large) {
        let text = "its code, or a layer, has more than 50 MB, which no call takes";
        let hint = "say `through(bucket)` with a bucket of the region";
        findings.push(Finding::error("needs-bucket", text).hint(hint));
    }
    findings
}

/// What all of them together need of the region's quotas. A quota that can't be read is no reason to stop.
async fn quotas(missing: &[LambdaFunction], cx: &Cx<'_>) -> Vec<Finding> {
    let settings = match cx.aws.lambda(cx.region).get_account_settings().send().await {
        Ok(settings) => settings,
        Err(error) => {
            let text = format!("the quotas of Lambda could not be read: {}", crate::Error::from(error));
            return vec![Finding::warning("quotas-not-read", text)];
        }
    };
    let mut findings = vec![];
    let (Some(limit), Some(usage)) = (settings.account_limit(), settings.account_usage()) else {
        return findings;
    };
    let hint = "have the quota raised in Service Quotas, or want less";
    let bytes: i64 = missing.iter().filter_map(|function| Some(function.code.as_ref()?.size)).sum();
    if usage.total_code_size() + bytes > limit.total_code_size() {
        let text = format!(
            "{} of {bytes} bytes don't fit: {} of {} bytes are used",
            count(missing.len(), "new function"),
            usage.total_code_size(),
            limit.total_code_size()
        );
        findings.push(Finding::error("code-storage-quota", text).hint(hint));
    }
    let reserved: i64 = missing.iter().filter_map(|function| function.reserved_concurrency).sum();
    let left = i64::from(limit.unreserved_concurrent_executions().unwrap_or_default());
    if reserved > 0 && left - reserved < UNRESERVED {
        let text = format!(
            "{reserved} runs can't be set aside: of {} that the region may have at a time {left} are left, of which \
             {UNRESERVED} have to stay",
            limit.concurrent_executions()
        );
        findings.push(Finding::error("concurrency-quota", text).hint(hint));
    }
    findings
}
