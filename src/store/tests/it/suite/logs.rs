//! The logs: chained, anchored, read, verified and cut.

use super::{Place, place, start};
use chrono::Duration;
use domain::chain::{Anchor, Checkpoint, Entry, Line};
use ports::store::error::StoreError;
use ports::store::{Log, Store};
use serde_json::json;

fn entry(number: u64) -> Entry {
    let at = start() + Duration::seconds(number.cast_signed());
    Entry { at, kind: "test.step".to_owned(), body: json!({"number": number}), personal: None }
}

async fn append(store: &dyn Store, log: Log, numbers: std::ops::Range<u64>) -> Anchor {
    store.append(log, numbers.map(entry).collect()).await.unwrap()
}

/// The number in each record.
fn numbers(lines: &[Line]) -> Vec<u64> {
    lines.iter().map(|line| line.body["number"].as_u64().unwrap_or(0)).collect()
}

async fn verified(store: &dyn Store, log: Log) -> Anchor {
    let report = store.verify(log).await.unwrap();
    assert!(report.holds() && !report.torn_tail && report.beyond_anchor == 0, "{report:?}");
    assert_eq!(report.end, report.anchor);
    report.anchor
}

pub async fn records_are_chained_and_read_in_order<P: Place>() {
    let place = place::<P>().await;
    let first = append(&*place.store(), Log::Journal, 1..4).await;
    assert_eq!(first.count, 3);
    let second = append(&*place.store(), Log::Journal, 4..6).await;
    assert_eq!(second.count, 5);
    let lines = place.store().read(Log::Journal, 0, 100).await.unwrap();
    assert_eq!(numbers(&lines), [1, 2, 3, 4, 5]);
    let mut end = Anchor::default();
    for (line, number) in lines.iter().zip(1..) {
        assert_eq!((line.sequence, &line.previous, &line.hash), (number, &end.hash, &line.computed_hash()));
        assert_eq!((line.at, line.kind.as_str()), (entry(number).at, "test.step"));
        end = line.anchor();
        if number == 3 {
            assert_eq!(end, first);
        }
    }
    assert_eq!(end, second);
    assert_eq!(verified(&*place.store(), Log::Journal).await, second);
}

pub async fn reading_goes_on_after_a_sequence_number<P: Place>() {
    let place = place::<P>().await;
    append(&*place.store(), Log::Audit, 1..11).await;
    let store = place.store();
    for (after, limit, expected) in
        [(0, 3, vec![1, 2, 3]), (3, 4, vec![4, 5, 6, 7]), (8, 10, vec![9, 10]), (10, 10, vec![]), (99, 1, vec![])]
    {
        assert_eq!(numbers(&store.read(Log::Audit, after, limit).await.unwrap()), expected, "after {after}");
    }
}

pub async fn each_log_is_a_chain_of_its_own<P: Place>() {
    let place = place::<P>().await;
    append(&*place.store(), Log::Journal, 1..4).await;
    assert!(place.store().read(Log::Audit, 0, 10).await.unwrap().is_empty());
    assert_eq!(append(&*place.store(), Log::Audit, 1..2).await.count, 1);
    assert_eq!(verified(&*place.store(), Log::Journal).await.count, 3);
    assert_eq!(verified(&*place.store(), Log::Audit).await.count, 1);
}

pub async fn the_anchor_is_the_end<P: Place>() {
    let place = place::<P>().await;
    assert_eq!(place.store().anchor(Log::Journal).await, Ok(Anchor::default()));
    for round in 1..=3 {
        let told = append(&*place.store(), Log::Journal, round..round + 1).await;
        assert_eq!(place.store().anchor(Log::Journal).await, Ok(told));
    }
    place.store().cut(Log::Journal, 2).await.unwrap();
    let end = verified(&*place.store(), Log::Journal).await;
    assert_eq!(place.store().anchor(Log::Journal).await, Ok(end));
}

pub async fn records_of_another_store_are_adopted<P: Place>() {
    let (from, to) = (place::<P>().await, place::<P>().await);
    append(&*from.store(), Log::Audit, 1..11).await;
    from.store().cut(Log::Audit, 4).await.unwrap();
    let lines = from.store().read(Log::Audit, 0, 100).await.unwrap();
    let (first, second) = lines.split_at(3);
    assert_eq!(to.store().adopt(Log::Audit, first.to_vec()).await, Ok(first[2].anchor()));
    assert_eq!(to.store().adopt(Log::Audit, second.to_vec()).await.unwrap().count, 11);
    assert_eq!(to.store().read(Log::Audit, 0, 100).await.unwrap(), lines);
    assert_eq!(verified(&*to.store(), Log::Audit).await, verified(&*from.store(), Log::Audit).await);
    assert_eq!(append(&*to.store(), Log::Audit, 12..13).await.count, 12);
    verified(&*to.store(), Log::Audit).await;
}

pub async fn records_that_do_not_follow_are_not_adopted<P: Place>() {
    let (from, to) = (place::<P>().await, place::<P>().await);
    append(&*from.store(), Log::Audit, 1..6).await;
    let lines = from.store().read(Log::Audit, 0, 100).await.unwrap();
    let gap = vec![lines[0].clone(), lines[2].clone()];
    let mut edited = lines.clone();
    edited[1].kind = "test.other".to_owned();
    let before = append(&*to.store(), Log::Audit, 9..10).await;
    for wrong in [lines[0..2].to_vec(), lines[1..3].to_vec(), gap.clone(), edited.clone()] {
        let refused = to.store().adopt(Log::Audit, wrong).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    for wrong in [gap, edited] {
        let refused = to.store().adopt(Log::Journal, wrong).await;
        assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
    }
    assert_eq!(verified(&*to.store(), Log::Audit).await, before);
    assert!(to.store().read(Log::Journal, 0, 10).await.unwrap().is_empty(), "nothing of it was taken over");
}

pub async fn concurrent_appends_keep_the_chain<P: Place>() {
    let place = place::<P>().await;
    let tasks = (0..16_u64).map(|task| {
        let store = place.store();
        tokio::spawn(async move {
            for step in 0..5 {
                let first = task * 10 + step * 2;
                append(&*store, Log::Journal, first..first + 2).await;
            }
        })
    });
    futures::future::try_join_all(tasks.collect::<Vec<_>>()).await.unwrap();
    assert_eq!(verified(&*place.store(), Log::Journal).await.count, 160);
    let lines = place.store().read(Log::Journal, 0, 1_000).await.unwrap();
    let found = numbers(&lines);
    assert!(found.chunks(2).all(|pair| pair[1] == pair[0] + 1), "what is appended together stands together: {found:?}");
    let mut sorted = found;
    sorted.sort_unstable();
    assert_eq!(sorted, (0..160).collect::<Vec<_>>());
}

pub async fn a_cut_is_recorded_and_verified<P: Place>() {
    let place = place::<P>().await;
    let store = place.store();
    append(&*store, Log::Audit, 1..11).await;
    let sixth = store.read(Log::Audit, 5, 1).await.unwrap()[0].anchor();
    assert_eq!(store.cut(Log::Audit, 6).await, Ok(6));
    let lines = store.read(Log::Audit, 0, 100).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.sequence).collect::<Vec<_>>(), [7, 8, 9, 10, 11]);
    assert_eq!(lines[4].kind, Checkpoint::KIND);
    let told: Checkpoint = serde_json::from_value(lines[4].body.clone()).unwrap();
    assert_eq!(told.cut, sixth);
    assert_eq!(verified(&*store, Log::Audit).await.count, 11);
    assert_eq!(store.verify(Log::Audit).await.unwrap().first, 7);
    assert_eq!(append(&*store, Log::Audit, 11..12).await.count, 12);
    assert_eq!(store.cut(Log::Audit, 8).await, Ok(2));
    assert_eq!(verified(&*store, Log::Audit).await.count, 13);
}

pub async fn cutting_nothing_or_too_much_is_no_loss<P: Place>() {
    let place = place::<P>().await;
    let store = place.store();
    assert_eq!(store.cut(Log::Journal, 5).await, Ok(0));
    append(&*store, Log::Journal, 1..4).await;
    assert_eq!(store.cut(Log::Journal, 0).await, Ok(0));
    assert_eq!(verified(&*store, Log::Journal).await.count, 3);
    assert_eq!(store.cut(Log::Journal, 99).await, Ok(3));
    let end = verified(&*store, Log::Journal).await;
    let lines = store.read(Log::Journal, 0, 10).await.unwrap();
    assert_eq!(lines.iter().map(|line| line.kind.as_str()).collect::<Vec<_>>(), [Checkpoint::KIND]);
    assert_eq!((end.count, lines[0].sequence), (4, 4));
    assert_eq!(append(&*store, Log::Journal, 4..5).await.count, 5);
    verified(&*store, Log::Journal).await;
}

pub async fn an_empty_log_verifies<P: Place>() {
    let place = place::<P>().await;
    assert_eq!(verified(&*place.store(), Log::Journal).await, Anchor::default());
    assert_eq!(place.store().append(Log::Journal, Vec::new()).await, Ok(Anchor::default()));
    assert!(place.store().read(Log::Journal, 0, 10).await.unwrap().is_empty());
    assert_eq!(verified(&*place.store(), Log::Journal).await, Anchor::default());
}

pub async fn odd_contents_survive<P: Place>() {
    let place = place::<P>().await;
    let odd = Entry {
        at: "2026-03-01T12:00:00.123456789Z".parse().unwrap(),
        kind: "odd \"kind\"\n\u{0}é".to_owned(),
        body: json!({"": [null, 0.1, u64::MAX, {"$set": {"a.b": "\r\n\u{2028}🦀"}}], "large": "x".repeat(200_000)}),
        personal: Some("ab".repeat(32)),
    };
    let scalar = Entry { body: json!("no object"), ..entry(2) };
    place.store().append(Log::Audit, vec![odd.clone(), scalar.clone()]).await.unwrap();
    let lines = place.store().read(Log::Audit, 0, 10).await.unwrap();
    assert!(lines[0].body == odd.body && lines[0].kind == odd.kind && lines[0].personal == odd.personal);
    assert_eq!(lines[0].at, "2026-03-01T12:00:00.123Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap());
    assert_eq!(lines[1].body, scalar.body);
    verified(&*place.store(), Log::Audit).await;
}
