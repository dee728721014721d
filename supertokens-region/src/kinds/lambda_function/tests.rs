use serde_json::json;

use super::parts::Permission;
use super::*;
use crate::address::Ref;

fn messages(function: &LambdaFunction) -> Vec<String> {
    function.check().into_iter().map(|invalid| invalid.message).collect()
}

#[test]
fn what_aws_would_refuse_is_told_without_asking_it() {
    let good = || lambda_function("f").runtime("nodejs22.x").handler("index.handler").role("r");
    assert_eq!(
        messages(&good().timeout_secs(900).environment("KEY", "v").url("$LATEST", "AWS_IAM")),
        [""; 0]
    );
    for (function, message) in [
        (lambda_function("a b"), "`a b` is not a name that a function can have"),
        (good().timeout_secs(901), "901 seconds, where AWS takes 1 to 900"),
        (good().memory_mib(64), "64 mebibytes of memory, where AWS takes 128 to 10240"),
        (good().ephemeral_storage_mib(1), "1 mebibytes of /tmp, where AWS takes 512 to 10240"),
        (good().architecture("mips"), "`mips` is no architecture that AWS has"),
        (good().tracing("Sometimes"), "`Sometimes` is no tracing mode that AWS has"),
        (good().log_levels("WARN", "WARN"), "log levels are for the format `JSON` only"),
        (good().role("arn:aws:iam::1:role/r"), "a role is named without its ARN, and is of this account"),
        (good().handler("a b"), "`a b` is no handler"),
        (good().environment("K", "v"), "`K` is not a name that a variable can have"),
        (good().environment("AWS_REGION", "v"), "the variable `AWS_REGION` is set by Lambda itself"),
        (good().layer("common"), "`common` is not the ARN of a layer's version"),
        (good().group("g"), "it is in a VPC, and nothing says in which here"),
        (good().alias("12"), "`12` is not a name that an alias can have"),
        (good().url("live", "AWS_IAM"), "a URL leads to `live`, which is no alias of it"),
        (good().url("$LATEST", "ALL"), "`ALL` is no authentication of URLs that AWS has"),
        (good().retries(3, 60), "3 tries more, where AWS takes 0 to 2"),
    ] {
        assert_eq!(messages(&function), [message]);
    }
    let long = good().environment("KEY", &"secret".repeat(700));
    assert_eq!(messages(&long), ["its variables have 4210 bytes together, where AWS takes 4096"]);
}

#[test]
fn the_values_of_variables_are_told_by_their_hash() {
    let function = lambda_function("f").environment("KEY", "hunter2");
    let told = format!("{function:?} {}", serde_json::to_string(&function).unwrap());
    assert!(!told.contains("hunter2") && told.contains("sha256:"), "{told}");
}

#[test]
fn permissions_are_told_as_one_text_and_come_back() {
    for (statement, told) in [
        (
            json!({"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunctionUrl",
                "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}}}),
            "lambda:InvokeFunctionUrl for * if lambda:FunctionUrlAuthType = NONE",
        ),
        (
            json!({"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "lambda:InvokeFunction",
                "Condition": {"StringEquals": {"AWS:SourceAccount": "1"}, "ArnLike": {"aws:SourceArn": "arn"}}}),
            "lambda:InvokeFunction for s3.amazonaws.com if AWS:SourceAccount = 1 and AWS:SourceArn = arn",
        ),
    ] {
        let permission = Permission::told(&statement);
        assert_eq!(permission.to_string(), told);
        assert!(permission.can_be_made());
        assert_eq!(Permission::from(told.to_owned()), permission);
    }
    for other in [
        json!({"Effect": "Deny", "Principal": "*", "Action": "lambda:InvokeFunction"}),
        json!({"Effect": "Allow", "Principal": "*", "Action": ["lambda:InvokeFunction"]}),
        json!({"Effect": "Allow", "Principal": {"AWS": ["a", "b"]}, "Action": "lambda:InvokeFunction"}),
        json!({"Effect": "Allow", "Principal": "*", "Action": "lambda:InvokeFunction",
            "Condition": {"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}}),
    ] {
        assert!(!Permission::told(&other).can_be_made(), "{other}");
    }
}

#[test]
fn a_function_that_is_being_made_or_changed_is_told_from_a_thing_that_is_there_already() {
    let refused = |code: &str, message: &str| {
        let [code, message] = [code, message].map(str::to_owned);
        crate::Error::Refused(Box::new(crate::error::Refusal {
            code,
            message,
            ..crate::error::Refusal::default()
        }))
    };
    let pending = "The operation cannot be performed at this time. The function is currently in the following state: Pending";
    assert!(syncing::is_busy(&refused("ResourceConflictException", pending)));
    assert!(!syncing::is_busy(&refused("ResourceConflictException", "Alias already exists: f:live")));
    assert!(!syncing::is_busy(&refused("InvalidParameterValueException", pending)));
}

#[test]
fn the_bucket_is_needed_for_large_packages_only() {
    let mut function = lambda_function("f").zip(b"PK".to_vec()).through(Ref::new("b"));
    assert!(function.needs().is_empty());
    if let Some(code) = &mut function.code {
        code.size = code::IN_A_CALL + 1;
    }
    let needs: Vec<_> = function.needs().iter().map(ToString::to_string).collect();
    assert_eq!(needs, ["bucket/b"]);
}

#[test]
fn a_url_for_everybody_comes_with_both_permissions() {
    let function = lambda_function("f").alias("live").url("live", "NONE");
    let ids: Vec<_> = function.permissions["live"].keys().cloned().collect();
    assert_eq!(ids, ["FunctionURLAllowPublicAccess", "FunctionURLInvokeAllowPublicAccess"]);
}

#[cfg(feature = "sandbox")]
mod secrets;
