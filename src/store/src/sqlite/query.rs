//! Pages, counts and searches as SQL.

use super::fault::fault;
use super::row::{Raw, collect, key_value};
use super::table::{LIVE, SELECTED, SELECTED_COLUMNS, Table, quoted, words_name};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::memory::words::{NAMES_WEIGHT, TITLE_WEIGHT};
use ports::store::collection::FieldKind;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Hit, Key, Page, Query, TextQuery};
use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};
use std::path::Path;

/// Values that the conditions of one query name at most; SQLite takes 32,766 parameters.
const VALUES: usize = 10_000;

/// Words of one search at most; an FTS5 expression of more would be too deep for it. The first ones count.
const WORDS: usize = 200;

/// Hits that are ranked beyond the limit, in case some of the best have expired.
const SPARE: i64 = 50;

/// Bytes of the bodies of one page, about. What is beyond comes with the next page.
const PAGE_BYTES: usize = 64 * 1024 * 1024;

/// A statement under construction: its text, and the values of its parameters.
#[derive(Default)]
struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    fn add(&mut self, text: &str, values: impl IntoIterator<Item = Value>) {
        self.text.push_str(text);
        self.values.extend(values);
    }

    /// What must hold: not expired, and all the conditions.
    fn add_conditions(&mut self, now: i64, conditions: &[(&'static str, Condition)]) {
        self.add(LIVE, [Value::Integer(now)]);
        for (field, condition) in conditions {
            let field = quoted(field);
            let text = match condition {
                Condition::Is(_) => format!(" AND {field} = ?"),
                Condition::AtLeast(_) => format!(" AND {field} >= ?"),
                Condition::Below(_) => format!(" AND {field} < ?"),
                Condition::OneOf(keys) => format!(" AND {field} IN ({})", vec!["?"; keys.len()].join(", ")),
            };
            self.add(&text, condition.keys().iter().cloned().map(key_value));
        }
    }
}

/// Whether the conditions are about columns of the table, and few enough.
fn check(table: &Table, conditions: &[(&'static str, Condition)], order_by: Option<&str>) -> Result<(), StoreError> {
    let invalid = |what: String| Err(StoreError::Invalid { message: format!("{}: {what}", table.collection.name) });
    let names = conditions.iter().map(|(name, _)| *name).chain(order_by);
    for name in names {
        if table.collection.field(name).is_none() {
            return invalid(format!("the store was opened without the field {name:?}"));
        }
    }
    let values: usize = conditions.iter().map(|(_, condition)| condition.keys().len()).sum();
    if values > VALUES { invalid(format!("a query with {values} values (at most {VALUES})")) } else { Ok(()) }
}

/// The statement of one page, with the values of its parameters.
pub(super) fn page_sql(table: &Table, query: &Query, now: i64) -> Result<(String, Vec<Value>), StoreError> {
    let key = query.order_by.map_or_else(|| "NULL".to_owned(), quoted);
    select_sql(table, &format!("{SELECTED}, {key}"), query, now)
}

/// The statement that selects these columns of one page and a row more.
fn select_sql(table: &Table, selected: &str, query: &Query, now: i64) -> Result<(String, Vec<Value>), StoreError> {
    query.check()?;
    check(table, &query.conditions, query.order_by)?;
    let order = query.order_by.map(quoted);
    let (beyond, way) = match query.direction {
        Direction::Ascending => (">", "ASC"),
        Direction::Descending => ("<", "DESC"),
    };
    let mut sql = Sql::default();
    sql.add(&format!("SELECT {selected} FROM {} WHERE ", table.name), []);
    sql.add_conditions(now, &query.conditions);
    let cursor = query.cursor.as_deref().map(|cursor| Cursor::read(query, cursor)).transpose()?;
    // Said even where a cursor implies it: SQLite takes a partial index only for what stands in the statement.
    if let Some(order) = &order {
        sql.add(&format!(" AND {order} IS NOT NULL"), []);
    }
    match (&order, cursor) {
        (Some(order), Some(Cursor { key, id })) => {
            let key = key.map_or(Value::Null, key_value);
            sql.add(&format!(" AND ({order}, _id) {beyond} (?, ?)"), [key, Value::Text(id)]);
        }
        (None, Some(cursor)) => sql.add(&format!(" AND _id {beyond} ?"), [Value::Text(cursor.id)]),
        (_, None) => {}
    }
    let first = order.map(|order| format!("{order} {way}, ")).unwrap_or_default();
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX).saturating_add(1);
    sql.add(&format!(" ORDER BY {first}_id {way} LIMIT ?"), [Value::Integer(limit)]);
    Ok((sql.text, sql.values))
}

/// One page.
pub(super) fn page(
    connection: &Connection,
    file: &Path,
    table: &Table,
    query: &Query,
    now: i64,
) -> Result<Page, StoreError> {
    let (text, values) = page_sql(table, query, now)?;
    let told = |error: rusqlite::Error| fault(file, &format!("reading {}", table.collection.name), &error);
    let mut statement = connection.prepare_cached(&text).map_err(told)?;
    let rows = statement
        .query_map(params_from_iter(values), |row| Ok((Raw::read(row)?, row.get::<_, Value>(SELECTED_COLUMNS)?)))
        .map_err(told)?;
    let (mut rows, cut) = collect(file, "reading a page", rows, |(raw, _)| raw.bytes, PAGE_BYTES)?;
    let more = cut || rows.len() > query.limit;
    rows.truncate(query.limit);
    let last = rows.last().filter(|_| more).map(|(raw, key)| Cursor::write(key, raw.id()));
    let documents = rows.into_iter().map(|(raw, _)| raw.stored(query.collection)).collect::<Result<_, _>>()?;
    Ok(Page { documents, next_cursor: last })
}

/// Ids and versions of the first documents that a query wants; no body is read.
pub(super) fn ids(
    connection: &Connection,
    file: &Path,
    table: &Table,
    query: &Query,
    now: i64,
) -> Result<Vec<(String, u64)>, StoreError> {
    let (text, values) = select_sql(table, "_id, _version", query, now)?;
    let told = |error: rusqlite::Error| fault(file, &format!("reading {}", table.collection.name), &error);
    let mut statement = connection.prepare_cached(&text).map_err(told)?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, u64::try_from(row.get::<_, i64>(1)?).unwrap_or_default()));
    let rows = statement.query_map(params_from_iter(values), read).map_err(told)?;
    rows.take(query.limit).collect::<Result<_, _>>().map_err(told)
}

/// How many documents a query wants.
pub(super) fn count(
    connection: &Connection,
    file: &Path,
    table: &Table,
    query: &Query,
    now: i64,
) -> Result<u64, StoreError> {
    // Order, cursor and limit do not matter, whatever they are.
    Query { limit: 1, order_by: None, ..query.clone() }.check()?;
    check(table, &query.conditions, None)?;
    let mut sql = Sql::default();
    sql.add(&format!("SELECT count(*) FROM {} WHERE ", table.name), []);
    sql.add_conditions(now, &query.conditions);
    let counted = connection
        .prepare_cached(&sql.text)
        .and_then(|mut statement| statement.query_row(params_from_iter(sql.values), |row| row.get::<_, i64>(0)));
    let counted = counted.map_err(|error| fault(file, &format!("counting {}", table.collection.name), &error))?;
    Ok(u64::try_from(counted).unwrap_or_default())
}

/// The best documents for some words. Without conditions the index of words ranks alone, and rows are looked at only for
/// the best: that is twice as fast for common words. Where expired documents were among them, it is done over with each
/// row looked at, as with conditions.
pub(super) fn search(
    connection: &Connection,
    file: &Path,
    table: &Table,
    query: &TextQuery,
    now: i64,
) -> Result<Vec<Hit>, StoreError> {
    query.check()?;
    check(table, &query.conditions, None)?;
    let Some(wanted) = expression(&query.words) else { return Ok(Vec::new()) };
    if query.conditions.is_empty() {
        let hits = run_search(connection, file, query, ranked_alone(table, &wanted, query, now))?;
        if hits.len() == query.limit {
            return Ok(hits);
        }
    }
    run_search(connection, file, query, ranked_by_row(table, &wanted, query, now))
}

/// Ranks by the index of words only, and leaves out what has expired afterwards.
fn ranked_alone(table: &Table, wanted: &str, query: &TextQuery, now: i64) -> Sql {
    let words = quoted(&words_name(table.collection));
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut sql = Sql::default();
    let text = format!("{} FROM {words} WHERE {words} MATCH ? ORDER BY score DESC LIMIT ?", ranked(&words));
    sql.add(&text, [Value::Text(wanted.to_owned()), Value::Integer(limit.saturating_add(SPARE))]);
    sql.add(&format!(") CROSS JOIN {} ON _row = found WHERE {LIVE}", table.name), [Value::Integer(now)]);
    sql.add(" ORDER BY score DESC, _id LIMIT ?", [Value::Integer(limit)]);
    sql
}

/// Ranks what is live and fits the conditions. Row numbers are picked first, so that no body is read in vain.
fn ranked_by_row(table: &Table, wanted: &str, query: &TextQuery, now: i64) -> Sql {
    let (words, name) = (quoted(&words_name(table.collection)), &table.name);
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut sql = Sql::default();
    let text =
        format!("{} FROM {words} CROSS JOIN {name} ON _row = {words}.rowid WHERE {words} MATCH ? AND ", ranked(&words));
    sql.add(&text, [Value::Text(wanted.to_owned())]);
    sql.add_conditions(now, &query.conditions);
    sql.add(" ORDER BY score DESC, _id LIMIT ?", [Value::Integer(limit)]);
    sql.add(&format!(") CROSS JOIN {name} ON _row = found ORDER BY score DESC, _id"), []);
    sql
}

/// The beginning of a search; SQLite's score is negative (<https://sqlite.org/fts5.html#the_bm25_function>).
fn ranked(words: &str) -> String {
    format!(
        "SELECT {SELECTED}, score FROM (SELECT {words}.rowid AS found, \
         -bm25({words}, {NAMES_WEIGHT:?}, {TITLE_WEIGHT:?}, 1.0) AS score"
    )
}

fn run_search(connection: &Connection, file: &Path, query: &TextQuery, sql: Sql) -> Result<Vec<Hit>, StoreError> {
    let told = |error: rusqlite::Error| fault(file, &format!("searching {}", query.collection.name), &error);
    let mut statement = connection.prepare_cached(&sql.text).map_err(told)?;
    let rows = statement
        .query_map(params_from_iter(sql.values), |row| Ok((Raw::read(row)?, row.get::<_, f64>(SELECTED_COLUMNS)?)))
        .map_err(told)?;
    let (rows, cut) = collect(file, "searching", rows, |(raw, _)| raw.bytes, PAGE_BYTES)?;
    if cut {
        let message =
            format!("{}: {} hits are too many bytes at once; ask for fewer", query.collection.name, query.limit);
        return Err(StoreError::Invalid { message });
    }
    rows.into_iter().map(|(raw, score)| Ok(Hit { score, stored: raw.stored(query.collection)? })).collect()
}

/// Any of these words, each quoted, so that none is read as an operator
/// (<https://sqlite.org/fts5.html#full_text_query_syntax>). A NUL would end the expression.
fn expression(words: &[String]) -> Option<String> {
    let mut wanted: Vec<&str> = Vec::new();
    for word in words.iter().filter(|word| !word.is_empty() && !word.contains('\0')) {
        if !wanted.contains(&word.as_str()) && wanted.len() < WORDS {
            wanted.push(word);
        }
    }
    let quoted: Vec<String> = wanted.into_iter().map(quoted).collect();
    (!quoted.is_empty()).then(|| quoted.join(" OR "))
}

/// Where a page ended: the value of the field that it was ordered by, and the id.
struct Cursor {
    key: Option<Key>,
    id: String,
}

impl Cursor {
    fn write(key: &Value, id: &str) -> String {
        let key = match key {
            Value::Integer(number) => serde_json::Value::from(*number),
            Value::Text(text) => serde_json::Value::from(text.as_str()),
            _ => serde_json::Value::Null,
        };
        URL_SAFE_NO_PAD.encode(serde_json::json!([key, id]).to_string())
    }

    fn read(query: &Query, text: &str) -> Result<Self, StoreError> {
        let invalid = || StoreError::Invalid {
            message: format!("{}: this cursor is of no page of this query", query.collection.name),
        };
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let (key, id): (serde_json::Value, String) = serde_json::from_slice(&bytes).map_err(|_| invalid())?;
        let kind = query.order_by.and_then(|name| query.collection.field(name)).map(|field| field.kind);
        let key = match (kind, key) {
            (None, serde_json::Value::Null) => None,
            (Some(FieldKind::Text), serde_json::Value::String(text)) => Some(Key::Text(text)),
            (Some(FieldKind::Integer | FieldKind::Time), key) => Some(Key::Integer(key.as_i64().ok_or_else(invalid)?)),
            _ => return Err(invalid()),
        };
        Ok(Self { key, id })
    }
}
