use aws_sdk_s3::types::EncodingType;

use super::*;

fn keys(output: &aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output) -> Vec<&str> {
    output.contents().iter().filter_map(|object| object.key()).collect()
}

#[tokio::test]
async fn list_objects_of_2500_gives_a_thousand_a_page() {
    let (sandbox, aws) = with_two();
    for number in 0..2500 {
        put(&sandbox, "one", &format!("{number:04}"), object("x"));
    }
    let list = || aws.s3(R).list_objects_v2().bucket("one");
    let mut pages = list().max_keys(5000).into_paginator().send();
    let (mut sizes, mut all) = (vec![], vec![]);
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        sizes.push(page.key_count().unwrap());
        all.extend(keys(&page).into_iter().map(str::to_owned));
    }
    assert_eq!(sizes, [1000, 1000, 500]);
    assert!(all.len() == 2500 && all.is_sorted());
    assert_eq!(code(list().continuation_token("made up").send().await), "InvalidArgument");
}

#[tokio::test]
async fn list_objects_with_delimiter_start_after_and_odd_keys() {
    let (sandbox, aws) = with_two();
    for key in ["a", "b/1", "b/2", "c", "d/a b+c&ü.txt"] {
        put(&sandbox, "one", key, object("x"));
    }
    sandbox.world().s3.buckets.get_mut("one").unwrap().objects.delete("c", 0);
    let list = || aws.s3(R).list_objects_v2().bucket("one");
    assert_eq!(keys(&list().prefix("d/").send().await.unwrap()), ["d/a b+c&ü.txt"]);
    assert_eq!(keys(&list().start_after("b/1").send().await.unwrap()), ["b/2", "d/a b+c&ü.txt"]);
    let encoded = list().prefix("d/").encoding_type(EncodingType::Url).send().await.unwrap();
    assert_eq!(keys(&encoded), ["d/a+b%2Bc%26%C3%BC.txt"]);
    let mut groups = list().delimiter("/").max_keys(1).into_paginator().send();
    let mut seen = vec![];
    while let Some(page) = groups.next().await {
        let page = page.unwrap();
        seen.extend(keys(&page).into_iter().map(str::to_owned));
        seen.extend(page.common_prefixes().iter().filter_map(|group| group.prefix().map(str::to_owned)));
    }
    assert_eq!(seen, ["a", "b/", "d/"], "a deleted object is not listed");
}

#[tokio::test]
async fn versions_are_listed_by_key_with_the_newest_first() {
    let (sandbox, aws) = with_two();
    for (key, text) in [("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")] {
        put(&sandbox, "one", key, object(text));
    }
    sandbox.world().s3.buckets.get_mut("one").unwrap().objects.delete("b", 0);
    let (mut seen, mut key, mut version) = (vec![], None, None);
    loop {
        let call = aws.s3(R).list_object_versions().bucket("one").max_keys(2);
        let page = call.set_key_marker(key).set_version_id_marker(version).send().await.unwrap();
        let text = |tag: Option<&str>| if tag == Some(&*quoted_of("1")) { "1" } else { "2" };
        seen.extend(page.versions().iter().map(|version| {
            format!("{} {} {}", version.key().unwrap(), text(version.e_tag()), version.is_latest().unwrap())
        }));
        seen.extend(
            page.delete_markers()
                .iter()
                .map(|it| format!("{} gone {}", it.key().unwrap(), it.is_latest().unwrap())),
        );
        if page.is_truncated() != Some(true) {
            break;
        }
        key = page.next_key_marker().map(str::to_owned);
        version = page.next_version_id_marker().map(str::to_owned);
    }
    assert_eq!(seen, ["a 2 true", "a 1 false", "b 1 false", "b gone true", "c 1 true"]);
    let marker = aws.s3(R).list_object_versions().bucket("one").version_id_marker("x").send().await;
    assert_eq!(code(marker), "InvalidArgument");
}

fn quoted_of(text: &str) -> String {
    format!("\"{}\"", object(text).etag)
}
