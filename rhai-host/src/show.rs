//! What people see: data on standard output, talk on standard error, colour and movement only where somebody watches.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::OnceLock;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteDiagnostic, NamedSource};
use supertokens_region::script::Mistake;
use supertokens_region::{Done, Error, Event, Origin, Outcome, Plan, Problem, Stopped};

/// Says something on standard error. A run does not end because nobody can hear it.
pub fn say(text: impl fmt::Display) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// Asks something on standard error, on a line that the answer ends.
pub fn ask(text: impl fmt::Display) {
    let mut err = anstream::stderr();
    let _ = write!(err, "{text}").and_then(|()| err.flush());
}

/// Why data could not be given, the first time.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Gives data on standard output. Whoever closed it doesn't want the rest; any other failure is kept for [`lost`], since
/// what is being done must be finished first.
pub fn data(text: impl fmt::Display) {
    let mut out = anstream::stdout();
    if let Err(error) = writeln!(out, "{text}").and_then(|()| out.flush())
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = LOST.set(error);
    }
}

/// Whether data could not be given.
pub fn is_lost() -> bool {
    LOST.get().is_some()
}

/// Whether data could not be given: tells so.
pub fn lost() -> bool {
    if let Some(error) = LOST.get() {
        self::error(&format!("can't write to standard output: {error}"), None);
    }
    is_lost()
}

/// An error without a place in a script.
pub fn error(message: &str, hint: Option<&str>) {
    diagnostic(message, hint, None);
}

/// An error of AWS.
pub fn aws_error(error: &Error) {
    self::error(&error.to_string(), error.hint().as_deref());
}

/// Mistakes in a script, each with its line.
pub fn mistakes(mistakes: &[Mistake]) {
    for mistake in mistakes {
        diagnostic(&mistake.message, mistake.hint.as_deref(), Some(&mistake.origin));
    }
}

/// What doesn't fit together, each with its line.
pub fn problems(problems: &[Problem]) {
    for problem in problems {
        let message = format!("`{}`: {}", problem.address, problem.invalid.message);
        diagnostic(&message, problem.invalid.hint.as_deref(), Some(&problem.origin));
    }
}

fn diagnostic(message: &str, hint: Option<&str>, origin: Option<&Origin>) {
    let mut diagnostic = MietteDiagnostic::new(message);
    if let Some(hint) = hint {
        diagnostic = diagnostic.with_help(hint);
    }
    let text = origin.and_then(|origin| std::fs::read_to_string(&origin.file).ok());
    let report = match (origin, text) {
        // A key that somebody pasted into a script must not be on the screen, too.
        (Some(origin), Some(text)) if origin.line > 0 && !text.contains("PRIVATE KEY") => {
            let label = LabeledSpan::underline(span(&text, origin));
            let source = NamedSource::new(&origin.file, text);
            miette::Report::new(diagnostic.and_label(label)).with_source_code(source)
        }
        (Some(origin), _) => {
            diagnostic.message = format!("{origin}: {message}");
            miette::Report::new(diagnostic)
        }
        (None, _) => miette::Report::new(diagnostic),
    };
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_width(100);
    match handler.render_report(&mut out, report.as_ref()) {
        Ok(()) => say(out.trim_end()),
        Err(_) => say(message),
    }
}

/// What stops a plan from being applied: it was shown with the plan, here is what to do.
pub fn blocking(plan: &Plan) {
    let blocking = plan.blocking();
    let rules: BTreeSet<&str> = blocking.iter().map(|(_, finding)| finding.rule.as_str()).collect();
    let rules: Vec<_> = rules.into_iter().map(|rule| format!("`{rule}`")).collect();
    let findings = if blocking.len() == 1 {
        "1 finding stops".to_owned()
    } else {
        format!("{} findings stop", blocking.len())
    };
    let hint = "mend it, or waive it in the script: `.waive(\"rule\", \"why it is right here\")`";
    error(&format!("{findings} this plan: {}. Nothing was changed", rules.join(", ")), Some(hint));
}

/// The word at a place: bytes from the start of the text, and how many.
fn span(text: &str, origin: &Origin) -> std::ops::Range<usize> {
    let (line, column) = (origin.line as usize - 1, (origin.column as usize).saturating_sub(1));
    let before: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let rest = text.get(before..).unwrap_or_default();
    let skip: usize = rest.chars().take(column).map(char::len_utf8).sum();
    let word = rest.get(skip..).unwrap_or_default();
    let word = word.strip_prefix('.').map_or(word, |after| after);
    let dot = usize::from(rest.get(skip..).is_some_and(|rest| rest.starts_with('.')));
    let length =
        word.chars().take_while(|c| c.is_alphanumeric() || *c == '_').map(char::len_utf8).sum::<usize>();
    let start = before + skip + dot;
    start..(start + length.max(1)).min(text.len())
}

/// What is told while a plan is applied: a bar where somebody watches, lines where nobody does.
pub struct Progress {
    bar: Option<ProgressBar>,
}

impl Progress {
    /// For this many things to do.
    pub fn new(todo: usize) -> Self {
        let watched = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg}");
        let bar = match style {
            Ok(style) if watched => {
                let bar = ProgressBar::new(todo as u64).with_style(style);
                bar.enable_steady_tick(Duration::from_millis(120));
                Some(bar)
            }
            _ => None,
        };
        Self { bar }
    }

    /// Tells what happened.
    pub fn tell(&self, event: &Event<'_>) {
        match (event, &self.bar) {
            (Event::Started(step), Some(bar)) => bar.set_message(step.address.to_string()),
            (Event::Finished(done), bar) => {
                if let Some(line) = line(done) {
                    match bar {
                        Some(bar) => {
                            bar.inc(1);
                            bar.println(line);
                        }
                        None => say(line),
                    }
                }
            }
            (Event::Waiting(step, how_far), Some(bar)) => {
                bar.set_message(format!("{}: {how_far}", step.address))
            }
            (Event::Stopping(why), bar) => {
                let line = match why {
                    Stopped::Interrupted => {
                        "Interrupted: what is under way is finished. Once more ends at once.".to_owned()
                    }
                    lost @ Stopped::LeaseLost(_) => format!("Stopping: {lost}"),
                };
                match bar {
                    Some(bar) => bar.println(line),
                    None => say(line),
                }
            }
            (Event::Started(_) | Event::Waiting(..), None) => {}
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn line(done: &Done) -> Option<String> {
    let what = match &done.outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Failed { .. } => "failed ",
        Outcome::Kept | Outcome::Human { .. } | Outcome::Skipped { .. } | Outcome::Stopped { .. } => {
            return None;
        }
    };
    Some(format!("  {what} {}", done.address))
}
