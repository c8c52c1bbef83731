//! Bringing a post to where it is wanted. What is to be done, and what its end means, is `domain::post`'s to say.

use super::Outbox;
use super::outcome::Outcome;
use crate::api::Ts;
use chrono::{DateTime, TimeDelta, Utc};
use domain::post::{Attempt, Post};
use ports::store::error::StoreError;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// How long an attempt may take; then it is given up, so that another one can be made.
const WITHIN: Duration = Duration::from_secs(60);

/// Steps of one delivery at most: look, send, edit, and what was wished for meanwhile.
const STEPS: usize = 6;

/// A post as it is kept now, and the attempt that was begun on it, where one is to be made.
pub(super) type Begun = Option<(Post, Option<Attempt>)>;

impl Outbox {
    /// Keeps what is wanted; `place` (a channel and a thread) is where, for a post that may be new.
    pub(super) async fn want(
        &self,
        key: &str,
        place: Option<(&str, Option<&str>)>,
        wanted: &Value,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let decide = |found: Option<Post>| match (found, place) {
            (Some(mut post), _) => (post.want(wanted.clone(), now).then_some(post), ()),
            (None, Some((channel, thread))) => {
                (Some(Post::new(key, channel, thread.map(str::to_owned), wanted.clone(), now)), ())
            }
            (None, None) => (None, ()),
        };
        self.shelf.change(key, decide).await
    }

    /// Does what is to be done about a post now. The message, where it is there.
    pub(super) async fn deliver(&self, key: &str) -> Result<Option<Ts>, StoreError> {
        let lock = self.paces.lock(key);
        let _alone = lock.lock().await;
        let mut last = self.shelf.remembered(key);
        for _ in 0..STEPS {
            if let (Some(wait), Some(message)) = (self.paces.wait(key), last.as_ref().and_then(message)) {
                self.paces.later(key, wait);
                return Ok(Some(message));
            }
            // Its time runs from before the clock was read, so that it is over here before it is over for others.
            let until = Instant::now() + WITHIN;
            let now = self.clock.now();
            let is_overdrawn = self.paces.is_overdrawn(key);
            let Some((post, attempt)) = self.shelf.change(key, |found| begin(found, now, is_overdrawn)).await? else {
                return Ok(None);
            };
            let Some(attempt) = attempt else { return Ok(self.rest(&post, now)) };
            let outcome = self.carry_out(&post, &attempt, until).await;
            let Some(post) = self.settle(&post, &attempt, &outcome).await? else { return Ok(None) };
            let now = self.clock.now();
            if !post.is_due(now) {
                return Ok(self.rest(&post, now));
            }
            last = Some(post);
        }
        Ok(last.as_ref().and_then(message))
    }

    /// Leaves a post until it is due. The message, where it is there.
    fn rest(&self, post: &Post, now: DateTime<Utc>) -> Option<Ts> {
        if post.waiting != 0 {
            self.paces.later(&post.id, post.next_at.signed_duration_since(now).to_std().unwrap_or_default());
        }
        message(post)
    }

    /// Keeps how an attempt ended. The post as it is then; what was wished for meanwhile stays wished for.
    pub(super) async fn settle(
        &self,
        sent: &Post,
        attempt: &Attempt,
        outcome: &Outcome,
    ) -> Result<Option<Post>, StoreError> {
        let (now, digest) = (self.clock.now(), sent.wanted_digest());
        let decide = |found: Option<Post>| {
            let Some(mut post) = found else { return (None, None) };
            let before = post.clone();
            outcome.tell(&mut post, attempt, &digest, now);
            ((post != before).then(|| post.clone()), Some(post))
        };
        let post = self.shelf.change(&sent.id, decide).await?;
        outcome.log(&sent.id, post.as_ref().is_some_and(|post| post.waiting != 0));
        Ok(post)
    }
}

fn message(post: &Post) -> Option<Ts> {
    post.standing().map(str::to_owned)
}

/// Begins an attempt, where one is due: what is to be kept before it, and what was begun. `is_overdrawn`: something
/// passing stands there now.
pub(super) fn begin(found: Option<Post>, now: DateTime<Utc>, is_overdrawn: bool) -> (Option<Post>, Begun) {
    let Some(mut post) = found else { return (None, None) };
    if is_overdrawn {
        post.overdrawn(now);
    }
    let attempt = post.trying(now, TimeDelta::from_std(WITHIN).unwrap_or(TimeDelta::minutes(1)));
    (attempt.is_some().then(|| post.clone()), Some((post, attempt)))
}
