//! Policy documents that are mostly sound: choices among what policies are made of, and what they are not.

use arbitrary::Unstructured;
use serde_json::{Map, Value, json};

const SIDS: &[&str] = &[
    "theirs",
    "Stmt1594127148960",
    "AWSLogDeliveryWrite",
    "AllowCloudWatchAlarms",
    "S3ServerAccessLogsPolicy",
    "",
    "é",
];
const ACTIONS: &[&str] = &[
    "s3:GetObject",
    "S3:getobject",
    "s3:*",
    "*",
    "s3:PutObject",
    "s3:GetBucketAcl",
    "SNS:Publish",
    "sns:*",
    "s3:Get*",
    "?",
];
const RESOURCES: &[&str] = &[
    "arn:aws:s3:::old",
    "arn:aws:s3:::old/*",
    "arn:aws:s3:::new",
    "arn:aws:s3:::new/*",
    "arn:aws:s3:::o*",
    "arn:aws:s3:::*",
    "*",
    "arn:aws:s3:::old/a/*",
    "arn:aws:s3:::?ew/*",
    "arn:aws-cn:s3:::old/*",
    "arn:aws:s3:::old*",
    "arn:aws:sns:ap-south-1:123456789012:t",
    "arn:aws:s3:::new/vpc/AWSLogs/123456789012/*",
    "arn:aws:s3",
    "old",
    "",
    "arn:aws:s3:::third/*",
    "arn:aws:s3:::old/${aws:username}/*",
    "arn:aws:s3:::****?**a",
];
const PRINCIPALS: &[&str] = &[
    "\"*\"",
    "{\"AWS\":\"*\"}",
    "{\"AWS\":[\"*\"]}",
    "{\"AWS\":\"123456789012\"}",
    "{\"Service\":\"cloudwatch.amazonaws.com\"}",
    "{\"Service\":[\"delivery.logs.amazonaws.com\",\"logging.s3.amazonaws.com\"]}",
    "{\"AWS\":[],\"Service\":\"x\"}",
    "[]",
    "{\"AWS\":\"arn:aws:iam::123456789012:root\",\"Federated\":\"graph.facebook.com\"}",
    "null",
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "stringequals",
    "StringLike",
    "ArnLike",
    "IpAddress",
    "ForAllValues:StringEquals",
    "Bool",
    "Null",
];
const KEYS: &[&str] = &[
    "aws:SourceVpc",
    "aws:sourcevpc",
    "aws:SourceArn",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "aws:SourceIp",
    "s3:prefix",
];
const VALUES: &[&str] = &[
    "vpc-1",
    "123456789012",
    "arn:aws:s3:::old",
    "the bucket old, too",
    "10.0.0.0/8",
    "::/0",
    "true",
    "*",
    "",
    "${x}",
];

/// The document that these choices make.
pub(super) fn document(choices: &[u8]) -> String {
    let mut writer = Writer(Unstructured::new(choices));
    let mut document = Map::new();
    if writer.pick(4) > 0 {
        document
            .insert("Version".to_owned(), json!(writer.one_of(&["2012-10-17", "2008-10-17", "2020-01-01"])));
    }
    if writer.pick(3) == 0 {
        document.insert("Id".to_owned(), writer.odd());
    }
    let mut statements: Vec<Value> = (0..=writer.pick(4)).map(|_| writer.statement()).collect();
    let one = writer.pick(6) == 0;
    let statements = if one { statements.swap_remove(0) } else { Value::Array(statements) };
    document.insert("Statement".to_owned(), statements);
    if writer.pick(6) == 0 {
        document.insert("Unknown".to_owned(), writer.odd());
    }
    let document = Value::Object(document);
    if writer.pick(2) == 0 { format!("{document:#}") } else { document.to_string() }
}

struct Writer<'a>(Unstructured<'a>);

impl Writer<'_> {
    /// A number below `end`; 0 when the choices are at their end.
    fn pick(&mut self, end: usize) -> usize {
        self.0.int_in_range(0..=end.saturating_sub(1)).unwrap_or(0)
    }

    fn one_of<'t>(&mut self, all: &'t [&'t str]) -> &'t str {
        all[self.pick(all.len())]
    }

    fn statement(&mut self) -> Value {
        let mut statement = Map::new();
        let members = ["Sid", "Effect", "Principal", "Action", "Resource", "Condition"];
        // In an order of their own, sometimes.
        let first = if self.pick(4) == 0 { self.pick(members.len()) } else { 0 };
        for member in members.iter().cycle().skip(first).take(members.len()) {
            if self.pick(8) == 7 {
                continue;
            }
            let negated = !["Sid", "Effect", "Condition"].contains(member) && self.pick(8) == 7;
            let name = if negated { format!("Not{member}") } else { (*member).to_owned() };
            let value = match *member {
                _ if self.pick(24) == 23 => self.odd(),
                "Sid" => json!(self.one_of(SIDS)),
                "Effect" => json!(self.one_of(&["Allow", "Deny"])),
                "Principal" => serde_json::from_str(self.one_of(PRINCIPALS)).unwrap_or_default(),
                "Action" => self.several(ACTIONS),
                "Resource" => self.several(RESOURCES),
                _ => self.condition(),
            };
            statement.insert(name, value);
        }
        if self.pick(8) == 7 {
            statement.insert("Unknown".to_owned(), self.odd());
        }
        Value::Object(statement)
    }

    fn condition(&mut self) -> Value {
        let mut operators = Map::new();
        for _ in 0..=self.pick(2) {
            let keys = (0..=self.pick(2)).map(|_| (self.one_of(KEYS).to_owned(), self.several(VALUES)));
            let keys: Map<String, Value> = keys.collect();
            operators.insert(self.one_of(OPERATORS).to_owned(), Value::Object(keys));
        }
        Value::Object(operators)
    }

    /// One of these, or a list of some.
    fn several(&mut self, all: &[&str]) -> Value {
        match self.pick(5) {
            0 => (0..self.pick(4)).map(|_| json!(self.one_of(all))).collect(),
            1 => json!([self.one_of(all)]),
            _ => json!(self.one_of(all)),
        }
    }

    /// What doesn't belong anywhere.
    fn odd(&mut self) -> Value {
        match self.pick(8) {
            0 => Value::Null,
            1 => json!(self.pick(3)),
            2 => json!([[self.one_of(RESOURCES)], 1.5]),
            3 => json!({ "z": 1, "a": { "b": self.one_of(VALUES) } }),
            4 => json!(self.0.arbitrary::<String>().unwrap_or_default()),
            5 => json!(-1.0e-7),
            6 => json!("objects readable from vpc/default"),
            _ => json!(true),
        }
    }
}
