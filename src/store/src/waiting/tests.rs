//! What waits, as values: order, room, and that waiting changes nothing about the end.

use super::buffer::{Buffer, FIRST_WAITING_VERSION};
use crate::memory::Memory;
use fakes::ManualClock;
use ports::store::Store as _;
use ports::store::collections::{ALL, TURNS};
use ports::store::document::{Change, Document, Expect, Write};
use ports::store::error::StoreError;
use proptest::prelude::*;
use serde_json::json;
use std::sync::Arc;

fn put(id: &str, expect: Expect, number: u64) -> Write {
    Write::put(&TURNS, id, expect, Document::plain(json!({"number": number})))
}

#[test]
fn the_oldest_is_dropped_and_counted() {
    let mut buffer = Buffer::new(2, 1_000_000);
    for (id, expected) in [("a", vec![]), ("b", vec![]), ("a", vec![]), ("c", vec!["turns/a".to_owned()])] {
        assert_eq!(buffer.take(put(id, Expect::Any, 1), false).unwrap().dropped, expected, "{id}");
    }
    assert_eq!((buffer.count().waiting, buffer.count().dropped), (2, 1));
    assert_eq!(buffer.due().unwrap().write.id, "b");
}

#[test]
fn bytes_are_bounded_and_given_back() {
    let large = |id: &str| Write::put(&TURNS, id, Expect::Any, Document::plain(json!({"text": "x".repeat(4_000)})));
    let mut buffer = Buffer::new(100, 10_000);
    for id in ["a", "b"] {
        assert!(buffer.take(large(id), false).unwrap().dropped.is_empty());
    }
    assert_eq!(buffer.take(large("c"), false).unwrap().dropped, ["turns/a"]);
    assert!(buffer.count().bytes <= 10_000);
    let giant = Write::put(&TURNS, "d", Expect::Any, Document::plain(json!({"text": "x".repeat(10_000)})));
    assert!(matches!(buffer.take(giant, false), Err(StoreError::TooLarge { .. })));
    while let Some(due) = buffer.due() {
        buffer.made(&due, 1);
    }
    assert_eq!((buffer.count().waiting, buffer.count().bytes), (0, 0));
}

#[test]
fn swaps_go_on_from_the_waiting_version() {
    let mut buffer = Buffer::new(10, 1_000_000);
    let first = buffer.take(put("a", Expect::Version(7), 1), false).unwrap().version;
    assert!(first >= FIRST_WAITING_VERSION);
    let conflict = StoreError::Conflict { found: Some(first) };
    for wrong in [Expect::Absent, Expect::Version(8), Expect::Version(first + 1)] {
        assert_eq!(buffer.take(put("a", wrong, 2), false), Err(conflict.clone()));
    }
    let second = buffer.take(put("a", Expect::Version(first), 2), false).unwrap().version;
    assert!(second > first);
    let due = buffer.due().unwrap();
    assert_eq!((due.write.expect, &due.write.change), (Expect::Version(7), &put("a", Expect::Any, 2).change));
}

#[test]
fn what_changes_while_it_is_written_goes_on_from_what_was_written() {
    let mut buffer = Buffer::new(10, 1_000_000);
    let first = buffer.take(put("a", Expect::Absent, 1), false).unwrap().version;
    let due = buffer.due().unwrap();
    buffer.take(put("a", Expect::Version(first), 2), false).unwrap();
    buffer.made(&due, 1);
    let due = buffer.due().unwrap();
    assert_eq!((due.write.expect, &due.write.change), (Expect::Version(1), &put("a", Expect::Any, 2).change));
    buffer.made(&due, 2);
    assert!(buffer.due().is_none());
}

#[test]
fn a_write_in_doubt_that_stands_is_recognised() {
    let clock = Arc::new(ManualClock::at_unix_seconds(1_790_000_000));
    let store = Memory::new(ALL, clock);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        for changes_meanwhile in [false, true] {
            let mut buffer = Buffer::new(10, 1_000_000);
            let id = format!("{changes_meanwhile}");
            store.write(put(&id, Expect::Absent, 1)).await.unwrap();
            let version = buffer.take(put(&id, Expect::Absent, 1), true).unwrap().version;
            if changes_meanwhile {
                buffer.take(put(&id, Expect::Version(version), 2), false).unwrap();
            }
            let due = buffer.due().unwrap();
            let found = store.get(&TURNS, &id).await.unwrap();
            assert!(buffer.overtaken(&due, found.as_ref()));
            let next = buffer.due().map(|due| due.write.expect);
            assert_eq!(next, changes_meanwhile.then_some(Expect::Version(1)));
        }
    });
}

#[test]
fn what_was_made_and_deleted_while_it_waited_needs_nothing() {
    let mut buffer = Buffer::new(10, 1_000_000);
    let version = buffer.take(put("a", Expect::Absent, 1), false).unwrap().version;
    assert_eq!(buffer.take(Write::delete(&TURNS, "a", Expect::Version(version)), false).unwrap().version, 0);
    assert!(buffer.due().is_none());
    buffer.take(put("a", Expect::Absent, 1), true).unwrap();
    buffer.take(Write::delete(&TURNS, "a", Expect::Any), false).unwrap();
    assert_eq!(buffer.due().unwrap().write.expect, Expect::Any, "it may have been made");
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Put(u8, u64),
    Delete(u8),
    PutOnWhatIsSeen(u8, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0_u8..3, 0_u64..9).prop_map(|(id, number)| Step::Put(id, number)),
        (0_u8..3).prop_map(Step::Delete),
        (0_u8..3, 0_u64..9).prop_map(|(id, number)| Step::PutOnWhatIsSeen(id, number)),
    ];
    prop::collection::vec(step, 0..30)
}

proptest! {
    /// Writes that wait from some point on and are made up later leave the same documents as writes that never waited.
    #[test]
    fn waiting_changes_nothing_about_the_end(before in steps(), away in steps()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let clock = Arc::new(ManualClock::at_unix_seconds(1_790_000_000));
            let (plain, real) = (Memory::new(ALL, clock.clone()), Memory::new(ALL, clock));
            let mut buffer = Buffer::new(100, 1_000_000);
            for (step, waits) in before.iter().map(|step| (step, false)).chain(away.iter().map(|step| (step, true))) {
                let id = match step { Step::Put(id, _) | Step::Delete(id) | Step::PutOnWhatIsSeen(id, _) => format!("{id}") };
                let write = |expect| match step {
                    Step::Delete(_) => Write::delete(&TURNS, &*id, Expect::Any),
                    Step::Put(_, number) => put(&id, Expect::Any, *number),
                    Step::PutOnWhatIsSeen(_, number) => put(&id, expect, *number),
                };
                let on = |seen: Option<u64>| seen.map_or(Expect::Absent, Expect::Version);
                let seen = plain.get(&TURNS, &id).await.unwrap().map(|stored| stored.version);
                plain.write(write(on(seen))).await.unwrap();
                let known = real.get(&TURNS, &id).await.unwrap();
                let seen = buffer.seen(&TURNS, &id).unwrap_or(known).map(|stored| stored.version);
                if waits {
                    buffer.take(write(on(seen)), false).unwrap();
                } else {
                    real.write(write(on(seen))).await.unwrap();
                }
            }
            while let Some(due) = buffer.due() {
                let version = real.write(due.write.clone()).await.unwrap();
                buffer.made(&due, version);
            }
            for id in ["0", "1", "2"] {
                let body = |found: Option<ports::store::document::Stored>| found.map(|stored| stored.document);
                let (left, right) = (plain.get(&TURNS, id).await.unwrap(), real.get(&TURNS, id).await.unwrap());
                assert_eq!(body(left), body(right), "{id}");
            }
            assert_eq!(buffer.count().bytes, 0);
        });
    }
}

#[test]
fn a_deletion_that_waits_is_seen_as_absence() {
    let mut buffer = Buffer::new(10, 1_000_000);
    buffer.take(Write::delete(&TURNS, "a", Expect::Version(3)), false).unwrap();
    assert_eq!(buffer.seen(&TURNS, "a"), Some(None));
    assert_eq!(buffer.take(put("a", Expect::Version(3), 1), false), Err(StoreError::Conflict { found: None }));
    buffer.take(put("a", Expect::Absent, 2), false).unwrap();
    let due = buffer.due().unwrap();
    assert_eq!((due.write.expect, matches!(due.write.change, Change::Put(_))), (Expect::Version(3), true));
}
