//! One action at a time: what ends it how, and what keeps it from beginning.

use super::perils::{Peril, Perils};
use super::scene::{Deployment, Life, World, began, granted, object, plan};
use chrono::TimeDelta;
use domain::audit::Actor;
use domain::guard::{Outcome, Refusal, Scope, Target};
use domain::self_watch::Matter;
use engine::scarlet::executor::{Became, Ended, NotRecovered, Stage};
use engine::scarlet::self_watch::Inspects;
use ports::guards::Unguarded;
use ports::hands::Step;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::guards::Signature;

async fn carry_out(life: &Life) -> Ended {
    life.executor.carry_out(granted(), BTreeSet::new()).await
}

async fn freeze(life: &Life) {
    let by = domain::guard::Actor { person: "ann".to_owned(), is_approver: false };
    life.guards.freeze(Scope::All, &by, "a smell of smoke", &Signature::of(Actor::System)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_action_is_journaled_before_and_after_and_holds_its_lock_until_it_is_concluded() {
    let world = World::new();
    let life = world.calm();
    let ended = carry_out(&life).await;
    assert!(
        matches!(&ended, Ended::Done { acted: Some(acted), .. } if acted.diff == ["replicas: 2 -> 3"]),
        "{ended:?}"
    );
    assert_eq!(world.journal().await, ["action.intent", "action.begun", "action.ended done"]);
    let status = life.guards.status().await.unwrap();
    assert_eq!(status.under_way().len(), 1);
    assert!(status.under_way()[0].automatic);
    assert_eq!(life.executor.became(&plan()).await.unwrap(), Became::Done { at: began() });
    assert_eq!(life.executor.recover().await.unwrap(), [], "what this process verifies is left alone");
    assert!(life.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap());
    assert!(!life.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap(), "twice does nothing");
    let status = life.guards.status().await.unwrap();
    let target = Target { environment: "staging".to_owned(), object: object() };
    assert_eq!((status.under_way().len(), status.rest(&target).unwrap().failed_in_a_row), (0, 0));
    let stages: Vec<Stage> = world.told.lock().unwrap().iter().map(|progress| progress.stage).collect();
    assert_eq!(stages, [Stage::Begun, Stage::Looking, Stage::Acting, Stage::Over]);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_without_the_lead_after_its_time_or_when_it_stops() {
    let world = World::new();
    let life = world.calm();
    life.lead.0.store(0, Ordering::Relaxed);
    assert!(matches!(carry_out(&life).await, Ended::NotBegun { .. }));
    assert_eq!(life.executor.recover().await, Err(NotRecovered::NotLeader));
    life.lead.0.store(1, Ordering::Relaxed);
    world.clock.set(plan().expires_at);
    assert!(matches!(carry_out(&life).await, Ended::NotBegun { .. }));
    world.clock.set(began());
    assert!(life.executor.drain(Duration::from_secs(1)).await);
    assert!(matches!(carry_out(&life).await, Ended::NotBegun { .. }));
    assert_eq!((world.seen().effects, world.journal().await), (0, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_freeze_keeps_it_from_beginning() {
    let world = World::new();
    let life = world.calm();
    freeze(&life).await;
    let ended = carry_out(&life).await;
    assert!(matches!(&ended, Ended::NotBegun { refusal: Some(Refusal::Frozen { .. }), .. }), "{ended:?}");
    assert_eq!((world.seen().effects, world.journal().await), (0, vec![]));
}

/// Lets `meanwhile` happen while the action stands at this stage: before it looks, or before its effect.
async fn with_meanwhile(world: &World, stage: Stage, meanwhile: impl AsyncFnOnce(&Life)) -> Ended {
    let perils = Perils::none();
    let life = world.life(&perils);
    let look = perils.looking.lock().await;
    let act = life.hands.gate.acquire().await.unwrap();
    let executor = life.executor.clone();
    let running = tokio::spawn(async move { executor.carry_out(granted(), BTreeSet::new()).await });
    let stands_at = async |stage| {
        while world.told.lock().unwrap().last().is_none_or(|progress| progress.stage < stage) {
            tokio::task::yield_now().await;
        }
    };
    stands_at(Stage::Looking).await;
    if stage == Stage::Looking {
        meanwhile(&life).await;
        drop((look, act));
    } else {
        drop(look);
        stands_at(stage).await;
        meanwhile(&life).await;
        drop(act);
    }
    running.await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_freeze_after_the_intent_stops_the_effect() {
    let world = World::new();
    let life = world.calm();
    let frozen = with_meanwhile(&world, Stage::Looking, async |life| freeze(life).await).await;
    assert!(matches!(&frozen, Ended::Abandoned { why } if why.contains("frozen")), "{frozen:?}");
    assert_eq!(world.seen().effects, 0);
    assert_eq!(world.journal().await.last().unwrap(), "action.abandoned refused");
    assert_eq!(life.guards.status().await.unwrap().under_way(), []);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_stops_waiting_does_not_cut_the_effect() {
    let world = World::new();
    let life = world.calm();
    let place = life.hands.gate.acquire().await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(1), carry_out(&life)).await;
    assert!(waited.is_err());
    assert_eq!(life.executor.became(&plan()).await.unwrap(), Became::UnderWay);
    let again = carry_out(&life).await;
    assert!(matches!(&again, Ended::NotBegun { why, .. } if why.contains("in progress")), "{again:?}");
    assert!(!life.executor.drain(Duration::from_secs(1)).await, "it is still in progress");
    drop(place);
    assert!(life.executor.drain(Duration::from_secs(30)).await);
    assert_eq!((world.seen().effects, world.journal().await.last().unwrap().as_str()), (1, "action.ended done"));
}

#[tokio::test(start_paused = true)]
async fn an_act_server_that_never_answers_is_told_as_unknown_and_its_object_rests() {
    let world = World::new();
    let life = world.calm();
    let _place = life.hands.gate.acquire().await.unwrap();
    let ended = carry_out(&life).await;
    assert!(matches!(&ended, Ended::Unknown { why } if why.contains("still may be")), "{ended:?}");
    assert_eq!(world.journal().await.last().unwrap(), "action.ended unknown");
    let target = Target { environment: "staging".to_owned(), object: object() };
    assert_eq!(life.guards.status().await.unwrap().rest(&target).unwrap().failed_in_a_row, 1);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_has_changed_or_is_gone_is_not_touched() {
    type Change = fn(&mut Deployment);
    let changes: [(Change, &str); 4] = [
        (|seen| seen.generation = 4, "what is wanted of it was changed since (generation 3, and 4 now)"),
        (|seen| seen.replicas = 5, "what the action changes is not as it was"),
        (|seen| seen.life = 2, "it was deleted and made again since"),
        (|seen| seen.is_there = false, "it is not there any more"),
    ];
    for (change, told) in changes {
        let world = World::new();
        let life = world.calm();
        world.change(|seen| seen.version = 11);
        world.change(change);
        let ended = carry_out(&life).await;
        assert!(matches!(&ended, Ended::Stale { why } if why.contains(told)), "{told}: {ended:?}");
        assert_eq!(world.journal().await, ["action.intent", "action.abandoned refused"]);
        assert!(matches!(life.executor.became(&plan()).await.unwrap(), Became::Abandoned { .. }));
        assert_eq!((world.seen().effects, life.hands.inner.deeds().len()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_whose_status_alone_moved_is_acted_upon_in_the_version_that_was_seen_last() {
    let world = World::new();
    let life = world.calm();
    world.change(|seen| seen.version = 17);
    let ended = carry_out(&life).await;
    assert!(matches!(ended, Ended::Done { .. }), "{ended:?}");
    let steps: Vec<Step> = life.hands.inner.deeds().into_iter().map(|deed| deed.step).collect();
    assert_eq!(steps, [Step::Forward { resource_version: "17".to_owned() }]);
    assert_eq!((world.seen().replicas, world.seen().effects), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn a_status_that_moves_between_look_and_call_is_looked_at_again_under_a_grant_of_its_own() {
    let world = World::new();
    let ended = with_meanwhile(&world, Stage::Acting, async |_| world.change(|seen| seen.version = 11)).await;
    assert!(matches!(ended, Ended::Done { .. }), "{ended:?}");
    assert_eq!(world.journal().await, ["action.intent", "action.begun", "action.ended done"]);
    assert_eq!(world.seen().effects, 1);
}

#[tokio::test(start_paused = true)]
async fn an_object_that_changes_after_the_look_is_refused_by_the_server_and_planned_anew() {
    let world = World::new();
    let change = |seen: &mut Deployment| (seen.version, seen.generation) = (11, 4);
    let ended = with_meanwhile(&world, Stage::Acting, async |_| world.change(change)).await;
    assert!(matches!(ended, Ended::Stale { .. }), "{ended:?}");
    assert_eq!(world.journal().await, ["action.intent", "action.begun", "action.ended failed"]);
    let guards = world.calm().guards.status().await.unwrap();
    let target = Target { environment: "staging".to_owned(), object: object() };
    assert_eq!((guards.under_way().len(), guards.rest(&target)), (0, None), "no failed heal");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_done_while_the_store_is_away_and_a_lost_lead_stops_it() {
    let world = World::new();
    let ended = with_meanwhile(&world, Stage::Looking, async |life| life.lead.0.store(9, Ordering::Relaxed)).await;
    assert!(matches!(&ended, Ended::Abandoned { why } if why.contains("leads")), "{ended:?}");
    assert_eq!(world.seen().effects, 0);
    let away = World::new();
    let life = away.life(&Perils::at(0, Peril::DiesBefore));
    let ended = carry_out(&life).await;
    assert!(matches!(ended, Ended::NotBegun { refusal: None, .. }), "{ended:?}");
}

#[tokio::test(start_paused = true)]
async fn an_undo_takes_back_what_was_done_and_nothing_else() {
    let world = World::new();
    let life = world.calm();
    let too_early = life.executor.undo(granted()).await;
    assert!(matches!(&too_early, Ended::NotBegun { why, .. } if why.contains("not under way")), "{too_early:?}");
    carry_out(&life).await;
    freeze(&life).await;
    // Its status moves, which is nobody's change.
    world.change(|seen| seen.version += 5);
    let ended = life.executor.undo(granted()).await;
    assert!(matches!(ended, Ended::Done { .. }), "a freeze does not hold an undo back: {ended:?}");
    assert_eq!(world.seen().replicas, 2);
    assert!(matches!(life.executor.became_of_undo(&plan()).await.unwrap(), Became::Done { .. }));
    assert!(life.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap());
    assert_eq!(life.guards.status().await.unwrap().under_way(), []);
    assert_eq!(world.open().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_undo_leaves_alone_what_somebody_else_changed_since() {
    let world = World::new();
    let life = world.calm();
    carry_out(&life).await;
    world.change(|seen| (seen.replicas, seen.version, seen.generation) = (7, 20, 9));
    let ended = life.executor.undo(granted()).await;
    assert!(matches!(&ended, Ended::Stale { why } if why.contains("not as the action left it")), "{ended:?}");
    assert_eq!((world.seen().replicas, world.seen().effects), (7, 1));
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_comes_too_late_for_a_moving_status_looks_again() {
    let world = World::new();
    let life = world.calm();
    carry_out(&life).await;
    let place = life.hands.gate.acquire().await.unwrap();
    let executor = life.executor.clone();
    let running = tokio::spawn(async move { executor.undo(granted()).await });
    while world.told.lock().unwrap().iter().filter(|told| told.stage == Stage::Acting).count() < 2 {
        tokio::task::yield_now().await;
    }
    world.change(|seen| seen.version += 1);
    drop(place);
    let ended = running.await.unwrap();
    assert!(matches!(ended, Ended::Done { .. }), "{ended:?}");
    let grants: BTreeSet<String> = life.hands.inner.deeds().into_iter().map(|deed| deed.grant).collect();
    assert_eq!((grants.len(), world.seen().effects), (3, 2), "a grant of its own for each try");
}

/// What the watch over Scarlet finds of the journal.
async fn unwritable(life: &Life) -> Vec<String> {
    let mut found = life.executor.journal_pulse().look(began()).await;
    let found = found.remove(&Matter::JournalUnwritable).unwrap().unwrap();
    found.into_iter().map(|finding| finding.text).collect()
}

#[tokio::test(start_paused = true)]
async fn a_journal_that_is_away_after_the_effect_is_written_when_it_is_back() {
    let (world, perils) = (World::new(), Perils::none());
    let life = world.life(&perils);
    let place = life.hands.gate.acquire().await.unwrap();
    let executor = life.executor.clone();
    let running = tokio::spawn(async move { executor.carry_out(granted(), BTreeSet::new()).await });
    while world.told.lock().unwrap().last().is_none_or(|progress| progress.stage < Stage::Acting) {
        tokio::task::yield_now().await;
    }
    perils.store_is_away(true);
    drop(place);
    let ended = running.await.unwrap();
    assert!(matches!(ended, Ended::Done { .. }), "{ended:?}");
    assert_eq!((world.seen().effects, world.open().await), (1, 1));
    let told = unwritable(&life).await;
    assert!(told.iter().any(|text| text.starts_with("the journal cannot be written")), "{told:?}");
    assert!(matches!(life.executor.became(&plan()).await.unwrap(), Became::Done { .. }), "this process knows");
    assert!(matches!(life.executor.recover().await, Err(NotRecovered::Unavailable(_))));
    perils.store_is_away(false);
    assert_eq!(life.executor.recover().await.unwrap(), []);
    assert_eq!((world.open().await, world.journal().await.last().unwrap().as_str()), (0, "action.ended done"));
    assert_eq!(unwritable(&life).await, Vec::<String>::new());
    assert_eq!(life.executor.conclude(granted().digest(), Outcome::Succeeded).await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn guards_that_cannot_be_asked_leave_a_conclusion_to_be_made_again() {
    let world = World::new();
    carry_out(&world.calm()).await;
    let away = world.life(&Perils::at(0, Peril::FailsBefore));
    let failed = away.executor.conclude(granted().digest(), Outcome::Succeeded).await;
    assert!(matches!(failed, Err(Unguarded::Unavailable(_))), "{failed:?}");
    assert_eq!(away.executor.conclude(granted().digest(), Outcome::Succeeded).await, Ok(true));
}

#[tokio::test(start_paused = true)]
async fn an_action_whose_time_ran_out_is_not_held_any_more() {
    let world = World::new();
    carry_out(&world.calm()).await;
    world.clock.advance(TimeDelta::hours(2));
    let life = world.calm();
    let ended = life.executor.undo(granted()).await;
    assert!(matches!(ended, Ended::NotBegun { .. }), "{ended:?}");
    assert_eq!(
        (world.seen().effects, life.executor.conclude(granted().digest(), Outcome::Succeeded).await),
        (1, Ok(true))
    );
}
