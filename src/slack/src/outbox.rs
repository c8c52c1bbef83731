//! What is posted: kept first, then sent, then edited until it stands there as wanted.
//!
//! A post has a key; the same key again is the same message. Whoever sends claims the post in the store by
//! compare-and-swap, so that of two replicas one sends. The key goes with the message as metadata: where it is not known
//! whether a send had its effect (a crash in the middle, no answer), the thread, or the channel since shortly before the
//! first attempt, is searched for the key before it is sent again.
//!
//! What is decided is decided by `domain::post`; here are the calls, the pace of edits, and the swaps.
//!
//! Guarantees: what was kept is there once, sooner or later, or is refused with a log line; of several edits the newest
//! that Slack takes stands in the end; a message is edited at most once a second; waits are bounded, and grow up to a cap.
//!
//! Decisions: a message that somebody deleted, or that cannot be edited any more, is not posted anew (people removed it;
//! votes are bound to the message that they saw). What needs a person first (an invitation into the channel, a scope, a
//! new token) is tried again for a day, then given up. Two thousand messages are searched at most; where there are more,
//! it is not sent anew, and a person is told.
//!
//! While the store is away, posts are kept in a second store in memory, where there is one, and go home when it is back.
//!
//! Deliberately absent: what is posted, and where.

mod carry;
mod deliver;
mod outcome;
mod pace;
mod shelf;
mod sketch;

#[cfg(test)]
mod tests;

use crate::api::{Slack, Ts};
use domain::post::Post;
use futures::StreamExt;
use pace::Paces;
use ports::clock::Clock;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Direction, Key, Query};
use ports::store::{Store, collections, record};
use serde_json::Value;
use shelf::Shelf;
use slack_view::content::Content;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Between two looks for posts that wait.
const SWEEP: Duration = Duration::from_secs(3);

/// Posts that one look finds at most, and that are sent at once.
const SWEPT: usize = 200;
const AT_ONCE: usize = 16;

/// The outbox.
pub struct Outbox {
    shelf: Shelf,
    slack: Arc<dyn Slack>,
    clock: Arc<dyn Clock>,
    paces: Paces,
    seed: u64,
}

impl Outbox {
    /// An outbox over a store, and a second one in memory for while that is away. The seed is what waits are drawn from.
    pub fn new(
        store: Arc<dyn Store>,
        fallback: Option<Arc<dyn Store>>,
        slack: Arc<dyn Slack>,
        clock: Arc<dyn Clock>,
        seed: u64,
    ) -> Arc<Self> {
        Arc::new(Self { shelf: Shelf::new(store, fallback), slack, clock, paces: Paces::default(), seed })
    }

    /// Posts this, once; where the key is there already, it is edited into this. `None` while it waits: it is sent later.
    /// Also `None` where Slack refused it, which it is asked again only with another content ([`Outbox::again`]: with the
    /// same), and where its message is gone.
    ///
    /// # Errors
    /// Where it could not be kept: nothing was sent.
    pub async fn put(
        &self,
        key: &str,
        channel: &str,
        thread: Option<&str>,
        content: &Content,
    ) -> Result<Option<Ts>, StoreError> {
        self.want(key, Some((channel, thread)), &value(content)?).await?;
        self.deliver(key).await
    }

    /// What shall stand there from now on. An unknown key is nothing to edit, which is no error.
    ///
    /// # Errors
    /// Where it could not be kept: the message stays as it is.
    pub async fn edit(&self, key: &str, content: &Content) -> Result<(), StoreError> {
        self.want(key, None, &value(content)?).await?;
        self.deliver(key).await.map(|_| ())
    }

    /// Sends anew what Slack refused, as it is wanted already; what it did not refuse, and an unknown key, stay as they are.
    ///
    /// # Errors
    /// Where it could not be kept: nothing was sent.
    pub async fn again(&self, key: &str) -> Result<(), StoreError> {
        let now = self.clock.now();
        let decide = |found: Option<Post>| match found {
            Some(mut post) => {
                let is_anew = post.again(now);
                (is_anew.then_some(post), is_anew)
            }
            None => (None, false),
        };
        if self.shelf.change(key, decide).await? {
            self.deliver(key).await?;
        }
        Ok(())
    }

    /// The post of a key.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub async fn find(&self, key: &str) -> Result<Option<Post>, StoreError> {
        self.shelf.load(key).await
    }

    /// The post that stands in a message.
    ///
    /// # Errors
    /// As [`Store::page`].
    pub async fn by_message(&self, channel: &str, ts: &str) -> Result<Option<Post>, StoreError> {
        let is_it = |post: &Post| post.place == channel && post.message.as_deref() == Some(ts);
        if let Some(post) = self.shelf.seen(is_it) {
            return Ok(Some(post));
        }
        let query = Query::of(&collections::POSTS)
            .with("place", Condition::Is(Key::from(channel)))
            .with("message", Condition::Is(Key::from(ts)))
            .limited(1);
        let page = record::page::<Post>(self.shelf.main(), &query).await?;
        Ok(page.records.into_iter().map(|found| found.value).next())
    }

    /// How many posts wait, for `/health`.
    ///
    /// # Errors
    /// Where the store cannot tell.
    pub async fn waiting(&self) -> Result<u64, StoreError> {
        self.shelf.main().count(&waiting_posts()).await
    }

    /// Sends what waits, until `stop`. What is being sent then is left to the next start, which looks for it first.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut sweep = interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let outbox = self.as_ref();
        let work = async {
            loop {
                let due = tokio::select! {
                    _ = sweep.tick() => outbox.found().await,
                    due = outbox.paces.due() => due,
                };
                futures::stream::iter(due)
                    .for_each_concurrent(AT_ONCE, |key| async move {
                        if let Err(error) = outbox.deliver(&key).await {
                            tracing::warn!(%error, key, "a post waits: the store cannot be reached");
                        }
                    })
                    .await;
            }
        };
        tokio::select! {
            () = work => {}
            () = stop.cancelled() => {}
        }
    }

    /// Keys of the posts that wait, in this process's memory too.
    async fn found(&self) -> Vec<String> {
        self.shelf.go_home().await;
        let query = waiting_posts().by("changed_at", Direction::Ascending).limited(SWEPT);
        let mut found = self.shelf.astray();
        match self.shelf.main().ids(&query).await {
            Ok(ids) => found.extend(ids.into_iter().map(|(id, _)| id)),
            Err(error) => tracing::warn!(%error, "posts that wait could not be looked for"),
        }
        found
    }
}

fn waiting_posts() -> Query {
    Query::of(&collections::POSTS).with("waiting", Condition::Is(Key::Integer(1)))
}

fn value(content: &Content) -> Result<Value, StoreError> {
    serde_json::to_value(content)
        .map_err(|error| StoreError::Invalid { message: format!("a message cannot be written as JSON: {error}") })
}
