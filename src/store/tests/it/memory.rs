//! The store in memory under the suite.

use crate::suite::{Collections, Place, conformance};
use async_trait::async_trait;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collection::Collection;
use std::sync::Arc;
use store::memory::Memory;
use store::packing::Packed;

/// Keeps nothing beyond its process: opening it again is going on.
pub struct InMemory(Arc<Memory>);

#[async_trait]
impl Place for InMemory {
    async fn fresh(clock: Arc<dyn Clock>, collections: Collections) -> Self {
        Self(Memory::new(collections, clock))
    }

    fn store(&self) -> Arc<dyn Store> {
        self.0.clone()
    }

    async fn reopened(self, _: Collections) -> Self {
        self
    }

    async fn damage(&self, collection: &'static Collection, id: &str) -> bool {
        self.0.plant(collection, id, collection.schema, Packed::Text("{\"half".to_owned())).is_ok()
    }
}

conformance!(crate::memory::InMemory);
