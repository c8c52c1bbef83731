//! Where posts are kept: the store, and this process's memory while that is away.

use domain::post::Post;
use ports::store::Store;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::record;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Posts that are remembered as they were last seen.
const REMEMBERED: usize = 2_000;

#[derive(Default)]
struct Memory {
    seen: BTreeMap<String, Post>,
    /// Keys in the order in which they were seen first.
    order: std::collections::VecDeque<String>,
    /// Keys whose posts are in the second store for now.
    astray: BTreeSet<String>,
}

/// The stores of posts.
pub(super) struct Shelf {
    main: Arc<dyn Store>,
    fallback: Option<Arc<dyn Store>>,
    memory: Mutex<Memory>,
}

impl Shelf {
    pub(super) fn new(main: Arc<dyn Store>, fallback: Option<Arc<dyn Store>>) -> Self {
        Self { main, fallback, memory: Mutex::default() }
    }

    pub(super) fn main(&self) -> &dyn Store {
        self.main.as_ref()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keys of posts that are in memory only.
    pub(super) fn astray(&self) -> Vec<String> {
        self.memory().astray.iter().cloned().collect()
    }

    /// A remembered post that fits.
    pub(super) fn seen(&self, fits: impl Fn(&Post) -> bool) -> Option<Post> {
        self.memory().seen.values().find(|post| fits(post)).cloned()
    }

    /// The post of a key as it was last seen here.
    pub(super) fn remembered(&self, key: &str) -> Option<Post> {
        self.memory().seen.get(key).cloned()
    }

    fn remember(&self, post: Post) {
        let mut memory = self.memory();
        if memory.seen.insert(post.id.clone(), post.clone()).is_none() {
            memory.order.push_back(post.id);
        }
        while memory.order.len() > REMEMBERED {
            let Some(oldest) = memory.order.pop_front() else { break };
            memory.seen.remove(&oldest);
        }
    }

    /// The second store, where the post of this key is in it now.
    fn refuge(&self, key: &str) -> Option<&Arc<dyn Store>> {
        let is_astray = self.memory().astray.contains(key);
        self.fallback.as_ref().filter(|_| is_astray)
    }

    /// The post of a key.
    pub(super) async fn load(&self, key: &str) -> Result<Option<Post>, StoreError> {
        let store = self.refuge(key).unwrap_or(&self.main);
        let found = match record::load::<Post>(store.as_ref(), key).await {
            Err(error) if error.may_pass() => return self.remembered(key).map(Some).ok_or(error),
            found => found?.map(|found| found.value),
        };
        found.iter().cloned().for_each(|post| self.remember(post));
        Ok(found)
    }

    /// Changes a post by compare-and-swap: in the store, or in memory while that is away.
    pub(super) async fn change<R: Send>(
        &self,
        key: &str,
        mut decide: impl FnMut(Option<Post>) -> (Option<Post>, R) + Send,
    ) -> Result<R, StoreError> {
        let mut written = None;
        let mut noting = |found: Option<Post>| {
            let (wanted, told) = decide(found);
            written.clone_from(&wanted);
            (wanted, told)
        };
        let told = match self.refuge(key) {
            Some(refuge) => record::change(refuge.as_ref(), key, &mut noting).await?,
            None => match record::change(self.main.as_ref(), key, &mut noting).await {
                Err(error) if error.may_pass() => {
                    let refuge = self.flee(key, error).await?;
                    record::change(refuge.as_ref(), key, &mut noting).await?
                }
                told => told?,
            },
        };
        written.into_iter().for_each(|post| self.remember(post));
        Ok(told)
    }

    /// Takes a post into memory, as it was last seen.
    async fn flee(&self, key: &str, error: StoreError) -> Result<&Arc<dyn Store>, StoreError> {
        let Some(fallback) = &self.fallback else { return Err(error) };
        tracing::warn!(%error, key, "the store is away: a post is kept in memory only");
        if let Some(post) = self.remembered(key) {
            record::save(fallback.as_ref(), &post, Expect::Any).await?;
        }
        self.memory().astray.insert(key.to_owned());
        Ok(fallback)
    }

    /// Brings posts from memory back into the store. What is in memory is newer: this process sent it meanwhile.
    pub(super) async fn go_home(&self) {
        let Some(fallback) = &self.fallback else { return };
        for key in self.astray() {
            let Ok(Some(found)) = record::load::<Post>(fallback.as_ref(), &key).await else { continue };
            let post = found.value;
            match record::change::<Post, ()>(self.main.as_ref(), &key, |_| (Some(post.clone()), ())).await {
                Ok(()) => {
                    self.memory().astray.remove(&key);
                }
                Err(error) => {
                    tracing::warn!(%error, "posts in memory wait for the store");
                    return;
                }
            }
        }
    }
}
