//! What Lambda keeps.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sandbox::Blob;

/// What is in Lambda, in all regions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lambda {
    /// By region.
    pub regions: BTreeMap<String, LambdaRegion>,
    /// How it answers, whatever is in it.
    #[serde(default)]
    pub settings: super::Settings,
}

/// What is in Lambda in one region.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LambdaRegion {
    /// Functions, by name.
    pub functions: BTreeMap<String, Function>,
    /// Layers, by name.
    pub layers: BTreeMap<String, Layer>,
    /// Event source mappings, by UUID.
    pub event_source_mappings: BTreeMap<String, EventSourceMapping>,
}

/// A function with its versions and what hangs on it. The empty qualifier is the function without one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// The version that is worked on, `$LATEST`.
    pub latest: FunctionVersion,
    /// The published versions, by number.
    pub versions: BTreeMap<u64, FunctionVersion>,
    /// The highest number that was ever given: numbers of deleted versions don't come back.
    #[serde(default)]
    pub last_version: u64,
    /// Aliases, by name.
    pub aliases: BTreeMap<String, Alias>,
    /// Who may invoke it, by qualifier.
    pub policies: BTreeMap<String, Policy>,
    /// Its URLs, by qualifier.
    pub urls: BTreeMap<String, FunctionUrl>,
    /// What happens with asynchronous invocations, by qualifier.
    pub invoke_configs: BTreeMap<String, InvokeConfig>,
    /// Executions that are set aside for it.
    pub reserved_concurrency: Option<i32>,
    /// Executions that are kept ready, by version or alias.
    #[serde(default)]
    pub provisioned_concurrency: BTreeMap<String, i32>,
    /// ARN of the rules on who may have signed its code.
    #[serde(default)]
    pub code_signing: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Function {
    /// A function with this configuration and code, and nothing around it.
    #[must_use]
    pub fn new(configuration: Configuration, code: Code) -> Self {
        Self {
            latest: FunctionVersion { configuration, code, ..FunctionVersion::default() },
            ..Self::default()
        }
    }
}

/// A version of a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FunctionVersion {
    /// How it runs.
    pub configuration: Configuration,
    /// What it runs.
    pub code: Code,
    /// How often it was changed: what AWS's revision id is made of here.
    pub revision: u64,
    /// How many more looks find it on its way still.
    #[serde(default)]
    pub looks_left: u32,
    /// When it was changed last, seconds since 1970.
    pub modified_at: i64,
}

/// How a function runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Description.
    pub description: String,
    /// Runtime, such as `nodejs20.x`. An image has none.
    pub runtime: Option<String>,
    /// Where the code is entered. An image has none.
    pub handler: Option<String>,
    /// ARN of the role that it runs as.
    pub role: String,
    /// Seconds that it may run.
    pub timeout: i32,
    /// Mebibytes of memory.
    pub memory_size: i32,
    /// Mebibytes of `/tmp`.
    pub ephemeral_storage: i32,
    /// `x86_64` or `arm64`.
    pub architectures: Vec<String>,
    /// Environment variables. May hold secrets.
    pub environment: BTreeMap<String, String>,
    /// The error code with which AWS tells that it can't decrypt them.
    pub environment_error: Option<String>,
    /// ARN of the key of the environment.
    pub kms_key_arn: Option<String>,
    /// ARNs of layer versions.
    pub layers: Vec<String>,
    /// The VPC that it is in.
    pub vpc: Option<VpcAccess>,
    /// ARN of the queue or topic for events that could not be handled.
    pub dead_letter_target: Option<String>,
    /// `PassThrough` or `Active`.
    pub tracing_mode: String,
    /// `None` or `PublishedVersions`.
    pub snap_start: String,
    /// File systems that it mounts.
    pub file_systems: Vec<FileSystem>,
    /// What an image runs instead of what it says itself.
    pub image_config: Option<ImageConfig>,
    /// How it logs.
    pub logging: Logging,
    /// `Active`, `Pending`, `Inactive` or `Failed`.
    pub state: String,
    /// Why, unless it is active.
    pub state_reason: Option<String>,
    /// AWS's code of why.
    pub state_reason_code: Option<String>,
    /// `Successful`, `InProgress` or `Failed`.
    pub last_update_status: String,
}

impl Default for Configuration {
    /// What AWS gives a function that says no more than it must.
    fn default() -> Self {
        Self {
            description: String::new(),
            runtime: None,
            handler: None,
            role: String::new(),
            timeout: 3,
            memory_size: 128,
            ephemeral_storage: 512,
            architectures: vec!["x86_64".to_owned()],
            environment: BTreeMap::new(),
            environment_error: None,
            kms_key_arn: None,
            layers: vec![],
            vpc: None,
            dead_letter_target: None,
            tracing_mode: "PassThrough".to_owned(),
            snap_start: "None".to_owned(),
            file_systems: vec![],
            image_config: None,
            logging: Logging::default(),
            state: "Active".to_owned(),
            state_reason: None,
            state_reason_code: None,
            last_update_status: "Successful".to_owned(),
        }
    }
}

/// The VPC that a function is in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VpcAccess {
    /// The VPC's id.
    pub vpc_id: String,
    /// Ids of subnets.
    pub subnets: Vec<String>,
    /// Ids of security groups.
    pub security_groups: Vec<String>,
}

/// A file system that a function mounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSystem {
    /// ARN of the access point.
    pub arn: String,
    /// Where it is mounted, under `/mnt/`.
    pub local_mount_path: String,
}

/// What an image runs instead of what it says itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageConfig {
    /// Entry point.
    pub entry_point: Vec<String>,
    /// Command.
    pub command: Vec<String>,
    /// Working directory.
    pub working_directory: Option<String>,
}

/// How a function logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logging {
    /// `Text` or `JSON`.
    pub format: String,
    /// The least level of the application's lines; only with JSON.
    pub application_level: Option<String>,
    /// The least level of the system's lines; only with JSON.
    pub system_level: Option<String>,
    /// The log group, if it is not `/aws/lambda/` and the function's name.
    pub group: Option<String>,
}

impl Default for Logging {
    fn default() -> Self {
        Self { format: "Text".to_owned(), application_level: None, system_level: None, group: None }
    }
}

/// What a function runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// A zip file.
    Zip(Blob),
    /// The URI of a container image.
    Image(String),
}

impl Default for Code {
    fn default() -> Self {
        Self::Zip(Blob::default())
    }
}

impl Code {
    /// A zip file with these bytes.
    #[must_use]
    pub fn zip(bytes: &[u8]) -> Self {
        Self::Zip(bytes.into())
    }

    /// The zip file, as it is kept. An image has none.
    #[must_use]
    pub fn blob(&self) -> Option<&Blob> {
        match self {
            Self::Zip(blob) => Some(blob),
            Self::Image(_) => None,
        }
    }

    /// Whether it looks like a zip file.
    #[must_use]
    pub fn is_zip(&self) -> bool {
        let begin = self.blob().and_then(|blob| blob.part(0, 2).bytes());
        begin.is_none_or(|begin| begin == b"PK")
    }

    /// The zip file's bytes. An image has none.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.blob().and_then(Blob::bytes).unwrap_or_default()
    }

    /// The zip file's size. An image's is 0.
    #[must_use]
    pub fn size(&self) -> i64 {
        i64::try_from(self.blob().map_or(0, Blob::len)).unwrap_or(i64::MAX)
    }

    /// SHA-256 of the zip file, in base64; of an image, in hexadecimal digits as images have it.
    #[must_use]
    pub fn sha256(&self) -> String {
        match self {
            Self::Zip(blob) => STANDARD.encode(blob.sha256_bytes()),
            Self::Image(uri) => Sha256::digest(uri).iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

/// An alias of a version.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    /// The version, a number or `$LATEST`.
    pub version: String,
    /// Description.
    pub description: String,
    /// The share of invocations that other versions get, 0 to 1.
    pub weights: BTreeMap<String, f64>,
    /// How often it was changed.
    pub revision: u64,
}

/// Who may invoke a function.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// The statements of the policy document, by `Sid`.
    pub statements: BTreeMap<String, serde_json::Value>,
    /// How often it was changed.
    pub revision: u64,
}

/// A URL of a function.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionUrl {
    /// `NONE` or `AWS_IAM`.
    pub auth_type: String,
    /// `BUFFERED` or `RESPONSE_STREAM`.
    pub invoke_mode: String,
    /// What browsers may do.
    pub cors: Option<Cors>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
    /// When it was changed last, seconds since 1970.
    pub modified_at: i64,
}

/// What browsers may do with a function's URL.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// Whether credentials may be sent.
    pub allow_credentials: Option<bool>,
    /// Request headers.
    pub allow_headers: Vec<String>,
    /// Methods.
    pub allow_methods: Vec<String>,
    /// Origins.
    pub allow_origins: Vec<String>,
    /// Answer headers.
    pub expose_headers: Vec<String>,
    /// Seconds that the answer to a preflight may be kept.
    pub max_age: Option<i32>,
}

/// What happens with asynchronous invocations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvokeConfig {
    /// How often one is tried again.
    pub maximum_retry_attempts: Option<i32>,
    /// Seconds after which one is given up.
    pub maximum_event_age_secs: Option<i32>,
    /// ARN of where successes are told.
    pub on_success: Option<String>,
    /// ARN of where failures are told.
    pub on_failure: Option<String>,
    /// When it was changed last, seconds since 1970.
    pub modified_at: i64,
}

/// A source that a function is invoked from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSourceMapping {
    /// The function's name.
    pub function: String,
    /// The alias or version that is invoked.
    pub qualifier: Option<String>,
    /// ARN of the queue or stream.
    pub event_source_arn: String,
    /// How many records go into one invocation.
    pub batch_size: i32,
    /// `Enabled`, `Disabled` or on its way.
    pub state: String,
    /// When it was changed last, seconds since 1970.
    pub modified_at: i64,
}

/// A layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// The versions, by number.
    pub versions: BTreeMap<u64, LayerVersion>,
}

/// A version of a layer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerVersion {
    /// Description.
    pub description: String,
    /// Its content, a zip file.
    pub code: Code,
    /// The runtimes that it is for.
    pub runtimes: Vec<String>,
    /// The architectures that it is for.
    pub architectures: Vec<String>,
    /// Its license.
    pub license: Option<String>,
    /// When it was made, seconds since 1970.
    pub created_at: i64,
}
