//! What is judged of Lambda on `moto`: functions that the tool makes, and that the standard script finds there. There are
//! none in the reference: moto's links to code lead nowhere, and it has no list of URLs and none of executions that are kept
//! ready. For copies the sandbox stands.

use supertokens_region::sandbox::iam::Role;
use supertokens_region::{Aws, Opening, Region, World, lambda_function};

/// The role that the functions run as, which the tool only looks up.
const ROLE: &str = "functions";
const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;
/// A zip file with nothing in it.
const EMPTY: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The role, by IAM's own API.
pub async fn make_role(aws: &Aws) {
    let role = aws.iam("us-east-1").create_role().role_name(ROLE).assume_role_policy_document(TRUST);
    role.send().await.unwrap();
}

/// The same world with the role, where there is no such API.
pub fn with_role(mut world: World) -> World {
    world.iam.roles.insert(ROLE.to_owned(), Role::new(TRUST));
    world
}

/// Two functions of the target, made by the tool; looked at again, they are as wanted.
pub async fn seed(aws: &Aws, region: &str) {
    let mut wanted = Region::new(region);
    for name in ["resize", "notify"] {
        let function = lambda_function(name).runtime("nodejs22.x").handler("index.handler").role(ROLE);
        let function = function.timeout_secs(10).environment("KEY", "value").tag("a", "b");
        wanted.add(function.zip(EMPTY.to_vec()));
    }
    for done in ["Created", "Kept"] {
        let report = Opening::discover(&wanted, aws).await.unwrap().apply(|_| ()).await.unwrap();
        let outcomes: Vec<_> = report.results.iter().map(|done| format!("{:?}", done.outcome)).collect();
        assert_eq!(outcomes, [done; 2], "{}", report.text());
    }
}
