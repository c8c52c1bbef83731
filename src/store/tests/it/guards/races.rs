//! Eight keepers that want at once what only some may have.

use super::world::{World, automatic};
use crate::sqlite::Embedded;
use crate::suite::Place;
use chrono::TimeDelta;
use domain::guard::{Outcome, Refusal, Request, Start, Started};
use futures::future::join_all;
use ports::clock::{Clock, SystemClock};
use ports::store::Store;
use ports::store::collections::ALL;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::guards::{GuardKeeper, NotDone};
use store::memory::Memory;

fn tokens(answers: &[Result<Started, NotDone>]) -> BTreeSet<u64> {
    answers.iter().flatten().map(|started| started.token).collect()
}

#[tokio::test(start_paused = true)]
async fn of_eight_keepers_one_starts_on_each_chain() {
    let world = World::new();
    let processes = world.processes(8);
    let mut wanted = Vec::new();
    for (number, process) in processes.iter().enumerate() {
        for chain in 0..4 {
            let (id, object) = (format!("action-{number}-{chain}"), format!("object-{number}-{chain}"));
            let request = process.request(&id, &object, &[&format!("prod database-{chain}")], Start::Approved);
            wanted.push(async move { process.keeper.begin(&request).await });
        }
    }
    let answers = join_all(wanted).await;
    assert_eq!(tokens(&answers), BTreeSet::from([1, 2, 3, 4]), "one a chain, each with a token of its own");
    let refused = answers.iter().filter(|answer| matches!(answer, Err(NotDone::Refused(Refusal::ChainLocked { .. }))));
    assert_eq!(refused.count(), 28, "{answers:?}");
    let guards = processes[0].keeper.status().await.expect("it can be read");
    assert_eq!(guards.under_way().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn of_eight_keepers_as_many_start_as_the_cap_allows_within_any_hour() {
    let world = World::new();
    let processes = world.processes(8);
    for round in 0..3 {
        let wanted = processes.iter().enumerate().flat_map(|(number, process)| {
            (0..3).map(move |action| {
                let name = format!("object-{round}-{number}-{action}");
                let request = process.request(&name, &name, &[], automatic());
                async move { process.keeper.begin(&request).await }
            })
        });
        let answers = join_all(wanted).await;
        assert_eq!(tokens(&answers).len(), 5, "round {round}: {answers:?}");
        let refused = answers.iter().filter(|answer| matches!(answer, Err(NotDone::Refused(Refusal::RateCap { .. }))));
        assert_eq!(refused.count(), 19, "round {round}: {answers:?}");
        tokio::time::sleep(Duration::from_secs(3_601)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_action_that_is_delivered_to_eight_keepers_starts_once() {
    let world = World::new();
    let processes = world.processes(8);
    let wanted = processes.iter().map(|process| async move {
        let request = process.request("action", "checkout", &[], Start::Approved);
        process.keeper.begin(&request).await
    });
    let answers = join_all(wanted).await;
    assert_eq!(answers.iter().flatten().count(), 1, "{answers:?}");
    let again = processes[0].request("action", "checkout", &[], Start::Approved);
    assert_eq!(
        processes[0].keeper.begin(&again).await,
        Err(NotDone::Refused(Refusal::AlreadyBegun { id: "action".to_owned() }))
    );
}

#[tokio::test(start_paused = true)]
async fn what_one_keeper_ended_rests_for_all() {
    let world = World::new();
    let processes = world.processes(2);
    let begin = |id: &'static str, which: usize| {
        let process = &processes[which];
        async move { process.keeper.begin(&process.request(id, "checkout", &[], Start::Approved)).await }
    };
    let started = begin("one", 0).await.expect("nothing speaks against it");
    assert_eq!(processes[1].keeper.holds("one", started.token).await, Ok(()));
    processes[0].keeper.end("one", started.token, Outcome::Succeeded).await.expect("it is under way");
    let refusal = begin("two", 1).await.expect_err("it rests");
    assert!(matches!(refusal, NotDone::Refused(Refusal::CoolingDown { .. })), "{refusal}");
    assert!(processes[1].keeper.holds("one", started.token).await.is_err());
    tokio::time::sleep(Duration::from_secs(601)).await;
    begin("two", 1).await.expect("it has rested");
}

/// The same race on threads, without any delay of the test's own.
async fn threads_that_race(store: Arc<dyn Store>) {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let world = World::new();
    let template = world.process("template");
    let tasks = (0..8).flat_map(|number| {
        let keeper = GuardKeeper::new(store.clone(), clock.clone(), format!("thread-{number}"), Default::default());
        let (keeper, template) = (Arc::new(keeper), &template);
        let clock = clock.clone();
        (0..6).map(move |action| {
            let name = format!("object-{number}-{action}");
            let request = template.request(&name, &name, &[&format!("chain-{action}")], automatic());
            let request = Request { deadline: clock.now() + TimeDelta::minutes(30), ..request };
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.begin(&request).await })
        })
    });
    let answers = join_all(tasks.collect::<Vec<_>>()).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.expect("no panic")).collect();
    let started = answers.iter().flatten().count();
    assert_eq!((started, tokens(&answers).len()), (5, 5), "six chains, but a cap of five: {answers:?}");
    let is_refused = |answer: &Result<Started, NotDone>| {
        matches!(answer, Ok(_) | Err(NotDone::Refused(Refusal::RateCap { .. } | Refusal::ChainLocked { .. })))
    };
    assert!(answers.iter().all(is_refused), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_race_on_memory_get_no_more_than_the_cap_and_one_a_chain() {
    threads_that_race(Memory::new(ALL, Arc::new(SystemClock))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn threads_that_race_on_the_embedded_store_get_no_more_than_the_cap_and_one_a_chain() {
    let place = Embedded::fresh(Arc::new(SystemClock), ALL).await;
    threads_that_race(place.store()).await;
}
