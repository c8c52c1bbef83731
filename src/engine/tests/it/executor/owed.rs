//! What the executor owes to the journal and to those before it: written, and settled, as long as it takes.

use super::perils::{Peril, Perils};
use super::scene::{Life, World, began, granted, granted_of, plan};
use domain::audit::{Actor, Kind, Record};
use domain::guard::Scope;
use domain::heal::{End, UndoEnd};
use domain::plan::Plan;
use engine::scarlet::executor::{NotRecovered, Stage};
use engine::scarlet::reconciler::ByExecutor;
use engine::scarlet::reconciler::seams::Executes as _;
use ports::store::{Log, Store as _};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::guards::Signature;

/// More steps than any of these runs has.
const ENOUGH: usize = 200;

/// A world in which a process died right after the effect of its action.
async fn died_after_the_effect() -> World {
    let mut step = 0;
    loop {
        assert!(step < ENOUGH, "no step has an effect");
        let (world, perils) = (World::new(), Perils::at(step, Peril::DiesAfter));
        let life = world.life(&perils);
        tokio::select! {
            biased;
            _ = life.executor.carry_out(granted(), BTreeSet::new()) => {}
            () = perils.death() => {}
        }
        if world.seen().effects > 0 {
            assert_eq!(world.open().await, 1, "{:?}", world.journal().await);
            return world;
        }
        step += 1;
    }
}

/// What comes of a recovery during whose look at the object something happens.
async fn recovered(life: &Life, perils: &Perils, happens: impl FnOnce()) -> (ByExecutor, Result<(), String>) {
    let look = perils.looking.lock().await;
    let executes = ByExecutor::new(life.executor.clone());
    let recovering = async {
        let recovered = executes.recover().await;
        (executes, recovered)
    };
    let meanwhile = async {
        tokio::time::sleep(Duration::from_secs(20)).await;
        happens();
        drop(look);
    };
    tokio::join!(recovering, meanwhile).0
}

/// Seed 400 of the simulation.
#[tokio::test(start_paused = true)]
async fn an_action_that_took_effect_stood_in_the_journal_as_failed_after_reads_of_what_was() {
    let world = died_after_the_effect().await;
    *world.stale.lock().unwrap() = Some(World::new().seen());
    world.calm().executor.recover().await.unwrap();
    assert_eq!(world.journal().await.last().unwrap(), "action.ended unknown", "nobody can tell");
    assert_eq!((world.open().await, world.seen().effects), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_recovery_left_was_not_looked_after_any_more() {
    let (world, perils) = (died_after_the_effect().await, Perils::none());
    let life = world.life(&perils);
    let (executes, first) = recovered(&life, &perils, || perils.store_is_away(true)).await;
    assert!(first.as_ref().is_err_and(|why| why.contains("could not be settled yet")), "{first:?}");
    assert_eq!(world.open().await, 1);
    perils.store_is_away(false);
    assert_eq!(executes.recover().await, Ok(()));
    assert_eq!(world.open().await, 0, "{:?}", world.journal().await);
}

#[tokio::test(start_paused = true)]
async fn a_recovery_went_on_when_another_process_led() {
    let (world, perils) = (died_after_the_effect().await, Perils::none());
    let other = Record::new(began(), Kind::ActionIntent, Actor::Scarlet).of_action("act-other");
    world.store.append(Log::Journal, vec![other.entry()]).await.unwrap();
    let life = world.life(&perils);
    let (_, ended) = recovered(&life, &perils, || life.lead.0.store(7, Ordering::Relaxed)).await;
    assert_eq!(ended, Err(NotRecovered::NotLeader.to_string()));
    assert_eq!(world.open().await, 1, "the first alone was settled: {:?}", world.journal().await);
}

/// A process whose journal went away while the act server was called, with what was done and could not be journaled.
async fn owing(world: &World, perils: &Arc<Perils>) -> Life {
    let life = world.life(perils);
    let place = life.hands.gate.acquire().await.unwrap();
    let executor = life.executor.clone();
    let running = tokio::spawn(async move { executor.carry_out(granted(), BTreeSet::new()).await });
    while world.told.lock().unwrap().last().is_none_or(|progress| progress.stage < Stage::Acting) {
        tokio::task::yield_now().await;
    }
    perils.store_is_away(true);
    drop(place);
    running.await.unwrap();
    assert_eq!((world.seen().effects, world.open().await), (1, 1));
    life
}

#[tokio::test(start_paused = true)]
async fn an_end_that_could_not_be_journaled_was_owed_until_another_process_led() {
    let (world, perils) = (World::new(), Perils::none());
    let life = owing(&world, &perils).await;
    let executes = ByExecutor::new(life.executor.clone());
    assert!(executes.write_what_is_owed().await.is_err());
    perils.store_is_away(false);
    life.lead.0.store(0, Ordering::Relaxed);
    assert!(executes.write_what_is_owed().await.is_err(), "whoever leads looks after it");
    life.lead.0.store(1, Ordering::Relaxed);
    assert_eq!(executes.write_what_is_owed().await, Ok(()));
    assert_eq!((world.open().await, world.journal().await.last().unwrap().as_str()), (0, "action.ended done"));
    assert_eq!(executes.write_what_is_owed().await, Ok(()));
    assert_eq!(world.journal().await.len(), 3, "written once");
}

#[tokio::test(start_paused = true)]
async fn a_process_that_stopped_took_the_end_of_an_action_with_it() {
    let (world, perils) = (World::new(), Perils::none());
    let life = owing(&world, &perils).await;
    assert!(!life.executor.drain(Duration::from_secs(5)).await, "the journal is away");
    let mends = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        perils.store_is_away(false);
    };
    assert!(tokio::join!(life.executor.drain(Duration::from_secs(10)), mends).0);
    assert_eq!(world.open().await, 0, "{:?}", world.journal().await);
}

/// Grants of plans that never began took the place of one that had to be taken back, which a freeze then held back.
#[tokio::test(start_paused = true)]
async fn grants_of_what_never_began_were_held_and_took_the_place_of_what_was_done() {
    let world = World::new();
    let life = world.calm();
    let executes = ByExecutor::new(life.executor.clone());
    assert!(matches!(executes.carry_out(granted(), BTreeSet::new()).await, End::Done { .. }));
    let by = domain::guard::Actor { person: "ann".to_owned(), is_approver: true };
    life.guards.freeze(Scope::All, &by, "a smell of smoke", &Signature::of(Actor::System)).await.unwrap();
    let mut later = 0;
    for number in 0..1_000 {
        let other = granted_of(Plan { id: format!("plan-{number}-other"), ..plan() });
        later += u32::from(other.digest() > granted().digest());
        let end = executes.carry_out(other, BTreeSet::new()).await;
        assert!(matches!(end, End::Refused { .. }), "{end:?}");
    }
    assert!(later >= 128, "{later} would have taken its place");
    assert_eq!(executes.undo(&plan()).await, UndoEnd::Done);
    assert_eq!((world.seen().replicas, world.seen().effects), (2, 2));
}
