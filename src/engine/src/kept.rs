//! Reading and waiting, as the desks do it: every answer of the store has a deadline, every list an end, and one document
//! that is damaged does not hide the others.

use ports::store::Store;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::record::{self, Record};
use std::future::Future;
use std::time::Duration;

/// How long one answer of the store may take.
const WAIT: Duration = Duration::from_secs(5);

/// Documents of a page.
pub(crate) const PAGE: usize = 100;

/// Pages of one list at most.
pub(crate) const PAGES: usize = 50;

/// The store's answer, or that there was none in time.
pub(crate) async fn bounded<R>(asked: impl Future<Output = Result<R, StoreError>> + Send) -> Result<R, StoreError> {
    tokio::time::timeout(WAIT, asked).await.unwrap_or_else(|_| {
        let message = format!("the store did not answer within {} s; look at its health", WAIT.as_secs());
        Err(StoreError::Unknown { message })
    })
}

/// One page, as far as it can be read.
pub(crate) struct Readable {
    pub(crate) documents: Vec<Stored>,
    /// Where to go on; `None` at the end.
    pub(crate) next_cursor: Option<String>,
    /// Whether it begins with the first document, whatever page was asked for.
    pub(crate) is_anew: bool,
}

/// One page. Where one document makes the page unreadable (it is damaged, or of a newer version of the program), the
/// documents are read one by one from the first, as many as one answer tells the ids of, and that one is left out.
pub(crate) async fn page(store: &dyn Store, query: &Query) -> Result<Readable, StoreError> {
    let error = match bounded(store.page(query)).await {
        Ok(page) => {
            return Ok(Readable { documents: page.documents, next_cursor: page.next_cursor, is_anew: false });
        }
        Err(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => error,
        Err(error) => return Err(error),
    };
    tracing::error!(collection = query.collection.name, %error, "a list holds what cannot be read: it is left out");
    let mut documents = Vec::new();
    let query = query.clone().limited(Query::LIMIT).after(None);
    for (id, _) in bounded(store.ids(&query)).await? {
        match bounded(store.get(query.collection, &id)).await {
            Ok(found) => documents.extend(found),
            Err(StoreError::Corrupt { .. } | StoreError::Newer { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Readable { documents, next_cursor: None, is_anew: true })
}

/// The first values that a query wants, so many at most and never more than a list holds. What is damaged is left out,
/// with a line in the log.
pub(crate) async fn first<T: Record>(store: &dyn Store, query: Query, most: usize) -> Result<Vec<T>, StoreError> {
    let most = most.min(PAGE * PAGES);
    let mut values: Vec<T> = Vec::new();
    let mut query = query.limited(PAGE);
    while values.len() < most {
        let read = page(store, &query).await?;
        if read.is_anew {
            values.clear();
        }
        values.extend(
            read.documents
                .into_iter()
                .filter_map(|stored| {
                    let value = record::value::<T>(stored);
                    value.inspect_err(|error| tracing::error!(%error, "a document is left out of a list")).ok()
                })
                .map(|found| found.value),
        );
        if read.next_cursor.is_none() {
            break;
        }
        query = query.after(read.next_cursor);
    }
    values.truncate(most);
    Ok(values)
}
