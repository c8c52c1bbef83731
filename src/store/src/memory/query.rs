//! Pages and counts.

use super::cursor::Cursor;
use super::documents::{Documents, Kept};
use chrono::{DateTime, Utc};
use ports::store::collection::{Collection, FieldKind};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Page, Query};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// One page.
pub(super) fn page(documents: &Documents, query: &Query, now: DateTime<Utc>) -> Result<Page, StoreError> {
    let collection = query.collection;
    let mut found = ordered(documents, query, now)?;
    let more = found.len() > query.limit;
    found.truncate(query.limit);
    let next_cursor = found.last().filter(|_| more).map(|(at, _)| at.text());
    let documents = found.iter().map(|(at, kept)| kept.stored(collection, &at.id)).collect::<Result<_, _>>()?;
    Ok(Page { documents, next_cursor })
}

/// Ids and versions of the first documents, whether they can be read or not.
pub(super) fn ids(documents: &Documents, query: &Query, now: DateTime<Utc>) -> Result<Vec<(String, u64)>, StoreError> {
    let found = ordered(documents, &query.clone().after(None), now)?;
    Ok(found.into_iter().take(query.limit).map(|(at, kept)| (at.id, kept.version)).collect())
}

/// All documents that a query wants after its cursor, in its order.
fn ordered<'a>(
    documents: &'a Documents,
    query: &Query,
    now: DateTime<Utc>,
) -> Result<Vec<(Cursor, &'a Kept)>, StoreError> {
    let collection = query.collection;
    query.check()?;
    let after = query.cursor.as_deref().map(|text| Cursor::read(text, query)).transpose()?;
    let mut found: Vec<(Cursor, &Kept)> = Vec::new();
    for (id, kept) in documents.living(collection, now)? {
        let keys = kept.keys(collection, id);
        let at = Cursor { key: query.order_by.and_then(|field| keys.get(field)).cloned(), id: id.clone() };
        let ordered = query.order_by.is_none() || at.key.is_some();
        let beyond = after.as_ref().is_none_or(|after| in_direction(after, &at, query.direction).is_lt());
        if ordered && beyond && fits(&keys, &query.conditions) {
            found.push((at, kept));
        }
    }
    found.sort_by(|(left, _), (right, _)| in_direction(left, right, query.direction));
    Ok(found)
}

/// How many.
pub(super) fn count(documents: &Documents, query: &Query, now: DateTime<Utc>) -> Result<u64, StoreError> {
    // Order, cursor and limit do not matter, whatever they are.
    Query { limit: 1, order_by: None, ..query.clone() }.check()?;
    let living = documents.living(query.collection, now)?;
    let found = living.filter(|(id, kept)| fits(&kept.keys(query.collection, id), &query.conditions)).count();
    Ok(u64::try_from(found).unwrap_or(u64::MAX))
}

/// Whether every condition holds.
pub(super) fn fits(keys: &BTreeMap<&'static str, Key>, conditions: &[(&'static str, Condition)]) -> bool {
    conditions.iter().all(|(field, condition)| {
        keys.get(field).is_some_and(|key| match condition {
            Condition::Is(wanted) => key == wanted,
            Condition::OneOf(wanted) => wanted.contains(key),
            Condition::AtLeast(least) => key >= least,
            Condition::Below(bound) => key < bound,
        })
    })
}

/// Whether a key is a value of such a field.
pub(super) fn is_of(key: &Key, kind: FieldKind) -> bool {
    matches!((key, kind), (Key::Text(_), FieldKind::Text) | (Key::Integer(_), FieldKind::Integer | FieldKind::Time))
}

fn in_direction(left: &Cursor, right: &Cursor, direction: Direction) -> Ordering {
    match direction {
        Direction::Ascending => left.cmp(right),
        Direction::Descending => right.cmp(left),
    }
}

/// A query that cannot be answered.
pub(super) fn invalid(collection: &Collection, what: &str) -> StoreError {
    StoreError::Invalid { message: format!("a query over {}: {what}", collection.name) }
}
