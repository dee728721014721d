//! Everything that a person can get wrong is one clear message with its place, cause and hint, ends with its exit code, and
//! changes nothing.

use supertokens_region::{Aws, Opening, Refused, Region, Sandbox, World, bucket, graph};

use crate::host::{Ended, host, host_with};

/// Plans this script of the folder `tests/bad_input` on the embedded AWS.
fn plan(script: &str, more: &[&str]) -> Ended {
    let path = format!("tests/bad_input/{script}.rhai");
    host(&[&["plan", &path, "--sandbox"], more].concat())
}

#[test]
fn a_script_that_does_not_compile() {
    insta::assert_snapshot!(plan("syntax", &["--region", "ap-south-1"]).screen());
}

#[test]
fn unknown_words_all_at_once_with_the_nearest() {
    insta::assert_snapshot!(plan("unknown_words", &["--region", "ap-south-1"]).screen());
}

#[test]
fn a_variable_that_is_not_there() {
    insta::assert_snapshot!(plan("unknown_variable", &["--region", "ap-south-1"]).screen());
}

#[test]
fn a_bucket_where_a_topic_belongs() {
    insta::assert_snapshot!(plan("wrong_type", &["--region", "ap-south-1"]).screen());
}

#[test]
fn missing_parameters_all_at_once() {
    insta::assert_snapshot!(plan("missing_parameters", &["--region", "ap-south-1"]).screen());
}

#[test]
fn a_parameter_that_nothing_asks_for() {
    let more = ["--region", "ap-south-1", "--set", "one=1", "--set", "two=2", "--set", "tow=3"];
    insta::assert_snapshot!(plan("missing_parameters", &more).screen());
}

#[test]
fn a_parameter_that_is_not_a_number() {
    let more = ["--region", "ap-south-1", "--set", "one=1", "--set", "two=2", "--set", "days=many"];
    insta::assert_snapshot!(plan("missing_parameters", &more).screen());
}

#[test]
fn the_reference_region_as_target() {
    let args = ["plan", "--sandbox", "--region", "us-east-1", "--set", "alert_email=a@example.com"];
    insta::assert_snapshot!(host(&args).screen());
}

#[test]
fn names_that_aws_would_refuse_all_at_once() {
    insta::assert_snapshot!(plan("refused_names", &["--region", "ap-south-1"]).screen());
}

#[test]
fn a_private_key_where_a_public_one_belongs_is_not_shown() {
    let (begin, end) = (concat!("-----BEGIN OPENSSH PRIVATE", " KEY-----"), "-----END");
    let given = format!("public_key={begin}\nhush\n{end}");
    let more = ["--region", "ap-south-1", "--set", &given];
    let ended = plan("key_pair", &more);
    assert!(![&ended.out, &ended.err].iter().any(|text| text.contains("hush")), "{}", ended.err);
    insta::assert_snapshot!(ended.screen());
}

#[test]
fn a_script_with_a_private_key_in_it_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("script.rhai");
    let key = concat!("-----BEGIN OPENSSH PRIVATE", " KEY-----\\nhush");
    let line = format!("let region = new_region();\nregion.add(key_pair(\"team\", \"{key}\"));\n");
    std::fs::write(&script, line).unwrap();
    let ended = host(&["plan", script.to_str().unwrap(), "--region", "ap-south-1", "--sandbox"]).expect(1);
    assert!(ended.err.contains("it is a private key") && !ended.err.contains("hush"), "{}", ended.err);
}

#[test]
fn two_things_with_one_address() {
    insta::assert_snapshot!(plan("twins", &["--region", "ap-south-1"]).screen());
}

#[test]
fn a_region_that_aws_does_not_know() {
    insta::assert_snapshot!(plan("sound", &["--region", "ap-south-11"]).screen());
}

#[test]
fn a_region_that_the_account_has_not_enabled() {
    insta::assert_snapshot!(plan("sound", &["--region", "ap-east-1"]).screen());
}

#[test]
fn no_region() {
    insta::assert_snapshot!(plan("sound", &[]).screen());
}

#[test]
fn another_account() {
    insta::assert_snapshot!(
        plan("sound", &["--region", "ap-south-1", "--expect-account", "999999999999"]).screen()
    );
}

#[test]
fn no_credentials() {
    let args = ["plan", "tests/bad_input/sound.rhai", "--region", "ap-south-1"];
    insta::assert_snapshot!(host(&args).screen());
}

#[test]
fn an_endpoint_that_nobody_answers() {
    let env = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "example"),
    ];
    let ended = host_with(&["plan", "tests/bad_input/sound.rhai", "--region", "ap-south-1"], &env);
    insta::assert_snapshot!(ended.screen());
}

#[test]
fn a_call_that_is_forbidden() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let mut world = World::default();
    world.settings.denied.insert("sns:CreateTopic".to_owned());
    Sandbox::new(world).save(&file).unwrap();
    let sandbox = format!("--sandbox={}", file.display());
    let args = ["apply", "tests/bad_input/sound.rhai", "--region", "ap-south-1", "--yes", &sandbox];
    let ended = host(&args);
    insta::assert_snapshot!(format!("exit code {}\n{}", ended.code, ended.out));
    assert!(Sandbox::load(&file).unwrap().world().sns.topics.is_empty());
}

#[test]
fn a_read_that_is_forbidden_is_not_taken_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("world.json");
    let mut world = World::default();
    world.settings.denied.insert("sns:GetTopicAttributes".to_owned());
    Sandbox::new(world).save(&file).unwrap();
    let sandbox = format!("--sandbox={}", file.display());
    let ended = host(&["plan", "tests/bad_input/sound.rhai", "--region", "ap-south-1", &sandbox]);
    insta::assert_snapshot!(format!("exit code {}\n{}", ended.code, ended.out));
}

#[test]
fn nobody_to_be_asked() {
    let ended = host(&["apply", "tests/bad_input/sound.rhai", "--region", "ap-south-1", "--sandbox"]);
    insta::assert_snapshot!(ended.screen());
}

#[test]
fn a_flag_that_does_not_exist() {
    insta::assert_snapshot!(host(&["plan", "--regoin", "ap-south-1"]).screen());
}

#[test]
fn a_script_that_is_not_there() {
    insta::assert_snapshot!(host(&["check", "nowhere.rhai"]).screen());
}

/// Only Rust code can make a cycle: in a script a reference is what `add` gave.
#[tokio::test]
async fn a_cycle() {
    let mut elsewhere = Region::new("ap-south-1");
    let second = elsewhere.add(bucket("second-bucket"));
    let mut region = Region::new("ap-south-1");
    let first = region.add(bucket("first-bucket").log_to(second, "logs/"));
    region.add(bucket("second-bucket").log_to(first, "logs/"));
    let problems: Vec<_> = graph(&region)
        .unwrap_err()
        .iter()
        .map(|problem| format!("{}: {}", problem.address, problem.invalid.message))
        .collect();
    insta::assert_snapshot!(problems.join("\n"));
    let sandbox = Sandbox::new(World::default());
    let refused = Opening::discover(&region, &Aws::sandbox(&sandbox)).await.unwrap_err();
    assert!(matches!(refused, Refused::Graph(_)));
    assert_eq!(sandbox.world().requests, 0, "nothing was asked");
}
