//! Lists come in as many pages as AWS likes, some of them empty: all of each is read, and a list without an end ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use supertokens_region::sandbox::logs::LogGroup;
use supertokens_region::sandbox::{Pages, Settings};
use supertokens_region::{Aws, Error, Opening, Region, Sandbox, World, log_retention, ssm_document};
use tokio::time::Instant;

use super::{Ended, open, paused, run, same, seeded, settled};

/// The seeded world, with lists that are cut so.
fn cut(pages: Pages) -> Sandbox {
    Sandbox::new(World { settings: Settings { pages, ..Settings::default() }, ..seeded() })
}

/// A run through a door that counts calls.
async fn counted(sandbox: &Sandbox) -> (Ended, usize) {
    let (aws, calls) = (Aws::sandbox(sandbox), Arc::new(AtomicUsize::new(0)));
    let counts = calls.clone();
    aws.on_call(move |_| _ = counts.fetch_add(1, Ordering::Relaxed));
    let ended = run(&aws).await;
    (ended, calls.load(Ordering::Relaxed))
}

#[test]
fn with_one_thing_a_page_everything_is_found() {
    let sandbox = cut(Pages::Single);
    let (ended, calls) = paused(counted(&sandbox));
    assert!(ended.well(), "{:#?}", ended.errors());
    same(&settled(&sandbox), "one thing a page");
    println!("{calls} calls");
}

#[test]
fn empty_pages_that_go_on_are_not_the_end() {
    let sandbox = cut(Pages::Empty);
    let (ended, calls) = paused(counted(&sandbox));
    assert!(ended.well(), "{:#?}", ended.errors());
    same(&settled(&sandbox), "empty pages between");
    println!("{calls} calls");
}

#[test]
fn a_list_that_has_no_end_is_told_and_not_taken_for_all_that_there_is() {
    let sandbox = cut(Pages::Stuck);
    let (took, (ended, calls)) = paused(async {
        let start = Instant::now();
        let counted = counted(&sandbox).await;
        (start.elapsed(), counted)
    });
    assert!(took < Duration::from_secs(60) && calls < 1000, "{calls} calls in {took:?}");
    let errors = ended.errors();
    assert!(!ended.well() && !errors.is_empty());
    for error in errors {
        let text = error.to_string();
        assert!(text.starts_with('`') && text.contains("AWS tells the same one again"), "{text}");
    }
}

#[test]
fn what_is_out_of_sight_behind_a_stuck_page_is_not_made_once_more() {
    let sandbox = Sandbox::new(super::undisturbed().end.clone());
    let before = settled(&sandbox);
    sandbox.world().settings.pages = Pages::Stuck;
    let ended = paused(open(&super::undisturbed().region, &Aws::sandbox(&sandbox)));
    assert!(!ended.well());
    assert!(settled(&sandbox) == before, "something was changed");
}

#[test]
fn a_thousand_pages_are_read_to_the_end() {
    let mut world = World::default();
    for n in 0..1000 {
        let arn = format!("arn:aws:logs:ap-south-1:{}:log-group:/group/{n:04}", world.account);
        world.logs.groups.insert(arn, LogGroup::default());
    }
    world.settings.pages = Pages::Empty;
    let sandbox = Sandbox::new(world);
    let mut region = Region::new("ap-south-1");
    region.add(log_retention(365));
    let ended = paused(open(&region, &Aws::sandbox(&sandbox)));
    assert!(ended.well(), "{:#?}", ended.errors());
    assert!(sandbox.world().logs.groups.values().all(|group| group.retention == Some(365)));
}

#[test]
fn what_is_wanted_is_found_behind_a_hundred_others() {
    const TEXT: &str = r#"{"schemaVersion":"2.2","description":"x","mainSteps":[{"action":"aws:sleep"}]}"#;
    let mut region = Region::new("ap-south-1");
    region.add(ssm_document("zz-last").version(TEXT));
    let sandbox = Sandbox::new(World::default());
    assert!(paused(open(&region, &Aws::sandbox(&sandbox))).well());
    {
        let mut world = sandbox.world();
        let documents = &mut world.ssm.regions.get_mut("ap-south-1").unwrap().documents;
        let like = documents["zz-last"].clone();
        documents.extend((0..100).map(|n| (format!("other-{n:04}"), like.clone())));
        world.settings.pages = Pages::Single;
    }
    let before = settled(&sandbox);
    let ended = paused(open(&region, &Aws::sandbox(&sandbox)));
    assert!(ended.well(), "{:#?}", ended.errors());
    assert!(settled(&sandbox) == before, "something was changed");
}

#[test]
fn the_error_of_a_stuck_list_says_which_one_it_is() {
    let sandbox = cut(Pages::Stuck);
    for n in 0..3 {
        let arn = format!("arn:aws:logs:ap-south-1:123456789012:log-group:/group/{n}");
        sandbox.world().logs.groups.insert(arn, LogGroup::default());
    }
    let mut region = Region::new("ap-south-1");
    region.add(log_retention(365));
    let opening = paused(async { Opening::discover(&region, &Aws::sandbox(&sandbox)).await }).unwrap();
    let error: Option<&Error> = opening.plan().steps[0].error.as_ref();
    assert_eq!(
        error.map(ToString::to_string).as_deref(),
        Some(
            "`logs:DescribeLogGroups` in ap-south-1: the list doesn't go on: after this page AWS tells the same one again"
        )
    );
}
