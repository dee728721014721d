//! What keeps the repository readable.

use std::path::{Path, PathBuf};

use crate::host::repository;

/// Every file below a folder that ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_file_is_longer_than_one_reads_at_a_sitting() {
    for file in files(repository(), ".rs") {
        let lines = std::fs::read_to_string(&file).unwrap().lines().count();
        let most = if file.components().any(|part| part.as_os_str() == "kinds") { 300 } else { 400 };
        assert!(lines <= most, "{} has {lines} lines, where {most} are the most", file.display());
    }
}

#[test]
fn nothing_is_left_undone() {
    let words = [
        concat!("to", "do!"),
        concat!("unimple", "mented!"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("#[", "allow("),
    ];
    for file in files(repository(), ".rs") {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in words {
            assert!(!text.contains(word), "{} has {word}", file.display());
        }
    }
}

#[test]
fn every_parameter_of_the_standard_script_is_in_its_table() {
    let script = std::fs::read_to_string(repository().join("scripts/add_region.rhai")).unwrap();
    let table = std::fs::read_to_string(repository().join("scripts/README.md")).unwrap();
    let asked = script.split("param(\"").skip(1).filter_map(|rest| rest.split('"').next());
    for name in asked {
        assert!(table.contains(&format!("| `{name}` |")), "{name} is not in the table");
    }
}

#[test]
fn the_library_sleeps_in_one_place_only() {
    let library = repository().join("supertokens-region/src");
    for file in files(&library, ".rs") {
        let apart = file.ends_with("wait.rs") || file.starts_with(library.join("sandbox"));
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(apart || !text.contains("sleep("), "{} sleeps", file.display());
    }
}
