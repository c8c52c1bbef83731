//! A store that hiccups around an action: what may have begun is asked after at once, never repeated, and taken back in
//! time.

use super::script::{World, world};
use super::settle;
use crate::shaky::Broken;
use chrono::TimeDelta;
use domain::heal::{End, Heal, UndoEnd};
use domain::incident::State;
use domain::policy::Verdict;
use domain::verification::Outcome;
use ports::clock::Clock as _;

/// The store breaks so right after this was done.
fn breaks_after(world: &World, what: &'static str, broken: Broken) {
    let store = world.store.clone();
    world.script.then(what, async move { store.breaks(broken) });
}

async fn stage(world: &World) -> String {
    world.load::<Heal>("INC-1").await.stage.name().to_owned()
}

/// The end of the action was lost with the save that failed, and asked for a quarter of an hour later.
#[tokio::test]
async fn an_action_whose_end_could_not_be_kept_was_asked_after_a_quarter_of_an_hour_later() {
    for broken in [Broken::Heals, Broken::All] {
        let world = world(Verdict::Allow).await;
        breaks_after(&world, "carry out", broken);
        world.pass().await;
        assert_eq!(stage_of_the_kept(&world).await, "acting", "{broken:?}");
        world.script.answers_acting(End::Done { at: world.clock.now() });
        world.pass().await;
        assert_eq!(world.done(), ["carry out INC-1.1", "ask after INC-1.1"], "{broken:?}");
        assert_eq!(stage(&world).await, "verifying", "{broken:?}");
    }
}

async fn stage_of_the_kept(world: &World) -> String {
    world.store.mends();
    stage(world).await
}

/// It stood in the store that it acts, and the process did not hear so: nothing was begun, and nobody planned anew.
#[tokio::test]
async fn a_beginning_that_was_kept_and_not_told_so_was_waited_for_a_quarter_of_an_hour() {
    let world = world(Verdict::Allow).await;
    world.store.breaks(Broken::ActingUntold);
    world.pass().await;
    assert_eq!((stage_of_the_kept(&world).await.as_str(), world.done().len()), ("acting", 0));
    world.script.answers_acting(End::NeverBegun { why: "the journal does not know it".to_owned() });
    world.pass().await;
    assert_eq!((world.done(), stage(&world).await.as_str()), (vec!["ask after INC-1.1".to_owned()], "resting"));
}

/// The undo came after the lock of the action was gone, so that nothing was taken back any more.
#[tokio::test]
async fn an_undo_that_was_kept_and_not_told_so_came_a_quarter_of_an_hour_later() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    breaks_after(&world, "measure", Broken::HealsUntold);
    world.pass().await;
    assert_eq!((stage_of_the_kept(&world).await.as_str(), world.done().len()), ("undoing", 1));
    world.script.knows_of_the_undo(UndoEnd::NeverBegun);
    world.pass().await;
    let done = world.done();
    assert_eq!(done[1..4], ["ask after the undo of INC-1.1", "undo INC-1.1", "conclude worse"]);
}

#[tokio::test]
async fn an_undo_whose_end_could_not_be_kept_was_asked_after_a_quarter_of_an_hour_later() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    breaks_after(&world, "undo", Broken::Heals);
    world.pass().await;
    assert_eq!(stage_of_the_kept(&world).await, "undoing");
    world.script.knows_of_the_undo(UndoEnd::Done);
    world.pass().await;
    let done = world.done();
    assert_eq!(done[1..4], ["undo INC-1.1", "ask after the undo of INC-1.1", "conclude worse"]);
}

/// While the journal could not be asked, the next question came when the lock was gone.
#[tokio::test]
async fn an_undo_of_which_nobody_could_tell_was_asked_after_a_quarter_of_an_hour_later() {
    let world = world(Verdict::Allow).await;
    world.script.measures(Outcome::Worse);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    breaks_after(&world, "measure", Broken::HealsUntold);
    world.pass().await;
    world.store.mends();
    settle(&world).await;
    assert_eq!(world.done()[1..], ["ask after the undo of INC-1.1"]);
    world.script.knows_of_the_undo(UndoEnd::NeverBegun);
    world.after(TimeDelta::seconds(61)).await;
    world.pass().await;
    let done = world.done();
    assert_eq!(done[2..5], ["ask after the undo of INC-1.1", "undo INC-1.1", "conclude worse"]);
}

#[tokio::test]
async fn ends_that_are_owed_to_the_journal_are_written_at_each_pass_and_hold_nothing_up() {
    let world = world(Verdict::Allow).await;
    settle(&world).await;
    assert_eq!((world.script.owed_written(), world.done().len()), (4, 1));
    world.leads(false);
    settle(&world).await;
    assert_eq!((world.script.owed_written(), world.incident().await.state), (4, State::Verifying));
}
