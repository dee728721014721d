//! Whether AWS calls a bucket policy public: whenever it lets in anybody but a fixed set of callers.

use std::net::IpAddr;

use serde_json::Value;

use super::document::{each, statements, strings};
use super::words::base_operator;

/// Condition keys that name a set of callers, in lower case.
const FIXED_KEYS: [&str; 13] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// The operators that can hold such a key to fixed values.
const FIXING_OPERATORS: [&str; 5] =
    ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"];

/// Whether any statement lets in anybody.
pub(super) fn is_public(policy: &Value) -> bool {
    statements(policy).iter().any(|statement| {
        statement["Effect"] == "Allow"
            && !fixed_principal(&statement["Principal"])
            && !fixed_condition(&statement["Condition"])
    })
}

/// Without wildcards, and not federated: everybody can have an account at an identity provider.
fn fixed_principal(principal: &Value) -> bool {
    let mut kinds = each(principal);
    kinds.len() > 0
        && kinds.all(|(kind, who)| kind != "Federated" && strings(who).iter().all(|who| !who.contains('*')))
}

/// All parts of a condition must hold, so that one which fixes the callers is enough.
fn fixed_condition(condition: &Value) -> bool {
    each(condition).any(|(operator, keys)| {
        // Both of these hold too where the key is not there at all.
        if operator.ends_with("IfExists") || operator.starts_with("ForAllValues:") {
            return false;
        }
        let operator = base_operator(operator);
        each(keys).any(|(key, values)| {
            let (key, values) = (key.to_lowercase(), strings(values));
            let fixes = |value: &&str| match operator {
                "IpAddress" => key == "aws:sourceip" && narrow(value),
                // A wildcard in an access point's name leaves its account fixed.
                _ if key == "s3:dataaccesspointarn" => {
                    fixed(value.split("accesspoint/").next().unwrap_or(value))
                }
                _ => fixed(value),
            };
            let known = operator == "IpAddress"
                || (FIXING_OPERATORS.contains(&operator) && FIXED_KEYS.contains(&key.as_str()));
            known && !values.is_empty() && values.iter().all(fixes)
        })
    })
}

/// Neither a wildcard nor a variable, nor nothing at all.
fn fixed(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?']) && !value.contains("${")
}

/// A range of addresses that AWS doesn't take for the whole world.
fn narrow(range: &str) -> bool {
    let (address, bits) = range.split_once('/').unwrap_or((range, "128"));
    match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
        (Ok(IpAddr::V4(_)), Ok(bits)) => bits >= 8,
        (Ok(IpAddr::V6(_)), Ok(bits)) => bits >= 32,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::is_public;

    fn allow(principal: Value, condition: Value) -> bool {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Condition": condition});
        is_public(&json!({"Statement": [statement]}))
    }

    #[test]
    fn fixed_callers_are_not_public() {
        assert!(!allow(json!({"AWS": "arn:aws:iam::123456789012:root"}), json!({})));
        assert!(!allow(json!({"Service": "logging.s3.amazonaws.com"}), json!({})));
        for condition in [
            json!({"StringEquals": {"aws:SourceVpc": "vpc-91237329"}}),
            json!({"StringEquals": {"aws:sourceVpc": ["vpc-91237329", "vpc-2"]}}),
            json!({"StringLike": {"AWS:SOURCEVPCE": "vpce-1"}}),
            json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::a"}}),
            json!({"StringEquals": {"aws:SourceAccount": "123456789012"}, "Bool": {"aws:SecureTransport": "true"}}),
            json!({"ForAnyValue:StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
            json!({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32", "1.2.3.4"]}}),
            json!({"ArnLike": {"s3:DataAccessPointArn": "arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}),
        ] {
            assert!(!allow(json!("*"), condition.clone()), "{condition}");
        }
    }

    #[test]
    fn whoever_can_be_anybody_is_public() {
        for principal in [
            json!("*"),
            json!({"AWS": "*"}),
            json!({"AWS": ["arn:aws:iam::123456789012:root", "*"]}),
            json!({"Federated": "graph.facebook.com"}),
            Value::Null,
        ] {
            assert!(allow(principal.clone(), json!({})), "{principal}");
        }
        for condition in [
            json!({"StringLike": {"aws:SourceVpc": "vpc-*"}}),
            json!({"StringEquals": {"aws:SourceVpc": ""}}),
            json!({"StringEquals": {"aws:SourceVpc": []}}),
            json!({"StringEquals": {"aws:SourceVpc": ["vpc-1", "${aws:SourceVpc}"]}}),
            json!({"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}),
            json!({"StringNotEquals": {"aws:SourceVpc": "vpc-1"}}),
            json!({"ForAllValues:StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
            json!({"StringEquals": {"aws:Referer": "example.com"}}),
            json!({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}),
        ] {
            assert!(allow(json!("*"), condition.clone()), "{condition}");
        }
    }

    #[test]
    fn one_public_statement_makes_the_policy_public_but_a_refusal_does_not() {
        let closed = json!({"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}});
        let open = json!({"Effect": "Allow", "Principal": "*"});
        let deny = json!({"Effect": "Deny", "Principal": "*"});
        assert!(is_public(&json!({"Statement": [closed, open]})));
        assert!(!is_public(&json!({"Statement": [closed, deny]})));
        assert!(is_public(&json!({"Statement": open})));
    }
}
