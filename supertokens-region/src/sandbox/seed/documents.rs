//! The documents that start and update containers. The API names them together with a version.

use super::{AUDITED, CHANGED, OPENED, tags};
use crate::sandbox::World;
use crate::sandbox::ssm::{Document, Version};

/// Only the oldest region has the original documents; the others have copies, which nobody copies again.
const REGION: &str = "us-east-1";

/// The core's document, written by people: blanks and line ends are part of it.
const CORE_1: &str = r#"{
  "schemaVersion": "2.2",
  "description": "Starts or updates a SuperTokens container",
  "parameters": {
    "imageVersion": { "type": "String", "description": "Version of the image" },
    "containerName": { "type": "String" },
    "hostPort": { "type": "String", "default": "3567", "allowedPattern": "^[0-9]+$" }
  },
  "mainSteps": [
    {
      "action": "aws:runShellScript",
      "name": "start",
      "inputs": {
        "runCommand": [
          "docker pull supertokens/supertokens-postgresql:{{ imageVersion }}",
          "docker run -d --name {{ containerName }} -p {{ hostPort }}:3567 supertokens/supertokens-postgresql:{{ imageVersion }}"
        ]
      }
    }
  ]
}
"#;
/// With a limit of memory, and with tabs.
const CORE_2: &str = "{\n\t\"schemaVersion\": \"2.2\",\n\t\"description\": \"Starts or updates a SuperTokens container\",\n\
    \t\"parameters\": {\n\t\t\"imageVersion\": { \"type\": \"String\" },\n\t\t\"containerName\": { \"type\": \"String\" },\n\
    \t\t\"hostPort\": { \"type\": \"String\", \"default\": \"3567\" },\n\
    \t\t\"memory\": { \"type\": \"String\", \"default\": \"512m\" }\n\t},\n\
    \t\"mainSteps\": [\n\t\t{ \"action\": \"aws:runShellScript\", \"name\": \"start\", \"inputs\": { \"runCommand\": [\n\
    \t\t\t\"docker rm -f {{ containerName }} || true\",\n\
    \t\t\t\"docker run -d --memory {{ memory }} --name {{ containerName }} -p {{ hostPort }}:3567 supertokens/supertokens-postgresql:{{ imageVersion }}\"\n\
    \t\t] } }\n\t]\n}";
/// For cores that read their settings from the bucket. On one line, without a line end.
const CORE_3: &str = r#"{"schemaVersion":"2.2","description":"Starts or updates a SuperTokens container","parameters":{"imageVersion":{"type":"String"},"containerName":{"type":"String"},"hostPort":{"type":"String","default":"3567"},"memory":{"type":"String","default":"512m"}},"mainSteps":[{"action":"aws:runShellScript","name":"start","inputs":{"runCommand":["aws s3 cp s3://supertokens-saas-us-east-1/core/config.yaml /etc/supertokens/{{ containerName }}.yaml","docker rm -f {{ containerName }} || true","docker run -d --memory {{ memory }} -v /etc/supertokens/{{ containerName }}.yaml:/usr/lib/supertokens/config.yaml --name {{ containerName }} -p {{ hostPort }}:3567 supertokens/supertokens-postgresql:{{ imageVersion }}"]}}]}"#;

const BOXYHQ: &str = r#"{
  "schemaVersion": "2.2",
  "description": "Starts or updates a BoxyHQ container",
  "parameters": {
    "jacksonApiKeys": { "type": "String" },
    "postgresqlUser": { "type": "String" },
    "postgresqlPassword": { "type": "String" },
    "postgresqlHost": { "type": "String" },
    "postgresqlPort": { "type": "String", "default": "5432" },
    "postgresqlDatabaseName": { "type": "String" },
    "boxyHQPort": { "type": "String", "default": "5125" },
    "containerName": { "type": "String" }
  },
  "mainSteps": [
    {
      "action": "aws:runShellScript",
      "name": "start",
      "inputs": {
        "runCommand": [
          "docker rm -f {{ containerName }} || true",
          "docker run -d --name {{ containerName }} -p {{ boxyHQPort }}:5225 -e JACKSON_API_KEYS={{ jacksonApiKeys }} -e DB_URL=postgres://{{ postgresqlUser }}:{{ postgresqlPassword }}@{{ postgresqlHost }}:{{ postgresqlPort }}/{{ postgresqlDatabaseName }} boxyhq/jackson"
        ]
      }
    }
  ]
}
"#;

const NGINX: &str = r#"---
# The comment is part of the document too.
schemaVersion: "2.2"
description: Starts or updates nginx in front of a container
parameters:
  nginxHostPort:
    type: String
  superTokensPort:
    type: String
  userAppDNS:
    type: String
  instanceDNS:
    type: String
  containerName:
    type: String
mainSteps:
- action: aws:runShellScript
  name: start
  inputs:
    runCommand:
    - aws s3 sync s3://supertokens-saas-us-east-1/ssl /etc/nginx/ssl
    - |
      docker rm -f {{ containerName }} || true
      docker run -d --name {{ containerName }} -p {{ nginxHostPort }}:443 \
        -e UPSTREAM={{ instanceDNS }}:{{ superTokensPort }} -e SERVER_NAME={{ userAppDNS }} \
        -v /etc/nginx/ssl:/etc/nginx/ssl:ro nginx:1.21
"#;

/// One of many documents that are all alike but for a number.
pub(super) fn numbered(number: usize) -> Document {
    document(
        "JSON",
        &[(&CORE_1.replace("Starts or updates", &format!("Task {number}: starts or updates")), CHANGED)],
    )
}

pub(super) fn add(world: &mut World) {
    let mut core = document("JSON", &[(CORE_1, OPENED), (CORE_2, AUDITED), (CORE_3, CHANGED)]);
    // The third one is for cores that nobody runs yet.
    core.default_version = 2;
    if let Some(newest) = core.versions.get_mut(&3) {
        newest.version_name = Some("config-from-bucket".to_owned());
    }
    let documents = &mut world.ssm.regions.entry(REGION.to_owned()).or_default().documents;
    documents.insert("StartUpdateSuperTokens".to_owned(), core);
    documents.insert("StartUpdateBoxyHQ".to_owned(), document("JSON", &[(BOXYHQ, CHANGED)]));
    documents.insert("StartUpdateNginx".to_owned(), document("YAML", &[(NGINX, AUDITED)]));
}

/// A document with these contents, and when each was written.
fn document(format: &str, contents: &[(&str, i64)]) -> Document {
    let versions =
        contents.iter().map(|&(content, created_at)| Version { created_at, ..Version::new(format, content) });
    Document {
        document_type: "Command".to_owned(),
        target_type: Some("/AWS::EC2::Instance".to_owned()),
        versions: (1..).zip(versions).collect(),
        default_version: 1,
        tags: tags("starts and updates containers"),
        ..Document::default()
    }
}
