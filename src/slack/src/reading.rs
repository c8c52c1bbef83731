//! Reading all records of a query, or none.

use ports::store::Store;
use ports::store::error::StoreError;
use ports::store::query::Query;
use ports::store::record::{Record, page};

/// Records of one sort that are read, at most: a week of a large house has less.
const MOST: usize = 50_000;
/// Records of a page.
const PAGE: usize = 500;

/// All that a query finds.
///
/// # Errors
/// When they could not be read, and when there are too many: what is told of a part of them would be wrong.
pub(crate) async fn all<T: Record>(store: &dyn Store, query: Query) -> Result<Vec<T>, StoreError> {
    let mut records = Vec::new();
    let mut cursor = None;
    loop {
        let found = page::<T>(store, &query.clone().limited(PAGE).after(cursor)).await?;
        records.extend(found.records.into_iter().map(|record| record.value));
        cursor = found.next_cursor;
        if cursor.is_none() {
            return Ok(records);
        }
        if records.len() >= MOST {
            let name = T::COLLECTION.name;
            let message =
                format!("more than {MOST} {name} for one message: what it told of a part of them would be wrong");
            return Err(StoreError::Invalid { message });
        }
    }
}
