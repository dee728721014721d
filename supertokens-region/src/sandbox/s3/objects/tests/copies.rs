use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, MetadataDirective};

use super::*;

#[tokio::test]
async fn copy_object_across_regions_takes_everything_with_it() {
    let (sandbox, aws) = with_two();
    let original = Object {
        metadata: [("a".to_owned(), "b".to_owned())].into(),
        tags: [("t".to_owned(), "u".to_owned())].into(),
        storage_class: "STANDARD_IA".to_owned(),
        ..object("content")
    };
    put(&sandbox, "two", "a b/ü+", original.clone());
    let copy = aws.s3(R).copy_object().bucket("one").key("a b/ü+").copy_source("two/a%20b/%C3%BC%2B");
    let answer = copy.send().await.unwrap();
    assert!(answer.version_id().is_some() && answer.copy_source_version_id().is_some());
    let copy = objects(&sandbox, "one").current("a b/ü+").unwrap().clone();
    assert_eq!(
        copy,
        Object { storage_class: "STANDARD".to_owned(), ..original },
        "all but the storage class"
    );
}

#[tokio::test]
async fn a_copy_of_an_upload_in_parts_is_one_piece_with_an_etag_of_its_own() {
    let (sandbox, aws) = with_two();
    let whole = object("content");
    let original = Object { etag: format!("{}-2", whole.etag), parts: Some(2), ..whole.clone() };
    put(&sandbox, "two", "k", original);
    aws.s3(R).copy_object().bucket("one").key("k").copy_source("two/k").send().await.unwrap();
    assert_eq!(objects(&sandbox, "one").current("k").unwrap().etag, whole.etag);
}

#[tokio::test]
async fn copies_have_conditions_on_both_ends() {
    let (sandbox, aws) = with_two();
    put(&sandbox, "two", "k", object("new"));
    put(&sandbox, "one", "k", object("old"));
    let before = objects(&sandbox, "one");
    let copy = || aws.s3(R).copy_object().bucket("one").key("k").copy_source("two/k");
    assert_eq!(code(copy().if_none_match("*").send().await), "PreconditionFailed");
    assert_eq!(code(copy().if_match("other").send().await), "PreconditionFailed");
    assert_eq!(code(copy().copy_source_if_match("other").send().await), "PreconditionFailed");
    assert_eq!(objects(&sandbox, "one"), before);
    copy().if_match(&before.current("k").unwrap().etag).send().await.unwrap();
    assert_eq!(objects(&sandbox, "one").current("k").unwrap().etag, object("new").etag);
    sandbox.world().s3.buckets.get_mut("one").unwrap().objects.delete("k", 0);
    copy().if_none_match("*").send().await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_read_or_is_not_there_cannot_be_copied() {
    let (sandbox, aws) = with_two();
    let archived = Object { storage_class: "DEEP_ARCHIVE".to_owned(), ..object("x") };
    put(&sandbox, "two", "restored", Object { restored: true, ..archived.clone() });
    put(&sandbox, "two", "archived", archived);
    let denied = Object { unreadable: Some("AccessDenied".to_owned()), ..object("x") };
    put(&sandbox, "two", "denied", denied);
    sandbox.world().s3.foreign.insert("theirs".to_owned(), ELSEWHERE.to_owned());
    for (from, expected) in [
        ("two/archived", "InvalidObjectState"),
        ("two/denied", "AccessDenied"),
        ("two/none", "NoSuchKey"),
        ("none/k", "NoSuchBucket"),
        ("theirs/k", "AccessDenied"),
        ("two", "InvalidArgument"),
    ] {
        let answer = aws.s3(R).copy_object().bucket("one").key("k").copy_source(from).send().await;
        assert_eq!(code(answer), expected, "{from}");
    }
    assert_eq!(
        code(aws.s3(ELSEWHERE).get_object().bucket("two").key("archived").send().await),
        "InvalidObjectState"
    );
    aws.s3(R).copy_object().bucket("one").key("k").copy_source("two/restored").send().await.unwrap();
    let head = aws.s3(ELSEWHERE).head_object().bucket("two").key("archived").send().await.unwrap();
    assert_eq!(head.storage_class().unwrap().as_str(), "DEEP_ARCHIVE");
}

#[tokio::test]
async fn an_object_is_not_copied_onto_itself_unless_something_changes() {
    let (sandbox, aws) = with_two();
    put(&sandbox, "one", "k", object("x"));
    let copy = || aws.s3(R).copy_object().bucket("one").key("k").copy_source("one/k");
    assert_eq!(code(copy().send().await), "InvalidRequest");
    copy().metadata_directive(MetadataDirective::Replace).metadata("a", "b").send().await.unwrap();
    assert_eq!(objects(&sandbox, "one").current("k").unwrap().metadata["a"], "b");
}

#[tokio::test]
async fn above_five_gigabytes_only_parts_are_copied() {
    let (sandbox, aws) = with_two();
    let size: u64 = (5 << 30) + 10;
    put(&sandbox, "two", "big", Object::new(Blob::lost(size, "big")));
    let s3 = aws.s3(R);
    let copy = s3.copy_object().bucket("one").key("big").copy_source("two/big").send().await;
    assert_eq!(code(copy), "InvalidRequest");
    let created = s3.create_multipart_upload().bucket("one").key("big").send().await.unwrap();
    let id = created.upload_id().unwrap();
    let part = |number: i32, range: String| {
        let call = s3.upload_part_copy().bucket("one").key("big").upload_id(id).part_number(number);
        call.copy_source("two/big").copy_source_range(range).send()
    };
    assert_eq!(code(part(1, format!("bytes=0-{size}")).await), "InvalidArgument");
    assert_eq!(code(part(0, "bytes=0-9".to_owned()).await), "InvalidArgument");
    let half: u64 = 3 << 30;
    let mut parts = vec![];
    for (number, range) in [(1, format!("bytes=0-{}", half - 1)), (2, format!("bytes={half}-{}", size - 1))] {
        let answer = part(number, range).await.unwrap();
        let tag = answer.copy_part_result().unwrap().e_tag().unwrap();
        parts.push(CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete =
        s3.complete_multipart_upload().bucket("one").key("big").upload_id(id).multipart_upload(all);
    complete.if_none_match("*").send().await.unwrap();
    assert_eq!(objects(&sandbox, "one").current("big").unwrap().content.len(), size);
}
