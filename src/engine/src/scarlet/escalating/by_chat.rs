//! Places of a chat system: told when the message stands there, and not when it was only taken.
//!
//! A chat system keeps what it is told and sends it when it can. That is not enough here: where a channel is gone or the
//! system is away, the next place is to be told. So its own word on the message is waited for; and
//! what is not so any more when the system is back is taken back before.

use super::{Delivers, Probe};
use crate::kept::bounded;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::escalation::{Message, Outcome};
use domain::post::{Post, Sending};
use ports::chat::{Chat, ChatError};
use ports::store::Store;
use ports::store::record;
use std::sync::Arc;
use std::time::Duration;

/// Between two looks whether it stands there.
const LOOK: Duration = Duration::from_millis(250);

/// Looks at most; together less than a place may take.
const LOOKS: u32 = 32;

/// A chat system, and the store in which it keeps its messages.
pub struct ByChat {
    chat: Arc<dyn Chat>,
    store: Arc<dyn Store>,
}

impl ByChat {
    /// Over these.
    pub fn new(chat: Arc<dyn Chat>, store: Arc<dyn Store>) -> Self {
        Self { chat, store }
    }

    /// What became of the message, as far as it is known by now; `None` while it waits.
    async fn became(&self, key: &str) -> Option<Outcome> {
        let found = match bounded(record::load::<Post>(&*self.store, key)).await {
            Ok(found) => found?,
            Err(error) => return Some(Outcome::Failed(format!("whether it stands there is not known: {error}"))),
        };
        match found.value.sending {
            Sending::There { message } => Some(Outcome::Told(format!("message {message}"))),
            Sending::Gone { why } => Some(Outcome::Told(format!("it stood there, and was removed: {why}"))),
            Sending::Refused { why } => Some(Outcome::Refused(why)),
            Sending::Waiting | Sending::Trying => None,
        }
    }

    /// Whether the chat system keeps its messages in this store.
    async fn is_kept(&self, key: &str) -> bool {
        !matches!(bounded(record::load::<Post>(&*self.store, key)).await, Ok(None))
    }
}

#[async_trait]
impl Delivers for ByChat {
    async fn deliver(&self, place: &str, message: &Message) -> Outcome {
        let key = key(place, message);
        match self.chat.tell(place, &key, &message.text).await {
            Ok(()) => {}
            Err(ChatError::NoDestination(why)) => return Outcome::Refused(why),
            Err(error @ ChatError::Unavailable(_)) => return Outcome::Failed(error.to_string()),
        }
        if !self.is_kept(&key).await {
            return Outcome::Told("taken".to_owned());
        }
        for _ in 0..LOOKS {
            if let Some(outcome) = self.became(&key).await {
                return outcome;
            }
            tokio::time::sleep(LOOK).await;
        }
        Outcome::Failed("it is kept, and does not stand there yet".to_owned())
    }

    async fn take_back(&self, place: &str, message: &Message, now: DateTime<Utc>) -> Result<bool, String> {
        let key = key(place, message);
        let taken_back = record::change(&*self.store, &key, |found: Option<Post>| {
            let is_told =
                found.as_ref().is_some_and(|post| matches!(post.sending, Sending::There { .. } | Sending::Gone { .. }));
            let next = found.and_then(|mut post| post.take_back("it is not so any more", now).then_some(post));
            (next, is_told)
        });
        bounded(taken_back).await.map_err(|error| error.to_string())
    }

    async fn probe(&self, _place: &str) -> Probe {
        Probe::Unverifiable("whether the channel takes messages shows when one is posted".to_owned())
    }
}

/// One message a place: what the first place did not take must still be taken by the next.
fn key(place: &str, message: &Message) -> String {
    format!("{} {place}", message.key)
}
