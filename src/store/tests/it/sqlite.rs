//! The embedded store: under the suite, and under what only a file can suffer.

mod agrees;
mod backup;
mod damaged;
mod denied;
mod fields;
mod held;
mod newer;
mod traces;

use crate::scratch::Scratch;
use crate::suite::{Collections, Place, clock, collections, conformance};
use async_trait::async_trait;
use ports::clock::Clock;
use ports::store::Store;
use ports::store::collection::Collection;
use ports::store::document::{Document, Expect, Write};
use ports::store::error::StoreError;
use std::path::Path;
use std::sync::Arc;
use store::sqlite::{FILE, Options, Sqlite};

/// The suite's collections in this folder.
fn options(folder: &Path) -> Options {
    Options::new(folder, collections::ALL, clock())
}

/// A write of a plain document, whatever is there.
fn plain(id: &str, body: serde_json::Value) -> Write {
    Write::put(&collections::ITEMS, id, Expect::Any, Document::plain(body))
}

/// A store in a folder of its own.
pub struct Embedded {
    folder: Scratch,
    clock: Arc<dyn Clock>,
    store: Arc<Sqlite>,
}

impl Embedded {
    async fn at(folder: Scratch, clock: Arc<dyn Clock>, collections: Collections) -> Self {
        let opened = Sqlite::open(Options::new(folder.path(), collections, clock.clone())).await;
        Self { folder, clock, store: Arc::new(opened.unwrap_or_else(|error| panic!("{error}"))) }
    }
}

#[async_trait]
impl Place for Embedded {
    async fn fresh(clock: Arc<dyn Clock>, collections: Collections) -> Self {
        Self::at(Scratch::new(), clock, collections).await
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn reopened(self, collections: Collections) -> Self {
        let Self { folder, clock, store } = self;
        drop(store);
        Self::at(folder, clock, collections).await
    }

    async fn reopened_older(self, collections: Collections) -> Result<Self, StoreError> {
        let Self { folder, clock, store } = self;
        drop(store);
        let store = Arc::new(Sqlite::open(Options::new(folder.path(), collections, clock.clone())).await?);
        Ok(Self { folder, clock, store })
    }

    async fn damage(&self, collection: &'static Collection, id: &str) -> bool {
        let connection = rusqlite::Connection::open(self.folder.path().join(FILE)).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
        let sql = format!("UPDATE {} SET _body = '{{\"half' WHERE _id = ?", collection.name);
        connection.execute(&sql, [id]).unwrap() == 1
    }
}

conformance!(crate::sqlite::Embedded);
