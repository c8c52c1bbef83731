//! Queries as filters, orders and cursors. Pure.

use super::form::{alive, value};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use mongodb::bson::{Bson, Document, doc};
use ports::store::collection::FieldKind;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Query};
use serde::{Deserialize, Serialize};

/// Where a page ended: the last document's value of the field that it is ordered by, and its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    number: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    id: String,
}

/// The filter of a query that was checked, without its cursor.
pub(super) fn matching(conditions: &[(&'static str, Condition)], now: DateTime<Utc>) -> Vec<Document> {
    let wanted = |condition: &Condition| match condition {
        Condition::Is(key) => doc! {"$eq": value(key)},
        Condition::OneOf(keys) => doc! {"$in": keys.iter().map(value).collect::<Vec<_>>()},
        Condition::AtLeast(key) => doc! {"$gte": value(key)},
        Condition::Below(key) => doc! {"$lt": value(key)},
    };
    let alive = doc! {"expires_at": alive(now)};
    let conditions = conditions.iter().map(|(name, condition)| doc! {path(name): wanted(condition)});
    std::iter::once(alive).chain(conditions).collect()
}

/// The filter of a page that was checked.
pub(super) fn of_page(query: &Query, now: DateTime<Utc>) -> Result<Document, StoreError> {
    let mut all = matching(&query.conditions, now);
    if let Some(name) = query.order_by {
        all.push(doc! {path(name): {"$exists": true}});
    }
    if let Some(cursor) = &query.cursor {
        all.push(after(query, cursor)?);
    }
    Ok(doc! {"$and": all})
}

/// The order of a page.
pub(super) fn order(query: &Query) -> Document {
    let way = match query.direction {
        Direction::Ascending => 1,
        Direction::Descending => -1,
    };
    match query.order_by {
        Some(name) => doc! {path(name): way, "_id": way},
        None => doc! {"_id": way},
    }
}

/// The cursor after this document of a page.
pub(super) fn cursor(query: &Query, fields: &Document) -> Option<String> {
    let id = fields.get_str("_id").ok()?.to_owned();
    let mut cursor = Cursor { number: None, text: None, id };
    if let Some(name) = query.order_by {
        match fields.get_document("keys").ok()?.get(name)? {
            Bson::Int64(number) => cursor.number = Some(*number),
            Bson::Int32(number) => cursor.number = Some(i64::from(*number)),
            Bson::String(text) => cursor.text = Some(text.clone()),
            _ => return None,
        }
    }
    serde_json::to_vec(&cursor).ok().map(|json| URL_SAFE_NO_PAD.encode(json))
}

/// Fields of documents as they lie there.
pub(super) fn path(name: &str) -> String {
    format!("keys.{name}")
}

fn after(query: &Query, cursor: &str) -> Result<Document, StoreError> {
    let wrong = || StoreError::Invalid {
        message: format!("{}: the cursor is none that a page with this order gave", query.collection.name),
    };
    let json = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
    let Cursor { number, text, id } = serde_json::from_slice(&json).map_err(|_| wrong())?;
    let beyond = match query.direction {
        Direction::Ascending => "$gt",
        Direction::Descending => "$lt",
    };
    let Some(name) = query.order_by else {
        return if number.is_none() && text.is_none() { Ok(doc! {"_id": {beyond: id}}) } else { Err(wrong()) };
    };
    let kind = query.collection.field(name).map(|field| field.kind);
    let at: Bson = match (kind, number, text) {
        (Some(FieldKind::Text), None, Some(text)) => text.into(),
        (Some(FieldKind::Integer | FieldKind::Time), Some(number), None) => number.into(),
        _ => return Err(wrong()),
    };
    let path = path(name);
    Ok(doc! {"$or": [{&path: {beyond: at.clone()}}, {&path: at, "_id": {beyond: id}}]})
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::store::collections::TURNS;

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH
    }

    #[test]
    fn a_cursor_goes_on_after_its_document() {
        let query = Query::of(&TURNS).by("number", Direction::Descending);
        let cursor = cursor(&query, &doc! {"_id": "b", "keys": {"number": 3_i64}}).unwrap();
        let filter = of_page(&query.after(Some(cursor)), now()).unwrap();
        let last = filter.get_array("$and").unwrap().last().unwrap().as_document().unwrap().clone();
        assert_eq!(last, doc! {"$or": [{"keys.number": {"$lt": 3_i64}}, {"keys.number": 3_i64, "_id": {"$lt": "b"}}]});
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let by_number = Query::of(&TURNS).by("number", Direction::Ascending);
        let given = cursor(&by_number, &doc! {"_id": "b", "keys": {"number": 3_i64}});
        for query in [Query::of(&TURNS), Query::of(&TURNS).by("person", Direction::Ascending)] {
            let refused = of_page(&query.after(given.clone()), now());
            assert!(matches!(refused, Err(StoreError::Invalid { .. })), "{refused:?}");
        }
        let refused = of_page(&by_number.after(Some("%".to_owned())), now());
        assert!(matches!(refused, Err(StoreError::Invalid { .. })));
    }
}
