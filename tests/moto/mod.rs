//! The second judge: `moto`, an AWS by other people, as a server of its own that speaks real HTTP.
//!
//! What the sandbox says of AWS is what we believe; here the same calls meet somebody else's belief. `server.py` says
//! what stands between moto and the SDK, `requirements.txt` which moto it is. The first start on a machine installs it
//! under the target folder, with `python3` and the network; nothing is skipped where one of them is missing.

mod round_trip;
mod venv;

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

/// The account of whoever calls: moto's only one.
pub const ACCOUNT: &str = "123456789012";
/// What moto takes for that account's, as it takes any key that it didn't make itself.
const ACCESS_KEY: &str = "AKIAMOTO";
const SECRET_KEY: &str = "moto";
/// A server is there within a second or two; the very first one compiles its Python, beside all the other tests.
const START: Duration = Duration::from_secs(120);
/// The server ends at once when its input closes.
const END: Duration = Duration::from_secs(5);

/// A running moto with an untouched account, which ends with this value.
pub struct Moto {
    endpoint: String,
    child: Child,
}

impl Moto {
    /// Starts a server on a port of its own; installs moto before where this machine hasn't got it.
    ///
    /// # Panics
    /// When there is no Python, moto can't be installed, or the server doesn't come up.
    pub fn start() -> Self {
        let mut command = Command::new(venv::python());
        // Isolated from the Python packages and settings of whoever runs the tests, and from their AWS account.
        command.args(["-I", concat!(env!("CARGO_MANIFEST_DIR"), "/moto/server.py")]);
        for (name, _) in std::env::vars_os() {
            if ["AWS_", "MOTO_"].iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        // AWS's own policies (`arn:aws:iam::aws:policy/...`) exist, so that a role can have one.
        command.env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true");
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap_or_else(|error| {
                panic!("failed to run `{command:?}`: {error}");
            });
        let stdout = child.stdout.take().expect("it is piped");
        let port = port(stdout).unwrap_or_else(|| {
            // Here too it ends by its input, and not in the middle of something it still has to say.
            drop(child.stdin.take());
            panic!(
                "`{command:?}` never said where it listens; what it said instead stands above\n{}",
                venv::HINT
            );
        });
        Self { endpoint: format!("http://127.0.0.1:{port}"), child }
    }

    /// The configuration that leads a client, or `supertokens_region::Aws`, here.
    pub fn config(&self, region: &str) -> SdkConfig {
        let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "moto");
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(&self.endpoint)
            // As the SDK's own, but for the proxy of `HTTP_PROXY`: nothing beyond this machine finds the server.
            .http_client(
                aws_smithy_http_client::Builder::new()
                    .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
                    .build_https(),
            )
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build()
    }

    /// The environment that leads a program here and keeps it from the configuration of whoever runs the tests. To be
    /// set on a cleared one: a profile, a proxy or an endpoint of a single service would count for more than these.
    pub fn env(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ]
    }
}

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let patience = Instant::now() + END;
        while let Ok(None) = self.child.try_wait() {
            if Instant::now() > patience {
                // Either fails only where the server has ended meanwhile.
                let _ = self.child.kill();
                let _ = self.child.wait();
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The port in the server's first line, if it comes in time.
fn port(stdout: ChildStdout) -> Option<u16> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        let read = BufReader::new(stdout).read_line(&mut line);
        tell.send(read.map(|_| line))
    });
    let line = told.recv_timeout(START).ok()?.ok()?;
    line.trim_end().strip_prefix("listening on ")?.parse().ok()
}
