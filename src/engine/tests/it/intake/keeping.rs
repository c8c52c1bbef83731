//! What is acknowledged is kept, what is not kept is not acknowledged, and sources say when they were heard.

use super::cut::Fault;
use super::{World, end_of, signal, source};
use domain::signal::Signal;
use engine::scarlet::intake::heard;
use futures::future::join_all;
use ports::signals::{Intake as _, IntakeError, Taken};
use std::time::Duration;

fn kept(kept: usize, known: usize) -> Result<Taken, IntakeError> {
    Ok(Taken { kept, known, refused: Vec::new() })
}

#[tokio::test(start_paused = true)]
async fn what_is_handed_over_becomes_an_incident_and_is_told() {
    let world = World::new();
    let process = world.process();
    assert_eq!(process.intake.take(vec![signal("Errors", "checkout")]).await, kept(1, 0));
    tokio::time::sleep(Duration::from_secs(3)).await;
    let incidents = world.incidents().await;
    assert_eq!(incidents.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["INC-1"]);
    assert_eq!(*world.listener.0.lock().unwrap(), ["INC-1"]);
    process.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_is_repeated_is_known() {
    let world = World::new();
    let process = world.process();
    let (one, other) = (signal("Errors", "checkout"), signal("Errors", "cart"));
    assert_eq!(process.intake.take(vec![one.clone(), one.clone()]).await, kept(1, 1));
    assert_eq!(process.intake.take(vec![one, other]).await, kept(1, 1));
    process.end().await;
    assert_eq!(world.stands().await.values().sum::<usize>(), 2);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_acknowledged_while_the_store_is_away_and_nothing_is_lost_when_it_is_back() {
    let world = World::new();
    let process = world.process();
    for is_done in [false, true] {
        let one = signal("Errors", if is_done { "cart" } else { "checkout" });
        world.store.fails(Some(Fault { at: 0, is_done }));
        let told = process.intake.take(vec![one.clone(), end_of(&one)]).await;
        assert!(matches!(told, Err(IntakeError::Away { .. })), "{told:?}");
        world.store.fails(None);
        let taken = process.intake.take(vec![one.clone(), end_of(&one)]).await.unwrap();
        assert_eq!(taken.kept + taken.known, 2, "{taken:?}");
    }
    process.end().await;
    assert_eq!(world.stands().await.values().sum::<usize>(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_intake_that_does_not_work_refuses_in_the_end() {
    let told = World::new().intake().take(vec![signal("Errors", "checkout")]).await;
    assert!(matches!(told, Err(IntakeError::Away { .. })), "{told:?}");
    let world = World::new();
    let process = world.process();
    let intake = process.intake.clone();
    process.end().await;
    let told = intake.take(vec![signal("Errors", "checkout")]).await;
    assert!(matches!(told, Err(IntakeError::Away { .. })), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn more_than_there_is_room_for_waits_and_is_refused_and_the_room_comes_back() {
    let world = World::new();
    let intake = world.intake();
    // As large as all the room: the next one finds none while this one waits to be kept.
    let large = Signal { text: "x".repeat(80 * 1024 * 1024), ..signal("Large", "checkout") };
    let (first, second) = tokio::join!(intake.take(vec![large]), intake.take(vec![signal("Errors", "checkout")]));
    assert!(matches!(first, Err(IntakeError::Away { .. })), "{first:?}");
    assert!(matches!(second, Err(IntakeError::Full { .. })), "{second:?}");
}

#[tokio::test]
async fn many_requests_share_one_write() {
    let world = World::new();
    world.store.yields.store(true, std::sync::atomic::Ordering::SeqCst);
    let process = world.process();
    let requests = (0..300).map(|number| {
        let intake = process.intake.clone();
        async move { intake.take(vec![signal("Errors", &format!("workload-{number}"))]).await }
    });
    let told = join_all(requests).await;
    assert!(told.iter().all(|told| *told == kept(1, 0)));
    // Marks and incidents are written meanwhile; one by one it were 300 for keeping alone.
    assert!(world.store.writes() < 100, "{} writes", world.store.writes());
    process.end().await;
    assert_eq!(world.stands().await.values().sum::<usize>(), 300);
}

#[tokio::test(start_paused = true)]
async fn secrets_are_not_kept() {
    let world = World::new();
    let mut loud = signal("Errors", "checkout");
    loud.text = "password=hunter2hunter2 in the log".to_owned();
    loud.labels.insert("url".to_owned(), "https://bob:hunter2hunter2@example.org/".to_owned());
    let process = world.process();
    process.intake.take(vec![loud]).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    process.end().await;
    let query = ports::store::query::Query::of(&ports::store::collections::SIGNALS);
    let kept = ports::store::Store::page(&*world.store, &query).await.unwrap();
    let texts = format!("{:?} {:?}", kept.documents, world.incidents().await);
    assert!(texts.contains("in the log") && !texts.contains("hunter2"), "{texts}");
}

#[tokio::test(start_paused = true)]
async fn each_source_says_when_it_was_last_heard_in_other_processes_too() {
    let world = World::new();
    let (one, other) = (world.process(), world.process());
    one.intake.take(vec![signal("Errors", "checkout")]).await.unwrap();
    one.intake.trouble(&source("never"), "it cannot be reached");
    tokio::time::sleep(Duration::from_secs(11)).await;
    let now = ports::clock::Clock::now(&*world.clock);
    for told in [one.intake.sources(), other.intake.sources(), heard(&*world.store).await.unwrap()] {
        let told: Vec<_> = told.into_iter().map(|one| (one.source.name, one.last_heard_at, one.problem)).collect();
        let trouble = Some("it cannot be reached".to_owned());
        assert_eq!(told, [("never".to_owned(), None, trouble), ("prod".to_owned(), Some(now), None)]);
    }
    one.end().await;
    other.end().await;
}
