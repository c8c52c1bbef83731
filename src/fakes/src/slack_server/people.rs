//! What people do.

mod modals;
mod pressing;

use super::SlackServer;
use super::deliver::{Envelope, Then, Way};
use super::message::{Author, Message};
use super::state::{AssistantThread, State};
use super::tickets::Origin;
use super::workspace::Kind;
use serde_json::{Value, json};

impl State {
    /// A message of somebody, with the mention that it may be.
    fn say(&mut self, channel: &str, mut message: Message) -> String {
        let ts = message.ts.clone();
        let mention = format!("<@{}>", self.workspace.bot_user);
        let kind = self.places.get(channel).map(|place| place.channel.kind);
        let is_mention = message.text.contains(&mention) && kind != Some(Kind::Direct);
        self.name_blocks(&mut message.blocks);
        let mut event = message.told(&self.workspace, true);
        self.post(channel, message);
        let is_ours =
            self.places.get(channel).is_some_and(|place| place.channel.members.contains(&self.workspace.bot_user));
        if is_mention && is_ours && event.get("user").is_some() {
            event["type"] = json!("app_mention");
            event["channel"] = json!(channel);
            event["event_ts"] = json!(ts);
            self.tell("app_mention", event);
        }
        ts
    }

    /// Where an answer to somebody goes.
    fn origin(&mut self, channel: &str, user: &str, message: Option<&str>) -> (Origin, String) {
        let thread = message.and_then(|ts| {
            let place = self.places.get(channel)?;
            place.messages.iter().find(|one| one.ts == ts)?.thread.clone()
        });
        let origin =
            Origin { channel: channel.to_owned(), user: user.to_owned(), message: message.map(str::to_owned), thread };
        let kind = if message.is_some() { "actions" } else { "commands" };
        let team = self.workspace.team.clone();
        let path = self.tickets.response(kind, &team, origin.clone());
        (origin, format!("{}{path}", self.url))
    }

    /// A person as payloads of interactions carry them.
    fn who(&self, user: &str) -> Value {
        let known = self.users.get(user);
        let name = known.map_or(user, |user| user.name.as_str());
        let team = known.and_then(|user| user.external_team.as_ref()).unwrap_or(&self.workspace.team);
        json!({"id": user, "username": name, "name": name, "team_id": team})
    }

    fn team(&self) -> Value {
        json!({"id": self.workspace.team, "domain": self.workspace.domain})
    }

    fn check_here(&self, user: &str, channel: &str) {
        assert!(self.users.contains_key(user), "there is no user {user}");
        let place = self.places.get(channel);
        assert!(place.is_some(), "there is no channel {channel}");
        let is_in = place.is_some_and(|place| place.channel.members.contains(user));
        assert!(is_in, "{user} is not in {channel}");
    }
}

impl SlackServer {
    /// Somebody writes; the message's ts. The app hears `message`, and `app_mention` where it is mentioned.
    ///
    /// # Panics
    /// When there is no such person, or they are not in the channel.
    pub fn say(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> String {
        self.shared.with(|state| {
            state.check_here(user, channel);
            let ts = state.next_ts();
            let mut message = Message::new(ts, Author::User(user.to_owned()), text);
            message.thread = thread.map(str::to_owned);
            state.say(channel, message)
        })
    }

    /// Another app writes, by a webhook: with a text, attachments and blocks as they stand there.
    pub fn post_as_app(&self, channel: &str, name: &str, text: &str, attachments: &Value, blocks: &Value) -> String {
        self.shared.with(|state| {
            assert!(state.places.contains_key(channel), "there is no channel {channel}");
            let ts = state.next_ts();
            let author = Author::App(format!("B0{}", name.to_uppercase().replace(' ', "")), name.to_owned());
            let mut message = Message::new(ts, author, text);
            message.attachments = attachments.as_array().cloned().unwrap_or_default();
            message.blocks = blocks.as_array().cloned().unwrap_or_default();
            state.say(channel, message)
        })
    }

    /// Somebody reacts. That they have already is told by `false`.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn react(&self, user: &str, channel: &str, ts: &str, name: &str) -> bool {
        let outcome = self.shared.with(|state| state.add_reaction(channel, ts, name, user));
        assert_ne!(outcome, Err("message_not_found"), "no message {ts} in {channel}:\n{}", self.transcript(channel));
        outcome.is_ok()
    }

    /// Somebody takes a reaction back. That there was none is told by `false`.
    pub fn unreact(&self, user: &str, channel: &str, ts: &str, name: &str) -> bool {
        self.shared.with(|state| state.remove_reaction(channel, ts, name, user)).is_ok()
    }

    /// Somebody gives a slash command: `/jamie` and what stands behind it.
    pub fn command(&self, user: &str, channel: &str, command: &str, text: &str) {
        self.shared.with(|state| {
            assert!(state.users.contains_key(user), "there is no user {user}");
            let name = match state.places.get(channel).map(|place| &place.channel) {
                Some(channel) if channel.kind == Kind::Direct => "directmessage".to_owned(),
                Some(channel) if channel.kind == Kind::Private => "privategroup".to_owned(),
                Some(channel) => channel.name.clone(),
                None => String::new(),
            };
            assert!(!name.is_empty(), "there is no channel {channel}");
            let (origin, response_url) = state.origin(channel, user, None);
            let trigger = state.tickets.trigger(user);
            let who = state.who(user);
            let workspace = &state.workspace;
            let payload = json!({
                "token": "deprecated", "team_id": who["team_id"], "team_domain": workspace.domain,
                "channel_id": channel, "channel_name": name, "user_id": user, "user_name": who["name"],
                "command": command, "text": text, "api_app_id": workspace.app, "is_enterprise_install": "false",
                "response_url": response_url, "trigger_id": trigger,
            });
            if state.workspace.scopes.contains("commands") {
                let envelope = Envelope::new(Way::Command, command.to_owned(), payload, Then::Command(origin));
                state.delivery.put(envelope);
            }
        });
    }

    /// Somebody joins a channel, perhaps because another invited them. The bot joins as its own user.
    pub fn join(&self, user: &str, channel: &str, inviter: Option<&str>) {
        self.shared.with(|state| {
            let Some(place) = state.places.get_mut(channel) else { return };
            place.channel.members.insert(user.to_owned());
            let kind = if place.channel.kind == Kind::Public { "C" } else { "G" };
            let ts = state.next_ts();
            let mut message = Message::new(ts.clone(), Author::User(user.to_owned()), "");
            message.text = format!("<@{user}> has joined the channel");
            message.subtype = Some("channel_join".to_owned());
            state.post(channel, message);
            let mut event = json!({
                "type": "member_joined_channel", "user": user, "channel": channel, "channel_type": kind,
                "team": state.workspace.team, "event_ts": ts,
            });
            if let Some(inviter) = inviter {
                event["inviter"] = json!(inviter);
            }
            state.tell("member_joined_channel", event);
        });
    }

    /// Somebody opens the app's Home, or its messages (`home`, `messages`).
    pub fn open_home(&self, user: &str, tab: &str) {
        self.shared.with(|state| {
            let channel = state.direct(user);
            let event_ts = state.next_ts();
            let mut event = json!({
                "type": "app_home_opened", "user": user, "channel": channel, "tab": tab, "event_ts": event_ts,
            });
            if let Some(view) = state.views.homes.get(user).filter(|_| tab == "home") {
                event["view"] = state.told_view(view, &json!({}));
            }
            state.tell("app_home_opened", event);
        });
    }

    /// Somebody opens the assistant pane, perhaps while they look at a channel: the direct channel and the thread.
    pub fn start_assistant_thread(&self, user: &str, looking_at: Option<&str>) -> (String, String) {
        self.shared.with(|state| {
            let channel = state.direct(user);
            let ts = state.next_ts();
            let mut message = Message::new(ts.clone(), Author::Us, "New Assistant Thread");
            message.subtype = Some("assistant_app_thread".to_owned());
            // Slack does not tell the app of this message; the pane's own event does.
            if let Some(place) = state.places.get_mut(&channel) {
                place.messages.push(message);
            }
            state.assistants.insert((channel.clone(), ts.clone()), AssistantThread::default());
            state.tell_assistant("assistant_thread_started", user, (&channel, &ts), looking_at);
            (channel, ts)
        })
    }

    /// Somebody looks at another channel while the assistant pane is open.
    pub fn look_at(&self, user: &str, channel: &str, thread: &str, looking_at: &str) {
        self.shared.with(|state| {
            let kind = "assistant_thread_context_changed";
            state.tell_assistant(kind, user, (channel, thread), Some(looking_at));
        });
    }

    /// Somebody edits what they wrote.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn edit(&self, channel: &str, ts: &str, text: &str) {
        self.shared.with(|state| {
            let workspace = state.workspace.clone();
            let edited = state.next_ts();
            let before = state.message(channel, ts).map(|message| message.told(&workspace, true));
            assert!(before.is_some(), "no message {ts} in {channel}");
            if let Some(message) = state.message(channel, ts) {
                text.clone_into(&mut message.text);
                message.edited = Some(edited);
                message.edits += 1;
            }
            state.tell_change(channel, before.unwrap_or_default(), ts);
        });
    }

    /// Somebody deletes what they wrote.
    pub fn delete(&self, channel: &str, ts: &str) {
        self.shared.with(|state| state.remove(channel, ts));
    }
}

impl State {
    fn tell_assistant(&mut self, kind: &str, user: &str, thread: (&str, &str), looking_at: Option<&str>) {
        if !self.workspace.assistant {
            return;
        }
        let mut context = json!({});
        if let Some(looking_at) = looking_at {
            context = json!({"channel_id": looking_at, "team_id": self.workspace.team, "enterprise_id": null});
        }
        let event_ts = self.next_ts();
        let event = json!({
            "type": kind, "event_ts": event_ts,
            "assistant_thread": {"user_id": user, "context": context, "channel_id": thread.0, "thread_ts": thread.1},
        });
        self.tell(kind, event);
    }
}
