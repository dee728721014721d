//! Steps that only people can do: tracked beside the others, and done when AWS can tell.

use serde::{Deserialize, Serialize};

use super::Topic;
use super::topic::PENDING;
use crate::address::{Address, Ref};
use crate::error::Error;
use crate::kind::{Cx, Invalid, Kind, Live, MadeBy};

/// Something that a person has to do. Made with [`manual_step`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ManualStep {
    id: String,
    what: String,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    confirmed: Vec<Ref<Topic>>,
}

/// A step of people: its id (letters, digits and `-`) and what to do.
#[must_use]
pub fn manual_step(id: &str, what: &str) -> ManualStep {
    ManualStep { id: id.to_owned(), what: what.to_owned(), confirmed: vec![] }
}

impl ManualStep {
    /// It is done when every subscription that this topic is to have is confirmed. May be said of several topics.
    #[must_use]
    pub fn until_confirmed(mut self, topic: Ref<Topic>) -> Self {
        self.confirmed.push(topic);
        self
    }

    #[cfg(feature = "rhai")]
    pub(crate) fn words(words: &mut crate::script::Words) {
        words.kind::<Self>("ManualStep");
        words.word("manual_step", manual_step);
        words.word("until_confirmed", Self::until_confirmed);
    }

    /// Whether AWS can tell that it is done.
    fn is_done(&self, cx: &Cx<'_>) -> bool {
        let confirmed = |topic| {
            let live = cx.live::<Topic>(topic);
            live.is_some_and(|live| {
                live.is.has_subscribers() && live.findings.iter().all(|found| found.rule != PENDING)
            })
        };
        !self.confirmed.is_empty() && self.confirmed.iter().all(confirmed)
    }
}

impl Kind for ManualStep {
    const WORD: &'static str = "manual_step";
    const READS_AFTER: &'static [&'static str] = &[Topic::WORD];
    const MADE_BY: MadeBy = MadeBy::Person;

    fn name(&self) -> String {
        self.id.clone()
    }

    fn needs(&self) -> Vec<Address> {
        self.confirmed.iter().map(Ref::address).collect()
    }

    fn check(&self) -> Vec<Invalid> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let mut invalid = vec![];
        if self.id.is_empty() || !self.id.chars().all(plain) {
            invalid.push(Invalid::new(format!("`{}` is not an id", self.id)).hint("letters, digits and `-`"));
        }
        if self.what.trim().is_empty() {
            invalid.push(Invalid::new("it doesn't say what to do"));
        }
        invalid
    }

    fn instructions(&self) -> String {
        self.what.clone()
    }

    async fn read(wanted: &[Self], cx: &Cx<'_>) -> Vec<Result<Option<Live<Self>>, Error>> {
        let live = |step: &Self| step.is_done(cx).then(|| Live::new(step.clone(), &step.id));
        wanted.iter().map(|step| Ok(live(step))).collect()
    }

    /// Nothing that a tool could do.
    async fn apply(&self, _: Option<&Live<Self>>, _: &Cx<'_>) -> Result<String, Error> {
        Ok(self.id.clone())
    }
}
