//! A failure and a death at every single step of an action, of its undo, and of the recovery after it.
//!
//! Held each time: at most one effect for each grant, none without its beginning in the journal, no open action forgotten,
//! no lock left behind, the chain whole, and what is told agrees with the world.

use super::perils::{Peril, Perils};
use super::scene::{Life, World, granted};
use domain::guard::Outcome;
use engine::scarlet::executor::{Ended, Executor, Recovered, Recovery};
use ports::store::{Log, Store};
use std::collections::BTreeSet;
use std::sync::Arc;

/// More steps than any of these runs has.
const ENOUGH: usize = 200;

/// The end of an action; `None` where the process died over it.
async fn until_death(perils: &Perils, work: impl Future<Output = Ended>) -> Option<Ended> {
    tokio::select! {
        biased;
        ended = work => Some(ended),
        () = perils.death() => None,
    }
}

async fn carry_out(life: &Life) -> Ended {
    life.executor.carry_out(granted(), BTreeSet::from(["chain:shop".to_owned()])).await
}

/// What a new process finds, after which nothing is left open.
async fn recovered(world: &World, name: &str) -> Vec<Recovered> {
    let life = world.calm();
    let found = life.executor.recover().await.unwrap();
    assert!(found.iter().all(|found| !matches!(found.recovery, Recovery::Left { .. })), "{name}: {found:?}");
    for found in &found {
        hold_told(world, found, name);
    }
    // Whoever did not hear of the end asks again: it is not begun a second time.
    let again = carry_out(&life).await;
    assert!(matches!(again, Ended::NotBegun { .. } | Ended::Stale { .. } | Ended::Done { .. }), "{name}: {again:?}");
    life.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap();
    assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
    found
}

/// What is told agrees with the world.
fn hold_told(world: &World, found: &Recovered, name: &str) {
    let (effects, is_undo) = (world.seen().effects, found.is_undo);
    match &found.recovery {
        Recovery::Finished { .. } => assert!(effects >= if is_undo { 2 } else { 1 }, "{name}: {found}"),
        Recovery::GivenUp { .. } => assert!(effects <= u32::from(is_undo), "{name}: {found}"),
        Recovery::Unknown { .. } | Recovery::Left { .. } => {}
    }
}

async fn hold_everything(world: &World, effects_at_most: u32, name: &str) {
    assert!(world.seen().effects <= effects_at_most, "{name}: {:?} {:?}", world.seen(), world.journal().await);
    assert_eq!(world.open().await, 0, "{name}: {:?}", world.journal().await);
    let guards = world.calm().guards.status().await.unwrap();
    assert_eq!(guards.under_way(), [], "{name}: {:?}", world.journal().await);
    assert!(world.store.verify(Log::Journal).await.unwrap().holds(), "{name}");
}

fn hold_end(world: &World, ended: &Ended, name: &str) {
    let effects = world.seen().effects;
    match ended {
        Ended::Done { .. } => assert_eq!(effects, 1, "{name}: {ended:?}"),
        Ended::Unknown { .. } => {}
        _ => assert_eq!(effects, 0, "{name}: {ended:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_fails_at_whichever_step_there_is_at_most_one_effect_and_nothing_is_forgotten() {
    let mut runs = 0;
    for peril in Peril::ALL {
        for step in 0..ENOUGH {
            let (world, perils, name) = (World::new(), Perils::at(step, peril), format!("{peril:?} at {step}"));
            let life = world.life(&perils);
            if let Some(ended) = until_death(&perils, carry_out(&life)).await {
                hold_end(&world, &ended, &name);
            }
            if !perils.came() {
                break;
            }
            runs += 1;
            assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
            drop(life);
            recovered(&world, &name).await;
            hold_everything(&world, 1, &name).await;
        }
    }
    assert!(runs >= 40, "{runs}");
}

#[tokio::test(start_paused = true)]
async fn a_death_in_the_middle_of_a_recovery_changes_nothing_of_that() {
    for first in Peril::DEATHS {
        for step in 0..ENOUGH {
            let perils = Perils::at(step, first);
            if !dies_at(&World::new(), &perils).await {
                break;
            }
            for second in Peril::DEATHS {
                for later in 0..ENOUGH {
                    let world = World::new();
                    dies_at(&world, &Perils::at(step, first)).await;
                    let perils = Perils::at(later, second);
                    let life = world.life(&perils);
                    tokio::select! {
                        biased;
                        _ = life.executor.recover() => {}
                        () = perils.death() => {}
                    }
                    if !perils.came() {
                        break;
                    }
                    let name = format!("{first:?} at {step}, {second:?} at {later} of the recovery");
                    drop(life);
                    recovered(&world, &name).await;
                    hold_everything(&world, 1, &name).await;
                }
            }
        }
    }
}

async fn dies_at(world: &World, perils: &Arc<Perils>) -> bool {
    let life = world.life(perils);
    until_death(perils, carry_out(&life)).await;
    perils.came()
}

#[tokio::test(start_paused = true)]
async fn an_undo_that_fails_or_dies_at_any_step_is_made_at_most_once() {
    for peril in Peril::ALL {
        for step in 0..ENOUGH {
            let (world, name) = (World::new(), format!("{peril:?} at {step} of the undo"));
            assert!(matches!(carry_out(&world.calm()).await, Ended::Done { .. }));
            let perils = Perils::at(step, peril);
            let life = world.life(&perils);
            let ended = until_death(&perils, life.executor.undo(granted())).await;
            if !perils.came() {
                assert!(matches!(ended, Some(Ended::Done { .. })), "{ended:?}");
                break;
            }
            if let Some(ended) = &ended {
                let effects = world.seen().effects;
                let agrees = match ended {
                    Ended::Done { .. } => effects == 2,
                    Ended::Unknown { .. } => true,
                    _ => effects == 1,
                };
                assert!(agrees, "{name}: {ended:?} with {effects} effects");
            }
            assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
            drop(life);
            recovered(&world, &name).await;
            hold_everything(&world, 2, &name).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_died_after_its_effect_is_found_done_and_can_be_taken_back() {
    // The first death after the effect: the steps before it end without one.
    let mut found_done = 0;
    for step in 0..ENOUGH {
        let world = World::new();
        if !dies_at(&world, &Perils::at(step, Peril::DiesAfter)).await {
            break;
        }
        if world.seen().effects == 0 {
            continue;
        }
        let life = world.calm();
        let found = life.executor.recover().await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].recovery, Recovery::Finished { is_held: true }, "{found:?}");
        let plan = found[0].plan.clone().unwrap();
        let back = life.executor.to_take_back(*plan).await.unwrap().unwrap();
        assert_eq!(back.forward(), None, "what the journal grants is only the way back");
        let ended = life.executor.undo(Arc::new(back)).await;
        assert!(matches!(ended, Ended::Done { .. }), "{ended:?}");
        assert_eq!((world.seen().replicas, world.seen().effects), (2, 2));
        assert!(life.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap());
        hold_everything(&world, 2, "taken back").await;
        found_done += 1;
    }
    assert!(found_done > 0);
}

#[tokio::test(start_paused = true)]
async fn two_processes_that_are_given_the_same_plan_at_once_do_it_once() {
    for _ in 0..20 {
        let world = World::new();
        let (one, other) = (world.calm(), world.calm());
        other.lead.0.store(1, std::sync::atomic::Ordering::Relaxed);
        let ends = tokio::join!(carry_out(&one), carry_out(&other));
        let done = [&ends.0, &ends.1].into_iter().filter(|ended| matches!(ended, Ended::Done { .. })).count();
        assert_eq!((done, world.seen().effects), (1, 1), "{ends:?}");
        one.executor.conclude(granted().digest(), Outcome::Succeeded).await.unwrap();
        hold_everything(&world, 1, "two at once").await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_that_another_process_looks_after_is_not_done_by_the_first_any_more() {
    // The first process stands still right before each of its steps; another looks after what is open meanwhile.
    for step in 0..ENOUGH {
        let world = World::new();
        let perils = Perils::at(step, Peril::DiesBefore);
        if !dies_at(&world, &perils).await {
            break;
        }
        let found = world.calm().executor.recover().await.unwrap();
        if found.iter().any(|found| matches!(found.recovery, Recovery::GivenUp { .. })) {
            let guards = world.calm().guards.status().await.unwrap();
            let id = Executor::action_of(granted().digest());
            assert!(!guards.under_way().iter().any(|action| action.id == id), "at {step}: {found:?}");
        }
    }
}
