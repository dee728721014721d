//! Plans, reports and verifications as text for a terminal. The text holds colour codes; whoever prints it where there is
//! no colour strips them (`anstream` does). It reads the same without.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde_json::Value;

use crate::address::{Address, Origin};
use crate::apply::{Done, Outcome, Report, Summary};
use crate::diff::Change;
use crate::error::Error;
use crate::findings::{Finding, Severity};
use crate::plan::{Action, Plan, Step};
use crate::region::Note;
use crate::text::{count, wrapped};
use crate::verify::{Checked, Verdict, Verification};

const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();
const RED: Style = AnsiColor::Red.on_default().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Where the fields of a new thing are wrapped: fits a terminal of 120 columns with its indent.
const WRAP: usize = 106;

fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A page that is written line by line, under headings.
#[derive(Default)]
struct Page {
    text: String,
    section: Option<String>,
}

impl Page {
    fn line(&mut self, line: impl AsRef<str>) {
        self.text.push_str(line.as_ref().trim_end());
        self.text.push('\n');
    }

    /// A heading, once for all lines below it.
    fn section(&mut self, section: &str) {
        if self.section.as_deref() != Some(section) {
            self.section = Some(section.to_owned());
            if !self.text.is_empty() {
                self.line("");
            }
            if !section.is_empty() {
                self.line(paint(BOLD, section));
            }
        }
    }

    fn item(&mut self, mark: &str, style: Style, address: &Address, origin: &Origin) {
        let gap = 66_usize.saturating_sub(address.as_str().chars().count());
        let origin = paint(DIM, format!("{:gap$}  {origin}", ""));
        self.line(format!("  {} {address}{origin}", paint(style, mark)));
    }

    /// What a person has to do.
    fn instructions(&mut self, text: &str) {
        self.detail(wrapped(text, WRAP));
    }

    fn detail(&mut self, text: impl std::fmt::Display) {
        for line in text.to_string().lines() {
            self.line(format!("      {line}"));
        }
    }

    fn hint(&mut self, hint: Option<&str>) {
        if let Some(hint) = hint {
            self.detail(format!("{} {hint}", paint(CYAN, "hint:")));
        }
    }

    fn findings(&mut self, findings: &[Finding]) {
        self.findings_at(findings, "");
    }

    fn findings_at(&mut self, findings: &[Finding], origin: &str) {
        for finding in findings {
            let mark = match finding.severity {
                _ if finding.waived.is_some() => paint(DIM, "waived:"),
                Severity::Info => paint(CYAN, "note:"),
                Severity::Warning => paint(YELLOW, "warning:"),
                Severity::Error => paint(RED, "error:"),
            };
            let rule = paint(DIM, format!("[{}]", finding.rule));
            self.detail(format!("{mark} {} {rule}{origin}", finding.message));
            match &finding.waived {
                Some(reason) => self.detail(format!("{} {reason}", paint(DIM, "because:"))),
                None => self.hint(finding.hint.as_deref()),
            }
        }
    }

    /// Lines under their headings, each heading's remarks below its lines, and then the remarks of headings without a line.
    fn sections<'a, T: 'a>(
        &mut self,
        lines: impl Iterator<Item = (&'a str, &'a T)>,
        notes: &'a [Note],
        mut write: impl FnMut(&mut Self, &'a T),
    ) {
        let mut noted = BTreeSet::new();
        let mut lines = lines.peekable();
        while let Some((section, line)) = lines.next() {
            self.section(section);
            write(self, line);
            if lines.peek().is_none_or(|(next, _)| *next != section) && noted.insert(section) {
                self.notes(notes.iter().filter(|note| note.section == section));
            }
        }
        self.notes(notes.iter().filter(|note| !noted.contains(note.section.as_str())));
    }

    /// Remarks that are of no one thing.
    fn notes<'a>(&mut self, notes: impl Iterator<Item = &'a Note>) {
        for note in notes {
            self.section(&note.section);
            let origin = paint(DIM, format!("  {}", note.origin));
            self.findings_at(
                std::slice::from_ref(&note.finding),
                if note.origin.line == 0 { "" } else { &origin },
            );
        }
    }

    /// `field: live -> wanted`, a line each.
    fn changes(&mut self, changes: &[Change]) {
        for change in changes {
            let from = paint(DIM, format!("  ({})", change.from));
            let (live, wanted) = (shown(&change.live), shown(&change.wanted));
            self.detail(format!("{}: {live} -> {}{from}", change.field, paint(BOLD, wanted)));
        }
    }

    /// The fields of something new, as many to a line as fit. Its name stands in its address already.
    fn fields(&mut self, address: &Address, changes: &[Change]) {
        let mut line = String::new();
        for change in changes.iter().filter(|change| change.wanted != address.name()) {
            let field = format!("{}: {}", change.field, shown(&change.wanted));
            if !line.is_empty() && line.chars().count() + field.chars().count() > WRAP {
                self.detail(paint(DIM, &line));
                line.clear();
            }
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(&field);
        }
        self.detail(paint(DIM, &line));
    }

    /// How many things below a failure were not tried, by kind, under the failure.
    fn consequences(&mut self, below: Option<&BTreeMap<String, usize>>) {
        if let Some(below) = below {
            let kinds: Vec<_> = below.iter().map(|(word, n)| count(*n, word)).collect();
            self.detail(paint(DIM, format!("skipped because of it: {}", kinds.join(", "))));
        }
    }
}

/// A value as a person writes it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "none".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// By failure: how many things of each kind hang on it.
type Consequences = BTreeMap<Address, BTreeMap<String, usize>>;

fn tally<'a>(skipped: impl Iterator<Item = (&'a Address, Address)>) -> Consequences {
    let mut all = Consequences::new();
    for (address, because) in skipped {
        *all.entry(because).or_default().entry(address.word().to_owned()).or_default() += 1;
    }
    all
}

impl Plan {
    /// The plan for a terminal: what changes and why, what people have to do, what is blocked; what stays is counted.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = Page::default();
        page.line(format!("Plan for {} in account {}", paint(BOLD, &self.region), self.account));
        let below = tally(self.steps.iter().filter_map(|step| Some((&step.address, self.root(step)?))));
        let steps = self.steps.iter().filter(|step| is_worth_a_line(step, self.root(step).is_some()));
        let steps = steps.map(|step| (step.section.as_str(), step));
        page.sections(steps, &self.notes, |page, step| self.step(page, step, &below));
        page.line("");
        page.line(self.counts());
        if let Some(estimate) = &self.estimate {
            page.line(format!("An apply takes {estimate}."));
        }
        page.text
    }

    fn step(&self, page: &mut Page, step: &Step, below: &Consequences) {
        let (mark, style) = match step.action {
            Action::Create => ("+", GREEN),
            Action::Update => ("~", YELLOW),
            Action::Keep => ("=", DIM),
            Action::Human => ("*", CYAN),
            Action::Blocked => ("!", RED),
        };
        page.item(mark, style, &step.address, &step.origin);
        match step.action {
            Action::Create => page.fields(&step.address, &step.changes),
            Action::Update => page.changes(&step.changes),
            Action::Blocked => {
                page.detail(&step.reason);
                page.hint(step.error.as_ref().and_then(Error::hint).as_deref());
                page.consequences(below.get(&step.address));
            }
            Action::Human => page.instructions(&step.reason),
            Action::Keep => {}
        }
        page.findings(&step.findings);
    }

    /// The failure that a blocked step hangs on, where it isn't its own.
    fn root(&self, step: &Step) -> Option<Address> {
        let Some(Error::Needs(need)) = &step.error else { return None };
        let above = self.steps.iter().find(|other| other.address == *need);
        Some(above.and_then(|above| self.root(above)).unwrap_or_else(|| need.clone()))
    }

    /// How many steps of each action, in one line.
    #[must_use]
    pub fn counts(&self) -> String {
        let n = |action| self.count(action);
        let mut line = format!(
            "{} to create, {} to update, {} as wanted, {} for people",
            n(Action::Create),
            n(Action::Update),
            n(Action::Keep),
            n(Action::Human)
        );
        if n(Action::Blocked) > 0 {
            let _ = write!(line, ", {}", paint(RED, format!("{} blocked", n(Action::Blocked))));
        }
        line
    }
}

/// What stays as it is needs no line, unless there is something to say about it; what hangs on a failure is counted there.
fn is_worth_a_line(step: &Step, counted: bool) -> bool {
    !counted && (step.action != Action::Keep || !step.findings.is_empty())
}

impl Report {
    /// The report for a terminal: what failed and why, what hangs on it, what people have to do, and the counts.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = Page::default();
        let below = tally(self.results.iter().filter_map(|done| match &done.outcome {
            Outcome::Skipped { because } => Some((&done.address, because.clone())),
            _ => None,
        }));
        for done in &self.results {
            self.done(&mut page, done, &below);
        }
        if page.section.is_some() {
            page.line("");
        }
        page.line(self.counts());
        page.text
    }

    fn done(&self, page: &mut Page, done: &Done, below: &Consequences) {
        match &done.outcome {
            Outcome::Failed { error, hint } => {
                page.section(&done.section);
                page.item("!", RED, &done.address, &done.origin);
                page.detail(error);
                page.hint(hint.as_deref());
                page.consequences(below.get(&done.address));
            }
            Outcome::Human { what } => {
                page.section(&done.section);
                page.item("*", CYAN, &done.address, &done.origin);
                page.instructions(what);
            }
            Outcome::Stopped { .. } => {
                page.section(&done.section);
                page.item("-", YELLOW, &done.address, &done.origin);
            }
            Outcome::Created | Outcome::Updated | Outcome::Kept | Outcome::Skipped { .. } => {}
        }
    }

    /// How many results of each outcome, in one line.
    #[must_use]
    pub fn counts(&self) -> String {
        let Summary { created, updated, kept, human, failed, skipped, stopped, .. } = self.summary();
        let mut line = format!("{created} created, {updated} updated, {kept} as wanted, {human} for people");
        if failed > 0 {
            let text = format!("{failed} failed, {skipped} skipped because of that");
            let _ = write!(line, ", {}", paint(RED, text));
        }
        if let Some(why) = self.stopped() {
            let _ = write!(line, ", {}", paint(YELLOW, format!("{stopped} still open (-): {why}")));
        }
        line
    }
}

impl Verification {
    /// The verification for a terminal: what doesn't hold and why, what people have to do, and the counts.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = Page::default();
        page.line(format!("Verified {} in account {}", paint(BOLD, &self.region), self.account));
        let worth = |result: &&Checked| result.verdict != Verdict::Works || !result.findings.is_empty();
        let results = self.results.iter().filter(worth).map(|result| (result.section.as_str(), result));
        page.sections(results, &self.notes, checked);
        page.line("");
        page.line(self.counts());
        page.text
    }

    /// How many results of each verdict, in one line.
    #[must_use]
    pub fn counts(&self) -> String {
        let n = |verdict| self.count(verdict);
        let mut line =
            format!("{} of {} as wanted and working", n(Verdict::Works), count(self.results.len(), "thing"));
        for (verdict, what, style) in [
            (Verdict::Missing, "missing", RED),
            (Verdict::Drifted, "not as wanted", RED),
            (Verdict::Failing, "not working", RED),
            (Verdict::Unknown, "unknown", RED),
            (Verdict::Human, "for people", CYAN),
        ] {
            if n(verdict) > 0 {
                let _ = write!(line, ", {}", paint(style, format!("{} {what}", n(verdict))));
            }
        }
        line
    }
}

fn checked(page: &mut Page, result: &Checked) {
    let (mark, style) = match result.verdict {
        Verdict::Works => ("=", GREEN),
        Verdict::Human => ("*", CYAN),
        Verdict::Drifted => ("~", RED),
        Verdict::Missing | Verdict::Failing | Verdict::Unknown => ("!", RED),
    };
    page.item(mark, style, &result.address, &result.origin);
    match result.verdict {
        Verdict::Works | Verdict::Failing => {}
        Verdict::Drifted => page.changes(&result.changes),
        Verdict::Human => page.instructions(&result.reason),
        Verdict::Missing | Verdict::Unknown => page.detail(&result.reason),
    }
    page.hint(result.error.as_ref().and_then(Error::hint).as_deref());
    page.findings(&result.findings);
}
