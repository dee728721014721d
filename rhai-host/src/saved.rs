//! Plans in files: `plan --out` writes one, `apply --plan` reads it, and does that or nothing.

use std::path::Path;

use supertokens_region::saved::{Inputs, SavedPlan, Stale, Unusable, told};
use supertokens_region::{Opening, write_private};

use crate::args::{Depth, Script};
use crate::exit::Exit;
use crate::show;

/// Writes the plan, and tells how it is applied.
pub fn write(file: &Path, opening: &Opening, inputs: Inputs) -> Result<(), Exit> {
    let again = if inputs.params.is_empty() { "" } else { ", with the same --set and --vars" };
    let text = SavedPlan::of(opening, inputs).text().map_err(std::io::Error::from);
    text.and_then(|text| write_private(file, text.as_bytes())).map_err(|error| {
        show::error(&format!("can't write {}: {error}", file.display()), None);
        Exit::Error
    })?;
    show::say(format!("\nSaved. To do just this: apply --plan {}{again}", file.display()));
    Ok(())
}

/// A saved plan that is to be applied.
pub struct Saved<'a> {
    file: &'a Path,
    plan: SavedPlan,
}

impl<'a> Saved<'a> {
    /// Reads the file.
    pub fn read(file: &'a Path) -> Result<Self, Exit> {
        let usage = |message: String| {
            show::error(&message, Some("save one: plan --out FILE"));
            Exit::Usage
        };
        let text = std::fs::read_to_string(file)
            .map_err(|error| usage(format!("can't read {}: {error}", file.display())))?;
        match SavedPlan::parse(&text) {
            Ok(plan) => Ok(Self { file, plan }),
            Err(other @ Unusable::OtherFormat(_)) => Err(stale(file, &other.to_string())),
            Err(error) => Err(usage(format!("{}: {error}", file.display()))),
        }
    }

    /// Takes from the file what need not be given again: the script's path and the region, and how much was compared.
    pub fn complete(&self, script: &mut Script, depth: &mut Depth) {
        depth.thorough |= self.plan.inputs.thorough;
        script.script.get_or_insert_with(|| self.plan.inputs.script.clone().into());
        script.region.get_or_insert_with(|| self.plan.plan.region.clone());
    }

    /// Refuses what can be told to be stale before the script runs.
    pub fn check_inputs(&self, script: &Script, account: &str) -> Result<(), Exit> {
        let params = script.params().map_err(|message| {
            show::error(&message, None);
            Exit::Usage
        })?;
        let inputs = self.plan.inputs_now(&script.path().display().to_string(), &params);
        let region = script.region.as_deref().unwrap_or_default();
        self.or_stale(self.plan.check_inputs(&inputs, account, region))
    }

    /// Refuses what would not be done just as it was reviewed.
    pub fn check(&self, opening: &Opening, inputs: &Inputs) -> Result<(), Exit> {
        self.or_stale(self.plan.check(opening, inputs))
    }

    fn or_stale(&self, checked: Result<(), Vec<Stale>>) -> Result<(), Exit> {
        checked.map_err(|changed| stale(self.file, &told(&changed)))
    }
}

/// Tells what changed, and what to do.
fn stale(file: &Path, changed: &str) -> Exit {
    let file = file.display();
    show::say(format!("Since {file} was saved:"));
    changed.lines().for_each(|line| show::say(format!("  {line}")));
    let hint = format!("plan --out {file} once more, look at it, then apply it");
    show::error(&format!("the saved plan {file} is stale: nothing was changed"), Some(&hint));
    Exit::Stale
}
