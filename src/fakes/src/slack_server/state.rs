//! All that the server knows, behind one lock.

use super::deliver::Delivery;
use super::faults::Faults;
use super::files::Files;
use super::message::{Author, Message};
use super::record::{Record, Recorded};
use super::tickets::Tickets;
use super::views::Views;
use super::workspace::{Channel, Group, Kind, User, Workspace};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// A thread of the assistant pane.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssistantThread {
    /// What it says that it is doing; empty when nothing.
    pub status: String,
    /// Every status so far, in order.
    pub statuses: Vec<String>,
    /// Its title.
    pub title: Option<String>,
    /// Suggested prompts: title and message.
    pub prompts: Vec<(String, String)>,
}

pub(super) struct State {
    pub workspace: Workspace,
    pub users: BTreeMap<String, User>,
    pub groups: Vec<Group>,
    pub places: BTreeMap<String, Place>,
    pub assistants: BTreeMap<(String, String), AssistantThread>,
    pub views: Views,
    pub files: Files,
    pub tickets: Tickets,
    pub record: Record,
    pub faults: Faults,
    pub delivery: Delivery,
    pub url: String,
    moments: u64,
    ids: u64,
}

/// A channel with what was said in it.
pub(super) struct Place {
    pub channel: Channel,
    pub messages: Vec<Message>,
}

impl State {
    pub fn new(workspace: Workspace, url: String) -> Self {
        let place = |channel: &Channel| (channel.id.clone(), Place { channel: channel.clone(), messages: Vec::new() });
        Self {
            users: workspace.users.iter().map(|user| (user.id.clone(), user.clone())).collect(),
            groups: workspace.groups.clone(),
            places: workspace.channels.iter().map(place).collect(),
            assistants: BTreeMap::new(),
            views: Views::default(),
            files: Files::default(),
            tickets: Tickets::new(workspace.seed),
            record: Record::default(),
            faults: Faults::new(workspace.seed),
            delivery: Delivery::default(),
            url,
            moments: 0,
            ids: 0,
            workspace,
        }
    }

    /// A ts that no message has yet, later than all before.
    pub fn next_ts(&mut self) -> String {
        self.moments += 1;
        let micros = (self.moments * 7_919) % 1_000_000;
        format!("{}.{micros:06}", self.workspace.starts_at_second + self.moments)
    }

    /// The second of the ts that was made last.
    pub fn second(&self) -> u64 {
        self.workspace.starts_at_second + self.moments
    }

    /// An id that nothing has yet.
    pub fn next_id(&mut self, prefix: &str) -> String {
        self.ids += 1;
        format!("{prefix}{:06}", self.ids)
    }

    pub fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        let place = self.places.get_mut(channel)?;
        place.messages.iter_mut().find(|message| message.ts == ts && message.ephemeral_to.is_none())
    }

    /// Puts a message into its channel and tells the app of it.
    pub fn post(&mut self, channel: &str, mut message: Message) {
        self.name_blocks(&mut message.blocks);
        let told = message.told(&self.workspace, true);
        let is_hidden = message.ephemeral_to.is_some();
        let Some(place) = self.places.get_mut(channel) else { return };
        place.messages.push(message);
        if !is_hidden {
            self.tell_message(channel, told);
        }
    }

    /// What changed in a message, to the app.
    pub fn tell_change(&mut self, channel: &str, before: Value, ts: &str) {
        let workspace = self.workspace.clone();
        let Some(now) = self.message(channel, ts).map(|message| message.told(&workspace, true)) else { return };
        let event_ts = self.next_ts();
        let event = json!({
            "type": "message", "subtype": "message_changed", "hidden": true, "message": now,
            "previous_message": before, "ts": event_ts,
        });
        self.tell_message(channel, event);
    }

    /// Slack names the blocks and elements that have no name.
    pub fn name_blocks(&mut self, blocks: &mut [Value]) {
        for block in blocks {
            if block.get("block_id").is_none_or(|id| id.as_str() == Some("")) {
                block["block_id"] = json!(self.next_id("b"));
            }
            for path in ["/elements", "/accessory", "/element"] {
                match block.pointer_mut(path) {
                    Some(Value::Array(elements)) => elements.iter_mut().for_each(|one| self.name_element(one)),
                    Some(element) => self.name_element(element),
                    None => {}
                }
            }
        }
    }

    fn name_element(&mut self, element: &mut Value) {
        let kind = element["type"].as_str().unwrap_or_default();
        let acts = kind == "button" || kind.ends_with("_select") || kind.ends_with("_input") || kind == "overflow";
        if acts && element.get("action_id").is_none() {
            element["action_id"] = json!(self.next_id("a"));
        }
    }

    /// The direct channel of the bot and a person; it is made where there is none.
    pub fn direct(&mut self, user: &str) -> String {
        let is_theirs = |place: &&Place| place.channel.kind == Kind::Direct && place.channel.members.contains(user);
        if let Some(place) = self.places.values().find(is_theirs) {
            return place.channel.id.clone();
        }
        let id = self.next_id("D");
        let channel = Channel {
            id: id.clone(),
            name: format!("direct-{user}"),
            kind: Kind::Direct,
            members: [self.workspace.bot_user.clone(), user.to_owned()].into(),
            is_external: false,
            is_archived: false,
        };
        self.places.insert(id.clone(), Place { channel, messages: Vec::new() });
        id
    }

    /// How an author is written in a text for people.
    pub fn name_of(&self, author: &Author) -> String {
        match author {
            Author::User(user) => self.users.get(user).map_or(user.clone(), |user| user.name.clone()),
            Author::Us => self.workspace.bot_name.clone(),
            Author::App(_, name) => name.clone(),
        }
    }

    pub fn violation(&mut self, text: String) {
        self.record.violations.push(text);
    }

    pub fn recorded(&mut self, call: Recorded) {
        self.record.calls.push(call);
    }
}

/// What all tasks of a server share.
pub(super) struct Shared {
    state: Mutex<State>,
    /// Counts changes.
    pub changed: watch::Sender<u64>,
    pub stop: CancellationToken,
}

impl Shared {
    pub fn new(state: State) -> Arc<Self> {
        Arc::new(Self { state: Mutex::new(state), changed: watch::Sender::new(0), stop: CancellationToken::new() })
    }

    /// Reads or changes the state, and wakes who waits for a change.
    pub fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let outcome = self.read(act);
        self.changed.send_modify(|count| *count += 1);
        outcome
    }

    /// As [`Shared::with`], where nobody needs to wake.
    pub fn read<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
