//! `docs/reliability.md`: which cases the sweeps try. Written anew with `INSTA_UPDATE=always`, and held up to date.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::faults::{Ends, WRONGS, cases};
use super::undisturbed;
use crate::host::repository;

const BEGINNING: &str = "\
# Nothing is lost

Whatever goes wrong with a run, wherever it goes wrong, the next one ends in the world of a run that nothing disturbed: to
the letter, with nothing twice, and what is foreign untouched. The tests try it by brute force: the standard script on the
embedded AWS, on a clock that nobody waits for. This page is written by them
(`INSTA_UPDATE=always cargo test --workspace --locked`), and they fail when it is out of date.

";

fn text() -> String {
    let undisturbed = undisturbed();
    let (calls, worlds) = (undisturbed.calls.len(), undisturbed.worlds.len());
    let mut text = BEGINNING.to_owned();
    let _ = write!(
        text,
        "## The caller dies\n\n\
         A run makes {calls} calls. Dying before any of them, or after any took effect, leaves one of {worlds} worlds \
         behind: each is completed by the next run, all {worlds} converged.\n\n"
    );
    let cases = cases();
    let operations: BTreeSet<&str> = cases.iter().map(|(operation, _)| operation.as_str()).collect();
    let _ = write!(
        text,
        "## Faults\n\n\
         Each of the {} operations that the script uses, with each fault that it can meet: {} cases, all converged. Faults \
         in one row follow one another in one run.\n\n\
         | | fault | cases | how the run ends |\n| --- | --- | ---: | --- |\n",
        operations.len(),
        cases.len()
    );
    let number = |name: &str| 1 + WRONGS.iter().position(|wrong| wrong.name == name).unwrap_or_default();
    for wrong in &WRONGS {
        let tried = cases.iter().filter(|(_, of)| of.name == wrong.name).count();
        let ends = match wrong.ends {
            Ends::Well => "well: all is done",
            Ends::Later => "well; what could not be seen yet is done by the next run",
            Ends::Told => "with the operation's own error, and exit code 1 or 4; the next run completes",
            Ends::Anyhow => "without a panic, and not without an end; after a write the next run completes",
            Ends::Forbidden => {
                "with what is forbidden and how to allow it, exit code 3 or 4; the next run completes"
            }
            Ends::Credentials => {
                "with what is wrong with the credentials, exit code 3 or 4; the next run completes"
            }
        };
        let _ = writeln!(text, "| {} | {} | {tried} | {ends} |", number(wrong.name), wrong.name);
    }
    text.push_str("\nWhere a run ends early, what doesn't hang on the failure was done all the same.\n\n");
    text.push_str("## Faults and operations\n\nThe numbers are those of the faults above.\n\n| operation | faults |\n| --- | --- |\n");
    let mut tried = BTreeMap::<&str, Vec<String>>::new();
    for (operation, wrong) in &cases {
        tried.entry(operation).or_default().push(number(wrong.name).to_string());
    }
    for (operation, numbers) in tried {
        let _ = writeln!(text, "| `{operation}` | {} |", numbers.join(" "));
    }
    text
}

#[test]
fn the_document_tells_what_is_tried() {
    let file = repository().join("docs/reliability.md");
    let text = text();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&file, &text).unwrap();
    }
    let there = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(there == text, "docs/reliability.md is out of date: run the tests once with INSTA_UPDATE=always");
}
