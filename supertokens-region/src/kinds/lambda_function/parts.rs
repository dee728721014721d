//! What a function consists of, as it is compared.

use std::collections::BTreeMap;
use std::fmt;

use aws_sdk_lambda::types::{Cors as AwsCors, FunctionUrlConfig, InvokeMode, LogFormat, LoggingConfig};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::address::Ref;
use crate::kinds::Topic;

/// What stands for the function itself, where others name an alias.
pub(super) const LATEST: &str = "$LATEST";
/// Where an alias leads that leads to a version of the wanted code and configuration.
pub(super) const PUBLISHED: &str = "published";

/// How it logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Logging {
    pub(super) format: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) application_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) system_level: Option<String>,
    /// `None`: the usual one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
}

impl Default for Logging {
    fn default() -> Self {
        Self { format: "Text".to_owned(), application_level: None, system_level: None, group: None }
    }
}

impl Logging {
    /// How the function of this name logs.
    pub(super) fn told(found: Option<&LoggingConfig>, name: &str) -> Self {
        let format = found.and_then(LoggingConfig::log_format).map_or("Text", LogFormat::as_str);
        let usual = || format!("/aws/lambda/{name}");
        Self {
            format: format.to_owned(),
            application_level: found
                .and_then(LoggingConfig::application_log_level)
                .map(|level| level.as_str().to_owned()),
            system_level: found
                .and_then(LoggingConfig::system_log_level)
                .map(|level| level.as_str().to_owned()),
            group: Some(found.and_then(LoggingConfig::log_group).map_or_else(usual, str::to_owned)),
        }
    }

    pub(super) fn sent(&self) -> LoggingConfig {
        LoggingConfig::builder()
            .log_format(self.format.as_str().into())
            .set_application_log_level(self.application_level.as_deref().map(Into::into))
            .set_system_log_level(self.system_level.as_deref().map(Into::into))
            .set_log_group(self.group.clone())
            .build()
    }
}

/// A name for a version.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Alias {
    /// [`PUBLISHED`], [`LATEST`], or which other version.
    pub(super) leads_to: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
}

/// A URL; its host is AWS's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Url {
    pub(super) auth: String,
    pub(super) invoke_mode: String,
    pub(super) cors: Cors,
}

/// What browsers may do; nothing said is nothing allowed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Cors {
    allow_credentials: bool,
    allow_headers: Vec<String>,
    allow_methods: Vec<String>,
    allow_origins: Vec<String>,
    expose_headers: Vec<String>,
    max_age_secs: i32,
}

impl Url {
    pub(super) fn new(auth: &str) -> Self {
        let invoke_mode = InvokeMode::Buffered.as_str().to_owned();
        Self { auth: auth.to_owned(), invoke_mode, cors: Cors::default() }
    }

    pub(super) fn told(found: &FunctionUrlConfig) -> Self {
        Self {
            auth: found.auth_type().as_str().to_owned(),
            invoke_mode: found.invoke_mode().unwrap_or(&InvokeMode::Buffered).as_str().to_owned(),
            cors: found.cors().map(Cors::told).unwrap_or_default(),
        }
    }
}

impl Cors {
    fn told(found: &AwsCors) -> Self {
        Self {
            allow_credentials: found.allow_credentials().unwrap_or_default(),
            allow_headers: found.allow_headers().to_vec(),
            allow_methods: found.allow_methods().to_vec(),
            allow_origins: found.allow_origins().to_vec(),
            expose_headers: found.expose_headers().to_vec(),
            max_age_secs: found.max_age().unwrap_or_default(),
        }
    }

    pub(super) fn sent(&self) -> AwsCors {
        AwsCors::builder()
            .allow_credentials(self.allow_credentials)
            .set_allow_headers(Some(self.allow_headers.clone()))
            .set_allow_methods(Some(self.allow_methods.clone()))
            .set_allow_origins(Some(self.allow_origins.clone()))
            .set_expose_headers(Some(self.expose_headers.clone()))
            .max_age(self.max_age_secs)
            .build()
    }
}

/// What happens with asynchronous runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Asynchronous {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retries: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_age_secs: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_success: Option<Ref<Topic>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) on_failure: Option<Ref<Topic>>,
}

impl Asynchronous {
    /// Those who are told, as far as they are wanted.
    pub(super) fn topics(&self) -> impl Iterator<Item = &Ref<Topic>> {
        self.on_success.iter().chain(&self.on_failure)
    }
}

/// Who may do something with it. It is told, and compared, as one text, since AWS changes no statement of a policy:
/// `lambda:InvokeFunctionUrl for * if lambda:FunctionUrlAuthType = NONE`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", from = "String")]
pub(super) struct Permission {
    pub(super) action: String,
    /// `*`, a service, an account or an ARN of IAM.
    pub(super) principal: String,
    pub(super) conditions: BTreeMap<String, String>,
}

impl fmt::Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.action, self.principal)?;
        for (number, (key, value)) in self.conditions.iter().enumerate() {
            write!(f, "{}{key} = {value}", if number == 0 { " if " } else { " and " })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl From<Permission> for String {
    fn from(permission: Permission) -> Self {
        permission.to_string()
    }
}

impl From<String> for Permission {
    fn from(told: String) -> Self {
        let (action, rest) = told.split_once(" for ").unwrap_or((&told, ""));
        let (principal, conditions) = rest.split_once(" if ").unwrap_or((rest, ""));
        let conditions = conditions.split(" and ").filter_map(|condition| condition.split_once(" = "));
        Self {
            action: action.to_owned(),
            principal: principal.to_owned(),
            conditions: conditions.map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
        }
    }
}

/// The conditions that a call can make, with the operator that AWS writes for each.
const CONDITIONS: [(&str, &str); 6] = [
    ("AWS:SourceAccount", "StringEquals"),
    ("AWS:SourceArn", "ArnLike"),
    ("aws:PrincipalOrgID", "StringEquals"),
    ("lambda:EventSourceToken", "StringEquals"),
    ("lambda:FunctionUrlAuthType", "StringEquals"),
    ("lambda:InvokedViaFunctionUrl", "Bool"),
];

impl Permission {
    /// A statement of a policy, as a permission; what is not one that a call can make is told to the letter.
    pub(super) fn told(statement: &Value) -> Self {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let principal = &statement["Principal"];
        let principal = ["AWS", "Service"].iter().find_map(|kind| principal.get(kind)).unwrap_or(principal);
        let mut conditions = BTreeMap::new();
        for (operator, tests) in statement["Condition"].as_object().into_iter().flatten() {
            for (key, value) in tests.as_object().into_iter().flatten() {
                let known = CONDITIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
                let key = match known {
                    Some((known, usual)) if usual.eq_ignore_ascii_case(operator) => (*known).to_owned(),
                    _ => format!("{operator} {key}"),
                };
                conditions.insert(key, text(value));
            }
        }
        if statement["Effect"] != "Allow" {
            conditions.insert("Effect".to_owned(), text(&statement["Effect"]));
        }
        Self { action: text(&statement["Action"]), principal: text(principal), conditions }
    }

    /// Whether a call can make it.
    pub(super) fn can_be_made(&self) -> bool {
        let known = |key: &String| CONDITIONS.iter().any(|(known, _)| known == key);
        self.action.starts_with("lambda:")
            && !self.principal.starts_with(['{', '['])
            && self.conditions.keys().all(known)
    }

    /// A condition's value.
    pub(super) fn condition(&self, key: &str) -> Option<String> {
        self.conditions.get(key).cloned()
    }

    /// The two that a URL without authentication needs, by the ids that AWS's console gives them: since late 2025 new URLs
    /// answer 403 with the first one alone.
    pub(super) fn public_url() -> [(String, Self); 2] {
        let allow = |action: &str, condition: &str, value: &str| Self {
            action: action.to_owned(),
            principal: "*".to_owned(),
            conditions: [(condition.to_owned(), value.to_owned())].into(),
        };
        [
            (
                "FunctionURLAllowPublicAccess".to_owned(),
                allow("lambda:InvokeFunctionUrl", "lambda:FunctionUrlAuthType", "NONE"),
            ),
            (
                "FunctionURLInvokeAllowPublicAccess".to_owned(),
                allow("lambda:InvokeFunction", "lambda:InvokedViaFunctionUrl", "true"),
            ),
        ]
    }
}
