//! A function is brought to what is wanted: made, or changed, with all that hangs on it. Its tags come last, so that one that
//! has them is known to be finished.

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;

use futures::future::FutureExt;

use super::hanging::{self, Hanging};
use super::parts::LATEST;
use super::there::{self, Around};
use super::{LambdaFunction, content};
use crate::error::Error;
use crate::kind::Cx;
use crate::tags::{self, Tags};

/// The value of a tag of a function that is being changed: until that is over, it isn't finished.
const CHANGING: &str = "being changed by supertokens-region";

impl LambdaFunction {
    /// The function with all that hangs on it. Its tags come last: a function that has them is finished.
    pub(super) async fn bring(&self, is_known: bool, cx: &Cx<'_>) -> Result<(), Error> {
        let found = if is_known { there::get(&self.name, cx.region, cx).await? } else { None };
        let whole = self.completed(found.is_none(), cx).await?;
        let made = match found {
            Some(_) => None,
            None => whole.create(cx).boxed().await?,
        };
        let tags = match made {
            Some(version) => whole.dress(version, cx).boxed().await?,
            None => whole.change(found, cx).boxed().await?,
        };
        whole.finish(&tags, cx).await
    }

    /// Hangs on a new function what is wanted. None of it needs the function to be ready, which it is within seconds. Tells
    /// the tags that it has.
    async fn dress(&self, version: Option<String>, cx: &Cx<'_>) -> Result<Tags, Error> {
        let ready = async {
            let number = async {
                match &version {
                    Some(version) => self.version_is_ready(version, cx).await,
                    None => Ok(()),
                }
            };
            tokio::try_join!(self.settled(cx), number).map(drop)
        };
        let nothing = Hanging::default();
        let hung = Box::pin(self.hang(&nothing, version.as_deref(), None, cx));
        // What was begun is finished, whatever comes of the other.
        let (ready, hung) = tokio::join!(ready, hung);
        ready.and(hung).map(|()| Tags::new())
    }

    /// Brings a function that is there to what is wanted; tells the tags that it has.
    async fn change(&self, found: Option<GetFunctionOutput>, cx: &Cx<'_>) -> Result<Tags, Error> {
        let settled = async {
            match found {
                Some(found)
                    if found.configuration().is_some_and(|now| matches!(self.ready(now), Ok(true))) =>
                {
                    Ok(found)
                }
                _ => self.settled(cx).await,
            }
        };
        let (found, there) = tokio::try_join!(settled, Hanging::read(self, cx))?;
        let Some(now) = found.configuration() else { return Err(self.gone()) };
        let around = Around::of(there::is_in_vpc(now), cx).await?;
        let live = there::told(now, Some(self), &around, cx).await?;
        let mut tags: Tags = found.tags().cloned().unwrap_or_default().into_iter().collect();
        if !content::differs(self, &live).is_empty() {
            tags = self.begin(tags, cx).await?;
        }
        let mut fields = content::changed(self, &live);
        let of_code = |field: &String| field == "code" || field == "architecture";
        let code_differs = fields.iter().any(of_code);
        fields.retain(|field| !of_code(field));
        let revision = now.revision_id().map(str::to_owned);
        if Box::pin(self.configure(&fields, now, revision.as_deref(), cx)).await? {
            self.updated(cx).await?;
        }
        if code_differs {
            Box::pin(self.update_code(cx)).await?;
            self.updated(cx).await?;
        }
        let version = match self.publishes() {
            true => Some(Box::pin(self.published(&there.versions, &around, cx)).await?),
            false => None,
        };
        Box::pin(self.hang(&there, version.as_deref(), hanging::reserved(&found), cx)).await?;
        Ok(tags)
    }

    /// Marks that a function is being changed which looks finished: by its code and its tags nobody would know that something
    /// has to follow. Tells the tags that it has then, without the one that says so.
    async fn begin(&self, mut tags: Tags, cx: &Cx<'_>) -> Result<Tags, Error> {
        let hangs = self.qualifiers().next().is_some() || self.reserved_concurrency.is_some();
        let Some(key) = self.tags.keys().next().filter(|_| hangs) else { return Ok(tags) };
        if tags::missing(&self.tags, &tags).is_empty() {
            let tag = cx.aws.lambda(cx.region).tag_resource().resource(there::arn(&self.name, cx));
            tag.tags(key, CHANGING).send().await?;
            tags.remove(key);
        }
        Ok(tags)
    }

    async fn finish(&self, known: &Tags, cx: &Cx<'_>) -> Result<(), Error> {
        let missing = tags::missing(&self.tags, known);
        if missing.is_empty() {
            return Ok(());
        }
        let tag = cx.aws.lambda(cx.region).tag_resource().resource(there::arn(&self.name, cx));
        tag.set_tags(Some(missing.into_iter().collect())).send().await.map(drop).map_err(Error::from)
    }

    /// Whether an alias of it is to lead to a version.
    pub(super) fn publishes(&self) -> bool {
        self.aliases.values().any(|alias| alias.leads_to != LATEST)
    }
}
