//! What is made at start: the record of the layout, the anchors of empty logs, the indexes, and the keys of fields that were declared later.
//!
//! Guarantee: a database of a newer layout is refused before anything in it is read or changed; all of it can be done
//! twice, and by several processes at once.

use super::form::{self, value};
use super::link::{Link, Topology, batch, number};
use super::reading::{Wanted, find};
use mongodb::bson::{Bson, Document, doc};
use ports::store::Log;
use ports::store::collection::Collection;
use ports::store::document::Document as Body;
use ports::store::error::StoreError;

/// Version of the layout that this program makes and reads.
pub(super) const LAYOUT: u32 = 1;

/// Where the layout is recorded.
const META: &str = "meta";

/// Documents that get their keys in one round.
const TOGETHER: usize = 200;

/// Names that no collection of documents may have.
const TAKEN: [&str; 2] = [META, super::log::ANCHORS];

/// Makes everything ready.
pub(super) async fn prepare(link: &Link, collections: &'static [&'static Collection]) -> Result<(), StoreError> {
    let taken = |name: &str| TAKEN.contains(&name) || Log::ALL.iter().any(|log| log.name() == name);
    if let Some(collection) = collections.iter().find(|collection| taken(collection.name)) {
        let message = format!("a collection may not be called {}: the store in MongoDB uses the name", collection.name);
        return Err(StoreError::Invalid { message });
    }
    let hello = link.ask(doc! {"hello": 1}, &mut link.deadline()).await?;
    link.learn(Topology::of(&hello));
    layout(link).await?;
    super::log::prepare(link).await?;
    for collection in collections {
        link.index(doc! {"createIndexes": collection.name, "indexes": indexes(collection)}).await?;
        declare(link, collection).await?;
    }
    Ok(())
}

/// Reads or records the version of the layout.
async fn layout(link: &Link) -> Result<(), StoreError> {
    let Some(found) = record(link, "layout").await? else {
        return note(link, doc! {"_id": "layout"}, doc! {"$setOnInsert": {"version": i64::from(LAYOUT)}}).await;
    };
    let damaged = || StoreError::Corrupt {
        message: format!("{} is no database of this program: its layout has no version; name another one", link.place),
    };
    let found = number(&found, "version").and_then(|version| u32::try_from(version).ok()).ok_or_else(damaged)?;
    if found > LAYOUT {
        return Err(StoreError::Newer { what: link.place.clone(), found, known: LAYOUT });
    }
    Ok(())
}

async fn record(link: &Link, id: &str) -> Result<Option<Document>, StoreError> {
    let command = doc! {"find": META, "filter": {"_id": id}, "limit": 1_i64, "singleBatch": true};
    let answer = link.read(command, &mut link.deadline()).await?;
    Ok(batch(answer, &link.place)?.documents.into_iter().next())
}

/// An update of the record that may be made twice.
async fn note(link: &Link, only: Document, change: Document) -> Result<(), StoreError> {
    super::log::repeat(link, doc! {"update": META, "updates": [{"q": only, "u": change, "upsert": true}]}).await
}

/// The indexes of a collection: those that it declares, each with the id as the last; the one that removes what has
/// expired; those of the search.
pub(super) fn indexes(collection: &Collection) -> Vec<Document> {
    let declared = collection.indexes.iter().map(|fields| {
        let mut key: Document = fields.iter().map(|name| (super::filter::path(name), Bson::Int32(1))).collect();
        key.insert("_id", 1);
        doc! {"key": key, "name": fields.join("_and_")}
    });
    let mut all: Vec<Document> = declared.collect();
    all.push(doc! {"key": {"expires_at": 1}, "name": "expiry", "expireAfterSeconds": 0});
    if collection.searchable {
        all.push(doc! {"key": {"tokens": 1}, "name": "search_tokens"});
        all.push(doc! {"key": {"length": 1}, "name": "search_length"});
    }
    all
}

/// The fields of a collection as this program declares them, with the schema for which they hold.
fn declared(collection: &Collection) -> Vec<String> {
    let of = |field: &ports::store::collection::Field| format!("{}:{}:{:?}", collection.schema, field.name, field.kind);
    collection.fields.iter().map(of).collect()
}

/// Gives documents the keys of fields that were declared after they were written. What a newer program wrote, or what is
/// damaged, is left as it is.
async fn declare(link: &Link, collection: &'static Collection) -> Result<(), StoreError> {
    let id = format!("fields/{}", collection.name);
    let fields = declared(collection);
    let known = record(link, &id).await?;
    let known = known.as_ref().and_then(|known| known.get_array("declared").ok());
    let is_known = |field: &String| known.is_some_and(|known| known.iter().any(|known| known.as_str() == Some(field)));
    if fields.iter().all(is_known) {
        return Ok(());
    }
    let mut after: Option<String> = None;
    loop {
        let mut filter = doc! {"schema": {"$lte": i64::from(collection.schema)}};
        if let Some(id) = &after {
            filter.insert("_id", doc! {"$gt": id});
        }
        let wanted = Wanted { filter, order: doc! {"_id": 1}, projection: None, limit: TOGETHER };
        let found = find(link, collection.name, wanted, &mut link.deadline()).await?;
        let is_last = found.documents.len() < TOGETHER && found.open.is_none();
        after = found.documents.last().and_then(|fields| fields.get_str("_id").ok()).map(str::to_owned);
        let updates: Vec<Document> =
            found.documents.into_iter().filter_map(|fields| keys(collection, fields)).collect();
        if !updates.is_empty() {
            super::log::repeat(link, doc! {"update": collection.name, "updates": updates, "ordered": false}).await?;
        }
        if is_last || after.is_none() {
            break;
        }
    }
    let all: Vec<Bson> = fields.into_iter().map(Bson::from).collect();
    note(link, doc! {"_id": id}, doc! {"$addToSet": {"declared": {"$each": all}}}).await
}

/// The update that gives a document its keys, in the state in which it was read. Keys that this program does not declare
/// stay: a newer one may.
fn keys(collection: &'static Collection, fields: Document) -> Option<Document> {
    let only = doc! {"_id": fields.get_str("_id").ok()?, "write_id": fields.get_object_id("write_id").ok()?};
    let had = fields.get_document("keys").cloned().unwrap_or_default();
    let body = form::read(collection, fields).ok()?.document.body;
    let keys = Body::plain(body).keys(collection).ok()?;
    let set: Document = keys
        .iter()
        .map(|(name, key)| (*name, value(key)))
        .filter(|(name, value)| had.get(name) != Some(value))
        .map(|(name, value)| (super::filter::path(name), value))
        .collect();
    (!set.is_empty()).then(|| doc! {"q": only, "u": {"$set": set}, "upsert": false})
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::store::collections::{HANDLED, MEMORY};

    #[test]
    fn indexes_are_those_that_the_collection_declares_and_the_expiry() {
        assert_eq!(indexes(&HANDLED), [doc! {"key": {"expires_at": 1}, "name": "expiry", "expireAfterSeconds": 0}]);
        let names: Vec<String> =
            indexes(&MEMORY).iter().map(|index| index.get_str("name").unwrap().to_owned()).collect();
        let expected =
            ["kind_and_changed_at", "source", "person", "changed_at", "expiry", "search_tokens", "search_length"];
        assert_eq!(names, expected);
        assert_eq!(
            indexes(&MEMORY)[0].get_document("key").unwrap(),
            &doc! {"keys.kind": 1, "keys.changed_at": 1, "_id": 1}
        );
    }
}
