//! What is sent arrives whole, or is refused.

use super::*;
use crate::memory::Memory;
use chrono::{DateTime, Utc};
use domain::chain::Entry;
use fakes::clock::ManualClock;
use ports::store::Log;
use ports::store::collections::{ALL, EVENTS, TURNS};
use ports::store::document::{Document, Expect, Write};
use serde_json::json;
use std::sync::Arc;

fn start() -> DateTime<Utc> {
    "2026-11-21T03:00:00Z".parse().unwrap()
}

fn empty() -> Arc<Memory> {
    Memory::new(ALL, Arc::new(ManualClock::at(start())))
}

/// More than one batch of documents and of records, with everything that a document can have.
async fn filled() -> Arc<Memory> {
    let store = empty();
    for number in 0..1_234 {
        let body =
            json!({"conversation": "c", "number": number, "text": "ä\u{0} \u{1F980}", "huge": u64::MAX, "part": 0.1});
        let write = Write::put(&TURNS, format!("t{number}"), Expect::Absent, Document::plain(body));
        store.write(write).await.unwrap();
    }
    let words = domain::memory::words::Words { text: vec!["pool".to_owned()], ..Default::default() };
    let expires_at = Some(start() + chrono::TimeDelta::days(1));
    let event = Document { body: json!({"kind": "signal"}), words: Some(words), expires_at };
    store.write(Write::put(&EVENTS, "e", Expect::Absent, event)).await.unwrap();
    let words = domain::memory::words::Words { text: vec!["drained".to_owned()], ..Default::default() };
    let kept = Document { words: Some(words), ..Document::plain(json!({"kind": "change"})) };
    store.write(Write::put(&EVENTS, "kept", Expect::Absent, kept)).await.unwrap();
    let entries = (0..1_100).map(|number| Entry {
        at: start(),
        kind: "freeze.on".to_owned(),
        body: json!({"number": number}),
        personal: (number % 7 == 0).then(|| "00".to_owned()),
    });
    store.append(Log::Audit, entries.collect()).await.unwrap();
    store
}

async fn exported(store: &Memory) -> (Tally, Vec<u8>) {
    let mut file = Vec::new();
    let tally = export(store, ALL, start(), &mut file).await.unwrap();
    (tally, file)
}

#[tokio::test]
async fn what_is_exported_is_imported_whole() {
    let store = filled().await;
    store.cut(Log::Audit, 50).await.unwrap();
    let (sent, file) = exported(&store).await;
    assert_eq!((sent.collections["turns"].count, sent.logs["audit"].count), (1_234, 1_100 - 50 + 1));
    let target = empty();
    let arrived = import(target.as_ref(), ALL, &mut file.as_slice()).await.unwrap();
    assert_eq!(arrived, sent);
    assert_eq!(arrived, tally(store.as_ref(), ALL).await.unwrap());
    let event = target.get(&EVENTS, "e").await.unwrap().unwrap();
    assert_eq!(event, store.get(&EVENTS, "e").await.unwrap().unwrap());
    assert!(target.verify(Log::Audit).await.unwrap().holds(), "a log that was cut is still whole where it arrives");
}

#[tokio::test]
async fn a_store_moves_into_an_empty_one_only() {
    let (store, target) = (filled().await, empty());
    let sent = migrate(store.as_ref(), target.as_ref(), ALL).await.unwrap();
    assert_eq!(tally(target.as_ref(), ALL).await.unwrap(), sent);
    let refused = migrate(store.as_ref(), target.as_ref(), ALL).await.unwrap_err();
    assert!(matches!(&refused, TransferError::NotEmpty { held } if held == "1234 documents of turns"), "{refused}");
}

#[tokio::test]
async fn what_is_no_whole_export_is_refused() {
    let store = filled().await;
    let (_, file) = exported(&store).await;
    let text = String::from_utf8(file).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let but_the_last = lines.split_last().unwrap().1.join("\n") + "\n";
    let but_one = lines.iter().enumerate().filter(|(place, _)| *place != 7).map(|(_, line)| format!("{line}\n"));
    let cases = [
        (String::new(), "does not begin"),
        ("{}\n".to_owned(), "line 1"),
        ("hello\n".to_owned(), "line 1"),
        (text[..text.len() - 10].to_owned(), "not whole"),
        (but_the_last, "ends before its tally"),
        (but_one.collect(), "were sent"),
        (text.replacen("\"number\":700", "\"number\":701", 1), "hash differs"),
        (text.replacen("drained", "trained", 1), "hash differs"),
        (text.replacen("\"collection\":\"turns\"", "\"collection\":\"turnips\"", 1), "no collection turnips"),
        (text.replacen("\"version\":1", "\"version\":2", 1), "newer version"),
        (text.replacen("\"schema\":1", "\"schema\":9", 1), "newer version"),
    ];
    for (file, told) in cases {
        let refused = import(empty().as_ref(), ALL, &mut file.as_bytes()).await.unwrap_err().to_string();
        assert!(refused.contains(told), "{refused:?} does not tell {told:?}");
    }
}

#[tokio::test]
async fn an_edited_record_is_not_taken_over() {
    let store = filled().await;
    let (_, file) = exported(&store).await;
    let edited = String::from_utf8(file).unwrap().replacen("{\"number\":3}", "{\"number\":4}", 1);
    let refused = import(empty().as_ref(), ALL, &mut edited.as_bytes()).await.unwrap_err();
    assert!(matches!(refused, TransferError::Store(StoreError::Invalid { .. })), "{refused}");
}

#[tokio::test]
async fn an_export_can_be_imported_when_some_of_it_has_expired() {
    let store = filled().await;
    let (sent, file) = exported(&store).await;
    assert_eq!(sent.collections["events"].count, 1, "what ends by itself stands in no tally");
    let later = Memory::new(ALL, Arc::new(ManualClock::at(start() + chrono::TimeDelta::days(2))));
    assert_eq!(import(later.as_ref(), ALL, &mut file.as_slice()).await.unwrap(), sent);
    assert_eq!(later.get(&EVENTS, "e").await, Ok(None));
}
