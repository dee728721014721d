//! What hangs on a function of a reference: read, and put on the value that is to be made elsewhere.

use std::borrow::Cow;
use std::collections::BTreeMap;

use aws_sdk_lambda::types::FunctionConfiguration;
use futures::future::try_join_all;

use super::code::Source;
use super::copying::behind;
use super::parts::{Alias, Asynchronous, LATEST, PUBLISHED, Permission, Url};
use super::there::{self, Around};
use super::{LambdaFunction, content, hanging, lambda_function};
use crate::error::Error;
use crate::findings::Finding;
use crate::kind::Cx;

/// What hangs on a function, as it was read.
pub(super) struct Hung {
    aliases: BTreeMap<String, (String, String, bool)>,
    /// None where there is no alias.
    versions: Vec<FunctionConfiguration>,
    urls: BTreeMap<String, Url>,
    permissions: Vec<(String, BTreeMap<String, Permission>)>,
    asynchronous: BTreeMap<String, Asynchronous>,
}

impl Hung {
    pub(super) async fn read(name: &str, cx: &Cx<'_>) -> Result<Self, Error> {
        let permissions = async |of: String| {
            let permissions = hanging::permissions(name, &of, cx).await?;
            Ok::<_, Error>((of, permissions))
        };
        let aliased = async {
            let aliases = hanging::aliases_told(name, cx).await?;
            let versions =
                async { if aliases.is_empty() { Ok(vec![]) } else { hanging::versions(name, cx).await } };
            let of_aliases = try_join_all(aliases.keys().cloned().map(permissions));
            let (versions, of_aliases) = tokio::try_join!(versions, of_aliases)?;
            Ok((aliases, versions, of_aliases))
        };
        let ((aliases, versions, of_aliases), own, urls, asynchronous) = tokio::try_join!(
            aliased,
            permissions(LATEST.to_owned()),
            hanging::urls(name, cx),
            hanging::asynchronous(name, cx),
        )?;
        let permissions = std::iter::once(own).chain(of_aliases).collect();
        Ok(Self { aliases, versions, urls, permissions, asynchronous })
    }

    /// Puts it on the function, as far as it can be had elsewhere.
    pub(super) async fn put(
        self,
        function: &mut LambdaFunction,
        findings: &mut Vec<Finding>,
        around: &Around,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        copy_aliases(self.aliases, &self.versions, function, findings, around, cx).await?;
        function.urls = self.urls;
        for (of, permissions) in self.permissions {
            copy_permissions(of, permissions, function, findings);
        }
        copy_asynchronous(self.asynchronous, function, findings);
        Ok(())
    }
}

/// Aliases lead to one version of the copied code and configuration, whichever version they lead to.
async fn copy_aliases(
    aliases: BTreeMap<String, (String, String, bool)>,
    versions: &[FunctionConfiguration],
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
    around: &Around,
    cx: &Cx<'_>,
) -> Result<(), Error> {
    for (name, (version, description, shared)) in aliases {
        if shared {
            let text = format!("of the alias `{name}` another version has a share of the runs");
            findings.push(behind(&text, "in the copy it leads to one version"));
        }
        let leads_to = if version == LATEST { LATEST } else { PUBLISHED };
        if let Some(found) = versions.iter().find(|found| found.version() == Some(&version)) {
            let there = there::told(found, None, around, cx).await?;
            let mut latest = function.clone();
            // What was mapped is compared as it was.
            (latest.network, latest.layers) = (there.network.clone(), there.layers.clone());
            latest.logging = there.logging.clone();
            let fields = content::differs(&latest, &there);
            if !fields.is_empty() {
                let text = format!(
                    "the alias `{name}` leads to version {version}, which has another {} than `$LATEST`: in the copy \
                     it leads to a version of `$LATEST`",
                    fields.join(", ")
                );
                let hint =
                    "publish a version of `$LATEST` where it is, or see that `$LATEST` is what should run";
                findings.push(Finding::warning("alias-moved", text).hint(hint));
            }
        }
        let alias = Alias { leads_to: leads_to.to_owned(), description: Some(description) };
        function.aliases.insert(name, alias);
    }
    Ok(())
}

/// Permissions of things of the region stay behind: they are triggers.
fn copy_permissions(
    of: String,
    mut permissions: BTreeMap<String, Permission>,
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
) {
    permissions.retain(|id, permission| {
        let source = permission.condition("AWS:SourceArn");
        let hint = "make the trigger in the new region, and its permission with it";
        let text = if let Some(source) = source {
            format!("`{}` may invoke it for `{source}` (`{id}` of `{of}`)", permission.principal)
        } else if !permission.can_be_made() {
            format!("the permission `{id}` of `{of}` is one that no call can make: {permission}")
        } else if permission.principal.starts_with("AROA") || permission.principal.starts_with("AIDA") {
            format!("the permission `{id}` of `{of}` is for somebody who was deleted")
        } else {
            return true;
        };
        findings.push(behind(&text, hint));
        false
    });
    let open = function.urls.get(&of).is_some_and(|url| url.auth == "NONE");
    let [_, (id, second)] = Permission::public_url();
    if open && !permissions.values().any(|known| *known == second) {
        let text = format!("the URL of `{of}` gets the permission `{id}`, which AWS asks of new URLs");
        findings.push(Finding::info("url-permission", text));
        permissions.insert(id, second);
    }
    if !permissions.is_empty() {
        function.permissions.insert(of, permissions);
    }
}

fn copy_asynchronous(
    configs: BTreeMap<String, Asynchronous>,
    function: &mut LambdaFunction,
    findings: &mut Vec<Finding>,
) {
    for (of, mut config) in configs {
        if of != LATEST && !function.aliases.contains_key(&of) {
            let text = format!("version {of} has rules of its own for asynchronous runs");
            findings.push(behind(&text, "the copy has a version of another number, without them"));
            continue;
        }
        let told = [("success", config.on_success.take()), ("failure", config.on_failure.take())];
        for (what, target) in told {
            let Some(target) = target else { continue };
            let target = target.name().trim_start_matches("foreign:").to_owned();
            let text = format!("on {what} of an asynchronous run of `{of}`, `{target}` is told");
            findings.push(behind(&text, "say `on_failure(topic)` for a topic of the new region"));
        }
        function.asynchronous.insert(of, config);
    }
}

impl LambdaFunction {
    /// The same with what was left out when it was read, for an apply: of what is to be made all of it, of what is to be
    /// changed what goes with the code and configuration, its aliases. What the script says stays.
    pub(super) async fn completed(&self, is_made: bool, cx: &Cx<'_>) -> Result<Cow<'_, Self>, Error> {
        let source = self.code.as_ref().map(|code| &code.source);
        let Some(Source::Function { region, name, .. }) = source.filter(|_| self.by_lists) else {
            return Ok(Cow::Borrowed(self));
        };
        let cx = &Cx { region, ..*cx };
        let mut whole = Self { by_lists: false, ..self.clone() };
        let mut read = lambda_function(name);
        if !is_made {
            for (name, (version, description)) in hanging::aliases(name, cx).await? {
                let leads_to = if version == LATEST { LATEST } else { PUBLISHED }.to_owned();
                read.aliases.insert(name, Alias { leads_to, description: Some(description) });
            }
            whole.aliases = joined(read.aliases, whole.aliases);
            return Ok(Cow::Owned(whole));
        }
        let (hung, got) = tokio::try_join!(Hung::read(name, cx), there::get(name, cx.region, cx))?;
        hung.put(&mut read, &mut vec![], &Around::default(), cx).await?;
        whole.aliases = joined(read.aliases, whole.aliases);
        whole.urls = joined(read.urls, whole.urls);
        whole.permissions = joined(read.permissions, whole.permissions);
        whole.asynchronous = joined(read.asynchronous, whole.asynchronous);
        whole.reserved_concurrency =
            whole.reserved_concurrency.or_else(|| got.as_ref().and_then(hanging::reserved));
        Ok(Cow::Owned(whole))
    }
}

/// What was read, and what is said instead of it.
fn joined<T>(mut read: BTreeMap<String, T>, said: BTreeMap<String, T>) -> BTreeMap<String, T> {
    read.extend(said);
    read
}
