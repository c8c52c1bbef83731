//! Documents of other versions of the program, and damaged ones.

use super::collections::{ALL, ALL_NEWER, ITEMS, NOTES_NEW, NOTES_OLD};
use super::{Place, clock, get, ids, place, put};
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use serde_json::json;

pub async fn a_newer_document_is_refused_not_half_read<P: Place>() {
    let place = P::fresh(clock(), ALL_NEWER).await;
    put(&*place.store(), &NOTES_NEW, "new", json!({"text": "hello", "length": 5})).await;
    let place = match place.reopened_older(ALL).await {
        Ok(place) => place,
        Err(refused) => {
            let StoreError::Newer { what, found: 3, known: 1 } = &refused else { panic!("{refused:?}") };
            assert!(what.contains("suite_notes"), "{what}");
            return;
        }
    };
    put(&*place.store(), &NOTES_OLD, "old", json!({"said": "hello"})).await;
    let refused = place.store().get(&NOTES_OLD, "new").await.unwrap_err();
    let StoreError::Newer { what, found, known } = &refused else { panic!("{refused:?}") };
    assert_eq!((what.as_str(), *found, *known), ("suite_notes/new", 3, 1));
    assert!(refused.to_string().contains("suite_notes/new was written by a newer version"), "{refused}");
    let refused = place.store().page(&Query::of(&NOTES_OLD)).await;
    assert!(matches!(&refused, Err(StoreError::Newer { what, .. }) if what == "suite_notes/new"), "{refused:?}");
    assert_eq!(get(&*place.store(), &NOTES_OLD, "old").await.document.body, json!({"said": "hello"}));
}

pub async fn an_older_document_is_upgraded<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &NOTES_OLD, "old", json!({"said": "hello"})).await;
    let place = place.reopened(ALL_NEWER).await;
    let stored = get(&*place.store(), &NOTES_NEW, "old").await;
    assert_eq!((stored.version, stored.document.body), (1, json!({"text": "hello", "length": 5})));
    let page = place.store().page(&Query::of(&NOTES_NEW)).await.unwrap();
    assert_eq!(page.documents[0].document.body, json!({"text": "hello", "length": 5}));
    assert_eq!(put(&*place.store(), &NOTES_NEW, "old", json!({"text": "again", "length": 6})).await, 2);
    assert_eq!(get(&*place.store(), &NOTES_NEW, "old").await.document.body, json!({"text": "again", "length": 6}));
}

pub async fn a_field_declared_later_is_found<P: Place>() {
    let place = place::<P>().await;
    for said in ["four", "sixsix", "threee", "x"] {
        put(&*place.store(), &NOTES_OLD, said, json!({"said": said})).await;
    }
    let place = place.reopened(ALL_NEWER).await;
    put(&*place.store(), &NOTES_NEW, "new", json!({"text": "new", "length": 3})).await;
    let query = Query::of(&NOTES_NEW).by("length", Direction::Descending);
    let page = place.store().page(&query).await.unwrap();
    assert_eq!(ids(&page.documents), ["threee", "sixsix", "four", "new", "x"]);
    let query = Query::of(&NOTES_NEW).with("length", Condition::Is(6.into()));
    assert_eq!(place.store().count(&query).await, Ok(2));
}

pub async fn what_cannot_be_read_is_listed_and_can_be_removed<P: Place>() {
    let place = place::<P>().await;
    for (id, rank) in [("c", 1), ("b", 2), ("a", 3), ("d", 4)] {
        put(&*place.store(), &ITEMS, id, json!({"rank": rank})).await;
    }
    put(&*place.store(), &ITEMS, "b", json!({"rank": 2})).await;
    place.damage(&ITEMS, "b").await;
    let query = Query::of(&ITEMS).with("rank", Condition::Below(4.into())).by("rank", Direction::Ascending);
    let listed = |ids: &[(&str, u64)]| ids.iter().map(|(id, version)| ((*id).to_owned(), *version)).collect::<Vec<_>>();
    let found = place.store().ids(&query).await.unwrap();
    let version = found.iter().find(|(id, _)| id == "b").unwrap().1;
    assert_eq!(found, listed(&[("c", 1), ("b", version), ("a", 1)]));
    assert_eq!(place.store().ids(&query.clone().limited(1)).await, Ok(listed(&[("c", 1)])));
    assert_eq!(place.store().write(Write::delete(&ITEMS, "b", Expect::Version(version))).await, Ok(0));
    assert_eq!(place.store().ids(&query).await, Ok(listed(&[("c", 1), ("a", 1)])));
    let bad = place.store().ids(&Query::of(&ITEMS).by("weight", Direction::Ascending)).await;
    assert!(matches!(bad, Err(StoreError::Invalid { .. })), "{bad:?}");
}

pub async fn damage_is_told<P: Place>() {
    let place = place::<P>().await;
    put(&*place.store(), &ITEMS, "whole", json!({"rank": 1})).await;
    put(&*place.store(), &ITEMS, "damaged", json!({"rank": 2})).await;
    if !place.damage(&ITEMS, "damaged").await {
        return;
    }
    let told = place.store().get(&ITEMS, "damaged").await;
    let Err(StoreError::Corrupt { message }) = &told else { panic!("{told:?}") };
    assert!(message.contains("suite_items/damaged") && message.contains("restore"), "{message}");
    let told = place.store().page(&Query::of(&ITEMS)).await;
    assert!(matches!(told, Err(StoreError::Corrupt { .. })), "{told:?}");
    assert_eq!(get(&*place.store(), &ITEMS, "whole").await.document.body, json!({"rank": 1}));
}
