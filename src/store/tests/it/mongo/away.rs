//! A server that is not there, or does not let us in.

use super::double::{Double, uri};
use super::{DATABASE, connect, options};
use crate::suite::collections::{ALL, ITEMS};
use fakes::fault_proxy::FaultProxy;
use mongodb::bson::doc;
use ports::store::Store as _;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use serde_json::json;
use std::time::Duration;
use store::mongo::{Mongo, Options};

fn write(id: &str) -> Write {
    Write::put(&ITEMS, id, Expect::Absent, Document::plain(json!({})))
}

#[tokio::test]
async fn refused_credentials_are_told_without_them() {
    let double = Double::standalone().await;
    let uri = format!("mongodb://jamie:hunter2@{}/{DATABASE}?directConnection=true", double.address);
    let Err(refused) = Mongo::connect(Options { collections: ALL, ..options(&uri) }).await else { panic!("let in") };
    let StoreError::Denied { message } = &refused else { panic!("{refused:?}") };
    assert!(message.contains("credentials") && message.contains("authSource"), "{message}");
    assert!(message.contains(&format!("{}/{DATABASE}", double.address)), "{message}");
    assert!(!format!("{refused:?}").contains("hunter2") && !message.contains("jamie"), "{message}");
}

#[tokio::test]
async fn permission_that_is_missing_is_told() {
    let double = Double::standalone().await;
    let store = connect(options(&double.uri(DATABASE))).await;
    double.fault(doc! {"do": "error", "code": 13, "only": ["insert"]}).await;
    let told = store.write(write("one")).await;
    assert!(matches!(&told, Err(StoreError::Denied { message }) if message.contains("readWrite")), "{told:?}");
}

#[tokio::test]
async fn a_server_that_is_away_at_start_is_used_when_it_comes() {
    let double = Double::standalone().await;
    let proxy = FaultProxy::start(double.address).await;
    proxy.refuse().await;
    let soon = Options {
        selection: Duration::from_millis(300),
        operation: Duration::from_millis(800),
        ..options(&uri(proxy.address(), DATABASE))
    };
    let store = connect(soon).await;
    let told = store.write(write("one")).await;
    let Err(StoreError::Unavailable { message }) = &told else { panic!("{told:?}") };
    assert!(message.contains(&format!("{}/{DATABASE}", proxy.address())), "{message}");
    assert!(matches!(store.health().await, Err(StoreError::Unavailable { .. })));
    proxy.come_back().await;
    let mut answer = store.write(write("one")).await;
    for _ in 0..50 {
        if !matches!(answer, Err(StoreError::Unavailable { .. })) {
            break;
        }
        answer = store.write(write("one")).await;
    }
    assert_eq!(answer, Ok(1));
    double.assert_content().await;
}

/// All that was told was that there was no answer within so many milliseconds; not that the connection was refused.
#[tokio::test]
async fn an_operation_that_ran_out_of_time_tells_what_was_wrong() {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    for (selection, operation) in [(300, 800), (300, 500), (3_000, 1_000)] {
        let uri = format!("mongodb://jamie:hunter2@{gone}/{DATABASE}?directConnection=true");
        let soon = Options {
            selection: Duration::from_millis(selection),
            operation: Duration::from_millis(operation),
            ..options(&uri)
        };
        let store = connect(soon).await;
        for told in [store.write(write("one")).await.map(drop), store.get(&ITEMS, "one").await.map(drop)] {
            let Err(StoreError::Unavailable { message }) = &told else { panic!("{told:?}") };
            assert!(message.contains("Connection refused") && message.contains(&gone.to_string()), "{message}");
            assert!(!message.contains("hunter2") && !message.contains("jamie"), "{message}");
        }
    }
}

/// Opening waited for as long as an operation may take, and so did the first operation once more.
#[tokio::test]
async fn opening_looks_for_a_server_no_longer_than_the_selection_may_take() {
    let gone = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let patient = Options {
        selection: Duration::from_millis(300),
        operation: Duration::from_secs(3_600),
        ..options(&uri(gone, DATABASE))
    };
    assert!(tokio::time::timeout(Duration::from_secs(60), connect(patient)).await.is_ok(), "it waits for an hour");
}

#[tokio::test]
async fn a_connection_string_that_is_none_is_refused() {
    let Err(refused) = Mongo::connect(options("mongodb://jamie:hunter2@/x")).await else { panic!("connected") };
    assert!(matches!(refused, StoreError::Invalid { .. }), "{refused:?}");
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
}
