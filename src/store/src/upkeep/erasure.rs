//! Everything that is kept of one person goes.
//!
//! Guarantees: every collection that declares whose its documents are is gone through until nothing of the person is
//! found, whether the documents can be read or not; a collection that fails keeps no other from being gone through; the
//! audit trail keeps its chain, because personal data stands beside it; that it was done is recorded, without the
//! person's name. What other people wrote about the person is not found: texts are not searched for names.

use super::{first, remove};
use chrono::{DateTime, Utc};
use domain::audit::{Actor, Kind, Record};
use ports::store::collection::Collection;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use ports::store::{Log, Store};
use std::collections::BTreeMap;

/// Documents removed at once.
const BATCH: usize = 500;

/// Removes what is kept of a person, and records that it was done. Answers with how many documents went, by collection.
///
/// # Errors
/// The first failure of the store; everything else is removed and recorded nevertheless, as unfinished, and doing it
/// again removes the rest.
pub async fn erase_person(
    store: &dyn Store,
    collections: &[&'static Collection],
    person: &str,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<BTreeMap<&'static str, u64>, StoreError> {
    let (mut removed, mut failed) = (BTreeMap::new(), None);
    for collection in collections.iter().copied() {
        let Some(field) = collection.person else { continue };
        let query = Query::of(collection).with(field, Condition::Is(person.into())).limited(BATCH);
        let (count, error) = remove_all(store, &query).await;
        first(&mut failed, error);
        if count > 0 {
            removed.insert(collection.name, count);
        }
    }
    let mut record = Record::new(now, Kind::PersonErased, by).with("removed", serde_json::json!(removed));
    if failed.is_some() {
        record = record.with("unfinished", serde_json::json!(true));
    }
    let recorded = store.append(Log::Audit, vec![record.entry()]).await;
    first(&mut failed, recorded.err());
    failed.map_or(Ok(removed), Err)
}

/// Removes until nothing is found, or nothing more can be removed.
async fn remove_all(store: &dyn Store, query: &Query) -> (u64, Option<StoreError>) {
    let (mut removed, mut failed) = (0_u64, None);
    loop {
        let found = match store.ids(query).await {
            Ok(found) if found.is_empty() => return (removed, failed),
            Ok(found) => found,
            Err(error) => {
                first(&mut failed, Some(error));
                return (removed, failed);
            }
        };
        let (gone, error) = remove(store, query.collection, found, |_| Expect::Any).await;
        // What failed once and is gone now failed no more.
        if gone == 0 {
            first(&mut failed, error);
            return (removed, failed);
        }
        removed = removed.saturating_add(u64::try_from(gone).unwrap_or(u64::MAX));
    }
}
