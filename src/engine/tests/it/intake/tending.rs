//! What only time ends, beside what cannot be read.

use super::World;
use crate::shaky::{approval, began, incident, put};
use chrono::TimeDelta;
use domain::incident::{Incident, PendingDecision, State};
use domain::intake_queue::HeardBook;
use ports::store::Store as _;
use ports::store::collections::{APPROVALS, INTAKE};
use ports::store::document::{Document, Expect, Write};
use serde_json::json;
use std::time::Duration;

/// An incident of which nothing fires any more, and which nobody has ended.
fn quiet(id: &str) -> Incident {
    let signal = json!({
        "fingerprint": id, "source": {"kind": "alertmanager", "name": "prod"}, "name": id, "is_firing": false,
        "since": began(), "last_seen": began(), "count": 2, "severity": "high",
    });
    Incident { members: vec![serde_json::from_value(signal).unwrap()], state: State::Open, ..incident(id) }
}

async fn states_after_a_minute(world: &World) -> Vec<(String, State)> {
    let process = world.process();
    tokio::time::sleep(Duration::from_secs(60)).await;
    process.end().await;
    world.incidents().await.into_iter().map(|one| (one.id, one.state)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_book_of_sources_that_could_not_be_read_kept_every_incident_from_ending() {
    let world = World::new();
    let damaged = Document::plain(json!({"sources": "none that could be read"}));
    world.store.write(Write::put(&INTAKE, HeardBook::ID, Expect::Any, damaged)).await.unwrap();
    put(&*world.store, &quiet("INC-1")).await;
    assert_eq!(states_after_a_minute(&world).await, [("INC-1".to_owned(), State::Resolved)]);
}

#[tokio::test(start_paused = true)]
async fn an_approval_that_could_not_be_read_kept_other_incidents_from_ending() {
    let world = World::new();
    let asked = approval("APR-1", 1);
    let damaged = Document::plain(json!({"state": "pending", "changed_at": began(), "id": asked.id}));
    world.store.write(Write::put(&APPROVALS, &asked.id, Expect::Any, damaged)).await.unwrap();
    let expires_at = began() + TimeDelta::minutes(30);
    let pending = PendingDecision { approval: asked.id, summary: "Roll it back".to_owned(), expires_at };
    // The newest is looked at first.
    let changed_at = began() + TimeDelta::seconds(1);
    let asking = Incident { environment: "staging".to_owned(), changed_at, pending: Some(pending), ..quiet("INC-2") };
    put(&*world.store, &asking).await;
    put(&*world.store, &quiet("INC-1")).await;
    let mut states = states_after_a_minute(&world).await;
    states.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(states, [("INC-1".to_owned(), State::Resolved), ("INC-2".to_owned(), State::Open)]);
}
