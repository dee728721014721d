//! The values of variables and the links to code are told nowhere: not in plans, reports, records of calls, errors, nor in
//! what is traced.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::kinds::{default_vpc, security_group};
use crate::{Aws, Opening, Reference, Region, Sandbox};

/// What nobody may see: the values that the seeded functions have, and what links are signed with.
const MARKERS: [&str; 2] = ["planted-secret", "X-Amz-Signature"];

/// Keeps all that is traced.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if let Ok(mut text) = self.0.lock() {
            let _ = writeln!(text, "{field}={value:?}");
        }
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn no_secret_of_a_function_is_told_anywhere() {
    let everything = Everything::default();
    let _traced = tracing::subscriber::set_default(everything.clone());
    let sandbox = Sandbox::seeded();
    let aws = Aws::sandbox(&sandbox);
    let told = Arc::new(Mutex::new(String::new()));
    let log = told.clone();
    aws.on_call(move |call| writeln!(log.lock().unwrap(), "{call:?}").unwrap());

    let found = Reference::new(&aws, "eu-west-1").await.unwrap().functions().await.unwrap();
    writeln!(told.lock().unwrap(), "{found:?}").unwrap();
    let mut region = Region::new("ap-south-1");
    let vpc = region.add(default_vpc());
    region.add(security_group("default").in_vpc(vpc.clone()));
    for function in found.all {
        region.add(function.map(|function| function.in_vpc(vpc.clone())));
    }
    writeln!(told.lock().unwrap(), "{region:?} {}", serde_json::to_string(&region).unwrap()).unwrap();
    for round in 0..2 {
        let opening = Opening::discover(&region, &aws).await.unwrap();
        let plan = opening.plan();
        let said = Mutex::new(String::new());
        let report =
            opening.apply(|event| writeln!(said.lock().unwrap(), "{event:?}").unwrap()).await.unwrap();
        let mut told = told.lock().unwrap();
        writeln!(told, "{plan:?} {} {}", plan.text(), serde_json::to_string(plan).unwrap()).unwrap();
        writeln!(told, "{report:?} {} {}", report.text(), serde_json::to_string(&report).unwrap()).unwrap();
        writeln!(told, "{:?} {}", opening.snapshot(), said.into_inner().unwrap()).unwrap();
        assert_eq!(report.failed(), round == 1, "{}", report.text());
        // Then there are too many variables: AWS repeats them all in its error.
        let regions = &mut sandbox.world().lambda.regions;
        let function = regions.get_mut("ap-south-1").unwrap().functions.get_mut("signup-webhook").unwrap();
        let variables = &mut function.latest.configuration.environment;
        variables.insert("MORE".to_owned(), "planted-secret".repeat(300));
        variables.insert("SIGNING_KEY".to_owned(), "planted-secret-other".to_owned());
    }
    let told = told.lock().unwrap();
    assert!(told.contains("the variables have more than 4 KB together"), "the error was told");
    let traced = everything.0.lock().unwrap();
    assert!(!traced.is_empty() && told.contains("sha256:"));
    for (what, text) in [("told", &told), ("traced", &traced)] {
        for marker in MARKERS {
            let at = text.find(marker);
            let around = at.map(|at| &text[at.saturating_sub(300)..(at + 60).min(text.len())]);
            assert_eq!(around, None, "{what}: {marker}");
        }
    }
}
