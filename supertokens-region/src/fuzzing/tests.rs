//! A bounded run of what the fuzzers do: all of the corpus, and changes of it by fixed seeds. What fails is shown; as a file
//! of `tests/fuzz/corpus` it is tried for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::{policy, script};

/// No script and no document is to take longer than this in a debug build, on a busy machine.
const LONGEST: Duration = Duration::from_secs(20);

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz")
}

/// The files of a folder, in one order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
    files.retain(|file| file.is_file() && file.to_string_lossy().ends_with(ending));
    files.sort();
    files
}

/// Words that changes put in: those of the fuzzer's dictionary.
fn dictionary(target: &str) -> Vec<String> {
    let text = std::fs::read_to_string(fuzz().join(format!("{target}.dict"))).expect("there is a dictionary");
    let words = text.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    words.map(|word| word.replace("\\\"", "\"").replace("\\\\", "\\")).collect()
}

/// The input with a piece taken out, doubled, replaced by a word, or put in from another input.
fn changed(input: &[u8], other: &[u8], words: &[String], rng: &mut Rng) -> Vec<u8> {
    let mut input = input.to_vec();
    for _ in 0..=rng.usize(..3) {
        let start = rng.usize(..=input.len());
        let end = (start + rng.usize(..24)).min(input.len());
        let piece = input[start..end].to_vec();
        let more = match rng.usize(..5) {
            0 => vec![],
            1 => [&piece[..], &piece[..]].concat(),
            2 => vec![rng.u8(..)],
            3 => {
                let from = rng.usize(..=other.len());
                other[from..(from + rng.usize(..48)).min(other.len())].to_vec()
            }
            _ => words[rng.usize(..words.len())].clone().into_bytes(),
        };
        input.splice(start..end, more);
    }
    input
}

/// Tries the corpus of a target and these files, and as many changes of them, and as many texts that its writer makes.
fn run(target: &str, more: Vec<PathBuf>, times: u64, text: fn(&[u8]) -> String, check: fn(&str)) {
    let corpus: Vec<PathBuf> =
        files(&fuzz().join("corpus").join(target), "").into_iter().chain(more).collect();
    let corpus: Vec<Vec<u8>> =
        corpus.into_iter().map(|file| std::fs::read(file).expect("it can be read")).collect();
    let words = dictionary(target);
    let changes = (0..times).map(|seed| {
        let mut rng = Rng::with_seed(seed);
        let (one, other) = (&corpus[rng.usize(..corpus.len())], &corpus[rng.usize(..corpus.len())]);
        changed(one, other, &words, &mut rng)
    });
    let written = (0..times).map(|seed| {
        let mut rng = Rng::with_seed(seed);
        [vec![0], std::iter::repeat_with(|| rng.u8(..)).take(400).collect()].concat()
    });
    for input in corpus.iter().cloned().chain(changes).chain(written) {
        let text = text(&input);
        let start = Instant::now();
        let held = catch_unwind(AssertUnwindSafe(|| check(&text)));
        let took = start.elapsed();
        assert!(held.is_ok() && took < LONGEST, "{target} fails after {took:?}; the input: {text}\n{text:?}");
    }
}

#[test]
fn any_script_ends_with_a_plan_or_with_mistakes() {
    let ours = ["../../examples", "../../scripts", "../bad_input"];
    let ours = ours.iter().flat_map(|folder| files(&fuzz().join(folder), ".rhai")).collect();
    run("script", ours, 30, script::text, script::check);
}

#[test]
fn any_policy_document_stays_what_it_is_beside_what_is_put_into_it() {
    run("policy", vec![], 300, policy::text, policy::check);
}
