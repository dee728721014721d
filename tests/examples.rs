//! Every example runs, in Rust and as a script, and both say the same.

use std::process::Command;

use crate::host::{build_folder, host, repository};

/// The example's file in Rust and as a script, with the region that it works on.
const EXAMPLES: [(&str, &str); 5] = [
    ("one_alarm", "ap-south-1"),
    ("cluster_alarms", "us-east-1"),
    ("small_region", "ap-south-1"),
    ("like_another_region", "ap-south-1"),
    ("plan_json", "ap-south-1"),
];

#[test]
fn the_list_is_the_folder_and_the_table() {
    let mut files: Vec<_> = std::fs::read_dir(repository().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".rs") || name.ends_with(".rhai"))
        .collect();
    files.sort();
    let mut listed: Vec<_> =
        EXAMPLES.iter().flat_map(|(name, _)| [format!("{name}.rhai"), format!("{name}.rs")]).collect();
    listed.sort();
    assert_eq!(files, listed);
    let table = std::fs::read_to_string(repository().join("examples/README.md")).unwrap();
    for (name, region) in EXAMPLES {
        assert!(table.contains(&format!("--example {name}`")), "{name} has no Rust command");
        assert!(
            table.contains(&format!("examples/{name}.rhai --region {region} --sandbox")),
            "{name} has no script"
        );
    }
}

#[test]
fn every_example_in_rust_ends_well() {
    for (name, _) in EXAMPLES {
        let output = Command::new(build_folder().join("examples").join(name)).env_clear().output().unwrap();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(!output.stdout.is_empty(), "{name} says nothing");
    }
}

#[test]
fn every_example_as_a_script_applies() {
    for (name, region) in EXAMPLES {
        let script = format!("examples/{name}.rhai");
        let ended = host(&["apply", &script, "--region", region, "--sandbox", "--yes"]).expect(0);
        assert!(ended.out.contains(" 0 to update"), "{name}: {}", ended.out);
    }
}

#[test]
fn the_plan_of_the_script_is_that_of_the_rust_program() {
    let rust = Command::new(build_folder().join("examples/plan_json")).env_clear().output().unwrap();
    let script =
        host(&["plan", "examples/plan_json.rhai", "--region", "ap-south-1", "--sandbox", "--json"]).expect(0);
    let strip = |text: &str| {
        let mut plan: serde_json::Value = serde_json::from_str(text).unwrap();
        for step in plan["steps"].as_array_mut().unwrap() {
            step["origin"].take();
            for change in step["changes"].as_array_mut().unwrap() {
                change["from"].take();
            }
        }
        plan
    };
    assert_eq!(strip(std::str::from_utf8(&rust.stdout).unwrap()), strip(&script.out));
}
