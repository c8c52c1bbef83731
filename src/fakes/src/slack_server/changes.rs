//! What people and the app both do to messages: reactions, removal.

use super::message::Reaction;
use super::state::State;
use serde_json::json;

impl State {
    /// Adds a reaction and tells the app, or says Slack's error code.
    pub fn add_reaction(&mut self, channel: &str, ts: &str, name: &str, user: &str) -> Result<(), &'static str> {
        let message = self.message(channel, ts).ok_or("message_not_found")?;
        match message.reactions.iter_mut().find(|reaction| reaction.name == name) {
            Some(reaction) if reaction.users.iter().any(|one| one == user) => return Err("already_reacted"),
            Some(reaction) => reaction.users.push(user.to_owned()),
            None => message.reactions.push(Reaction { name: name.to_owned(), users: vec![user.to_owned()] }),
        }
        self.tell_reaction("reaction_added", channel, ts, name, user);
        Ok(())
    }

    /// Removes a reaction and tells the app, or says Slack's error code.
    pub fn remove_reaction(&mut self, channel: &str, ts: &str, name: &str, user: &str) -> Result<(), &'static str> {
        let message = self.message(channel, ts).ok_or("message_not_found")?;
        let reaction = message.reactions.iter_mut().find(|reaction| reaction.name == name).ok_or("no_reaction")?;
        let count = reaction.users.len();
        reaction.users.retain(|one| one != user);
        if reaction.users.len() == count {
            return Err("no_reaction");
        }
        message.reactions.retain(|reaction| !reaction.users.is_empty());
        self.tell_reaction("reaction_removed", channel, ts, name, user);
        Ok(())
    }

    fn tell_reaction(&mut self, kind: &str, channel: &str, ts: &str, name: &str, user: &str) {
        let workspace = self.workspace.clone();
        let author = self.message(channel, ts).and_then(|message| message.user(&workspace).map(str::to_owned));
        let event_ts = self.next_ts();
        let event = json!({
            "type": kind, "user": user, "reaction": name, "item_user": author, "event_ts": event_ts,
            "item": {"type": "message", "channel": channel, "ts": ts},
        });
        let is_ours = self.places.get(channel).is_some_and(|place| place.channel.members.contains(&workspace.bot_user));
        if is_ours {
            self.tell(kind, event);
        }
    }

    /// Takes a message away and tells the app.
    pub fn remove(&mut self, channel: &str, ts: &str) {
        let workspace = self.workspace.clone();
        let Some(place) = self.places.get_mut(channel) else { return };
        let Some(index) = place.messages.iter().position(|message| message.ts == ts) else { return };
        let gone = place.messages.remove(index);
        if gone.ephemeral_to.is_some() {
            return;
        }
        let event_ts = self.next_ts();
        let event = json!({
            "type": "message", "subtype": "message_deleted", "hidden": true, "deleted_ts": ts, "ts": event_ts,
            "previous_message": gone.told(&workspace, true),
        });
        self.tell_message(channel, event);
    }

    /// A status of the assistant pane goes when the app answers.
    pub fn clear_status(&mut self, channel: &str, root: &str) {
        if let Some(thread) = self.assistants.get_mut(&(channel.to_owned(), root.to_owned())) {
            thread.status.clear();
        }
    }

    /// Remembers a text that would notify or link, unless the test allows it.
    pub fn ping(&mut self, ping: String) {
        let is_allowed = self.record.allowed.iter().any(|allowed| ping.contains(allowed.as_str()));
        if !is_allowed {
            self.record.pings.push(ping);
        }
    }
}
