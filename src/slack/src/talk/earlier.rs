//! Questions of a thread that were written before the one at hand and did not come in yet.
//!
//! Slack promises no order: after a cut connection, or over two of them, the second question of a thread may come before
//! the first. So the thread is read before a reply in it is answered; what should have come in by now is put into the
//! lane, where it stands in front. What Slack delivers later is known then.
//!
//! Deliberately absent: questions that begin a thread of their own (their lane has nothing to be in order with), and what
//! is older than [`WITHIN_SECONDS`]: nobody waits for that any more.

use super::question::{Reading, read, reply_to};
use super::{Talk, later};
use crate::api::{Me, Seen};
use crate::inbox::{Later, Taken};
use crate::incoming::{Message, Received};
use std::time::Duration;

/// How much older than the question at hand.
const WITHIN_SECONDS: f64 = 600.0;

/// Messages of the thread that are read.
const READ: usize = 200;

/// Until the lane is looked at again, with what was put into it in front.
const AT_ONCE: Duration = Duration::from_millis(1);

impl Talk {
    /// Puts what came before a reply, and is not known, into its lane.
    ///
    /// # Errors
    /// [`Later`] where something was: it is handled first.
    pub(super) async fn after_what_came_before(&self, message: &Message, me: &Me) -> Result<(), Later> {
        let Some(thread) = reply_to(message) else { return Ok(()) };
        let seen = match self.parts.slack.replies(&message.channel, thread, READ).await {
            Ok(seen) => seen,
            Err(error) => {
                tracing::debug!(%error, "it is not known whether an earlier question of this thread is missing");
                return Ok(());
            }
        };
        let mut is_missing = false;
        for earlier in seen.into_iter().filter(|seen| is_shortly_before(seen, message)) {
            let earlier = of(earlier, message);
            if matches!(read(&earlier, false, me), Reading::Question | Reading::IfOurs) {
                let taken =
                    self.parts.inbox.take(Received::of_message(earlier)).await.map_err(|error| later(&error))?;
                is_missing |= taken == Taken::Kept;
            }
        }
        match is_missing {
            true => {
                Err(Later { after: AT_ONCE, why: "an earlier question of its thread is answered first".to_owned() })
            }
            false => Ok(()),
        }
    }
}

/// Whether a message stands before the one at hand, and not long before. Their ids are times.
fn is_shortly_before(seen: &Seen, message: &Message) -> bool {
    let seconds = |ts: &str| ts.parse::<f64>().unwrap_or_default();
    seen.ts < message.ts && seconds(&message.ts) - seconds(&seen.ts) < WITHIN_SECONDS
}

/// A message as it is read back, as it would have come in.
fn of(seen: Seen, message: &Message) -> Message {
    Message {
        channel: message.channel.clone(),
        channel_type: message.channel_type.clone(),
        ts: seen.ts,
        thread: seen.thread,
        user: seen.user,
        // The workspace of who wrote the message at hand says nothing of theirs: `users.info` tells it.
        team: None,
        bot: seen.bot,
        subtype: None,
        text: Some(seen.text),
    }
}
