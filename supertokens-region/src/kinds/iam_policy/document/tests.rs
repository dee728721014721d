use super::*;

fn look(text: &str) -> Look {
    Look::at(text, "new", "old").unwrap()
}

fn after(text: &str) -> String {
    extended(text, std::iter::once(("new", "old"))).unwrap()
}

/// A document with one statement that allows this.
fn allows(resource: &str) -> String {
    format!(r#"{{"Statement":[{{"Effect":"Allow","Action":"s3:*","Resource":{resource}}}]}}"#)
}

#[test]
fn the_bucket_is_named_arn_by_arn_after_what_is_there() {
    let text = allows(r#"["arn:aws:s3:::old","arn:aws:s3:::old/a/*","arn:aws:s3:::other"]"#);
    let wanted = allows(
        r#"["arn:aws:s3:::old","arn:aws:s3:::old/a/*","arn:aws:s3:::other","arn:aws:s3:::new","arn:aws:s3:::new/a/*"]"#,
    );
    assert_eq!(after(&text), wanted);
    assert_eq!((look(&text).of, look(&text).named), (1, 0));
    assert_eq!((look(&wanted).of, look(&wanted).named), (1, 1));
    assert_eq!(after(&wanted), wanted);
}

#[test]
fn everything_else_stays_to_the_letter() {
    let text = r#"{ "Statement" : {
        "Resource": [
            "arn:aws:s3:::old/*"  ],
        "Effect":"Allow" , "Unknown": {"z": 1e2, "a": "\u0041"} }, "Version":"2008-10-17" }
"#;
    let more = ",\n            \"arn:aws:s3:::new/*\"";
    assert_eq!(after(text), text.replace("old/*\"", &format!("old/*\"{more}")));
}

#[test]
fn a_single_resource_becomes_a_list() {
    let wanted = allows(r#"["arn:aws-cn:s3:::old", "arn:aws-cn:s3:::new"]"#);
    assert_eq!(after(&allows(r#""arn:aws-cn:s3:::old""#)), wanted);
}

#[test]
fn a_wildcard_in_the_same_statement_is_enough() {
    for enough in ["*", "arn:aws:s3:::*", "arn:aws:s3:::n*", "arn:aws:s3:::n?w/*"] {
        let text = allows(&format!(r#"["arn:aws:s3:::old/*","{enough}"]"#));
        let found = look(&text);
        assert!(found.is_complete() && found.of == 1, "{enough}");
        assert_eq!(after(&text), text, "{enough}");
    }
    for lacking in ["arn:aws:s3:::new", "arn:aws:s3:::new/?", "arn:aws:s3:::new-*", "arn:aws:s3:::new/a/*"] {
        assert!(!look(&allows(&format!(r#"["arn:aws:s3:::old/*","{lacking}"]"#))).is_complete(), "{lacking}");
    }
}

#[test]
fn buckets_whose_names_only_begin_or_end_so_are_others() {
    for other in ["old-1", "very.old", "*"] {
        assert_eq!(look(&allows(&format!(r#""arn:aws:s3:::{other}/*""#))).of, 0, "{other}");
    }
    assert_eq!(look(&allows(r#""arn:aws:sns:ap-south-1:123456789012:old""#)).of, 0);
    assert_eq!(look(&allows(r#""arn:aws:s3:::old-1/*""#)).left, Vec::<String>::new());
}

#[test]
fn what_reaches_the_bucket_without_its_model_is_told() {
    assert_eq!(look(&allows(r#"["*"]"#)).reached_by.as_deref(), Some("*"));
    assert_eq!(look(&allows(r#"["arn:aws:s3:::x"]"#)).reached_by, None);
    assert_eq!(
        look(&allows(r#""arn:aws:s3:::ol*/*""#)).left,
        ["statement 1 reaches `old` by `arn:aws:s3:::ol*/*`"]
    );
}

#[test]
fn denials_exceptions_and_conditions_are_told_and_left() {
    let text = r#"{"Statement":[
        {"Sid":"no","Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::old/x"},
        {"Effect":"Allow","Action":"*","NotResource":["arn:aws:s3:::old"]},
        {"Effect":"Allow","Action":"s3:*","Resource":["*"],"Condition":{"StringLike":{"k":["x","arn:aws:s3:::old/*"]}}}
    ]}"#;
    let told = [
        "statement `no` denies `old`",
        "the `NotResource` of statement 2 names `old`",
        "the `Condition` of statement 3 names `old`",
    ];
    assert_eq!(look(text).left, told);
    assert_eq!(after(text), text);
    let both = text.replace("arn:aws:s3:::old", "arn:aws:s3:::*").replace(r#""x","#, r#""old","new","#);
    assert_eq!(look(&both).left, Vec::<String>::new());
}

#[test]
fn a_bucket_may_be_the_model_of_another() {
    let pairs = [("a", "b"), ("b", "old")];
    let text = extended(&allows(r#"["arn:aws:s3:::old"]"#), pairs.into_iter()).unwrap();
    let wanted = allows(r#"["arn:aws:s3:::old","arn:aws:s3:::b","arn:aws:s3:::a"]"#);
    assert_eq!(text, wanted);
    let circle = extended(&wanted, [("a", "b"), ("b", "a")].into_iter()).unwrap();
    assert_eq!(circle, wanted);
}

#[test]
fn blanks_are_not_counted() {
    assert_eq!(size("{ \"a\":\n 1 }"), 7);
}

#[test]
fn what_is_no_document_is_an_error() {
    for text in ["", "[]", r#"{"Statement":[1]}"#, r#"{"Statement":[{"Effect":"Allow","Resource":1}]}"#] {
        assert!(Look::at(text, "new", "old").is_err(), "{text}");
    }
}
