use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart, StorageClass};

use super::*;

#[tokio::test]
async fn what_was_put_is_got_with_all_that_was_said_of_it() {
    let (sandbox, aws) = with_two();
    let s3 = aws.s3(R);
    let answer = s3
        .put_object()
        .bucket("one")
        .key("a/b c+&ü.pem")
        .body(body("certificate"))
        .content_type("text/plain")
        .cache_control("no-store")
        .metadata("Owner", "me")
        .tagging("team=core&a%20b=c")
        .storage_class(StorageClass::StandardIa)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.e_tag(), Some("\"e0d30cef5c6139275b58b525001b413c\""));
    let got = s3.get_object().bucket("one").key("a/b c+&ü.pem").send().await.unwrap();
    assert_eq!((got.content_type(), got.cache_control()), (Some("text/plain"), Some("no-store")));
    assert_eq!(got.metadata().unwrap()["owner"], "me");
    assert_eq!((got.content_length(), got.tag_count()), (Some(11), Some(2)));
    assert_eq!(got.version_id(), answer.version_id());
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"certificate");
    let head = s3.head_object().bucket("one").key("a/b c+&ü.pem").send().await.unwrap();
    assert_eq!(head.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(head.server_side_encryption().unwrap().as_str(), "AES256");
    let tags = s3.get_object_tagging().bucket("one").key("a/b c+&ü.pem").send().await.unwrap();
    assert_eq!(tags.tag_set().iter().map(|tag| tag.key()).collect::<Vec<_>>(), ["a b", "team"]);
    let range = s3.get_object().bucket("one").key("a/b c+&ü.pem").range("bytes=2-4").send().await.unwrap();
    assert_eq!(range.body.collect().await.unwrap().to_vec(), b"rti");
    assert_eq!(objects(&sandbox, "one").count(), 1);
}

#[tokio::test]
async fn each_put_is_a_version_and_the_last_one_is_current() {
    let (sandbox, aws) = with_two();
    let s3 = aws.s3(R);
    let mut ids = vec![];
    for text in ["first", "second"] {
        let answer = s3.put_object().bucket("one").key("k").body(body(text)).send().await.unwrap();
        ids.push(answer.version_id().unwrap().to_owned());
    }
    assert_ne!(ids[0], ids[1]);
    let first = s3.get_object().bucket("one").key("k").version_id(&ids[0]).send().await.unwrap();
    assert_eq!(first.body.collect().await.unwrap().to_vec(), b"first");
    sandbox.world().s3.buckets.get_mut("one").unwrap().objects.delete("k", 0);
    assert_eq!(code(s3.get_object().bucket("one").key("k").send().await), "NoSuchKey");
    assert_eq!(code(s3.head_object().bucket("one").key("k").send().await), "NotFound");
    let unversioned = Bucket::new(R, 0);
    sandbox.world().s3.buckets.insert("plain".to_owned(), unversioned);
    for text in ["first", "second"] {
        let answer = s3.put_object().bucket("plain").key("k").body(body(text)).send().await.unwrap();
        assert_eq!(answer.version_id(), None);
    }
    assert_eq!(objects(&sandbox, "plain").versions["k"].len(), 1);
}

#[tokio::test]
async fn a_put_with_a_condition_that_does_not_hold_changes_nothing() {
    let (sandbox, aws) = with_two();
    put(&sandbox, "one", "k", object("old"));
    let before = objects(&sandbox, "one");
    let put = || aws.s3(R).put_object().bucket("one").key("k").body(body("new"));
    assert_eq!(code(put().if_none_match("*").send().await), "PreconditionFailed");
    assert_eq!(code(put().if_match("other").send().await), "PreconditionFailed");
    assert_eq!(code(put().key("none").if_match("other").send().await), "NoSuchKey");
    assert_eq!(objects(&sandbox, "one"), before);
    put().if_match(&before.current("k").unwrap().etag).send().await.unwrap();
    assert_eq!(objects(&sandbox, "one").versions["k"].len(), 2);
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let (_, aws) = with_two();
    let put = || aws.s3(R).put_object().bucket("one").key("k").body(body("x"));
    assert_eq!(code(put().key("k".repeat(1025)).send().await), "KeyTooLongError");
    assert_eq!(code(put().bucket("none").send().await), "NoSuchBucket");
    assert_eq!(code(put().bucket("two").send().await), "PermanentRedirect");
    assert_eq!(code(put().storage_class("COLD".into()).send().await), "InvalidStorageClass");
    assert_eq!(code(put().tagging("a=1&a=2").send().await), "InvalidArgument");
    assert_eq!(code(aws.s3(R).get_object().bucket("one").key("none").send().await), "NoSuchKey");
}

#[tokio::test]
async fn an_upload_in_parts_has_the_etag_of_its_parts() {
    let (sandbox, aws) = with_two();
    let s3 = aws.s3(R);
    let whole = Blob::pattern((11 << 20) + 3);
    let created =
        s3.create_multipart_upload().bucket("one").key("big").metadata("a", "b").send().await.unwrap();
    let id = created.upload_id().unwrap();
    let mut parts = vec![];
    for (number, start) in [(1, 0), (2, 5 << 20), (3, 10 << 20)] {
        let part = whole.part(start, 5 << 20);
        let call = s3.upload_part().bucket("one").key("big").upload_id(id).part_number(number);
        let answer =
            call.body(part.stream().unwrap()).content_length(part.len() as i64).send().await.unwrap();
        assert_eq!(answer.e_tag(), Some(format!("\"{}\"", part.md5()).as_str()));
        parts.push(CompletedPart::builder().part_number(number).e_tag(answer.e_tag().unwrap()).build());
    }
    let listed = s3.list_parts().bucket("one").key("big").upload_id(id).max_parts(2).send().await.unwrap();
    assert_eq!((listed.parts().len(), listed.is_truncated()), (2, Some(true)));
    let uploads = s3.list_multipart_uploads().bucket("one").send().await.unwrap();
    assert_eq!(uploads.uploads()[0].upload_id(), Some(id));
    let complete = |parts: &[CompletedPart]| {
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts.to_vec())).build();
        s3.complete_multipart_upload().bucket("one").key("big").upload_id(id).multipart_upload(all)
    };
    let reversed: Vec<_> = parts.iter().rev().cloned().collect();
    assert_eq!(code(complete(&reversed).send().await), "InvalidPartOrder");
    let wrong = CompletedPart::builder().part_number(1).e_tag("wrong").build();
    assert_eq!(code(complete(&[wrong]).send().await), "InvalidPart");
    let done = complete(&parts).send().await.unwrap();
    assert!(done.e_tag().unwrap().ends_with("-3\""), "{done:?}");
    let object = objects(&sandbox, "one").current("big").unwrap().clone();
    assert_eq!((object.content, object.metadata["a"].as_str()), (whole, "b"));
    assert_eq!(code(complete(&parts).send().await), "NoSuchUpload");
}

#[tokio::test]
async fn parts_that_are_too_small_are_refused_and_uploads_can_be_given_up() {
    let (sandbox, aws) = with_two();
    let s3 = aws.s3(R);
    let created = s3.create_multipart_upload().bucket("one").key("k").send().await.unwrap();
    let id = created.upload_id().unwrap();
    let mut parts = vec![];
    for number in [1, 2] {
        let call = s3.upload_part().bucket("one").key("k").upload_id(id).part_number(number);
        let tag = call.body(body("small")).send().await.unwrap().e_tag().unwrap().to_owned();
        parts.push(CompletedPart::builder().part_number(number).e_tag(tag).build());
    }
    let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
    let complete = s3.complete_multipart_upload().bucket("one").key("k").upload_id(id).multipart_upload(all);
    assert_eq!(code(complete.send().await), "EntityTooSmall");
    s3.abort_multipart_upload().bucket("one").key("k").upload_id(id).send().await.unwrap();
    assert!(objects(&sandbox, "one").uploads.is_empty());
    let again = s3.abort_multipart_upload().bucket("one").key("k").upload_id(id).send().await;
    assert_eq!(code(again), "NoSuchUpload");
}

#[tokio::test]
async fn new_objects_are_replicated_and_replicas_and_old_objects_are_not() {
    let (sandbox, aws) = with_two();
    put(&sandbox, "one", "old", object("old"));
    replicate(&sandbox, "one", vec![rule("two")]);
    replicate(&sandbox, "two", vec![rule("one")]);
    let call = aws.s3(R).put_object().bucket("one").key("new").body(body("new")).tagging("a=b");
    let version = call.send().await.unwrap().version_id().unwrap().to_owned();
    let head = aws.s3(R).head_object().bucket("one").key("new").send().await.unwrap();
    assert_eq!(head.replication_status().unwrap().as_str(), "COMPLETED");
    let replica = aws.s3(ELSEWHERE).head_object().bucket("two").key("new").send().await.unwrap();
    assert_eq!(replica.replication_status().unwrap().as_str(), "REPLICA");
    assert_eq!((replica.version_id(), replica.tag_count()), (Some(version.as_str()), Some(1)));
    assert_eq!(objects(&sandbox, "two").versions.keys().collect::<Vec<_>>(), ["new"], "not retroactive");
    assert_eq!(objects(&sandbox, "one").versions["new"].len(), 1, "no replica comes back");
}

#[tokio::test]
async fn only_what_a_rule_covers_is_replicated() {
    let (sandbox, aws) = with_two();
    let prefix = Filter { prefix: Some("in/".into()), ..Filter::default() };
    let cold =
        ReplicationRule { filter: Some(prefix), storage_class: Some("STANDARD_IA".into()), ..rule("two") };
    replicate(&sandbox, "one", vec![cold]);
    for key in ["in/a", "out/a"] {
        aws.s3(R).put_object().bucket("one").key(key).body(body("x")).send().await.unwrap();
    }
    let call = aws.s3(R).put_object().bucket("one").key("in/kms").body(body("x"));
    call.server_side_encryption("aws:kms".into()).send().await.unwrap();
    let there = objects(&sandbox, "two");
    assert_eq!(there.versions.keys().collect::<Vec<_>>(), ["in/a"], "objects with keys of KMS neither");
    assert_eq!(there.current("in/a").unwrap().storage_class, "STANDARD_IA");
    assert_eq!(objects(&sandbox, "one").current("out/a").unwrap().replication, None);
}
