//! The calls of one attempt: looking, sending, editing.

use super::Outbox;
use super::outcome::{Outcome, UNSURE};
use crate::api::{ApiError, Ts};
use domain::post::{Attempt, Post, Step};
use slack_view::content::Content;
use tokio::time::{Instant, timeout_at};

/// Messages of a thread or channel that are looked through for a key at most.
pub(super) const MOST_SEARCHED: usize = 2_000;

/// What a look for a post found.
enum Look {
    Found(Ts),
    Absent,
    /// There is more than was looked through.
    TooMuch,
}

impl Outbox {
    /// Makes an attempt, and gives it up at its time: it is not known then whether it had its effect. One whose time was
    /// over before it began (the store was slow) is not begun: another process may be at it.
    pub(super) async fn carry_out(&self, post: &Post, attempt: &Attempt, until: Instant) -> Outcome {
        if Instant::now() >= until {
            return Outcome::Unsure(UNSURE);
        }
        let content: Content = match serde_json::from_value(post.wanted.clone()) {
            Ok(content) => content,
            Err(error) => return Outcome::Refused(format!("what was kept is no message: {error}")),
        };
        let work = async {
            match &attempt.step {
                Step::Send => self.send(post, &content).await,
                Step::LookFirst => self.look_and_send(post, &content).await,
                Step::Edit { message } => self.rewrite(post, message, &content).await,
            }
        };
        timeout_at(until, work).await.unwrap_or(Outcome::Unsure(UNSURE))
    }

    async fn send(&self, post: &Post, content: &Content) -> Outcome {
        self.paces.note(&post.id);
        self.paces.set_overdrawn(&post.id, false);
        match self.slack.post(&post.id, &post.place, post.thread.as_deref(), content).await {
            Ok(message) => Outcome::There { message, is_as_sent: true },
            Err(error) => Outcome::of(&error, post.tries, self.seed),
        }
    }

    async fn look_and_send(&self, post: &Post, content: &Content) -> Outcome {
        match self.look(post).await {
            Ok(Look::Found(message)) => Outcome::There { message, is_as_sent: false },
            Ok(Look::Absent) => self.send(post, content).await,
            Ok(Look::TooMuch) => Outcome::Blocked(format!(
                "it may be in {} already, but is not among the {MOST_SEARCHED} messages that were looked through; look for \
                 it there and post it by hand if it is missing",
                post.place
            )),
            Err(error) => Outcome::of(&error, post.tries, self.seed),
        }
    }

    /// Looks for the message of a post: in its thread, or in its channel from when it may have been sent first.
    async fn look(&self, post: &Post) -> Result<Look, ApiError> {
        let seen = match &post.thread {
            Some(thread) => self.slack.replies(&post.place, thread, MOST_SEARCHED).await?,
            None => {
                let since = post.looked_for_from().map(|since| format!("{}.000000", since.timestamp().max(0)));
                self.slack.history(&post.place, since.as_deref(), MOST_SEARCHED).await?
            }
        };
        let is_all = seen.len() < MOST_SEARCHED;
        let found = seen.into_iter().find(|seen| seen.key.as_deref() == Some(post.id.as_str()));
        Ok(match found {
            Some(found) => Look::Found(found.ts),
            None if is_all => Look::Absent,
            None => Look::TooMuch,
        })
    }

    async fn rewrite(&self, post: &Post, message: &str, content: &Content) -> Outcome {
        self.paces.note(&post.id);
        match self.slack.update(&post.id, &post.place, message, content).await {
            Ok(()) => {
                self.paces.set_overdrawn(&post.id, false);
                Outcome::There { message: message.to_owned(), is_as_sent: true }
            }
            Err(error) => Outcome::of_edit(&error, post.tries, self.seed),
        }
    }
}
