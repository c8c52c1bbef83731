//! What senses have told and what they have learned, kept over restarts: a document each.

use super::board::key;
use crate::kept::bounded;
use domain::sense::{Origin, State};
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use serde_json::Value;
use std::sync::Arc;

/// Keeps the states of senses in a collection.
#[derive(Clone)]
pub struct Keeper {
    store: Arc<dyn Store>,
    collection: &'static Collection,
}

impl Keeper {
    /// In this collection of this store, which has no fields.
    pub fn new(store: Arc<dyn Store>, collection: &'static Collection) -> Self {
        Self { store, collection }
    }

    /// What a sense told before; nothing where it never did.
    ///
    /// # Errors
    /// Where it could not be read. What cannot be understood any more counts as nothing: troubles that are there are told
    /// again.
    pub(super) async fn load(&self, origin: &Origin) -> Result<State, StoreError> {
        let found = match bounded(self.store.get(self.collection, &id(origin))).await {
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => {
                tracing::error!(%error, "what a sense told before cannot be understood; it begins anew");
                None
            }
            other => other?,
        };
        let Some(stored) = found else { return Ok(State::default()) };
        Ok(serde_json::from_value(stored.document.body).unwrap_or_else(|error| {
            tracing::error!(%error, sense = key(origin), "what it told before cannot be understood; it begins anew");
            State::default()
        }))
    }

    /// What a sense had learned; `None` where nothing was kept, or nothing that can be read.
    ///
    /// # Errors
    /// Where the store did not answer.
    pub(super) async fn load_learned(&self, origin: &Origin) -> Result<Option<Value>, StoreError> {
        match bounded(self.store.get(self.collection, &learned_id(origin))).await {
            Err(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => {
                tracing::error!(%error, "what a sense learned cannot be understood; it begins anew");
                Ok(None)
            }
            other => Ok(other?.map(|stored| stored.document.body)),
        }
    }

    /// Keeps what a sense has learned.
    pub(super) async fn save_learned(&self, origin: &Origin, learned: Value) -> Result<(), StoreError> {
        let write = Write::put(self.collection, learned_id(origin), Expect::Any, Document::plain(learned));
        bounded(self.store.write(write)).await.map(|_| ())
    }

    /// Keeps what a sense has told.
    pub(super) async fn save(&self, origin: &Origin, state: &State) -> Result<(), StoreError> {
        let body = serde_json::to_value(state).map_err(|error| StoreError::Invalid {
            message: format!("the state of {} cannot be written as JSON: {error}", key(origin)),
        })?;
        let write = Write::put(self.collection, id(origin), Expect::Any, Document::plain(body));
        bounded(self.store.write(write)).await.map(|_| ())
    }
}

fn id(origin: &Origin) -> String {
    format!("sense/{}", key(origin))
}

fn learned_id(origin: &Origin) -> String {
    format!("learned/{}", key(origin))
}
