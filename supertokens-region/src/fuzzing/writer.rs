//! Scripts that mostly fit together: the choices are among the words as they are registered, by the types that they take and
//! give, so that a new word is tried as soon as there is one.

use std::fmt::Write;
use std::sync::LazyLock;

use arbitrary::Unstructured;
use serde_json::Value;

use crate::script::vocabulary;

/// How many statements a script has at the most.
const STATEMENTS: usize = 24;
/// How deep expressions and blocks are.
const DEPTH: usize = 3;

/// Texts that mean something somewhere, and some that are nowhere right.
const TEXTS: &[&str] = &[
    "default",
    "alarms",
    "a-bucket",
    "us-east-1",
    "ap-south-1",
    "eu-west-1",
    "supertokens-saas-us-east-1",
    "us-east-1.dns",
    "ops@example.com",
    "123456789012",
    "0.0.0.0/0",
    "10.0.0.0/16",
    "::/0",
    "sg-0123456789abcdef0",
    "vpc-0123456789abcdef0",
    "arn:aws:s3:::a-bucket/*",
    "alias/key",
    "logs/",
    "t3.micro",
    "db.r5.large",
    "aurora-postgresql",
    "15.4",
    "python3.12",
    "index.handler",
    "{\"schemaVersion\":\"2.2\"}",
    "GLACIER",
    "STANDARD_IA",
    "com.amazonaws.ap-south-1.s3",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0p",
    "S3SSLUpdater",
    "published",
    "true",
    "7",
    "",
    " ",
    "é",
    "a\nb",
    "\"",
    "\\",
    "${x}",
    "../up",
    "one_alarm",
    "a:b/c",
    "-",
    "\u{0}",
    "\u{202e}x",
    "name; hint: x",
];
const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    7,
    14,
    22,
    30,
    60,
    80,
    300,
    443,
    900,
    3600,
    5432,
    65535,
    65536,
    1 << 32,
    -1,
    i64::MAX,
    i64::MIN,
];
const DECIMALS: &[&str] =
    &["0.0", "0.5", "80.0", "-1.0", "1e300", "(1.0/0.0)", "(0.0/0.0)", "52428800.0", "1e-300"];
/// Whatever has no word: `V` is a variable.
const ODDITIES: &[&str] = &[
    "let f = || V; f.call();",
    "let f = |x| [x, V]; [1, 2].map(f);",
    "let a = [V]; a.push(a); a.map(|x| x);",
    "let m = #{a: V}; m.b = m; m.a;",
    "let s = \"x\"; s.pad(3, V);",
    "try { throw V; } catch (e) { print(e); }",
    "switch V { 1 => 2, _ => V };",
    "let n = 0; while n < 3 { n += 1; if n == 2 { continue; } }",
    "let f = Fn(\"exit\"); f.call();",
    "loop { break; }",
    "V.name;",
    "V[0];",
    "V == V;",
    "`${V}`;",
    "region.add(V);",
    "region.existing(V);",
    "param(V);",
    "call(V);",
    "reference(\"us-east-1\");",
    "if false { import \"one_alarm\" as other; }",
];

/// A word as it is registered: its name, the types that it takes, the type that it gives.
struct Word {
    name: String,
    takes: Vec<String>,
    gives: String,
}

struct Vocabulary {
    words: Vec<Word>,
    /// The kinds: what can be added.
    kinds: Vec<String>,
    /// The constants and their types.
    constants: Vec<(String, String)>,
}

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(|| {
    let (functions, constants) = vocabulary();
    let words: Vec<Word> = functions.iter().filter_map(word).collect();
    let adds = words.iter().filter(|word| word.name == "add" && word.takes.len() == 2);
    let mut kinds: Vec<String> =
        adds.filter(|word| word.takes[0] == "Region").map(|word| word.takes[1].clone()).collect();
    kinds.sort();
    kinds.dedup();
    assert!(kinds.len() > 10, "kinds can be added");
    Vocabulary { words, kinds, constants }
});

fn word(function: &Value) -> Option<Word> {
    // Builders tell their types only where the bare function behind them is registered, with a quote behind the name.
    let name = function["name"].as_str()?.trim_end_matches('\'').to_owned();
    let fits = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_$=!<>+-*/%&|^~".contains(c));
    let params = function["params"].as_array().map(Vec::as_slice).unwrap_or_default();
    let takes: Vec<String> =
        params.iter().map(|param| plain(param["type"].as_str().unwrap_or("?"))).collect();
    let known = takes.len() as u64 == function["numParams"].as_u64()?;
    let word = Word { name, takes, gives: plain(function["returnType"].as_str().unwrap_or_default()) };
    let written = !["exit", "sleep", "timestamp", "eval", "curry"].contains(&word.name.as_str());
    (fits(&word.name) && known && written).then_some(word)
}

/// A type's name without what is around it.
fn plain(name: &str) -> String {
    let name = name.trim_start_matches("&mut ").trim_start_matches('&');
    let name = name.strip_prefix("Result<").or_else(|| name.strip_prefix("RhaiResultOf<")).unwrap_or(name);
    let name = name.split(", Box").next().unwrap_or(name).split(",Box").next().unwrap_or(name);
    match name.rsplit("::").next().unwrap_or(name) {
        _ if name.contains("tring") || name.contains("str") => "text",
        "i64" | "INT" | "int" => "number",
        "f64" | "FLOAT" | "float" => "decimal",
        "Array" | "array" => "list",
        // Registered before it has its name.
        "RegionHandle" => "Region",
        _ => name,
    }
    .to_owned()
}

fn is_basic(name: &str) -> bool {
    [
        "text", "number", "decimal", "bool", "list", "map", "Map", "char", "Dynamic", "?", "()", "", "FnPtr",
        "Fn",
    ]
    .contains(&name)
}

/// The script that these choices make.
pub(super) fn script(choices: &[u8]) -> String {
    let mut writer =
        Writer { choices: Unstructured::new(choices), variables: vec![], text: String::new(), made: 0 };
    writer.line("let region = new_region();");
    writer.line("let us = reference(\"us-east-1\");");
    while !writer.choices.is_empty() && writer.made < STATEMENTS {
        writer.statement(0);
    }
    writer.text
}

struct Writer<'a> {
    choices: Unstructured<'a>,
    /// The variables that can be seen, with their types.
    variables: Vec<(String, String)>,
    text: String,
    /// How many statements there are.
    made: usize,
}

impl Writer<'_> {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// A number below `end`; 0 when the choices are at their end.
    fn pick(&mut self, end: usize) -> usize {
        self.choices.int_in_range(0..=end.saturating_sub(1)).unwrap_or(0)
    }

    fn one_of<'t>(&mut self, all: &'t [&'t str]) -> &'t str {
        all[self.pick(all.len())]
    }

    fn some_type(&mut self) -> String {
        let kinds = &VOCABULARY.kinds;
        match self.pick(10) {
            0 => "text".to_owned(),
            1 => "number".to_owned(),
            2 => "list".to_owned(),
            3 => "Ports".to_owned(),
            _ => kinds[self.pick(kinds.len())].clone(),
        }
    }

    fn statement(&mut self, depth: usize) {
        self.made += 1;
        match self.pick(16) {
            0..3 => {
                let of = self.some_type();
                self.variable("v", "", &of, "", &of);
            }
            3..9 => {
                let kinds = &VOCABULARY.kinds;
                let of = kinds[self.pick(kinds.len())].clone();
                let word = if self.pick(6) == 0 { "region.existing(" } else { "region.add(" };
                self.variable("r", word, &of, ")", &format!("Ref<{of}>"));
            }
            9..11 if !self.variables.is_empty() => {
                let at = self.pick(self.variables.len());
                let (name, of) = self.variables[at].clone();
                let value = self.expression(&of, 0);
                self.tried(&format!("{name} = {value};"));
            }
            11 => {
                let word = &VOCABULARY.words[self.pick(VOCABULARY.words.len())];
                let call = self.call(word, 0);
                self.tried(&format!("{call};"));
            }
            12 if depth < DEPTH => {
                let condition = self.expression("bool", 0);
                self.block(&format!("if {condition} {{"), depth);
            }
            13 if depth < DEPTH => {
                let over = self.expression("list", 0);
                self.variables.push(("item".to_owned(), "text".to_owned()));
                self.block(&format!("for item in {over} {{"), depth);
                self.variables.pop();
            }
            14 => {
                let (what, why) = (self.literal("text"), self.literal("text"));
                let word = self.one_of(&["note", "waive"]);
                self.line(&format!("region.{word}({what}, {why}); region.section({why});"));
            }
            _ => {
                let at = self.pick(self.variables.len());
                let variable = self.variables.get(at).map_or("us".to_owned(), |(name, _)| name.clone());
                let oddity = self.one_of(ODDITIES).replace('V', &variable);
                self.tried(&oddity);
            }
        }
    }

    /// A variable for something of this type, or for what is made of that.
    fn variable(&mut self, letter: &str, before: &str, of: &str, after: &str, is: &str) {
        let name = format!("{letter}{}", self.made);
        let value = self.expression(of, 0);
        self.line(&format!("let {name} = ();"));
        self.tried(&format!("{name} = {before}{value}{after};"));
        self.variables.push((name, is.to_owned()));
    }

    /// A statement; mostly what it ends with doesn't end the script.
    fn tried(&mut self, statement: &str) {
        match self.pick(128) {
            127 => self.line(statement),
            _ => self.line(&format!("try {{ {statement} }} catch {{ }}")),
        }
    }

    fn block(&mut self, head: &str, depth: usize) {
        self.line(head);
        let outside = self.variables.len();
        for _ in 0..=self.pick(3) {
            self.statement(depth + 1);
        }
        self.variables.truncate(outside);
        self.line("}");
    }

    /// Something of this type.
    fn expression(&mut self, of: &str, depth: usize) -> String {
        let seen: Vec<String> =
            self.variables.iter().filter(|(_, is)| is == of).map(|(name, _)| name.clone()).collect();
        if !seen.is_empty() && self.pick(2) == 0 {
            return seen[self.pick(seen.len())].clone();
        }
        if let Some(kind) = of.strip_prefix("Ref<").and_then(|kind| kind.strip_suffix('>')) {
            return format!("region.existing({})", self.expression(kind, depth + 1));
        }
        let constants: Vec<&String> =
            VOCABULARY.constants.iter().filter(|(_, is)| is == of).map(|(name, _)| name).collect();
        if !constants.is_empty() {
            return constants[self.pick(constants.len())].clone();
        }
        if is_basic(of) && (depth > 0 || self.pick(3) > 0) {
            return self.literal(of);
        }
        // Near the bottom only what can be written without more of the same.
        let fits = |word: &&Word| {
            word.gives == of && (depth < DEPTH || word.takes.iter().all(|takes| is_basic(takes)))
        };
        let words: Vec<&Word> = VOCABULARY.words.iter().filter(fits).collect();
        match words.len() {
            0 => self.literal(of),
            _ if depth > 2 * DEPTH => self.literal(of),
            n => {
                let at = self.pick(n);
                self.call(words[at], depth + 1)
            }
        }
    }

    fn call(&mut self, word: &Word, depth: usize) -> String {
        let args: Vec<String> = word.takes.iter().map(|takes| self.expression(takes, depth)).collect();
        match (&word.name[..], &args[..]) {
            (name, [of]) if name.starts_with("get$") => format!("({of}).{}", &name[4..]),
            (name, [of, at, ..]) if name.starts_with("index$get$") => format!("{of}[{at}]"),
            (name, [of, value]) if name.starts_with("set$") => format!("{of}.{} = {value}", &name[4..]),
            (name, [of, at, value]) if name.starts_with("index$set$") => format!("{of}[{at}] = {value}"),
            (name, [a, b]) if !name.starts_with(|c: char| c.is_alphabetic()) => format!("({a} {name} {b})"),
            (name, [a]) if !name.starts_with(|c: char| c.is_alphabetic()) => format!("({name} {a})"),
            (name, [of, rest @ ..]) if !is_basic(&word.takes[0]) => {
                format!("{of}.{name}({})", rest.join(", "))
            }
            (name, _) => format!("{name}({})", args.join(", ")),
        }
    }

    fn literal(&mut self, of: &str) -> String {
        match of {
            "text" => {
                let text = match self.pick(12) {
                    0 => self.choices.arbitrary::<String>().unwrap_or_default(),
                    _ => self.one_of(TEXTS).to_owned(),
                };
                quoted(&text)
            }
            "number" => match self.pick(4) {
                0 => self.choices.arbitrary::<i64>().unwrap_or_default().to_string(),
                // The smallest can't be written.
                _ => NUMBERS[self.pick(NUMBERS.len())].saturating_add(1).to_string(),
            },
            "decimal" => self.one_of(DECIMALS).to_owned(),
            "bool" => self.one_of(&["true", "false"]).to_owned(),
            "char" => self.one_of(&["'a'", "'é'", "'\\n'"]).to_owned(),
            "list" => {
                let of = if self.pick(2) == 0 { "text" } else { "number" };
                let items: Vec<String> = (0..self.pick(4)).map(|_| self.literal(of)).collect();
                format!("[{}]", items.join(", "))
            }
            "map" | "Map" => format!("#{{a: {}, b: 2}}", self.literal("text")),
            "FnPtr" | "Fn" => self.one_of(&["|x| x", "|x| x == x", "|x, y| y", "Fn(\"topic\")"]).to_owned(),
            "Region" => "region".to_owned(),
            "Reference" => "us".to_owned(),
            "()" | "" => "()".to_owned(),
            _ => {
                let of = self.one_of(&["text", "number", "list", "map", "FnPtr", "decimal"]);
                self.literal(of)
            }
        }
    }
}

/// A text as scripts write it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\x00"),
            c => out.push(c),
        }
    }
    let _ = write!(out, "\"");
    out
}
