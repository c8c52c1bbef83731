//! Two processes at once, and a process that dies at every single request to the store: each signal counts once.

use super::cut::Fault;
use super::{World, end_of, signal};
use domain::correlation::Rules;
use domain::incident::{Incident, State};
use domain::intake_queue::HEAD;
use domain::signal::Signal;
use futures::future::join_all;
use ports::signals::Intake as _;
use ports::store::Store as _;
use ports::store::collections::INTAKE;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Troubles of several workloads, more of one, an end, and a storm that becomes one.
fn troubles() -> Vec<Signal> {
    let mut all = vec![
        signal("Errors", "checkout"),
        signal("Slow", "checkout"),
        signal("Errors", "cart"),
        signal("Disk", "database"),
        end_of(&signal("Errors", "cart")),
    ];
    all.extend((0..6).map(|number| signal("NodeNotReady", &format!("w-{number}"))));
    all
}

/// A world in which five of one name are a storm.
fn world() -> World {
    let world = World::new();
    *world.around.0.lock().unwrap() = Arc::new(Rules { storm: 5, ..Rules::default() });
    world
}

/// What counts of the incidents.
fn told(incidents: &[Incident]) -> Vec<(String, State, u32, Vec<u32>)> {
    let counts = |one: &Incident| one.members.iter().map(|member| member.count).collect();
    incidents.iter().map(|one| (one.id.clone(), one.state, one.signals, counts(one))).collect()
}

#[tokio::test]
async fn a_crash_at_any_request_loses_and_doubles_nothing() {
    let whole = world();
    whole.keep(&troubles()).await;
    whole.store.fails(None);
    whole.settle_down().await;
    let (requests, wanted) = (whole.store.asked(), told(&whole.incidents().await));
    assert!(requests > 40 && wanted.iter().filter(|one| one.1 == State::Open).count() == 3, "{requests} {wanted:?}");
    for at in 0..requests {
        for is_done in [false, true] {
            let world = world();
            world.keep(&troubles()).await;
            world.store.fails(Some(Fault { at, is_done }));
            let broken = world.intake().settle_down().await;
            world.store.fails(None);
            assert!(broken.is_err(), "request {at}");
            world.settle_down().await;
            assert_eq!(told(&world.incidents().await), wanted, "request {at}, done: {is_done}");
            assert_eq!(world.stands().await, [("done", troubles().len())].into(), "request {at}, done: {is_done}");
        }
    }
}

#[tokio::test]
async fn processes_that_decide_at_once_make_one_incident_of_one_trouble() {
    for processes in [2, 5] {
        let world = world();
        world.store.yields.store(true, Ordering::SeqCst);
        world.keep(&troubles()).await;
        let working = (0..processes).map(|_| world.settle_down());
        join_all(working).await;
        let incidents = world.incidents().await;
        let open: Vec<&Incident> = incidents.iter().filter(|one| one.is_open()).collect();
        let signals: u32 = incidents.iter().filter(|one| one.state != State::Closed).map(|one| one.signals).sum();
        assert_eq!((open.len(), signals), (3, 10), "{:?}", told(&incidents));
        assert_eq!(world.stands().await, [("done", troubles().len())].into());
    }
}

#[tokio::test(start_paused = true)]
async fn the_same_alerts_at_two_processes_at_once_are_one_incident() {
    let world = World::new();
    world.store.yields.store(true, Ordering::SeqCst);
    let processes = [world.process(), world.process()];
    let deliveries = (0..40).flat_map(|number| {
        processes.each_ref().map(|process| {
            let intake = process.intake.clone();
            async move { intake.take(vec![signal(&format!("Alert{}", number % 4), "checkout")]).await.unwrap() }
        })
    });
    let kept: usize = join_all(deliveries).await.into_iter().map(|taken| taken.kept).sum();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    for process in processes {
        process.end().await;
    }
    let incidents = told(&world.incidents().await);
    assert_eq!((kept, incidents), (4, vec![("INC-1".to_owned(), State::Open, 4, vec![1; 4])]));
}

#[tokio::test]
async fn a_process_that_comes_too_late_with_a_batch_changes_nothing() {
    let world = World::new();
    world.keep(&[signal("Errors", "checkout")]).await;
    // It dies when the batch is decided, and nothing of it is carried out.
    let head = 7;
    world.store.fails(Some(Fault { at: head, is_done: true }));
    assert!(world.intake().settle_down().await.is_err());
    world.store.fails(None);
    assert!(world.store.get(&INTAKE, HEAD).await.unwrap().is_some() && world.incidents().await.is_empty());
    world.store.yields.store(true, Ordering::SeqCst);
    // Several find it, and carry it out side by side; then there is more.
    join_all((0..4).map(|_| world.settle_down())).await;
    world.keep(&[signal("Slow", "checkout")]).await;
    join_all((0..4).map(|_| world.settle_down())).await;
    assert_eq!(told(&world.incidents().await), [("INC-1".to_owned(), State::Open, 2, vec![1, 1])]);
}
