//! Bringing a post to where it is wanted.

use super::claim::{Deed, Outcome, Wish, claim, settled, wished};
use super::pace::PACE;
use super::{Outbox, refusal};
use crate::api::{ApiError, Ts};
use domain::post::Post;
use ports::store::error::StoreError;
use slack_view::content::Content;

/// Messages of a thread or channel that are looked through for a key at most.
const MOST_SEARCHED: usize = 1_000;

/// Steps of one delivery at most: look, send, edit, and what was wished for meanwhile.
const STEPS: usize = 6;

/// Codes of `chat.update` that say that there is no such message to edit any more.
const GONE: &[&str] = &["message_not_found", "cant_update_message", "edit_window_closed", "channel_not_found"];

impl Outbox {
    /// Keeps what is wanted.
    pub(super) async fn want(&self, key: &str, wish: &Wish<'_>) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.shelf.change(key, |found| (wished(found, key, wish, now), ())).await
    }

    /// Does what is to be done about a post now. The message, where it is there.
    pub(super) async fn deliver(&self, key: &str) -> Result<Option<Ts>, StoreError> {
        let lock = self.paces.lock(key);
        let _alone = lock.lock().await;
        let mut there = None;
        for _ in 0..STEPS {
            if let (Some(wait), true) = (self.paces.wait(key), there.is_some() || self.is_there(key)) {
                self.paces.later(key, wait);
                return Ok(there.or_else(|| self.message_of(key)));
            }
            let now = self.clock.now();
            let is_overdrawn = self.paces.is_overdrawn(key);
            let deed = self.shelf.change(key, |found| claim(found, now, is_overdrawn)).await?;
            let (post, outcome) = match deed {
                Deed::Over => return Ok(None),
                Deed::Stands(message) => return Ok(Some(message)),
                Deed::Wait(message, until) => {
                    let wait = until.signed_duration_since(now).to_std().unwrap_or(PACE);
                    self.paces.later(key, wait);
                    return Ok(message);
                }
                Deed::Send(post, may_be_there) => {
                    let outcome = self.send(&post, may_be_there).await;
                    (post, outcome)
                }
                Deed::Edit(post, message) => {
                    let outcome = self.rewrite(&post, &message).await;
                    (post, outcome)
                }
            };
            let (message, is_wanted_otherwise) = self.settle(&post, outcome).await?;
            if message.is_none() || !is_wanted_otherwise {
                return Ok(message.or_else(|| self.message_of(key)));
            }
            there = message;
        }
        Ok(there)
    }

    fn message_of(&self, key: &str) -> Option<Ts> {
        match self.shelf.remembered(key)?.sending {
            domain::post::Sending::There { message } => Some(message),
            _ => None,
        }
    }

    fn is_there(&self, key: &str) -> bool {
        self.message_of(key).is_some()
    }

    /// Keeps how it ended. The message, where it stands there now, and whether something else is wanted there.
    async fn settle(&self, sent: &Post, outcome: Outcome) -> Result<(Option<Ts>, bool), StoreError> {
        let now = self.clock.now();
        let key = sent.id.as_str();
        if let Outcome::Never(why) = &outcome {
            tracing::error!(key, why, "a post was refused for good");
        }
        let settle = |found| {
            let post = settled(found, sent, &outcome, now);
            let is_wanted_otherwise = post.as_ref().is_some_and(|post| post.waiting != 0);
            (post, is_wanted_otherwise)
        };
        let is_wanted_otherwise = self.shelf.change(key, settle).await?;
        let message = match outcome {
            Outcome::There(message, _) => Some(message),
            Outcome::Again(wait) | Outcome::Unsure(wait) | Outcome::Blocked(wait, _) => {
                self.paces.later(key, wait);
                None
            }
            Outcome::Never(_) => None,
        };
        Ok((message, is_wanted_otherwise))
    }

    async fn send(&self, post: &Post, may_be_there: bool) -> Outcome {
        let content: Content = match serde_json::from_value(post.wanted.clone()) {
            Ok(content) => content,
            Err(error) => return Outcome::Never(format!("what was kept is no message: {error}")),
        };
        if may_be_there {
            match self.search(post).await {
                Ok(Some(message)) => return Outcome::There(message, false),
                Ok(None) => {}
                // Not known is not absent: it is not sent again before it was looked for.
                Err(error) => {
                    return match refusal::outcome(&error, post.tries, self.seed) {
                        Outcome::Again(wait) => Outcome::Unsure(wait),
                        other => other,
                    };
                }
            }
        }
        self.paces.note(&post.id);
        self.paces.set_overdrawn(&post.id, false);
        match self.slack.post(&post.id, &post.place, post.thread.as_deref(), &content).await {
            Ok(message) => Outcome::There(message, true),
            Err(error) => refusal::outcome(&error, post.tries, self.seed),
        }
    }

    /// Looks for the message of a post.
    async fn search(&self, post: &Post) -> Result<Option<Ts>, ApiError> {
        let seen = match &post.thread {
            Some(thread) => self.slack.replies(&post.place, thread, MOST_SEARCHED).await?,
            None => self.slack.history(&post.place, None, MOST_SEARCHED).await?,
        };
        Ok(seen.into_iter().find(|seen| seen.key.as_deref() == Some(post.id.as_str())).map(|seen| seen.ts))
    }

    async fn rewrite(&self, post: &Post, message: &str) -> Outcome {
        let content: Content = match serde_json::from_value(post.wanted.clone()) {
            Ok(content) => content,
            Err(error) => return Outcome::Never(format!("what was kept is no message: {error}")),
        };
        self.paces.note(&post.id);
        match self.slack.update(&post.id, &post.place, message, &content).await {
            Ok(()) => {
                self.paces.set_overdrawn(&post.id, false);
                Outcome::There(message.to_owned(), true)
            }
            Err(error) if error.code().is_some_and(|code| GONE.contains(&code)) => Outcome::Never(error.to_string()),
            Err(error) => match refusal::outcome(&error, post.tries, self.seed) {
                // The same edit twice is the same message: nothing has to be looked for.
                Outcome::Unsure(wait) => Outcome::Again(wait),
                other => other,
            },
        }
    }
}
