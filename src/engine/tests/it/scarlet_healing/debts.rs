//! Debts that cannot be paid: tried more and more seldom, and never before what happened to the incident.

use super::script::{World, world};
use super::settle;
use chrono::TimeDelta;
use domain::approval::Choice;
use domain::heal::{Heal, Owed};
use domain::policy::Verdict;
use std::time::Duration;

async fn tries(world: &World, wait: Duration) -> u32 {
    tokio::time::advance(wait).await;
    let before = world.script.tries_to_conclude();
    settle(world).await;
    world.script.tries_to_conclude() - before
}

#[tokio::test(start_paused = true)]
async fn a_debt_that_could_not_be_paid_was_tried_at_every_pass() {
    let world = world(Verdict::Allow).await;
    world.script.concludes(false);
    settle(&world).await;
    world.after(TimeDelta::seconds(40)).await;
    assert_eq!(tries(&world, Duration::ZERO).await, 1);
    // Twice as long each time, and never longer than five minutes.
    for pause in [5, 10, 20, 40, 80, 160, 300, 300] {
        let (before, rest) = (Duration::from_secs(pause - 1), Duration::from_secs(1));
        assert_eq!((tries(&world, before).await, tries(&world, rest).await), (0, 1), "after {pause} s");
    }
    world.script.concludes(true);
    assert_eq!(tries(&world, Duration::from_mins(5)).await, 1);
    assert_eq!(world.load::<Heal>("INC-1").await.owed, Vec::new());
}

/// A debt that hung held up, at every pass, what people had decided.
#[tokio::test(start_paused = true)]
async fn a_debt_that_hung_was_waited_for_before_a_yes_was_seen() {
    let world = world(Verdict::Ask).await;
    world.script.is_unsure();
    world.script.hangs_in_hearing();
    settle(&world).await;
    let owed = world.load::<Heal>("INC-1").await.owed;
    assert!(owed.iter().any(|debt| matches!(debt.what, Owed::Alert { .. })), "{owed:?}");
    world.vote(Choice::Approve).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let waited = tokio::time::timeout(Duration::from_secs(1), world.pass()).await;
    assert!(waited.is_err(), "the debt was to hang");
    assert_eq!(world.load::<Heal>("INC-1").await.stage.name(), "granted");
}
