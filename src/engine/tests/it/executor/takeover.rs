//! What a process did and did not live to take back: the next one does, once, by the journal's word, and not while frozen.
//!
//! Held wherever the first process dies, and wherever the second does: at most one undo takes effect, nothing is left open,
//! and what is answered agrees with the world.

use super::perils::{Peril, Perils};
use super::scene::{Life, World, granted, plan};
use domain::audit::Actor;
use domain::guard::Scope;
use domain::heal::{End, UndoEnd};
use domain::verification::Outcome;
use engine::scarlet::executor::Executor;
use engine::scarlet::reconciler::ByExecutor;
use engine::scarlet::reconciler::seams::Executes as _;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::guards::Signature;

/// More steps than any of these runs has.
const ENOUGH: usize = 200;

fn by(life: &Life) -> ByExecutor {
    ByExecutor::new(life.executor.clone())
}

/// A world in which a process did the action, and died with all that it held in memory.
async fn done_by_one_that_died() -> World {
    let world = World::new();
    let end = by(&world.calm()).carry_out(granted(), BTreeSet::new()).await;
    assert!(matches!(end, End::Done { .. }), "{end:?}");
    world
}

/// What the next process does about an undo that is wanted and of which nobody knows: asks after it, and takes back what
/// was never begun to be taken back. As the healing does it.
async fn taken_up(by: &ByExecutor) -> UndoEnd {
    by.recover().await.unwrap();
    match by.ask_after_undo(&plan()).await {
        Some(UndoEnd::NeverBegun) => by.undo(&plan()).await,
        Some(end) => end,
        None => UndoEnd::StillUnderWay,
    }
}

async fn concluded(world: &World, by: &ByExecutor, name: &str) {
    by.conclude(granted().digest(), Outcome::Worse).await.unwrap();
    assert!(world.seen().effects <= 2, "{name}: {:?} {:?}", world.seen(), world.journal().await);
    assert_eq!(world.open().await, 0, "{name}: {:?}", world.journal().await);
    assert_eq!(world.calm().guards.status().await.unwrap().under_way(), [], "{name}");
}

async fn freeze(life: &Life) {
    let by = domain::guard::Actor { person: "ann".to_owned(), is_approver: true };
    life.guards.freeze(Scope::All, &by, "a smell of smoke", &Signature::of(Actor::System)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_process_did_that_died_is_taken_back_by_the_next_once() {
    let world = done_by_one_that_died().await;
    let life = world.calm();
    let next = by(&life);
    assert!(matches!(next.ask_after(&plan()).await, End::Done { .. }));
    assert_eq!(taken_up(&next).await, UndoEnd::Done);
    assert_eq!((world.seen().replicas, world.seen().effects), (2, 2));
    // Asked again, by itself or by another, it is not done again.
    assert!(!matches!(next.undo(&plan()).await, UndoEnd::Done));
    assert_eq!(taken_up(&by(&world.calm())).await, UndoEnd::Done, "the journal tells that it was done");
    assert_eq!((world.seen().replicas, world.seen().effects), (2, 2));
    assert_eq!(life.hands.breaches(), Vec::<String>::new());
    concluded(&world, &next, "taken back once").await;
}

#[tokio::test(start_paused = true)]
async fn wherever_the_first_process_dies_what_it_did_is_taken_back_and_what_it_did_not_is_not() {
    let mut taken_back = 0;
    for peril in Peril::DEATHS {
        for step in 0..ENOUGH {
            let (world, perils, name) = (World::new(), Perils::at(step, peril), format!("{peril:?} at {step}"));
            let life = world.life(&perils);
            tokio::select! {
                biased;
                _ = life.executor.carry_out(granted(), BTreeSet::new()) => {}
                () = perils.death() => {}
            }
            if !perils.came() {
                break;
            }
            drop(life);
            let life = world.calm();
            let next = by(&life);
            next.recover().await.unwrap();
            if matches!(next.ask_after(&plan()).await, End::Done { .. }) {
                assert_eq!(taken_up(&next).await, UndoEnd::Done, "{name}");
                assert_eq!((world.seen().replicas, world.seen().effects), (2, 2), "{name}");
                taken_back += 1;
            } else {
                assert_ne!(next.undo(&plan()).await, UndoEnd::Done, "{name}");
                assert!(world.seen().effects <= 1, "{name}");
            }
            assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
            concluded(&world, &next, &name).await;
        }
    }
    assert!(taken_back > 0);
}

#[tokio::test(start_paused = true)]
async fn wherever_the_second_process_dies_over_it_the_third_takes_it_back_once_or_tells_people() {
    let (mut done, mut told) = (0, 0);
    for peril in Peril::ALL {
        for step in 0..ENOUGH {
            let (world, name) = (done_by_one_that_died().await, format!("{peril:?} at {step} of the undo"));
            let perils = Perils::at(step, peril);
            let life = world.life(&perils);
            let second = by(&life);
            let undone = async { second.undo(&plan()).await };
            let answer = tokio::select! {
                biased;
                end = undone => Some(end),
                () = perils.death() => None,
            };
            if !perils.came() {
                assert_eq!(answer, Some(UndoEnd::Done));
                break;
            }
            if answer == Some(UndoEnd::Done) {
                assert_eq!(world.seen().effects, 2, "{name}");
            }
            assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
            drop((second, life));
            let life = world.calm();
            let third = by(&life);
            match taken_up(&third).await {
                UndoEnd::Done => {
                    assert_eq!((world.seen().replicas, world.seen().effects), (2, 2), "{name}");
                    done += 1;
                }
                UndoEnd::Failed(_) => told += 1,
                other => panic!("{name}: {other:?} is no end"),
            }
            assert_eq!(life.hands.breaches(), Vec::<String>::new(), "{name}");
            concluded(&world, &third, &name).await;
        }
    }
    assert!(done > told, "{done} were taken back, {told} told to people");
}

#[tokio::test(start_paused = true)]
async fn two_processes_that_take_it_back_at_once_do_it_once() {
    for _ in 0..20 {
        let world = done_by_one_that_died().await;
        let (one, other) = (world.calm(), world.calm());
        other.lead.0.store(2, std::sync::atomic::Ordering::Relaxed);
        let (first, second) = (by(&one), by(&other));
        let (plan, again) = (plan(), plan());
        let ends = tokio::join!(first.undo(&plan), second.undo(&again));
        let done = [&ends.0, &ends.1].into_iter().filter(|end| **end == UndoEnd::Done).count();
        assert_eq!((done, world.seen().replicas, world.seen().effects), (1, 2, 2), "{ends:?}");
        concluded(&world, &first, "two at once").await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_found_is_not_taken_back_while_frozen() {
    let world = done_by_one_that_died().await;
    let life = world.calm();
    freeze(&life).await;
    let next = by(&life);
    let end = taken_up(&next).await;
    assert!(matches!(&end, UndoEnd::Failed(why) if why.contains("frozen")), "{end:?}");
    assert_eq!((world.seen().replicas, world.seen().effects), (3, 1));
    concluded(&world, &next, "frozen").await;
}

#[tokio::test(start_paused = true)]
async fn a_freeze_right_before_the_effect_stops_an_undo_of_what_was_found() {
    let world = done_by_one_that_died().await;
    let perils = Perils::none();
    let life = world.life(&perils);
    let look = perils.looking.lock().await;
    let next = Arc::new(by(&life));
    let running = tokio::spawn({
        let next = Arc::clone(&next);
        async move { next.undo(&plan()).await }
    });
    let undo = Executor::undo_of(granted().digest());
    while world.told.lock().unwrap().iter().all(|told| told.action != undo) {
        tokio::task::yield_now().await;
    }
    freeze(&life).await;
    drop(look);
    let end = running.await.unwrap();
    assert!(matches!(&end, UndoEnd::Failed(why) if why.contains("frozen")), "{end:?}");
    assert_eq!((world.seen().replicas, world.seen().effects), (3, 1));
    concluded(&world, &next, "frozen before the effect").await;
}

#[tokio::test(start_paused = true)]
async fn what_somebody_changed_since_is_not_taken_back_by_the_next_process() {
    let changes: [fn(&mut super::scene::Deployment); 3] = [
        |seen| (seen.replicas, seen.version, seen.generation) = (7, 20, 9),
        |seen| (seen.life, seen.version, seen.generation) = (2, 20, 1),
        |seen| seen.is_there = false,
    ];
    for change in changes {
        let world = done_by_one_that_died().await;
        world.change(change);
        let next = by(&world.calm());
        let end = taken_up(&next).await;
        assert!(matches!(end, UndoEnd::Failed(_)), "{end:?}");
        assert_eq!(world.seen().effects, 1);
        concluded(&world, &next, "changed since").await;
    }
}
