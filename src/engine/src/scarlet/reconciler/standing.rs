//! What stands: incidents that are not over, and healings that are not.

use super::Reconciler;
use crate::incidents::not_over;
use crate::kept::{PAGE, PAGES, page};
use domain::heal::Stage;
use ports::store::collection::Collection;
use ports::store::collections::{HEALS, INCIDENTS};
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use std::collections::BTreeSet;

impl Reconciler {
    /// The ids of both, each once: those whose healing is due longest first, then those that have none yet.
    pub(super) async fn standing(&self) -> Result<Vec<String>, StoreError> {
        let names = Stage::NOT_OVER.iter().copied().map(Key::from).collect();
        let mut ids = self.ids(&HEALS, Condition::OneOf(names), "next_at").await?;
        let incidents = self.ids(&INCIDENTS, not_over(), "changed_at").await?;
        let known: BTreeSet<String> = ids.iter().cloned().collect();
        ids.extend(incidents.into_iter().filter(|id| !known.contains(id)));
        Ok(ids)
    }

    async fn ids(
        &self,
        collection: &'static Collection,
        state: Condition,
        by: &'static str,
    ) -> Result<Vec<String>, StoreError> {
        let mut query = Query::of(collection).with("state", state).by(by, Direction::Ascending).limited(PAGE);
        let mut ids = Vec::new();
        for _ in 0..PAGES {
            let read = page(&*self.parts.store, &query).await?;
            if read.is_anew {
                ids.clear();
            }
            ids.extend(read.documents.into_iter().map(|stored| stored.id));
            if read.next_cursor.is_none() {
                return Ok(ids);
            }
            query = query.after(read.next_cursor);
        }
        tracing::warn!(collection = collection.name, "more is open than is seen to in one pass");
        Ok(ids)
    }
}
