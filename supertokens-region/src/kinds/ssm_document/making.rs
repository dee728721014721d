//! A document is made, version by version.

use std::time::Duration;

use aws_sdk_ssm::types::DocumentStatus;

use super::content::Number;
use super::{Kind, SsmDocument, Version, there};
use crate::error::{Absent, Error};
use crate::kind::Cx;
use crate::kinds::carried::{IN_FLIGHT, side_by_side};
use crate::wait;

/// A version is there within seconds, unless AWS is busy.
const PATIENCE: Duration = Duration::from_secs(120);
/// With these AWS refuses a further version that is, or may be, there already.
const MAY_BE_THERE: [&str; 3] =
    ["DuplicateDocumentContent", "DuplicateDocumentVersionName", "InvalidDocumentVersion"];

impl SsmDocument {
    /// Refuses what can only be had by making the document anew.
    pub(super) fn fits(&self, there: &Self) -> Result<(), Error> {
        let mut fixed = vec![];
        let mut fix = |field: &str, differs: bool| {
            if differs {
                fixed.push(format!("`{field}`"));
            }
        };
        fix("document_type", self.document_type != there.document_type);
        fix("requires", !self.requires.is_empty() && self.requires != there.requires);
        let adds = self.versions.keys().any(|number| !there.versions.contains_key(number));
        let other_target = self.target_type.is_some() && self.target_type != there.target_type;
        fix("target_type", other_target && !adds);
        for (number, Version { content, name, display_name }) in &self.versions {
            let Some(found) = there.versions.get(number) else { continue };
            fix(&format!("versions.{number}.content"), *content != found.content);
            fix(&format!("versions.{number}.name"), name.is_some() && *name != found.name);
            let other_display_name = display_name.is_some() && *display_name != found.display_name;
            fix(&format!("versions.{number}.display_name"), other_display_name);
        }
        match fixed.as_slice() {
            [] => Ok(()),
            fixed => Err(self.conflict(
                &format!("AWS can't change {}", fixed.join(", ")),
                "want what is there and add a further version with `version`; or delete the document, which is then made anew",
            )),
        }
    }

    /// Has the contents at hand that AWS lacks, before it is changed.
    pub(super) async fn fetch(&self, there: Option<&Self>, cx: &Cx<'_>) -> Result<(), Error> {
        let missing = self.versions.iter().filter(|(number, _)| !there.is_some_and(|it| it.has(**number)));
        let contents = missing.map(|(_, version)| version.content.fetched(cx.aws));
        side_by_side(IN_FLIGHT, contents.collect()).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(())
    }

    fn has(&self, number: Number) -> bool {
        self.versions.contains_key(&number)
    }

    /// Makes it with its first version, and tells what is there then, with the number of its latest version. It is more than
    /// that, and nobody knows how much, if somebody was faster.
    pub(super) async fn create(&self, cx: &Cx<'_>) -> Result<(Self, Option<i64>), Error> {
        let Some(first) = self.versions.get(&Number(1)) else {
            return Err(self.conflict("it has no version 1", "give it one with `version`"));
        };
        let create = cx.aws.ssm(cx.region).create_document().name(&self.name);
        let answer = create
            .content(first.content.fetched(cx.aws).await?)
            .document_type(self.document_type.as_str().into())
            .document_format(first.content.format().into())
            .set_target_type(self.target_type.clone())
            .set_version_name(first.name.clone())
            .set_display_name(first.display_name.clone())
            .set_requires(there::sent_requirements(&self.requires))
            .set_tags(there::sent_tags(&self.tags))
            .send()
            .await;
        if answer.absent(&["DocumentAlreadyExists"])?.is_some() {
            let latest = self.active("1", cx).await?;
            let versions = [(Number(1), first.clone())].into();
            return Ok((Self { versions, default_version: Some(1), ..self.clone() }, Some(latest)));
        }
        let found = Self::read(std::slice::from_ref(self), cx).await.pop().transpose()?.flatten();
        let unseen =
            || self.conflict("AWS says that it is there, and doesn't list it", "run again in a minute");
        found.map(|live| (live.is, None)).ok_or_else(unseen)
    }

    /// Adds the versions that are missing at the end, one after the other: AWS counts them.
    pub(super) async fn append(&self, there: &Self, latest: Option<i64>, cx: &Cx<'_>) -> Result<(), Error> {
        let is_missing = |(number, _): &(&Number, &Version)| !there.has(**number);
        let missing: Vec<_> = self.versions.iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let mut latest = match latest {
            Some(latest) => latest,
            None => self.active("$LATEST", cx).await?,
        };
        for (number, version) in missing {
            let is_next = number.0 > latest;
            let refused = if is_next { self.update(latest, version, cx).await? } else { None };
            if !is_next || refused.is_some() {
                self.look(*number, version, refused, cx).await?;
            }
            latest = latest.max(self.active(&number.to_string(), cx).await?);
        }
        Ok(())
    }

    /// Adds one version after the latest, which is named so that the same version is never added twice. Tells AWS's
    /// refusal where it may be there already.
    async fn update(&self, latest: i64, version: &Version, cx: &Cx<'_>) -> Result<Option<Error>, Error> {
        let update = cx.aws.ssm(cx.region).update_document().name(&self.name);
        let answer = update
            .document_version(latest.to_string())
            .content(version.content.fetched(cx.aws).await?)
            .document_format(version.content.format().into())
            .set_target_type(self.target_type.clone())
            .set_version_name(version.name.clone())
            .set_display_name(version.display_name.clone())
            .send()
            .await;
        match answer.map_err(Error::from) {
            Ok(_) => Ok(None),
            Err(error) if error.code().is_some_and(|code| MAY_BE_THERE.contains(&code)) => Ok(Some(error)),
            Err(error) => Err(error),
        }
    }

    /// Whether this version is there after all: AWS has taken it and the answer was lost, or somebody was faster.
    async fn look(
        &self,
        number: Number,
        version: &Version,
        refused: Option<Error>,
        cx: &Cx<'_>,
    ) -> Result<(), Error> {
        let found = there::version(&self.name, number, version, cx).await?;
        match (found, refused) {
            (Some((found, _)), _) if found.content == version.content => Ok(()),
            (Some(_), _) => Err(self.conflict(
                &format!("somebody else has made version {number}, with other content"),
                "want what is there, and add yours as a further version",
            )),
            (None, Some(refused)) => Err(self.conflict(
                &format!("AWS doesn't take version {number}: {refused}"),
                "no two versions may have the same content or name; if somebody else is at work on it, run again",
            )),
            (None, None) => Err(self.conflict(
                &format!("version {number} was deleted, and AWS gives no number twice"),
                "delete the document, which is then made anew with all its versions",
            )),
        }
    }

    /// Waits until a version is active, and tells its number.
    async fn active(&self, version: &str, cx: &Cx<'_>) -> Result<i64, Error> {
        let what = match version {
            "$LATEST" => format!("the latest version of `{}` is active", self.name),
            number => format!("version {number} of `{}` is active", self.name),
        };
        wait::until(cx.progress, &what, PATIENCE, || async {
            let Some(found) = there::describe(&self.name, version, cx).await? else { return Ok(None) };
            let number = there::number(found.document_version());
            match found.status() {
                Some(DocumentStatus::Active) => Ok(number),
                Some(DocumentStatus::Failed) => Err(self.conflict(
                    &format!(
                        "AWS could not make version {}: {}",
                        found.document_version().unwrap_or(version),
                        found.status_information().unwrap_or("it doesn't say why")
                    ),
                    "delete that version, or the document if it is the only one; then run again",
                )),
                _ => Ok(None),
            }
        })
        .await
    }

    fn conflict(&self, message: &str, hint: &str) -> Error {
        Error::Conflict { message: format!("`{}`: {message}", self.name), hint: hint.to_owned() }
    }
}
