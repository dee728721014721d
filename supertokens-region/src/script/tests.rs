use super::*;

fn run_with(text: &str, params: &[(&str, &str)]) -> Result<Region, Vec<Mistake>> {
    let mut options = Options::new("ap-south-1", Path::new("main.rhai"));
    options.print = |_| ();
    options.params = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    run(text, &options)
}

/// What is wrong with a script, a line each.
fn wrong(text: &str) -> Vec<String> {
    let mistakes = run_with(text, &[]).expect_err("the script is wrong");
    mistakes.iter().map(|mistake| mistake.to_string().replace("\n  hint: ", "; ")).collect()
}

#[test]
fn a_script_describes_a_region_and_each_field_knows_its_line() {
    let region = run_with(
        "let region = new_region();\nlet name = `Alarms_${region.label}`;\nregion.add(topic(name)\n  .email(param(\"to\")));",
        &[("to", "ops@example.com")],
    )
    .unwrap();
    let added = &region.wanted[0];
    assert_eq!(added.resource.address().as_str(), "topic/Alarms_AP_South_1");
    assert_eq!(added.origin.to_string(), "main.rhai:3:8");
    assert_eq!(added.from["name"], "main.rhai:3:12");
    let email = added.from.iter().find(|(field, _)| field.starts_with("emails.")).unwrap();
    assert_eq!(email.1, "main.rhai:4:4");
}

#[test]
fn the_first_syntax_or_variable_error_is_told_with_the_nearest_name() {
    assert_eq!(
        wrong("let region = new_region();\nregoin.add(1);"),
        ["main.rhai:2:1: no variable or constant `regoin`; did you mean `region`?"]
    );
    assert_eq!(wrong("let a = ;").len(), 1);
}

#[test]
fn all_unknown_words_missing_parameters_and_redefined_names_are_told_at_once() {
    let text = "if false { topc(\"a\"); }\nlet a = param(\"one\");\nlet b = param(\"two\") + 1;\nfn topic(n) { n }\nexit();";
    assert_eq!(
        wrong(text),
        [
            "main.rhai: the script makes a function `topic`, which is a word already; give the function another name",
            "main.rhai:1:12: no word `topc`; did you mean `topic`?",
            "main.rhai:2:9: the parameter `one` is missing; --set one=...",
            "main.rhai:3:9: the parameter `two` is missing; --set two=...",
            "main.rhai:5:1: no word `exit`; a script only describes",
        ]
    );
}

#[test]
fn a_parameter_that_nothing_asks_for_is_told_with_the_nearest_name() {
    let mistakes = run_with("param(\"alert_email\", \"\");", &[("alert_mail", "x")]).unwrap_err();
    assert_eq!(
        mistakes[0].to_string(),
        "main.rhai: no `param` asks for `alert_mail`\n  hint: did you mean `alert_email`?"
    );
}

#[test]
fn a_word_that_is_given_the_wrong_thing_says_what_it_takes() {
    let text = "let r = new_region();\nlet v = r.add(default_vpc());\nr.add(manual_step(\"a\", \"b\").until_confirmed(v));";
    assert_eq!(
        wrong(text),
        [
            "main.rhai:3:29: `until_confirmed(ManualStep, Ref<Vpc>)` does not fit; it takes until_confirmed(ManualStep, Ref<Topic>)"
        ]
    );
}

#[test]
fn parameters_take_the_type_of_their_default() {
    let given = [("n", "3"), ("list", "a, b,"), ("yes", "true")];
    let text = "let l = param(\"list\", []); if param(\"n\", 1) + l.len() == 5 && param(\"yes\", false) { new_region().add(topic(l[1])); }";
    assert_eq!(run_with(text, &given).unwrap().wanted.len(), 1);
    let mistakes = run_with("param(\"n\", 1);", &[("n", "three")]).unwrap_err();
    assert_eq!(mistakes[0].message, "the parameter `n` is to be a whole number, and is `three`");
}

#[test]
fn the_target_is_no_reference() {
    assert_eq!(
        wrong("reference(\"ap-south-1\");")[0].split(';').next(),
        Some("main.rhai:1:1: the reference region `ap-south-1` is the target itself")
    );
}

#[test]
fn an_entry_that_a_map_does_not_have_is_an_error_with_a_place() {
    assert_eq!(wrong("let t = #{};\nt[\"RDS\"];"), ["main.rhai:2:3: there is no entry `RDS`"]);
}

#[test]
fn values_can_be_compared_and_printed() {
    let text = "let a = topic(\"x\"); if a != topic(\"x\") { throw \"unequal\" } print(a); debug(a); if a.name != \"x\" { throw a.name }";
    assert!(run_with(text, &[]).is_ok());
}

/// Runs a script in a folder that holds these files.
fn run_among(files: &[(&str, &str)], text: &str) -> Result<Region, Vec<Mistake>> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    run(text, &Options::new("ap-south-1", &folder.path().join("main.rhai")))
}

#[test]
fn a_script_imports_files_below_its_folder_and_their_lines_are_told() {
    let helper = "fn alarms(region) {\n    region.add(topic(\"alarms\"))\n}";
    let region =
        run_among(&[("lib/more.rhai", helper)], "import \"lib/more\" as more;\nmore::alarms(new_region());")
            .unwrap();
    let origin = region.wanted[0].origin.to_string();
    assert!(origin.ends_with("lib/more.rhai:2:12"), "{origin}");
}

#[test]
fn mistakes_in_imported_files_are_found_before_anything_runs() {
    let mistakes =
        run_among(&[("more.rhai", "fn f() { topc(\"a\") }")], "import \"more\" as more;").unwrap_err();
    let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
    assert!(mistake.origin.to_string().ends_with("more.rhai:1:10"), "{mistake}");
    assert_eq!(mistake.hint.as_deref(), Some("did you mean `topic`?"));
}

#[test]
#[cfg(unix)]
fn a_link_that_leaves_the_folder_is_not_followed() {
    let (outside, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(outside.path().join("secret.rhai"), "let a = 1;").unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.rhai"), folder.path().join("link.rhai")).unwrap();
    let options = Options::new("ap-south-1", &folder.path().join("main.rhai"));
    let mistakes = run("import \"link\" as link;", &options).unwrap_err();
    assert!(mistakes[0].message.contains("outside of the script's folder"), "{mistakes:?}");
}
