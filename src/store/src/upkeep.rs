//! Retention, and the erasure of a person's data.

pub mod erasure;
pub mod retention;

#[cfg(test)]
mod tests;

use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::document::{Expect, Write};
use ports::store::error::StoreError;

/// Keeps the first of several failures.
fn first(kept: &mut Option<StoreError>, error: Option<StoreError>) {
    if kept.is_none() {
        *kept = error;
    }
}

/// Removes documents, each for itself. Answers with how many went, and the first failure; one that was changed meanwhile
/// is none.
async fn remove(
    store: &dyn Store,
    collection: &'static Collection,
    found: Vec<(String, u64)>,
    expect: impl Fn(u64) -> Expect,
) -> (usize, Option<StoreError>) {
    let writes = found.into_iter().map(|(id, version)| Write::delete(collection, id, expect(version)));
    let (mut gone, mut failed) = (0, None);
    for answer in store.write_all(writes.collect()).await {
        match answer {
            Ok(_) => gone += 1,
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => first(&mut failed, Some(error)),
        }
    }
    (gone, failed)
}
