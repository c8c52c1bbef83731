//! What the store makes at start, and what it finds there.

use super::double::Double;
use super::{DATABASE, connect, options};
use crate::suite::collections::{ALL, COUNTERS, ITEMS, PAGES};
use mongodb::bson::{Document, doc};
use ports::store::error::StoreError;
use std::collections::BTreeMap;
use store::mongo::{Mongo, Options};

/// The indexes of a collection by name.
async fn indexes(double: &Double, collection: &str) -> BTreeMap<String, Document> {
    let mut told = double.run(DATABASE, doc! {"listIndexes": collection, "cursor": {}}).await;
    let listed = told.get_document_mut("cursor").unwrap().get_array("firstBatch").unwrap().clone();
    let listed = listed.iter().map(|index| index.as_document().unwrap().clone());
    listed.map(|index| (index.get_str("name").unwrap().to_owned(), index)).collect()
}

async fn set_meta(double: &Double, change: Document) {
    let update = doc! {"q": {"_id": "layout"}, "u": change};
    let concern = doc! {"w": "majority", "j": true, "wtimeout": 5000};
    let command = doc! {"update": "meta", "updates": [update], "writeConcern": concern, "maxTimeMS": 5000};
    assert_eq!(double.run(DATABASE, command).await.get_i32("n").unwrap(), 1);
}

async fn refused(double: &Double) -> StoreError {
    match Mongo::connect(Options { collections: ALL, ..options(&double.uri(DATABASE)) }).await {
        Ok(_) => panic!("connected"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn indexes_and_expiry_are_made_at_start() {
    let double = Double::standalone().await;
    connect(options(&double.uri(DATABASE))).await;
    let made = indexes(&double, ITEMS.name).await;
    assert_eq!(
        made["colour_and_rank"].get_document("key").unwrap(),
        &doc! {"keys.colour": 1, "keys.rank": 1, "_id": 1}
    );
    assert_eq!(made["rank"].get_document("key").unwrap(), &doc! {"keys.rank": 1, "_id": 1});
    assert_eq!(made["expiry"].get_document("key").unwrap(), &doc! {"expires_at": 1});
    assert_eq!(made["expiry"].get_i32("expireAfterSeconds").unwrap(), 0);
    assert_eq!(indexes(&double, COUNTERS.name).await.len(), 1);
    assert_eq!(indexes(&double, PAGES.name).await["search_tokens"].get_document("key").unwrap(), &doc! {"tokens": 1});
    double.assert_content().await;
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    let double = Double::standalone().await;
    connect(options(&double.uri(DATABASE))).await;
    set_meta(&double, doc! {"$set": {"version": 7_i64}}).await;
    let told = refused(&double).await;
    let StoreError::Newer { what, found, known } = &told else { panic!("{told:?}") };
    assert_eq!((what.as_str(), *found, *known), (&*format!("mongodb {}/{DATABASE}", double.address), 7, 1));
}

#[tokio::test]
async fn a_database_of_another_program_is_refused() {
    let double = Double::standalone().await;
    connect(options(&double.uri(DATABASE))).await;
    set_meta(&double, doc! {"$set": {"version": "seven"}}).await;
    assert!(matches!(refused(&double).await, StoreError::Corrupt { .. }));
}

#[tokio::test]
async fn a_server_that_steps_down_while_it_is_made_ready_is_waited_for() {
    let double = Double::standalone().await;
    for only in ["find", "update", "createIndexes"] {
        double.fault(doc! {"do": "error", "code": 10107, "times": 2, "only": [only]}).await;
    }
    connect(options(&double.uri(DATABASE))).await;
    assert_eq!(indexes(&double, ITEMS.name).await.len(), 4);
    double.assert_content().await;
}
