//! The whole way: guards, journal, act server, the request, and what the journal says of it afterwards.

use crate::strict::{Manner, Strict};
use crate::world::{granted, hands, server};
use chrono::{DateTime, Utc};
use domain::audit::{Outcome, Record};
use domain::guard::Limits as GuardLimits;
use engine::scarlet::executor::{Became, Ended, Executor, Limits, Parts};
use fakes::{ManualClock, ScriptedToolbox};
use ports::guards::Leading;
use ports::store::{Log, Store, collections};
use ports::toolbox::Toolboxes;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::guards::GuardKeeper;
use store::memory::Memory;

struct Leads;

impl Leading for Leads {
    fn token(&self) -> Option<u64> {
        Some(1)
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

struct World {
    executor: Executor,
    store: Arc<Memory>,
    guards: Arc<GuardKeeper>,
}

fn world(strict: &Strict) -> World {
    let clock = Arc::new(ManualClock::at(now()));
    let store = Memory::new(collections::ALL, clock.clone());
    let guards = Arc::new(GuardKeeper::new(store.clone(), clock.clone(), "test".to_owned(), GuardLimits::default()));
    let parts = Parts {
        store: store.clone(),
        guards: guards.clone(),
        leading: Arc::new(Leads),
        // Nothing is looked at for a webhook.
        tools: Toolboxes::everywhere(Arc::new(ScriptedToolbox::new(Vec::new()))),
        hands: Arc::new(hands(server(&strict.url()), clock.clone())),
        clock,
        telling: Arc::new(|_| ()),
    };
    World {
        executor: Executor::new(parts, Limits { settle: Duration::from_millis(1), ..Limits::default() }),
        store,
        guards,
    }
}

async fn ends(world: &World) -> Vec<Option<Outcome>> {
    let lines = world.store.read(Log::Journal, 0, 100).await.unwrap();
    lines.iter().filter_map(|line| Record::of(line).map(|record| record.outcome)).collect()
}

#[tokio::test]
async fn a_webhook_is_called_and_taken_back_by_the_executor_once_each() {
    let strict = Strict::start().await;
    let world = world(&strict);
    let granted = granted(now());
    let ended = world.executor.carry_out(granted.clone(), BTreeSet::new()).await;
    assert!(matches!(ended, Ended::Done { .. }), "{ended}");
    let again = world.executor.carry_out(granted.clone(), BTreeSet::new()).await;
    assert!(matches!(again, Ended::NotBegun { .. }), "{again}");
    assert!(matches!(world.executor.became(granted.plan()).await, Ok(Became::Done { .. })));
    let undone = world.executor.undo(granted.clone()).await;
    assert!(matches!(undone, Ended::Done { .. }), "{undone}");
    strict.done(|done| {
        let sizes: Vec<_> = done.effects.iter().map(|body| body["size"].as_u64()).collect();
        assert_eq!((sizes, done.faults.len()), (vec![Some(40), Some(20)], 0));
    });
}

#[tokio::test]
async fn a_call_without_an_answer_ends_as_unknown_in_the_journal_and_is_never_made_again() {
    let strict = Strict::start().await;
    strict.is(Manner::DoesAndHangs);
    let world = world(&strict);
    let granted = granted(now());
    let ended = world.executor.carry_out(granted.clone(), BTreeSet::new()).await;
    assert!(matches!(ended, Ended::Unknown { .. }), "{ended}");
    assert!(matches!(ends(&world).await.last(), Some(Some(Outcome::Unknown(_)))));
    strict.is(Manner::Takes);
    let again = world.executor.carry_out(granted.clone(), BTreeSet::new()).await;
    assert!(matches!(again, Ended::NotBegun { .. }), "{again}");
    world.executor.recover().await.unwrap();
    assert_eq!(strict.done(|done| (done.effects.len(), done.keys.len())), (1, 1));
    assert!(world.guards.status().await.unwrap().under_way().is_empty(), "its lock is free for people");
}

#[tokio::test]
async fn a_refusal_ends_as_failed_without_an_effect() {
    let strict = Strict::start().await;
    strict.is(Manner::Refuses(403));
    let world = world(&strict);
    let ended = world.executor.carry_out(granted(now()), BTreeSet::new()).await;
    assert!(matches!(ended, Ended::Failed { .. }), "{ended}");
    assert_eq!(strict.done(|done| done.effects.len()), 0);
}
