//! Documents, pages and counts.

use super::filter;
use super::form::{self, alive};
use super::link::{Batch, Deadline, Link, batch, number};
use super::writing::seen;
use chrono::{DateTime, Utc};
use mongodb::bson::{Document, doc};
use ports::store::collection::Collection;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::{Page, Query};

/// One document that has not expired.
pub(super) async fn get(
    link: &Link,
    collection: &'static Collection,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Option<Stored>, StoreError> {
    let command = doc! {
        "find": collection.name,
        "filter": {"_id": id, "expires_at": alive(now)},
        "limit": 1_i64,
        "singleBatch": true,
    };
    let answer = link.read(command, &mut link.deadline()).await?;
    let found = batch(answer, &link.place)?.documents.into_iter().next();
    found.map(|fields| form::read(collection, fields)).transpose()
}

/// One page.
pub(super) async fn page(link: &Link, query: &Query, now: DateTime<Utc>) -> Result<Page, StoreError> {
    query.check()?;
    let filter = filter::of_page(query, now)?;
    let wanted = Wanted { filter, order: filter::order(query), projection: None, limit: query.limit.saturating_add(1) };
    let Batch { mut documents, open } = find(link, query.collection.name, wanted, &mut link.deadline()).await?;
    // One answer holds 16 MiB at most; where that is less than the page, the page is shorter and says where it goes on.
    let more = documents.len() > query.limit || open.is_some();
    documents.truncate(query.limit);
    let next_cursor = if more { documents.last().and_then(|last| filter::cursor(query, last)) } else { None };
    if more && next_cursor.is_none() {
        return Err(form::damaged(query.collection.name, "a document without what it was ordered by"));
    }
    let read = documents.into_iter().map(|fields| form::read(query.collection, fields));
    Ok(Page { documents: read.collect::<Result<_, _>>()?, next_cursor })
}

/// Ids and versions of the first documents that a query wants.
pub(super) async fn ids(link: &Link, query: &Query, now: DateTime<Utc>) -> Result<Vec<(String, u64)>, StoreError> {
    query.check()?;
    let filter = filter::of_page(&query.clone().after(None), now)?;
    let wanted = Wanted { filter, order: filter::order(query), projection: Some(seen()), limit: query.limit };
    let found = find(link, query.collection.name, wanted, &mut link.deadline()).await?;
    let read = found.documents.iter().map(|fields| {
        let id = fields.get_str("_id").map_err(|_| form::damaged(query.collection.name, "an _id that is no text"))?;
        Ok((id.to_owned(), form::version(id, fields).map_or(0, |(version, _)| version)))
    });
    read.collect()
}

/// How many documents a query wants.
pub(super) async fn count(link: &Link, query: &Query, now: DateTime<Utc>) -> Result<u64, StoreError> {
    // Order, cursor and limit do not matter, whatever they are.
    Query { limit: 1, order_by: None, ..query.clone() }.check()?;
    let all = filter::matching(&query.conditions, now);
    let command = doc! {"count": query.collection.name, "query": {"$and": all}};
    counted(link, command).await
}

/// The answer to a `count`.
pub(super) async fn counted(link: &Link, command: Document) -> Result<u64, StoreError> {
    let answer = link.read(command, &mut link.deadline()).await?;
    let count = number(&answer, "n").and_then(|count| u64::try_from(count).ok());
    count.ok_or_else(|| StoreError::Corrupt { message: format!("{} answers a count without a number", link.place) })
}

/// What a `find` asks for.
pub(super) struct Wanted {
    pub(super) filter: Document,
    pub(super) order: Document,
    pub(super) projection: Option<Document>,
    pub(super) limit: usize,
}

/// One `find`, as much as fits into its answer. What the server keeps open is closed, because the next page does not go
/// on from it: a cursor of the server would not outlive its connection.
pub(super) async fn find(
    link: &Link,
    collection: &str,
    wanted: Wanted,
    deadline: &mut Deadline,
) -> Result<Batch, StoreError> {
    let limit = i64::try_from(wanted.limit).unwrap_or(i64::MAX);
    // A batch larger than the limit lets the server close its cursor with the first answer.
    let batch_size = limit.saturating_add(1);
    let mut command = doc! {
        "find": collection,
        "filter": wanted.filter,
        "sort": wanted.order,
        "limit": limit,
        "batchSize": batch_size,
    };
    if let Some(projection) = wanted.projection {
        command.insert("projection", projection);
    }
    let found = batch(link.read(command, deadline).await?, &link.place)?;
    if let Some(cursor) = found.open {
        // Of no consequence where it fails: the server closes it after ten minutes.
        let _ = link.ask(doc! {"killCursors": collection, "cursors": [cursor]}, &mut link.brief()).await;
    }
    Ok(found)
}
