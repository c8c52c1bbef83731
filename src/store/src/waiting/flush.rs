//! Making up for what waits, the oldest first, until the store is away again or nothing is left.

use super::Shared;
use super::buffer::Due;
use domain::backoff::{Backoff, draw};
use ports::store::Store;
use ports::store::error::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// Between two tries of whoever drains.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

/// The task: waits until something waits, and tries until nothing does.
pub(super) async fn run(store: Arc<dyn Store>, shared: Arc<Shared>, backoff: Backoff) {
    let mut draws = 0_u64;
    loop {
        shared.filled.notified().await;
        let mut attempt = 0_u32;
        // The store was away a moment ago: not at once again.
        loop {
            draws = draws.wrapping_add(1);
            let wait = backoff.wait(attempt, draw(u64::from(std::process::id()), draws));
            tokio::time::sleep(wait).await;
            if all(&*store, &shared).await {
                break;
            }
            attempt = attempt.saturating_add(1);
        }
    }
}

/// Writes what waits. True where nothing waits any more; false where the store is away or has no room.
pub(super) async fn all(store: &dyn Store, shared: &Shared) -> bool {
    let _one_at_a_time = shared.flushing.lock().await;
    loop {
        let Some(due) = shared.buffer().due() else { return true };
        if !one(store, shared, due).await {
            return false;
        }
    }
}

/// Writes one. False where the store is away or has no room, so that trying the next is of no use.
async fn one(store: &dyn Store, shared: &Shared, due: Due) -> bool {
    match store.write(due.write.clone()).await {
        Ok(version) => shared.buffer().made(&due, version),
        Err(StoreError::Conflict { .. }) => return conflict(store, shared, due).await,
        Err(StoreError::Unknown { .. }) => {
            shared.buffer().doubted(&due);
            return false;
        }
        // What a person may set right: it waits until then, as long as there is room.
        Err(StoreError::Unavailable { .. } | StoreError::Full { .. } | StoreError::Denied { .. }) => return false,
        Err(error) => refuse(shared, &due, &error),
    }
    true
}

/// Looks whether what is in the way is our own write, of which it was not known that it stands.
async fn conflict(store: &dyn Store, shared: &Shared, due: Due) -> bool {
    match store.get(due.write.collection, &due.write.id).await {
        Ok(found) => {
            let version = found.as_ref().map(|stored| stored.version);
            if !shared.buffer().overtaken(&due, found.as_ref()) {
                refuse(shared, &due, &StoreError::Conflict { found: version });
            }
            true
        }
        Err(error) if error.may_pass() => false,
        Err(error) => {
            refuse(shared, &due, &error);
            true
        }
    }
}

fn refuse(shared: &Shared, due: &Due, error: &StoreError) {
    shared.buffer().refused(due);
    let document = format!("{}/{}", due.write.collection.name, due.write.id);
    tracing::error!(%document, %error, "a write that waited for the store could not be made, and is lost");
}
