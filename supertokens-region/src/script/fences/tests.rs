//! Each fence, met: the script, and what is said of it.

use std::path::Path;
use std::time::{Duration, Instant};

use super::*;
use crate::region::Region;
use crate::script::{Mistake, run};

/// In a debug build, with others at work beside it. Most take milliseconds.
const SOON: Duration = Duration::from_secs(20);
/// Values in values take stack by their depth when they are looked at, copied and dropped.
const STACK: usize = 64 << 20;

/// Runs a script as the host does, in a thread of its own.
fn ended(text: &str, options: &Options) -> Result<Region, Vec<Mistake>> {
    let start = Instant::now();
    let end = std::thread::scope(|scope| {
        let run = || run(text, options);
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run);
        thread.unwrap().join().expect("a script makes no panic")
    });
    assert!(start.elapsed() < SOON, "{:?}: {text:.200}", start.elapsed());
    end
}

fn options(folder: &Path) -> Options {
    let mut options = Options::new("ap-south-1", &folder.join("main.rhai"));
    options.file = "main.rhai".to_owned();
    options.print = |_| ();
    options
}

/// What is wrong with a script in this folder, a line each.
fn wrong_in(folder: &Path, text: &str) -> Vec<String> {
    let mistakes = ended(text, &options(folder)).expect_err("the script is wrong");
    let told = mistakes.iter().map(|mistake| mistake.to_string().replace("\n  hint: ", "; "));
    told.map(|line| line.replace(&format!("{}/", folder.display()), "")).collect()
}

#[track_caller]
fn are_refused(scripts: &[&str], with: &str) {
    for text in scripts {
        let told = wrong_in(Path::new("nowhere"), text);
        let [told] = &told[..] else { panic!("{text:.200}: {} mistakes: {:.300}", told.len(), told[0]) };
        let place = told.strip_prefix("main.rhai:1:").expect("a place");
        assert_eq!(place.trim_start_matches(|c: char| c.is_ascii_digit()), with, "{text:.200}");
    }
}

/// A script with a long text in `s`.
fn long(rest: &str) -> String {
    format!("let s = \"x\"; s.pad(60000, \"x\"); {rest}")
}

/// The same thing around itself.
fn around(before: &str, inside: &str, after: &str, times: usize) -> String {
    format!("let a = {}{inside}{};", before.repeat(times), after.repeat(times))
}

#[test]
fn what_has_no_end_ends() {
    are_refused(
        &[
            "loop { }",
            "while true { let a = 1; }",
            "for i in 0..9223372036854775807 { i + 1; }",
            "loop { try { loop { } } catch { } }",
            "let f = || 1; loop { let g = f; f = || g.call(); }",
        ],
        ": it takes more than 200,000 steps; look for a loop that has no end",
    );
    are_refused(
        &[
            "fn f(n) { f(n + 1) } f(0);",
            "fn f(n) { g(n) } fn g(n) { f(n) } f(0);",
            "let f = |g| g.call(g); f.call(f);",
            "fn f(n) { [1].map(|x| f(x)) } f(0);",
            &format!("fn f(n) {{ {}f(n){} }} f(0);", "switch 1 { _ => ".repeat(9), " }".repeat(9)),
            &format!("fn g(x) {{ x }} fn f(n) {{ {}f(n){} }} f(0);", "g(".repeat(9), ")".repeat(9)),
        ],
        ": functions call each other more than 32 deep; look for a function that calls itself; use a loop",
    );
}

#[test]
fn texts_do_not_grow_for_ever() {
    let scripts = [
        "let s = \"x\"; loop { s += s; }",
        "let s = \"x\"; loop { s = `${s}${s}`; }",
        "let s = \"x\"; s.pad(1000000000, \"y\");",
        &long("s.replace(\"x\", s);"),
        &long("s.replace('x', s);"),
        &long("let a = []; loop { a.push(s + \"y\"); }"),
    ];
    let with = ": a text has more than 65,536 bytes; look for a text that grows in a loop; texts in a list count together";
    are_refused(&scripts, with);
}

#[test]
fn lists_and_maps_do_not_grow_for_ever() {
    let scripts = [
        "let a = []; loop { a.push(1); }",
        "let a = [1]; loop { a = [a, a]; }",
        "let m = #{a: 1}; loop { m = #{a: m, b: m}; }",
        "let b = blob(1000000000);",
        "let b = blob(); loop { b.push(1); }",
        &long("loop { s.split(\"x\"); }"),
        &long("let b = s.to_blob();"),
    ];
    let with = ": a list or a map has more than 10,000 entries; look for one that grows in a loop; lists in a list count together";
    are_refused(&scripts, with);
}

#[test]
fn a_region_is_not_given_things_for_ever() {
    let with = ": the region is given more than 10,000 things; look for a loop that has no end";
    are_refused(&["let r = new_region(); loop { r.note(\"a\", \"b\"); }"], with);
    let with = ": the region is given more than 67,108,864 bytes; look for a loop that has no end";
    are_refused(&[&long("let r = new_region(); loop { r.note(s, s); }")], with);
}

#[test]
fn what_is_printed_ends() {
    let with = ": it prints more than 1,048,576 bytes; look for a loop that has no end";
    are_refused(&[&long("loop { print(s); }"), &long("loop { debug(s); }")], with);
}

#[test]
fn values_in_values_end_before_the_stack_does() {
    for text in [
        "let m = []; loop { m = [m]; }",
        "let m = #{}; loop { m = #{a: m}; }",
        "let m = []; loop { m = [#{a: m}]; }",
        "let m = []; for i in 0..2000 { m = [m]; } print(m); m == m; `${m}`; throw \"end\"",
        "let a = []; let f = || a.len(); a.push(a); print(a); f.call(); throw \"end\"",
    ] {
        assert_eq!(wrong_in(Path::new("nowhere"), text).len(), 1, "{text}");
    }
}

#[test]
fn what_is_written_too_deep_or_too_often_is_refused_before_it_runs() {
    let deep = [
        around("(", "1", ")", 100_000),
        around("[", "1", "]", 60),
        around("#{a: ", "1", "}", 100),
        around("-", "1", "", 100_000).replace("-", "- "),
        around("`${", "1", "}`", 60),
        around("|x| ", "x", "", 10_000),
        around("", "1", " + 1", 10_000),
        around("", "\"a\"", ".trim()", 10_000),
        around("", "true", " && true", 10_000),
        "{".repeat(100_000),
        "if true {".repeat(60),
        format!("if false {{}} {}", "else if false {} ".repeat(5_000)),
    ];
    let deep: Vec<&str> = deep.iter().map(String::as_str).collect();
    are_refused(
        &deep,
        ": it is written more than 64 deep, or 32 in a function; take parts out into variables or functions",
    );
    let many: String = (0..600).map(|n| format!("let a{n} = 1;")).collect();
    are_refused(&[&many], ": it has more than 500 variables; use a list or a map");
    let many: String = (0..600).map(|n| format!("fn f{n}() {{}} ")).collect();
    are_refused(&[&many], ": it has more than 500 functions; use fewer, with parameters");
}

#[test]
fn words_that_do_more_than_describe_are_refused() {
    for word in ["eval", "curry"] {
        are_refused(
            &[&format!("let f = {word}(1);")],
            &format!(": no word `{word}`; a script only describes"),
        );
    }
    for word in ["exit", "sleep", "timestamp"] {
        let by_name = format!("let f = Fn(\"{word}\"); f.call();");
        are_refused(
            &[&format!("{word}();"), &by_name],
            &format!(": no word `{word}`; a script only describes"),
        );
    }
}

#[test]
fn mistakes_are_told_up_to_a_hundred_and_names_of_any_length_are_looked_up() {
    assert_eq!(wrong_in(Path::new("nowhere"), &"a();\n".repeat(40_000)).len(), 100);
    let missing = "let i = 0; loop { param(`a${i}`); i += 1; }";
    assert_eq!(wrong_in(Path::new("nowhere"), missing).len(), 100);
    let names = format!("let {} = 1; {};", "a".repeat(60_000), "b".repeat(60_000));
    assert_eq!(wrong_in(Path::new("nowhere"), &names).len(), 1);
}

#[test]
fn parameters_of_any_length_are_taken_or_refused() {
    let mut options = options(Path::new("nowhere"));
    options.params.insert("n".to_owned(), "9".repeat(1 << 20));
    let told = |text: &str| ended(text, &options).unwrap_err()[0].to_string();
    let number = told("param(\"n\", 1);");
    assert_eq!(
        number,
        format!("main.rhai:1:1: the parameter `n` is to be a whole number, and is `{}`", "9".repeat(60))
    );
    assert!(told("param(\"n\");").starts_with("main.rhai:1:1: a text has more than 65,536 bytes"));
    options.params.insert("n".to_owned(), "a,".repeat(1 << 19));
    let list = ended("param(\"n\", []);", &options).unwrap_err()[0].to_string();
    assert!(list.starts_with("main.rhai:1:1: a "), "{list}");
}

#[test]
fn a_script_has_a_size_and_never_much_more_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let told = wrong_in(folder.path(), &" ".repeat(SCRIPT + 1));
    assert_eq!(told, ["main.rhai: it has more than 262,144 bytes; divide it into files, and `import` them"]);
    std::fs::write(folder.path().join("long.rhai"), "é".repeat(2 * SCRIPT)).unwrap();
    assert!(too_long(&read(&folder.path().join("long.rhai")).unwrap()).is_some());
    #[cfg(unix)]
    assert_eq!(read(Path::new("/dev/zero")).unwrap().len(), SCRIPT + 1);
}

#[test]
#[cfg(unix)]
fn imports_stay_in_the_folder_and_read_ordinary_files_only() {
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name);
    std::fs::create_dir(in_folder("folder.rhai")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", in_folder("zero.rhai")).unwrap();
    std::os::unix::fs::symlink("self.rhai", in_folder("self.rhai")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(in_folder("pipe.rhai")).status().unwrap();
    assert!(made.success());
    std::fs::write(in_folder("long.rhai"), " ".repeat(SCRIPT + 1)).unwrap();
    std::fs::write(in_folder("binary.rhai"), [0xff, 0xfe, 0]).unwrap();
    std::fs::write(in_folder("circle.rhai"), "import \"other\" as other;").unwrap();
    std::fs::write(in_folder("other.rhai"), "import \"circle\" as circle;").unwrap();
    let outside = "it is outside of the script's folder";
    for (name, why) in [
        ("../secret", outside),
        ("/etc/passwd", outside),
        ("./../x", outside),
        ("zero", outside),
        ("", "No such file or directory (os error 2)"),
        ("none", "No such file or directory (os error 2)"),
        ("self", "Too many levels of symbolic links (os error 40)"),
        ("a\\x00b", "file name contained an unexpected NUL byte"),
        ("a\\nb", "No such file or directory (os error 2)"),
        ("folder", "it is no ordinary file"),
        ("pipe", "it is no ordinary file"),
        ("long", "it has more than 262,144 bytes"),
        ("binary", "it is no text"),
    ] {
        let shown = name.replace("\\x00", "\\0");
        // As it stands there, found before anything runs; and computed, found when it runs.
        let told = wrong_in(folder.path(), &format!("import \"{name}\" as a;"));
        assert_eq!(told, [format!("main.rhai:1:8: can't import `{shown}`: {why}")]);
        let told = wrong_in(folder.path(), &format!("import \"{name}\" + \"\" as a;"));
        assert_eq!(told.len(), 1);
        assert!(told[0].ends_with(&format!("can't import `{shown}`: {why}")), "{told:?}");
    }
    let circle = "it imports itself, or a file that imports it; take one of the imports out";
    let told = wrong_in(folder.path(), "import \"circle\" as a;");
    assert_eq!(told, [format!("other.rhai:1:8: can't import `circle`: {circle}")]);
    let told = wrong_in(folder.path(), "import \"circle\" + \"\" as a;");
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with(circle), "{told:?}");
}

#[test]
fn imports_are_few() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..20 {
        std::fs::write(folder.path().join(format!("m{n}.rhai")), "fn f() { 1 }").unwrap();
    }
    let with = "it is one of more than 16 files; put what belongs together into one";
    let all: String = (0..20).map(|n| format!("import \"m{n}\" as a{n};\n")).collect();
    let told = wrong_in(folder.path(), &all);
    assert_eq!(told[0], format!("main.rhai:17:8: can't import `m16`: {with}"));
    let told = wrong_in(folder.path(), "for n in 0..20 { import `m${n}` as a; }");
    assert_eq!(told.len(), 1);
    assert!(told[0].ends_with(with), "{told:?}");
}

#[test]
fn imports_within_imports_end() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..6 {
        let text = format!("import \"m{}\" as m;", n + 1);
        std::fs::write(folder.path().join(format!("m{n}.rhai")), text).unwrap();
    }
    std::fs::write(folder.path().join("m6.rhai"), "").unwrap();
    let told = wrong_in(folder.path(), "import \"m0\" as m;");
    let with = "files import each other more than 4 deep; import it in the script itself";
    assert_eq!(told, [format!("m3.rhai:1:8: can't import `m4`: {with}")]);
    assert!(ended("import \"m3\" as m;", &options(folder.path())).is_ok());
}
