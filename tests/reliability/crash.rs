//! The caller dies: before any call, or after any took effect. The next run finishes.

use std::time::Instant;

use supertokens_region::{Aws, Sandbox, World};

use super::{paused, run, same, settled, try_all, undisturbed};

#[test]
fn an_apply_that_died_at_any_call_is_finished_by_the_next_one_in_the_same_world() {
    let start = Instant::now();
    let undisturbed = undisturbed();
    // Dying before a call leaves the world of the call before it: so these are all the worlds that there can be.
    let name = |(call, _): &(usize, _)| format!("died after call {call}");
    try_all(&undisturbed.worlds, name, |world| completes(world.1.clone(), &name(world)));
    println!(
        "{} calls of a run: dying before or after each leaves {} different worlds; all of them completed in {:?}",
        undisturbed.calls.len(),
        undisturbed.worlds.len(),
        start.elapsed()
    );
}

/// Runs the standard script on this world: it has to end well, in the world of a run that nothing disturbed.
fn completes(world: World, case: &str) {
    let sandbox = Sandbox::new(world);
    let ended = paused(run(&Aws::sandbox(&sandbox)));
    assert!(ended.well(), "{case}: the next run fails: {:#?}", ended.errors());
    same(&settled(&sandbox), case);
}
