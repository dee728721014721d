use aws_sdk_resourcegroupstagging::types::TagFilter;

use crate::sandbox::lambda::{Code, Configuration, Function};
use crate::sandbox::testing::*;

/// A world with so many functions, every third without a tag.
fn world(functions: usize) -> (crate::Sandbox, crate::Aws) {
    let (sandbox, aws) = sandbox();
    let here = &mut sandbox.world().lambda.regions;
    for number in 0..functions {
        let mut function = Function::new(Configuration::default(), Code::default());
        if number % 3 != 2 {
            function.tags.insert("number".to_owned(), number.to_string());
        }
        here.entry(R.to_owned()).or_default().functions.insert(format!("f{number:03}"), function);
    }
    (sandbox.clone(), aws)
}

#[tokio::test]
async fn get_resources_gives_the_tagged_functions_page_by_page() {
    let (_sandbox, aws) = world(300);
    let list = aws.tag(R).get_resources().resource_type_filters("lambda:function");
    let first = list.clone().send().await.unwrap();
    assert_eq!(first.resource_tag_mapping_list().len(), 50);
    let mut pages = list.clone().resources_per_page(100).into_paginator().send();
    let (mut sizes, mut last) = (vec![], None);
    while let Some(page) = pages.try_next().await.unwrap() {
        sizes.push(page.resource_tag_mapping_list().len());
        last = page.resource_tag_mapping_list().last().cloned();
    }
    assert_eq!(sizes, [100, 100]);
    let last = last.unwrap();
    assert_eq!(last.resource_arn(), Some("arn:aws:lambda:ap-south-1:123456789012:function:f298"));
    assert_eq!((last.tags()[0].key(), last.tags()[0].value()), ("number", "298"));
    let end = list.clone().resources_per_page(100).pagination_token("next-100").send().await.unwrap();
    assert_eq!(end.pagination_token(), Some(""), "after the last page");
    let one = TagFilter::builder().key("number").values("7").values("8").build();
    assert_eq!(list.tag_filters(one).send().await.unwrap().resource_tag_mapping_list().len(), 1);
    let elsewhere = aws.tag("us-east-1").get_resources().resource_type_filters("lambda:function");
    assert!(elsewhere.send().await.unwrap().resource_tag_mapping_list().is_empty());
}

#[tokio::test]
async fn get_resources_refuses_what_aws_refuses() {
    let (_sandbox, aws) = world(1);
    let list = aws.tag(R).get_resources().resource_type_filters("lambda:function");
    for refused in [
        list.clone().resources_per_page(101),
        list.clone().resources_per_page(0),
        list.clone().tags_per_page(150),
        list.clone().pagination_token("made up"),
        list.clone().exclude_compliant_resources(true),
    ] {
        assert_eq!(code(refused.send().await), "InvalidParameterException");
    }
    assert_eq!(code(aws.tag(R).get_resources().resource_type_filters("ec2").send().await), "NotImplemented");
}
