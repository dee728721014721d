//! What each verb does: how far it goes along the line, and how it ends.

use std::io::{BufRead, IsTerminal};
use std::path::Path;

use serde_json::json;
use supertokens_region::saved::Inputs;
use supertokens_region::script::{self, Options};
use supertokens_region::{
    Action, Aws, Error, Event, Lock, Opening, Outcome, Refused, Region, Report, Sandbox, Stopped, Verdict,
    confirm_subscription, graph,
};

use crate::args::{STANDARD, Script, Target, Verb};
use crate::door::Door;
use crate::exit::Exit;
use crate::interrupt::Applying;
use crate::saved::{self, Saved};
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
        Verb::Plan { script, target, detailed_exitcode, out } => {
            plan(&script, &target, detailed_exitcode, out.as_deref()).await
        }
        Verb::Apply { script, target, yes, lock, plan } => {
            apply(script, &target, yes, lock.lock(), plan.as_deref()).await
        }
        Verb::Verify { script, target } => verify(&script, &target).await,
        Verb::Confirm { link, target } => confirm(&link, &target).await,
    };
    done.unwrap_or_else(|exit| exit)
}

type Ended = Result<Exit, Exit>;

async fn check(script: &Script) -> Ended {
    let (region, _) = region(script, Some(SAMPLE_REGION), &Aws::sandbox(&Sandbox::seeded())).await?;
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

async fn plan(script: &Script, target: &Target, detailed: bool, out: Option<&Path>) -> Ended {
    let door = Door::open(target, script.region.as_deref()).await?;
    let (opening, inputs) = open(script, &door).await?;
    let plan = opening.plan();
    if target.json {
        json_document(plan)
    } else {
        show::data(plan.text().trim_end())
    }
    door.close()?;
    if let Some(file) = out {
        saved::write(file, &opening, inputs)?;
    }
    Ok(match plan {
        plan if plan.forbidden() => Exit::Credentials,
        plan if plan.count(Action::Blocked) > 0 => Exit::Error,
        plan if !plan.blocking().is_empty() => Exit::Finding,
        plan if detailed && plan.has_changes() => Exit::Changes,
        _ => Exit::Ok,
    })
}

async fn apply(mut script: Script, target: &Target, yes: bool, lock: Lock, file: Option<&Path>) -> Ended {
    let reviewed = file.map(Saved::read).transpose()?;
    let door = Door::open(target, script.region.as_deref()).await?;
    if let Some(saved) = &reviewed {
        saved.complete(&mut script);
        let identity = door.aws.identity().await.map_err(|error| aws_error(&error))?;
        saved.check_inputs(&script, &identity.account)?;
    }
    let (opening, inputs) = open(&script, &door).await?;
    let opening = opening.lock(lock);
    if let Some(saved) = &reviewed {
        saved.check(&opening, &inputs)?;
    }
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
    if plan.has_changes() && !yes && reviewed.is_none() {
        ask(&opening)?;
    }
    // Nothing is done that could not be shown.
    if show::is_lost() {
        return Err(Exit::Error);
    }
    let _applying = Applying::through(&door);
    let report = carry_out(&opening, target.json).await;
    let closed = door.close();
    let report = report?;
    if target.json {
        finish_json(&report);
    } else {
        show::data("");
        show::data(report.text().trim_end());
    }
    if show::is_lost() {
        show::say(report.text().trim_end());
    }
    closed?;
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
    let door = Door::open(target, script.region.as_deref()).await?;
    let (opening, _) = open(script, &door).await?;
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
    let door = Door::open(target, None).await?;
    let confirmed = confirm_subscription(&door.aws, link).await;
    door.close()?;
    let confirmed = confirmed.map_err(|error| aws_error(&error))?;
    if target.json {
        json_document(&confirmed)
    } else {
        let endpoint = Some(confirmed.endpoint.as_str()).filter(|endpoint| !endpoint.is_empty());
        show::data(format!("{} is subscribed to {}", endpoint.unwrap_or("the address"), confirmed.topic))
    }
    Ok(Exit::Ok)
}

/// The whole life: plan, apply, verify, and a second apply that has nothing to do.
async fn demo(mut script: Script) -> Ended {
    if !script.set.iter().any(|(name, _)| name == "alert_email") {
        script.set.push(("alert_email".to_owned(), "alerts@example.com".to_owned()));
    }
    let aws = Aws::sandbox(&Sandbox::seeded());
    let (region, _) = region(&script, Some(SAMPLE_REGION), &aws).await?;
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

/// Reads and runs the script; tells what the region was made from, too.
async fn region(script: &Script, otherwise: Option<&str>, aws: &Aws) -> Result<(Region, Inputs), Exit> {
    let usage = |message: &str, hint: Option<&str>| {
        show::error(message, hint);
        Exit::Usage
    };
    let name = script.region.as_deref().or(otherwise);
    let name = name.ok_or_else(|| usage("no region to open", Some("--region ap-south-1")))?;
    let path = script.path();
    let text = match script::read(path) {
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
    options.any_account = otherwise.is_some();
    let region = script::run_with(&text, &options, aws).await.map_err(|mistakes| {
        show::mistakes(&mistakes);
        mistakes.iter().find_map(|mistake| mistake.cause.as_ref()).map_or(Exit::Error, Exit::from)
    })?;
    let inputs = Inputs::of(&options, &region);
    Ok((region, inputs))
}

/// Runs the script and reads what there is, in one look at AWS.
async fn open(script: &Script, door: &Door) -> Result<(Opening, Inputs), Exit> {
    let look = door.aws.look();
    let (region, inputs) = region(script, None, &look).await?;
    match Opening::discover(&region, &look).await {
        Ok(opening) => Ok((opening, inputs)),
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
        Refused::Aws(error) => aws_error(error),
    }
}

pub fn aws_error(error: &Error) -> Exit {
    show::aws_error(error);
    error.into()
}

/// Asks a person; where there is none, says that `--yes` is needed.
fn ask(opening: &Opening) -> Result<(), Exit> {
    let plan = opening.plan();
    if !std::io::stdin().is_terminal() {
        show::error("nobody is there to be asked", Some("look at the plan, then add --yes"));
        return Err(Exit::Usage);
    }
    let n = plan.count(Action::Create) + plan.count(Action::Update);
    let (region, account) = (&plan.region, &plan.account);
    show::ask(format!("\nApply these {n} changes in {region} of account {account}? Only `yes` does it: "));
    let mut answer = String::new();
    match std::io::stdin().lock().read_line(&mut answer) {
        Ok(_) if answer.trim() == "yes" => Ok(()),
        _ => {
            show::say("Nothing was changed.");
            Err(Exit::Error)
        }
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
