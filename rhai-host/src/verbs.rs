//! What each verb does: how far it goes along the line, and how it ends.

use std::fs::File;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Mutex;

use serde_json::json;
use supertokens_region::script::{self, Options};
use supertokens_region::{
    Action, Aws, Error, Event, Lock, Opening, Outcome, Refused, Region, Report, Sandbox, Stopped, Verdict,
    confirm_subscription, graph,
};

use crate::args::{STANDARD, Script, Target, Verb};
use crate::exit::Exit;
use crate::interrupt::Applying;
use crate::show::{self, Progress};

/// The standard script as it was when this program was built: for `demo` where there is no checkout.
const BUILT_IN: &str = include_str!("../../scripts/add_region.rhai");
/// The region of `demo`, and of `check` where none is named.
const SAMPLE_REGION: &str = "ap-south-1";

/// Does what the verb says.
pub async fn run(verb: Verb) -> Exit {
    let done = match verb {
        Verb::Demo(script) => demo(script).await,
        Verb::Check(script) => check(&script).await,
        Verb::Plan { script, target, detailed_exitcode } => plan(&script, &target, detailed_exitcode).await,
        Verb::Apply { script, target, yes, lock } => apply(&script, &target, yes, lock.lock()).await,
        Verb::Verify { script, target } => verify(&script, &target).await,
        Verb::Confirm { link, target } => confirm(&link, &target).await,
    };
    done.unwrap_or_else(|exit| exit)
}

type Ended = Result<Exit, Exit>;

async fn check(script: &Script) -> Ended {
    let region = region(script, Some(SAMPLE_REGION), &Aws::sandbox(&Sandbox::seeded())).await?;
    let graph = graph(&region).map_err(|problems| {
        show::problems(&problems);
        Exit::Error
    })?;
    show::data(format!(
        "{} is sound: it describes {} things for {}",
        script.path().display(),
        graph.order.len(),
        graph.region
    ));
    Ok(Exit::Ok)
}

async fn plan(script: &Script, target: &Target, detailed: bool) -> Ended {
    let door = Door::open(target).await?;
    let region = region(script, None, &door.aws).await?;
    let opening = discover(region, target, &door).await?;
    let plan = opening.plan();
    if target.json {
        json_document(plan)
    } else {
        show::data(plan.text().trim_end())
    }
    door.close()?;
    Ok(match plan {
        plan if plan.forbidden() => Exit::Credentials,
        plan if plan.count(Action::Blocked) > 0 => Exit::Error,
        plan if !plan.blocking().is_empty() => Exit::Finding,
        plan if detailed && plan.has_changes() => Exit::Changes,
        _ => Exit::Ok,
    })
}

async fn apply(script: &Script, target: &Target, yes: bool, lock: Lock) -> Ended {
    let door = Door::open(target).await?;
    let region = region(script, None, &door.aws).await?;
    let opening = discover(region, target, &door).await?.lock(lock);
    let plan = opening.plan();
    if target.json {
        show::say(plan.text().trim_end())
    } else {
        show::data(plan.text().trim_end())
    }
    if !plan.blocking().is_empty() {
        show::blocking(plan);
        door.close()?;
        return Ok(Exit::Finding);
    }
    if plan.has_changes() && !yes {
        ask(&opening)?;
    }
    let _applying = Applying::through(&door);
    let report = carry_out(&opening, target.json).await;
    door.close()?;
    let report = report?;
    if target.json {
        finish_json(&report);
    } else {
        show::data("");
        show::data(report.text().trim_end());
    }
    Ok(applied(&report))
}

/// Applies with progress, or a JSON line for each thing as it is done.
async fn carry_out(opening: &Opening, json: bool) -> Result<Report, Exit> {
    let plan = opening.plan();
    let progress = Progress::new(plan.count(Action::Create) + plan.count(Action::Update));
    let report = opening
        .apply(|event| {
            progress.tell(&event);
            if let (true, Event::Finished(done)) = (json, &event) {
                json_line("result", done);
            }
        })
        .await;
    progress.finish();
    report.map_err(|error| {
        show::aws_error(&error);
        Exit::from(&error)
    })
}

fn applied(report: &Report) -> Exit {
    let first = report.results.iter().find_map(|done| match &done.outcome {
        Outcome::Failed { error, .. } => Some(error),
        _ => None,
    });
    match first {
        _ if report.stopped() == Some(&Stopped::Interrupted) => Exit::Interrupted,
        _ if report.stopped().is_some() => Exit::Partly,
        None => Exit::Ok,
        Some(_) if report.changed() => Exit::Partly,
        Some(error) => error.into(),
    }
}

async fn verify(script: &Script, target: &Target) -> Ended {
    let door = Door::open(target).await?;
    let region = region(script, None, &door.aws).await?;
    let opening = discover(region, target, &door).await?;
    let verification = opening.verify();
    if target.json {
        json_document(&verification)
    } else {
        show::data(verification.text().trim_end())
    }
    door.close()?;
    Ok(match verification {
        _ if opening.plan().forbidden() => Exit::Credentials,
        verification if !verification.holds() => Exit::Drift,
        verification if verification.count(Verdict::Human) > 0 => Exit::People,
        _ => Exit::Ok,
    })
}

async fn confirm(link: &str, target: &Target) -> Ended {
    let door = Door::open(target).await?;
    let _applying = Applying::through(&door);
    let confirmed = match check_account(&door.aws, target.expect_account.as_deref()).await {
        Ok(()) => confirm_subscription(&door.aws, link).await,
        Err(error) => Err(error),
    };
    door.close()?;
    let confirmed = confirmed.map_err(|error| {
        show::aws_error(&error);
        Exit::from(&error)
    })?;
    if target.json {
        json_document(&confirmed)
    } else {
        let endpoint = Some(confirmed.endpoint.as_str()).filter(|endpoint| !endpoint.is_empty());
        show::data(format!("{} is subscribed to {}", endpoint.unwrap_or("the address"), confirmed.topic))
    }
    Ok(Exit::Ok)
}

/// Refuses another account than the expected one.
async fn check_account(aws: &Aws, expected: Option<&str>) -> Result<(), Error> {
    let Some(expected) = expected else { return Ok(()) };
    let found = &aws.identity().await?.account;
    if found == expected {
        return Ok(());
    }
    Err(Error::WrongAccount { expected: expected.to_owned(), found: found.clone() })
}

/// The whole life: plan, apply, verify, and a second apply that has nothing to do.
async fn demo(mut script: Script) -> Ended {
    if !script.set.iter().any(|(name, _)| name == "alert_email") {
        script.set.push(("alert_email".to_owned(), "alerts@example.com".to_owned()));
    }
    let aws = Aws::sandbox(&Sandbox::seeded());
    let region = region(&script, Some(SAMPLE_REGION), &aws).await?;
    let discover = async || Opening::discover(&region, &aws).await.map_err(|refused| refuse(&refused));
    show::say("An AWS in this process: no account, no network. Nothing outside of it is touched.\n");
    let title = |text: &str| show::data(format!("\n==> {text}\n"));

    title("plan: what would change, and why");
    let opening = discover().await?;
    show::data(opening.plan().text().trim_end());

    if !opening.plan().blocking().is_empty() {
        show::blocking(opening.plan());
        return Ok(Exit::Finding);
    }
    title("apply: does it");
    let report = carry_out(&opening, false).await?;
    show::data(report.text().trim_end());
    if report.failed() {
        return Ok(applied(&report));
    }

    title("verify: is it all there, and does it work?");
    let opening = discover().await?;
    show::data(opening.verify().text().trim_end());

    title("apply again: nothing is left to do");
    let report = carry_out(&opening, false).await?;
    show::data(report.counts());
    Ok(if report.changed() || !opening.verify().holds() { Exit::Error } else { Exit::Ok })
}

/// Reads and runs the script.
async fn region(script: &Script, otherwise: Option<&str>, aws: &Aws) -> Result<Region, Exit> {
    let usage = |message: &str, hint: Option<&str>| {
        show::error(message, hint);
        Exit::Usage
    };
    let name = script.region.as_deref().or(otherwise);
    let name = name.ok_or_else(|| usage("no region to open", Some("--region ap-south-1")))?;
    let path = script.path();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(_) if otherwise.is_some() && script.script.is_none() => BUILT_IN.to_owned(),
        Err(error) => {
            let hint =
                (script.script.is_none()).then(|| format!("name a script, or run this where {STANDARD} is"));
            return Err(usage(&format!("can't read {}: {error}", path.display()), hint.as_deref()));
        }
    };
    let mut options = Options::new(name, path);
    options.params = script.params().map_err(|message| usage(&message, None))?;
    options.print = |line| show::say(line);
    script::run_with(&text, &options, aws).await.map_err(|mistakes| {
        show::mistakes(&mistakes);
        mistakes.iter().find_map(|mistake| mistake.cause.as_ref()).map_or(Exit::Error, Exit::from)
    })
}

async fn discover(mut region: Region, target: &Target, door: &Door) -> Result<Opening, Exit> {
    if let Some(account) = &target.expect_account {
        region.expect_account(account);
    }
    match Opening::discover(&region, &door.aws).await {
        Ok(opening) => Ok(opening),
        Err(refused) => {
            let exit = refuse(&refused);
            door.close()?;
            Err(exit)
        }
    }
}

fn refuse(refused: &Refused) -> Exit {
    match refused {
        Refused::Graph(problems) => {
            show::problems(problems);
            Exit::Error
        }
        Refused::Aws(error) => {
            show::aws_error(error);
            error.into()
        }
    }
}

/// Asks a person; where there is none, says that `--yes` is needed.
fn ask(opening: &Opening) -> Result<(), Exit> {
    let plan = opening.plan();
    if !std::io::stdin().is_terminal() {
        show::error("nobody is there to be asked", Some("look at the plan, then add --yes"));
        return Err(Exit::Usage);
    }
    let n = plan.count(Action::Create) + plan.count(Action::Update);
    show::ask(format!(
        "\nApply these {n} changes in {} of account {}? Only `yes` does it: ",
        plan.region, plan.account
    ));
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => {
            show::say("Nothing was changed.");
            Err(Exit::Error)
        }
    }
}

/// The AWS to work on, with its call log, and the file that the embedded one is kept in.
#[derive(Clone)]
pub struct Door {
    /// The door itself.
    pub aws: Aws,
    kept: Option<(Sandbox, PathBuf)>,
}

impl Door {
    async fn open(target: &Target) -> Result<Self, Exit> {
        let fail = |message: String| {
            show::error(&message, None);
            Exit::Usage
        };
        let (aws, kept) = match &target.sandbox {
            None => (Aws::from_env().await, None),
            Some(None) => (Aws::sandbox(&Sandbox::seeded()), None),
            Some(Some(file)) => {
                let sandbox = if file.exists() {
                    Sandbox::load(file)
                        .map_err(|error| fail(format!("can't load {}: {error}", file.display())))?
                } else {
                    Sandbox::seeded()
                };
                (Aws::sandbox(&sandbox), Some((sandbox, file.clone())))
            }
        };
        if let Some(file) = &target.calls {
            let log = File::create(file)
                .map_err(|error| fail(format!("can't write {}: {error}", file.display())))?;
            let log = Mutex::new(log);
            aws.on_call(move |call| {
                if let (Ok(mut log), Ok(line)) = (log.lock(), serde_json::to_string(call)) {
                    // A log that can't be written must not stop a run half-way.
                    let _ = writeln!(log, "{line}");
                }
            });
        }
        Ok(Self { aws, kept })
    }

    /// Keeps the embedded world, if a file is named for it.
    pub fn close(&self) -> Result<(), Exit> {
        let Some((sandbox, file)) = &self.kept else { return Ok(()) };
        sandbox.save(file).map_err(|error| {
            show::error(&format!("can't write {}: {error}", file.display()), None);
            Exit::Error
        })
    }
}

fn json_document(document: &impl serde::Serialize) {
    match serde_json::to_string_pretty(document) {
        Ok(text) => show::data(text),
        Err(error) => show::error(&format!("can't tell it as JSON: {error}"), None),
    }
}

fn json_line(kind: &str, value: &impl serde::Serialize) {
    let mut line = json!({ "type": kind });
    if let (Some(line), Ok(serde_json::Value::Object(fields))) =
        (line.as_object_mut(), serde_json::to_value(value))
    {
        line.extend(fields);
    }
    show::data(line);
}

/// What was skipped, or was stopped, has had no event; then the counts.
fn finish_json(report: &Report) {
    let untold = |outcome: &Outcome| matches!(outcome, Outcome::Skipped { .. } | Outcome::Stopped { .. });
    for done in report.results.iter().filter(|done| untold(&done.outcome)) {
        json_line("result", done);
    }
    json_line("summary", &report.summary());
}
