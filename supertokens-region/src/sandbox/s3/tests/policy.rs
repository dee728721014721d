use aws_sdk_s3::types::PublicAccessBlockConfiguration;
use serde_json::{Value, json};

use super::*;

/// What may be wrong is put over a statement that AWS takes.
fn statement(change: Value) -> Value {
    let mut statement = json!({
        "Sid": "Read",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": ["arn:aws:s3:::one/*", "arn:aws:s3:::one"],
        "Condition": {"StringEquals": {"aws:sourceVpc": "vpc-1"}},
    });
    let (Value::Object(change), Some(members)) = (change, statement.as_object_mut()) else { unreachable!() };
    for (name, value) in change {
        if value.is_null() {
            members.remove(&name)
        } else {
            members.insert(name, value)
        };
    }
    statement
}

fn document(change: Value) -> String {
    json!({"Version": "2012-10-17", "Statement": [statement(change)]}).to_string()
}

/// Puts a policy: nothing, or the code and message of the refusal.
async fn put(aws: &Aws, policy: &str) -> Option<(String, String)> {
    let answer = aws.s3(R).put_bucket_policy().bucket("one").policy(policy).send().await;
    let error = answer.err()?;
    let meta = error.as_service_error()?.meta().clone();
    Some((meta.code()?.to_owned(), meta.message()?.to_owned()))
}

async fn refused(aws: &Aws, policy: &str, message: &str) {
    let refusal = put(aws, policy).await.unwrap_or_else(|| panic!("accepted: {policy}"));
    assert_eq!(refusal, ("MalformedPolicy".to_owned(), message.to_owned()), "{policy}");
}

#[tokio::test]
async fn get_bucket_policy_when_absent_is_refused() {
    let (_, aws) = with_one().await;
    let answer = aws.s3(R).get_bucket_policy().bucket("one").send().await;
    assert_eq!(answer.as_ref().unwrap_err().raw_response().unwrap().status().as_u16(), 404);
    assert_eq!(code(answer), "NoSuchBucketPolicy");
    assert_eq!(code(aws.s3(R).get_bucket_policy_status().bucket("one").send().await), "NoSuchBucketPolicy");
}

#[tokio::test]
async fn put_bucket_policy_reads_back_without_whitespace_and_with_accounts_as_arns() {
    let (_, aws) = with_one().await;
    let principal = json!({"Principal": {"AWS": ["123456789012", "arn:aws:iam::123456789012:role/r"]}});
    let pretty: Value = serde_json::from_str(&document(principal)).unwrap();
    assert_eq!(put(&aws, &serde_json::to_string_pretty(&pretty).unwrap()).await, None);
    let answer = aws.s3(R).get_bucket_policy().bucket("one").send().await.unwrap();
    let root = json!({"AWS": ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/r"]});
    assert_eq!(answer.policy(), Some(document(json!({"Principal": root})).as_str()));
}

#[tokio::test]
async fn vpc_conditioned_policy_is_accepted_under_block_public_policy_and_is_not_public() {
    let (_, aws) = with_one().await;
    assert_eq!(put(&aws, &document(json!({}))).await, None);
    let status = aws.s3(R).get_bucket_policy_status().bucket("one").send().await.unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(false));
}

#[tokio::test]
async fn really_public_policy_is_refused_under_block_public_policy_and_changes_nothing() {
    let (sandbox, aws) = with_one().await;
    let before = sandbox.world().s3.clone();
    let open = [
        json!({}),
        json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}),
        json!({"StringEquals": {"aws:SourceVpc": ""}}),
    ];
    for condition in open {
        let (code, _) = put(&aws, &document(json!({"Condition": condition}))).await.unwrap();
        assert_eq!(code, "AccessDenied");
    }
    assert_eq!(sandbox.world().s3, before);
}

#[tokio::test]
async fn really_public_policy_is_accepted_without_the_block_and_is_public() {
    let (_, aws) = with_one().await;
    let none = PublicAccessBlockConfiguration::builder().build();
    let call = aws.s3(R).put_public_access_block().bucket("one");
    call.public_access_block_configuration(none).send().await.unwrap();
    assert_eq!(put(&aws, &document(json!({"Condition": null}))).await, None);
    let status = aws.s3(R).get_bucket_policy_status().bucket("one").send().await.unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(true));
}

#[tokio::test]
async fn put_bucket_policy_malformed_with_smart_quotes_is_refused() {
    let (_, aws) = with_one().await;
    let smart = document(json!({})).replacen('"', "\u{201c}", 1).replacen('"', "\u{201d}", 1);
    refused(&aws, &smart, "This policy contains invalid Json").await;
    let first = "Policies must be valid JSON and the first byte must be '{'";
    for text in ["\u{201c}", "[]", " {}", ""] {
        refused(&aws, text, first).await;
    }
}

#[tokio::test]
async fn put_bucket_policy_for_a_foreign_resource_is_refused() {
    let (_, aws) = with_one().await;
    for resource in ["arn:aws:s3:::two/*", "arn:aws:s3:::on*", "arn:aws:s3:::one-more/*", "*", "one/*", ""] {
        refused(&aws, &document(json!({"Resource": resource})), "Policy has invalid resource").await;
    }
    assert_eq!(put(&aws, &document(json!({"Resource": "arn:aws:s3:::one*"}))).await, None);
}

#[tokio::test]
async fn put_bucket_policy_whose_action_does_not_apply_to_its_resource_is_refused() {
    let (_, aws) = with_one().await;
    let message = "Action does not apply to any resource(s) in statement";
    refused(&aws, &document(json!({"Resource": "arn:aws:s3:::one"})), message).await;
    let both = json!({"Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "arn:aws:s3:::one/*"});
    refused(&aws, &document(both), message).await;
    for action in ["s3:*", "s3:Get*", "s3:getbucketacl", "*"] {
        let fits = json!({"Action": action, "Resource": "arn:aws:s3:::one"});
        assert_eq!(put(&aws, &document(fits)).await, None, "{action}");
    }
}

#[tokio::test]
async fn put_bucket_policy_with_bad_members_is_refused() {
    let (sandbox, aws) = with_one().await;
    let twice = json!({"Statement": [statement(json!({})), statement(json!({}))]}).to_string();
    for (policy, message) in [
        (json!({"Statement": []}).to_string(), "Could not parse the policy: Statement is empty!"),
        (json!({"Version": "2012-10-17"}).to_string(), "Missing required field Statement"),
        (json!({"Version": "2021-10-17"}).to_string(), "The policy must contain a valid version string"),
        (json!({"Version": "2012-10-17", "Rule": 1}).to_string(), "Unknown field Rule"),
        (twice, "Statement IDs (SID) in a single policy must be unique."),
    ] {
        refused(&aws, &policy, message).await;
    }
    let outside = json!({"StringEquals": {"s3:prefix": "a"}});
    for (change, message) in [
        (json!({"Effect": null}), "Missing required field Effect"),
        (json!({"Effect": "Perhaps"}), "Invalid effect: Perhaps"),
        (json!({"Principal": null}), "Missing required field Principal"),
        (json!({"Principal": "somebody"}), "Invalid principal in policy"),
        (json!({"Principal": {"AWS": "arn:aws:iam::123456789012:role/*"}}), "Invalid principal in policy"),
        (json!({"Principal": {"Service": "s3.example.com"}}), "Invalid principal in policy"),
        (json!({"Action": null}), "Missing required field Action"),
        (json!({"Action": "s3:GetObjekt"}), "Policy has invalid action"),
        (json!({"Action": "sns:Publish"}), "Policy has invalid action"),
        (json!({"Resource": null}), "Missing required field Resource"),
        (json!({"Ressource": "*"}), "Unknown field Ressource"),
        (json!({"Condition": {"StringIs": {"aws:SourceVpc": "vpc-1"}}}), "Invalid Condition type : StringIs"),
        (json!({"Condition": {"StringEquals": {"aws:Vpc": "vpc-1"}}}), "Policy has an invalid condition key"),
        (json!({"Condition": {"IpAddress": {"aws:SourceIp": "1.2.3"}}}), "Invalid IP address in Conditions"),
        (
            json!({"Condition": outside}),
            "Conditions do not apply to combination of actions and resources in statement",
        ),
    ] {
        refused(&aws, &document(change), message).await;
    }
    assert_eq!(sandbox.world().s3.buckets["one"].policy, None);
}

#[tokio::test]
async fn put_bucket_policy_of_more_than_20_kb_is_refused() {
    let (_, aws) = with_one().await;
    let long = document(json!({"Sid": "a".repeat(20 * 1024)}));
    assert_eq!(put(&aws, &long).await.unwrap().0, "PolicyTooLarge");
}

#[tokio::test]
async fn put_bucket_policy_that_lets_logs_in_is_accepted() {
    let (_, aws) = with_one().await;
    let account = "123456789012";
    let access = json!({
        "Sid": "S3ServerAccessLogsPolicy",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::one/saas*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"},
            "StringEquals": {"aws:SourceAccount": account},
        },
    });
    let flow = json!({
        "Sid": "AWSLogDeliveryWrite",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::one/vpc-flow-logs/AWSLogs/{account}/*"),
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account, "s3:x-amz-acl": "bucket-owner-full-control"},
            "ArnLike": {"aws:SourceArn": format!("arn:aws:logs:{R}:{account}:*")},
        },
    });
    let check = json!({
        "Sid": "AWSLogDeliveryAclCheck",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:ListBucket"],
        "Resource": "arn:aws:s3:::one",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    });
    let policy = json!({"Version": "2012-10-17", "Statement": [access, flow, check]}).to_string();
    assert_eq!(put(&aws, &policy).await, None);
}
