use std::sync::{Arc, Mutex};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{HttpClient, HttpConnectorFuture, HttpConnectorSettings};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use sha2::{Digest, Sha256};

use super::*;
use crate::sandbox::lambda::{Code, Configuration, Function, LambdaRegion};
use crate::sandbox::{Blob, Sandbox, World};

const R: &str = "ap-south-1";

/// A world with a function of this code, and a link to it.
async fn linked(code: Blob) -> (Sandbox, Aws, String) {
    let sandbox = Sandbox::new(World::default());
    let aws = Aws::sandbox(&sandbox);
    let function = Function::new(Configuration::default(), Code::Zip(code));
    let functions = [("f".to_owned(), function)].into();
    let region = LambdaRegion { functions, ..LambdaRegion::default() };
    sandbox.world().lambda.regions.insert(R.to_owned(), region);
    let answer = aws.lambda(R).get_function().function_name("f").send().await.unwrap();
    let link = answer.code().unwrap().location().unwrap().to_owned();
    (sandbox, aws, link)
}

async fn fetched(mut download: Download) -> (u64, String) {
    let (mut length, mut digest) = (0, Sha256::new());
    while let Some(bytes) = download.next().await.unwrap() {
        length += bytes.len() as u64;
        digest.update(&bytes);
    }
    (length, digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[tokio::test]
async fn a_link_gives_the_bytes_of_what_it_leads_to() {
    let code = Blob::pattern(1_000_001);
    let (_, aws, link) = linked(code.clone()).await;
    let download = aws.download(&link, R).await.unwrap();
    assert_eq!(download.length(), Some(1_000_001));
    assert_eq!(fetched(download).await, (1_000_001, code.sha256()));
}

#[tokio::test]
async fn a_link_that_expired_or_was_changed_is_told_so_and_nothing_tells_the_link() {
    let (sandbox, aws, link) = linked(b"PK".to_vec().into()).await;
    let calls: Arc<Mutex<Vec<CallRecord>>> = Arc::default();
    let log = calls.clone();
    aws.on_call(move |call| log.lock().unwrap().push(call.clone()));
    let forged = aws.download(&format!("{link}0"), R).await.unwrap_err();
    assert_eq!(forged.code(), Some("SignatureDoesNotMatch"));
    sandbox.world().clock += 600;
    let expired = aws.download(&link, R).await.unwrap_err();
    assert_eq!(expired.code(), Some(EXPIRED));
    let none = aws.download("no link at all", R).await.unwrap_err();
    assert!(none.code().is_some());
    let told = format!("{forged:?} {forged} {expired:?} {expired} {none} {:?}", calls.lock().unwrap());
    for secret in ["X-Amz-Signature", "functions/f", "awslambda"] {
        assert!(!told.contains(secret), "{told}");
    }
    assert_eq!(calls.lock().unwrap().iter().filter(|call| call.operation == "GetObject").count(), 2);
}

#[test]
fn with_an_endpoint_a_link_is_asked_for_there_with_the_bucket_in_the_path() {
    let at = |link| through("http://localhost:5000/", link).unwrap();
    for (link, path) in [
        (
            "https://awslambda-us-east-1-tasks.s3.us-east-1.amazonaws.com/a/b?X-Amz-Date=1",
            "awslambda-us-east-1-tasks/a/b?X-Amz-Date=1",
        ),
        ("https://my.s3.bucket.s3.us-east-1.amazonaws.com/a", "my.s3.bucket/a"),
        ("https://bucket.s3-us-west-2.amazonaws.com/a", "bucket/a"),
        ("https://bucket.s3.amazonaws.com:443/a", "bucket/a"),
        ("https://bucket.s3.cn-north-1.amazonaws.com.cn/a", "bucket/a"),
        ("https://s3.us-east-1.amazonaws.com/bucket/a", "bucket/a"),
        ("http://localhost:5000/bucket/a", "bucket/a"),
        ("http://other:4566/bucket/a?b=c", "bucket/a?b=c"),
    ] {
        assert_eq!(at(link), format!("http://localhost:5000/{path}"), "{link}");
    }
    assert_eq!(through("http://localhost:5000", "nonsense"), None);
}

/// A connector that answers what it is told, one after the other.
#[derive(Clone, Debug)]
struct Answers(Arc<Mutex<Vec<u16>>>, Arc<Mutex<Vec<String>>>);

impl HttpConnector for Answers {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.1.lock().unwrap().push(request.uri().to_owned());
        let status = self.0.lock().unwrap().pop().unwrap_or(200);
        let response = HttpResponse::new(status.try_into().unwrap(), SdkBody::from("content"));
        HttpConnectorFuture::ready(Ok(response))
    }
}

#[tokio::test(start_paused = true)]
async fn it_is_tried_again_before_the_first_byte_but_not_for_ever() {
    let aws = Aws::sandbox(&Sandbox::new(World::default()));
    for (answers, tried, ends) in [(vec![503, 500], 3, true), (vec![503; 9], 5, false), (vec![404], 1, false)]
    {
        let asked = Arc::default();
        let connector = SharedHttpConnector::new(Answers(Arc::new(Mutex::new(answers)), Arc::clone(&asked)));
        let answer = aws.open_at_last(&connector, "https://b.s3.amazonaws.com/k", R).await;
        assert_eq!((asked.lock().unwrap().len(), answer.is_ok()), (tried, ends));
    }
}

/// What stands for AWS at an endpoint of its own, and notes what it is asked.
#[derive(Clone, Debug, Default)]
struct StandIn(Arc<Mutex<Vec<String>>>);

impl HttpConnector for StandIn {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request.uri().to_owned());
        let identity = "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn>\
                        <Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
        let body = if request.method() == "GET" { "content" } else { identity };
        HttpConnectorFuture::ready(Ok(HttpResponse::new(200.try_into().unwrap(), SdkBody::from(body))))
    }
}

impl HttpClient for StandIn {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

#[tokio::test]
async fn a_link_that_a_stand_in_gives_is_never_followed_to_the_real_host() {
    let stand_in = StandIn::default();
    let credentials = Credentials::new("AKIASANDBOX", "sandbox", None, None, "test");
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(stand_in.clone())
        .endpoint_url("http://localhost:5000")
        .build();
    let aws = Aws::new(config);
    let link = "https://awslambda-ap-south-1-tasks.s3.ap-south-1.amazonaws.com/f?X-Amz-Signature=s";
    let mut download = aws.download(link, R).await.unwrap();
    assert_eq!(download.next().await.unwrap().as_deref(), Some(&b"content"[..]));
    assert_eq!(download.next().await.unwrap(), None);
    let asked = stand_in.0.lock().unwrap().clone();
    assert!(asked.iter().all(|uri| uri.starts_with("http://localhost:5000/")), "{asked:?}");
    assert_eq!(asked.last().unwrap(), "http://localhost:5000/awslambda-ap-south-1-tasks/f?X-Amz-Signature=s");
}
