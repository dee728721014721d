//! Plans that are kept in a file, reviewed, and applied later, exactly as they are or not at all.
//!
//! The file can't be applied by itself: secrets stand in it as hashes, and hashes don't come back. So whoever applies it runs
//! the script again, reads AWS again and plans again; [`SavedPlan::check`] compares. What was reviewed is what is done, or
//! nothing is.

mod stale;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Address;
use crate::kind::MadeBy;
use crate::kinds::Resource;
use crate::opening::Opening;
use crate::plan::{Action, Plan};
use crate::secret::Secret;
use crate::text::sha256;
pub use stale::{Moved, Stale, told};

/// The version of the file. It changes when a field is renamed, removed, or means something else.
pub const SAVED_FORMAT: u32 = 1;

/// This program's version.
const TOOL: &str = env!("CARGO_PKG_VERSION");

/// A plan in a file, with all that it depends on. As JSON it is the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedPlan {
    /// The SHA-256 of the file's text with this field empty: tells a file that was cut off or edited. It is no signature:
    /// what is applied is planned anew in any case.
    pub digest: String,
    /// See [`SAVED_FORMAT`].
    pub format: u32,
    /// The version of the program that wrote it.
    pub tool: String,
    /// What it was made from, beside AWS.
    pub inputs: Inputs,
    /// The plan, with its account and region, as `plan --json` gives it.
    pub plan: Plan,
    /// What it hangs on, of each thing that it is about. Steps of people are not in it: the tool does nothing about them.
    pub things: BTreeMap<Address, Seen>,
}

/// What a plan was made from, beside AWS.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// The script's path, as it was given.
    pub script: String,
    /// The digest of each file that was run, the script and what it imported, by its path.
    pub files: BTreeMap<String, String>,
    /// The parameters that were given, as hashes. Their values are not kept, since one may be a secret: whoever applies the
    /// plan gives them again, and they must be the same. What is easy to guess can be tried against its hash, which is why
    /// the file is private.
    pub params: BTreeMap<String, Secret>,
    /// Whether everything was compared: see [`crate::Reference::beside`].
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub thorough: bool,
}

/// What a plan hangs on, of one thing: what is wanted, what is done about it, and what that was decided on. Not remarks: they
/// tell ages, sizes and states, which change by themselves, and none of them is done. One that stops a plan stops it when it
/// is applied, too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen {
    /// What is to be done.
    pub action: Action,
    /// AWS's id of what is there: another one means another thing of the same name.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub id: Option<String>,
    /// What is wanted.
    pub wanted: Value,
    /// What is there, where it is to be changed. Of what is only kept the wanted fields are as wanted, and the others are
    /// other people's.
    #[serde(skip_serializing_if = "Value::is_null", default)]
    pub live: Value,
}

/// Why a file can't be used as a saved plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// It is something else, or the end of it is missing: this far it could be read. What stands there is not told.
    #[error("it is not a saved plan, or not all of one: line {line}, column {column}")]
    #[expect(missing_docs, reason = "counted from 1")]
    NotOne { line: usize, column: usize },
    /// Another version of the program wrote it, in another form.
    #[error("it has the format {0}, where this program knows {SAVED_FORMAT}")]
    OtherFormat(u64),
    /// Somebody changed it after it was written.
    #[error("it was edited after it was saved")]
    Edited,
}

impl Inputs {
    /// What the script was run with, and what it described its region by.
    #[cfg(feature = "rhai")]
    #[must_use]
    pub fn of(options: &crate::script::Options, region: &crate::Region) -> Self {
        let params = options.params.iter().map(|(name, value)| (name.clone(), Secret::new(value)));
        Self {
            script: options.file.clone(),
            files: region.files.clone(),
            params: params.collect(),
            thorough: options.thorough,
        }
    }
}

impl SavedPlan {
    /// The plan of an opening that was made from these.
    #[must_use]
    pub fn of(opening: &Opening, inputs: Inputs) -> Self {
        let plan = opening.plan().clone();
        let seen = plan.steps.iter().filter_map(|step| {
            let added = opening.graph().nodes.get(&step.address)?;
            let ours = added.resource.made_by() != MadeBy::Person;
            ours.then(|| (step.address.clone(), Seen::of(step.action, &added.resource, opening)))
        });
        let things = seen.collect();
        Self { digest: String::new(), format: SAVED_FORMAT, tool: TOOL.to_owned(), inputs, plan, things }
    }

    /// The file's text, to be written with [`crate::write_private`].
    ///
    /// # Errors
    /// None that is known: all keys are texts.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        let open = Self { digest: String::new(), ..self.clone() };
        let digest = sha256(pretty(&open)?.as_bytes());
        pretty(&Self { digest, ..open })
    }

    /// Reads a file's text.
    ///
    /// # Errors
    /// When it is no saved plan of this format, whole and unedited.
    pub fn parse(text: &str) -> Result<Self, Unusable> {
        #[derive(Deserialize)]
        struct Head {
            format: u64,
        }
        let not_one =
            |error: serde_json::Error| Unusable::NotOne { line: error.line(), column: error.column() };
        let Head { format } = serde_json::from_str(text).map_err(not_one)?;
        if format != u64::from(SAVED_FORMAT) {
            return Err(Unusable::OtherFormat(format));
        }
        let saved: Self = serde_json::from_str(text).map_err(not_one)?;
        // The digest is the first thing in the file, so that the first place is the one.
        let open = text.replacen(&saved.digest, "", 1);
        if saved.digest.is_empty() || sha256(open.as_bytes()) != saved.digest {
            return Err(Unusable::Edited);
        }
        Ok(saved)
    }

    /// What it would be run with now: the files are read, the parameters are these. `script` is the script's path.
    #[must_use]
    pub fn inputs_now(&self, script: &str, params: &BTreeMap<String, String>) -> Inputs {
        let files = self.inputs.files.keys();
        let files = files.filter_map(|file| Some((file.clone(), sha256(&std::fs::read(file).ok()?))));
        let params = params.iter().map(|(name, value)| (name.clone(), Secret::new(value)));
        Inputs {
            script: script.to_owned(),
            files: files.collect(),
            params: params.collect(),
            thorough: self.inputs.thorough,
        }
    }

    /// Whether it was made by this program, for this account and region, from these: all that can be told before the script
    /// runs and reads regions.
    ///
    /// # Errors
    /// All that changed.
    pub fn check_inputs(&self, inputs: &Inputs, account: &str, region: &str) -> Result<(), Vec<Stale>> {
        let mut stale = vec![];
        if self.tool != TOOL {
            stale.push(Stale::Tool { was: self.tool.clone(), now: TOOL.to_owned() });
        }
        if self.plan.account != account {
            stale.push(Stale::Account { was: self.plan.account.clone(), now: account.to_owned() });
        }
        if self.plan.region != region {
            stale.push(Stale::Region { was: self.plan.region.clone(), now: region.to_owned() });
        }
        stale.extend(stale::inputs(&self.inputs, inputs));
        if stale.is_empty() { Ok(()) } else { Err(stale) }
    }

    /// Whether what it would do is, to the letter, what `opening` would do now, to things that are as they were.
    ///
    /// # Errors
    /// All that changed. What changed in AWS only where nothing else did: a script that was edited wants other things.
    pub fn check(&self, opening: &Opening, inputs: &Inputs) -> Result<(), Vec<Stale>> {
        let now = Self::of(opening, inputs.clone());
        self.check_inputs(inputs, &now.plan.account, &now.plan.region)?;
        // By way of text, as the saved one came: a number may lose its last digit there.
        let now = now.text().ok().and_then(|text| Self::parse(&text).ok()).unwrap_or(now);
        let stale = stale::things(self, &now);
        if stale.is_empty() { Ok(()) } else { Err(stale) }
    }
}

impl Seen {
    fn of(action: Action, resource: &Resource, opening: &Opening) -> Self {
        let there = opening.snapshot().live(&resource.address());
        // What others bring with them is made so, too, whichever of the two it was before.
        let covers = resource.covers_others();
        let action = if covers && action == Action::Keep { Action::Update } else { action };
        let live = there.filter(|_| action == Action::Update && !covers);
        Self {
            action,
            id: there.map(|live| live.id.clone()),
            wanted: without_tallies(resource),
            live: live.map(|live| without_tallies(&live.is)).unwrap_or_default(),
        }
    }
}

/// The fields, but for those that others keep changing.
fn without_tallies(resource: &Resource) -> Value {
    let mut fields = resource.fields();
    if let Some(fields) = fields.as_object_mut() {
        fields.retain(|name, _| !resource.tallies().contains(&name.as_str()));
    }
    fields
}

fn pretty(saved: &SavedPlan) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(saved).map(|text| text + "\n")
}
