//! The words of all entries in memory, kept up with the store.
//!
//! A process that stays loads them once ([`super::Memory::warm`]) and then searches in a millisecond or two whatever the
//! store; until then, and where there are more entries than it may hold, the store searches.

use super::PAGE;
use super::scan::Scan;
use domain::memory::entry::Entry;
use domain::memory::word_index::{Wanted, WordIndex};
use ports::clock::Clock;
use ports::store::Store;
use ports::store::document::Stored;
use ports::store::error::StoreError;
use ports::store::record;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// Entries in memory at most. One of a hundred words takes about 600 bytes.
const ENTRIES: usize = 200_000;

/// The words that are in memory.
pub(super) struct Recent {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    index: Arc<RwLock<WordIndex>>,
    scan: tokio::sync::Mutex<Scan>,
    /// Whether every entry was loaded once.
    is_whole: AtomicBool,
    /// Whether there are more than it may hold.
    is_full: Arc<AtomicBool>,
}

impl Recent {
    pub(super) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            index: Arc::new(RwLock::new(WordIndex::new(ENTRIES))),
            scan: tokio::sync::Mutex::default(),
            is_whole: AtomicBool::new(false),
            is_full: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Loads what changed since the last time; everything, the first time. Answers with how many entries there are.
    pub(super) async fn catch_up(&self) -> Result<usize, StoreError> {
        let mut scan = self.scan.lock().await;
        while !self.is_full.load(Ordering::Relaxed) {
            let mut page = scan.page(self.store.as_ref(), self.clock.now(), PAGE).await?;
            let news = scan.news(std::mem::take(&mut page.documents));
            if !news.is_empty() {
                self.take(news).await?;
            }
            if scan.advance(&page) {
                self.is_whole.store(true, Ordering::Relaxed);
                break;
            }
        }
        Ok(self.index.read().unwrap_or_else(PoisonError::into_inner).len())
    }

    /// Analyses a page where it holds nobody up.
    async fn take(&self, documents: Vec<Stored>) -> Result<(), StoreError> {
        let (index, is_full) = (self.index.clone(), self.is_full.clone());
        let work = tokio::task::spawn_blocking(move || {
            for stored in documents {
                let id = stored.id.clone();
                let entry = record::value::<Entry>(stored).ok().map(|entry| (entry.value.words(), entry.value));
                let mut index = index.write().unwrap_or_else(PoisonError::into_inner);
                match entry {
                    Some((words, entry)) => {
                        if !index.put(&id, entry.kind, entry.person.as_deref(), &words) {
                            is_full.store(true, Ordering::Relaxed);
                        }
                    }
                    None => drop(index.remove(&id)),
                }
            }
        });
        work.await.map_err(|error| StoreError::Unavailable {
            message: format!("the words of the memory could not be loaded: {error}; try again"),
        })
    }

    /// Whether a search may go through this instead of the store.
    pub(super) fn is_ready(&self) -> bool {
        self.is_whole.load(Ordering::Relaxed) && !self.is_full.load(Ordering::Relaxed)
    }

    pub(super) fn remove(&self, id: &str) {
        self.index.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// The best entries for some words, as ids with their scores.
    pub(super) fn search(&self, words: &[String], wanted: Wanted<'_>, limit: usize) -> Vec<(String, f64)> {
        let index = self.index.read().unwrap_or_else(PoisonError::into_inner);
        index.search(words, wanted, limit).into_iter().map(|(id, score)| (id.to_string(), score)).collect()
    }
}
