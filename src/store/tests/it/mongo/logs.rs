//! The logs, written by several processes and changed behind the store's back.

use super::double::Double;
use super::{DATABASE, connect, options};
use chrono::Utc;
use domain::chain::{Entry, Finding};
use mongodb::bson::{Document, doc};
use ports::store::error::StoreError;
use ports::store::{Log, Store as _};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

fn entry(by: u64, number: u64) -> Entry {
    let body = json!({"by": by, "number": number});
    Entry { at: Utc::now(), kind: "test.step".to_owned(), body, personal: None }
}

/// A change by somebody else than the store.
async fn tamper(double: &Double, mut command: Document) {
    command.insert("writeConcern", doc! {"w": "majority", "j": true, "wtimeout": 5000});
    command.insert("maxTimeMS", 5000);
    assert_eq!(double.run(DATABASE, command.clone()).await.get_i32("n").unwrap(), 1, "{command}");
}

fn change(sequence: i64, update: Document) -> Document {
    doc! {"update": "journal", "updates": [{"q": {"_id": sequence}, "u": update}]}
}

#[tokio::test]
async fn two_processes_write_one_chain_while_connections_die() {
    let double = Double::standalone().await;
    let stores = [connect(options(&double.uri(DATABASE))).await, connect(options(&double.uri(DATABASE))).await];
    for fault in [
        doc! {"do": "close", "apply": "yes", "only": ["insert"], "times": 3},
        doc! {"do": "close", "only": ["insert", "update"], "times": 3},
        doc! {"do": "close", "apply": "late", "milliseconds": 40, "only": ["insert"], "times": 3},
        doc! {"do": "error", "code": 11602, "apply": "yes", "only": ["insert", "update"], "times": 3},
    ] {
        double.fault(fault).await;
    }
    let writers = (0..8_u64).map(|by| {
        let store = Arc::clone(&stores[usize::try_from(by % 2).unwrap()]);
        tokio::spawn(async move {
            for number in 0..10 {
                store.append(Log::Journal, vec![entry(by, number)]).await.unwrap();
            }
        })
    });
    futures::future::try_join_all(writers.collect::<Vec<_>>()).await.unwrap();
    let lines = stores[0].read(Log::Journal, 0, 1_000).await.unwrap();
    let written: BTreeSet<_> =
        lines.iter().map(|line| (line.body["by"].as_u64(), line.body["number"].as_u64())).collect();
    assert_eq!((lines.len(), written.len()), (80, 80), "each once");
    let report = stores[1].verify(Log::Journal).await.unwrap();
    assert!(report.holds() && report.end.count == 80 && report.beyond_anchor == 0, "{report:?}");
    double.assert_content().await;
}

#[tokio::test]
async fn edits_losses_and_forgeries_are_found() {
    for (name, commands, expected) in [
        ("a body that was edited", vec![change(3, doc! {"$set": {"line": "{\"sequence\":3}"}})], "Unreadable"),
        (
            "a record that is missing",
            vec![doc! {"delete": "journal", "deletes": [{"q": {"_id": 3_i64}, "limit": 1}]}],
            "Broken",
        ),
        ("a lost tail", vec![doc! {"delete": "journal", "deletes": [{"q": {"_id": 5_i64}, "limit": 1}]}], "LostTail"),
        (
            "a lost anchor",
            vec![doc! {"delete": "anchors", "deletes": [{"q": {"_id": "journal"}, "limit": 1}]}],
            "NoAnchor",
        ),
        (
            "a cut that no record tells of",
            vec![doc! {"update": "anchors", "updates": [{"q": {"_id": "journal"}, "u": {"$set": {"cut": 2_i64}}}]}],
            "UnrecordedCut",
        ),
    ] {
        let double = Double::standalone().await;
        let store = connect(options(&double.uri(DATABASE))).await;
        store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
        for command in commands {
            tamper(&double, command).await;
        }
        let report = store.verify(Log::Journal).await.unwrap();
        let found = |finding: &Finding| format!("{finding:?}").starts_with(expected);
        assert!(report.findings.iter().any(found), "{name}: {report:?}");
    }
}

#[tokio::test]
async fn nothing_is_appended_to_a_log_that_lost_its_tail() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
    tamper(&double, doc! {"delete": "journal", "deletes": [{"q": {"_id": 5_i64}, "limit": 1}]}).await;
    let reopened = connect(options(&double.uri(DATABASE))).await;
    let told = reopened.append(Log::Journal, vec![entry(0, 9)]).await;
    assert!(matches!(&told, Err(StoreError::Corrupt { message }) if message.contains("audit verify")), "{told:?}");
}

/// A new anchor was made in silence, so that nobody could see any more that the end of the log was lost with the old one.
#[tokio::test]
async fn nothing_is_appended_to_a_log_whose_anchor_is_lost() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
    tamper(&double, doc! {"delete": "anchors", "deletes": [{"q": {"_id": "journal"}, "limit": 1}]}).await;
    let reopened = connect(options(&double.uri(DATABASE))).await;
    for (who, store) in [("who knew the end", &store), ("again", &store), ("who reads the end", &reopened)] {
        let told = store.append(Log::Journal, vec![entry(0, 9)]).await;
        let Err(StoreError::Corrupt { message }) = &told else { panic!("{who}: {told:?}") };
        assert!(message.contains("anchor") && message.contains("audit verify"), "{who}: {message}");
    }
    assert!(matches!(reopened.read(Log::Journal, 0, 9).await, Err(StoreError::Corrupt { .. })));
    assert!(matches!(reopened.anchor(Log::Journal).await, Err(StoreError::Corrupt { .. })));
    let report = reopened.verify(Log::Journal).await.unwrap();
    assert!(report.findings.iter().any(|finding| matches!(finding, Finding::NoAnchor { .. })), "{report:?}");
    assert_eq!(reopened.append(Log::Audit, vec![entry(0, 1)]).await.unwrap().count, 1, "the other log goes on");
    double.assert_content().await;
}

#[tokio::test]
async fn nothing_is_appended_after_another_record_than_was_acknowledged() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
    let hash = doc! {"$set": {"hash": "0".repeat(64)}};
    tamper(&double, doc! {"update": "anchors", "updates": [{"q": {"_id": "journal"}, "u": hash}]}).await;
    let reopened = connect(options(&double.uri(DATABASE))).await;
    let told = reopened.append(Log::Journal, vec![entry(0, 9)]).await;
    assert!(matches!(&told, Err(StoreError::Corrupt { message }) if message.contains("audit verify")), "{told:?}");
}

/// Two that made the anchor at the same time could leave that of the shorter chain.
#[tokio::test]
async fn the_first_appends_of_two_processes_are_both_anchored() {
    for _ in 0..5 {
        let double = Double::standalone().await;
        let uri = double.uri(DATABASE);
        let (one, two) = tokio::join!(connect(options(&uri)), connect(options(&uri)));
        let appended = tokio::join!(
            one.append(Log::Journal, vec![entry(1, 1)]),
            two.append(Log::Journal, vec![entry(2, 1), entry(2, 2)])
        );
        let largest = appended.0.unwrap().count.max(appended.1.unwrap().count);
        assert_eq!((largest, one.anchor(Log::Journal).await.unwrap().count), (3, 3));
        assert!(two.verify(Log::Journal).await.unwrap().holds());
    }
}

/// Records that no caller was ever told of were read as if they had been acknowledged.
#[tokio::test]
async fn records_beyond_the_anchor_are_not_read() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
    let third = store.read(Log::Journal, 2, 1).await.unwrap()[0].anchor();
    let anchor = doc! {"$set": {"count": 3_i64, "hash": third.hash}};
    tamper(&double, doc! {"update": "anchors", "updates": [{"q": {"_id": "journal"}, "u": anchor}]}).await;
    let read = async |after| -> Vec<u64> {
        store.read(Log::Journal, after, 10).await.unwrap().iter().map(|line| line.sequence).collect()
    };
    assert_eq!(read(0).await, [1, 2, 3]);
    assert_eq!(read(2).await, [3]);
    assert_eq!(read(4).await, [0_u64; 0]);
    assert_eq!(store.verify(Log::Journal).await.unwrap().beyond_anchor, 2, "they are looked at all the same");
}

#[tokio::test]
async fn records_that_were_never_acknowledged_are_gone_on_from() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..5).map(|number| entry(0, number)).collect()).await.unwrap();
    // As if the process had died between the records and their anchor.
    let third = store.read(Log::Journal, 2, 1).await.unwrap()[0].anchor();
    let anchor = doc! {"$set": {"count": 3_i64, "hash": third.hash}};
    tamper(&double, doc! {"update": "anchors", "updates": [{"q": {"_id": "journal"}, "u": anchor}]}).await;
    let report = store.verify(Log::Journal).await.unwrap();
    assert!(report.holds() && report.beyond_anchor == 2, "{report:?}");
    let reopened = connect(options(&double.uri(DATABASE))).await;
    assert_eq!(reopened.append(Log::Journal, vec![entry(0, 9)]).await.unwrap().count, 6);
    assert!(reopened.verify(Log::Journal).await.unwrap().holds());
}

#[tokio::test]
async fn a_cut_that_was_interrupted_is_finished_by_the_next() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    store.append(Log::Journal, (0..10).map(|number| entry(0, number)).collect()).await.unwrap();
    double.fault(doc! {"do": "error", "code": 13, "only": ["delete"]}).await;
    let told = store.cut(Log::Journal, 6).await;
    assert!(matches!(told, Err(StoreError::Denied { .. })), "{told:?}");
    // Some of them went, in whatever order.
    tamper(&double, doc! {"delete": "journal", "deletes": [{"q": {"_id": 4_i64}, "limit": 1}]}).await;
    let report = store.verify(Log::Journal).await.unwrap();
    assert!(report.holds() && report.first == 7, "{report:?}");
    assert_eq!(store.read(Log::Journal, 0, 1).await.unwrap()[0].sequence, 7);
    assert_eq!(store.cut(Log::Journal, 7).await, Ok(6), "five that were left, and one more");
    assert!(store.verify(Log::Journal).await.unwrap().holds());
}

#[tokio::test]
async fn an_adoption_that_was_disturbed_takes_each_record_once() {
    let (from, to) = (Double::standalone().await, Double::standalone().await);
    let (source, target) = (connect(options(&from.uri(DATABASE))).await, connect(options(&to.uri(DATABASE))).await);
    source.append(Log::Audit, (0..1_200).map(|number| entry(0, number)).collect()).await.unwrap();
    let lines = source.read(Log::Audit, 0, 2_000).await.unwrap();
    to.fault(doc! {"do": "close", "apply": "yes", "only": ["insert"]}).await;
    to.fault(doc! {"do": "close", "only": ["insert"]}).await;
    to.fault(doc! {"do": "close", "apply": "late", "milliseconds": 40, "only": ["insert"]}).await;
    assert_eq!(target.adopt(Log::Audit, lines.clone()).await.unwrap(), lines[1_199].anchor());
    assert_eq!(target.read(Log::Audit, 0, 2_000).await.unwrap(), lines);
    assert!(target.verify(Log::Audit).await.unwrap().holds());
}
