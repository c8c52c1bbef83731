//! Doubles for unit tests: a Slack that keeps what it is sent and does what a test tells it, and builders of what comes in.

mod asked;
mod bus;
mod door;
mod slack;

pub use asked::{ScriptedConversations, answer, told};
pub use bus::bus;
pub use door::Door;
pub use slack::ScriptedSlack;

use crate::api::{Me, Slack};
use crate::inbox::Inbox;
use crate::incoming::{Body, Message, Press, Received};
use crate::outbox::Outbox;
use crate::people::{House, People};
use chrono::{DateTime, Utc};
use domain::person::Roles;
use fakes::clock::ManualClock;
use ports::clock::Clock;
use ports::store::{Store, collections};
use std::sync::Arc;
use store::memory::Memory;

/// Noon of a day.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

/// A clock that shows noon.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(noon()))
}

/// An empty store whose clock shows noon.
pub fn memory_store() -> Arc<Memory> {
    Memory::new(collections::ALL, clock())
}

/// An outbox without a second store.
pub fn outbox(slack: Arc<dyn Slack>, store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Arc<Outbox> {
    Outbox::new(store, None, slack, clock, 1)
}

/// An inbox that nobody works on.
pub fn inbox(store: Arc<dyn Store>, clock: Arc<dyn Clock>) -> Arc<Inbox> {
    Inbox::new(store, None, clock, crate::inbox::Settings::named("test"))
}

/// The people of a house with these roles.
pub fn people(slack: Arc<dyn Slack>, roles: Roles) -> Arc<People> {
    People::new(slack, House { roles, guests_may: false })
}

/// Who we are in tests: the user `UBOT`, the bot `BBOT`, in the workspace `T1`.
pub fn me() -> Me {
    Me {
        user: "UBOT".to_owned(),
        bot: "BBOT".to_owned(),
        team: "T1".to_owned(),
        url: "https://acme.slack.com/".to_owned(),
    }
}

/// A message of a person in a channel, not in a thread.
pub fn message(channel: &str, ts: &str, user: &str, text: &str) -> Message {
    Message {
        channel: channel.to_owned(),
        channel_type: Some("channel".to_owned()),
        ts: ts.to_owned(),
        thread: None,
        user: Some(user.to_owned()),
        team: Some("T1".to_owned()),
        bot: None,
        subtype: None,
        text: Some(text.to_owned()),
    }
}

/// What came in, with a message's own id and lane.
pub fn received_message(message: Message) -> Received {
    Received::of_message(message)
}

/// The same message as a mention.
pub fn received_mention(message: Message) -> Received {
    let received = received_message(message.clone());
    Received { body: Body::Mention(message), ..received }
}

/// Anything else that came in.
pub fn received(id: &str, body: Body) -> Received {
    Received { id: id.to_owned(), lane: id.to_owned(), order: "1".to_owned(), body }
}

/// A press of a person on a message in a channel.
pub fn press(action: &str, value: &str, user: &str, channel: &str, message: &str) -> Press {
    Press {
        action: action.to_owned(),
        value: value.to_owned(),
        user: user.to_owned(),
        team: Some("T1".to_owned()),
        channel: Some(channel.to_owned()),
        message: Some(message.to_owned()),
        thread: None,
        response_url: Some("https://hooks.slack.example/actions/1".to_owned()),
        trigger: Some("trigger.1".to_owned()),
    }
}
