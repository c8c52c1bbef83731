//! Pressing buttons, choosing from menus, shortcuts on messages.

use crate::slack_server::SlackServer;
use crate::slack_server::deliver::{Envelope, Then, Way};
use crate::slack_server::state::State;
use serde_json::{Value, json};

/// Where something to press stands.
enum Where<'a> {
    Message { channel: &'a str, ts: &'a str },
    View { id: String, told: Value },
}

/// The element with this action id, with the id of its block.
fn find(blocks: &[Value], action: &str) -> Option<(String, Value)> {
    for block in blocks {
        let elements = block["elements"].as_array().into_iter().flatten();
        let all = elements.chain(block.get("accessory")).chain(block.get("element"));
        for element in all {
            if element["action_id"] == action {
                return Some((block["block_id"].as_str().unwrap_or_default().to_owned(), element.clone()));
            }
        }
    }
    None
}

/// What an element tells when it is used; `chosen` is the value of what was chosen in a menu.
fn used(block: &str, element: &Value, chosen: Option<&str>, ts: &str) -> Option<Value> {
    let mut action = json!({
        "action_id": element["action_id"], "block_id": block, "type": element["type"], "action_ts": ts,
    });
    let Some(chosen) = chosen else {
        action["text"] = element["text"].clone();
        for name in ["value", "style"] {
            if let Some(value) = element.get(name) {
                action[name] = value.clone();
            }
        }
        return Some(action);
    };
    match element["type"].as_str().unwrap_or_default() {
        "users_select" => action["selected_user"] = json!(chosen),
        "conversations_select" => action["selected_conversation"] = json!(chosen),
        "channels_select" => action["selected_channel"] = json!(chosen),
        _ => {
            let groups = element["option_groups"].as_array().into_iter().flatten();
            let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
            let mut options = element["options"].as_array().into_iter().flatten().chain(grouped);
            action["selected_option"] = options.find(|option| option["value"] == chosen)?.clone();
        }
    }
    Some(action)
}

impl State {
    fn press(&mut self, user: &str, place: &Where<'_>, action: Value) {
        let trigger = self.tickets.trigger(user);
        let mut payload = json!({
            "type": "block_actions", "user": self.who(user), "api_app_id": self.workspace.app, "token": "deprecated",
            "trigger_id": trigger, "team": self.team(), "enterprise": null, "is_enterprise_install": false,
            "actions": [action], "state": {"values": {}},
        });
        match place {
            Where::Message { channel, ts } => {
                let (_, response_url) = self.origin(channel, user, Some(ts));
                self.add_message(&mut payload, channel, ts);
                payload["response_url"] = json!(response_url);
            }
            Where::View { id, told } => {
                payload["container"] = json!({"type": "view", "view_id": id});
                payload["view"] = told.clone();
            }
        }
        self.delivery.put(Envelope::new(Way::Interaction, "block_actions".to_owned(), payload, Then::Nothing));
    }

    /// The message that a payload is about, with its channel and its container.
    fn add_message(&self, payload: &mut Value, channel: &str, ts: &str) {
        let Some(place) = self.places.get(channel) else { return };
        let message = place.messages.iter().find(|message| message.ts == ts);
        let is_ephemeral = message.is_some_and(|message| message.ephemeral_to.is_some());
        payload["channel"] = json!({"id": channel, "name": place.channel.name});
        payload["container"] = json!({
            "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": is_ephemeral,
        });
        if let Some(thread) = message.and_then(|message| message.thread.as_ref()) {
            payload["container"]["thread_ts"] = json!(thread);
        }
        // Slack does not tell what stands in a message that only one person sees.
        if let Some(message) = message.filter(|_| !is_ephemeral) {
            payload["message"] = message.told(&self.workspace, true);
        }
    }

    /// The blocks of a message, whoever sees it.
    fn blocks_of(&self, channel: &str, ts: &str) -> Vec<Value> {
        let place = self.places.get(channel);
        let message = place.and_then(|place| place.messages.iter().find(|message| message.ts == ts));
        message.map(|message| message.blocks.clone()).unwrap_or_default()
    }
}

impl SlackServer {
    /// Somebody presses the button with this action id in a message.
    ///
    /// # Panics
    /// When there is none.
    pub fn press(&self, user: &str, channel: &str, ts: &str, action_id: &str) {
        self.use_message(user, channel, ts, action_id, None);
    }

    /// Somebody chooses the option with this value in a menu of a message.
    ///
    /// # Panics
    /// When there is no such menu, or no such option in it.
    pub fn choose(&self, user: &str, channel: &str, ts: &str, action_id: &str, value: &str) {
        self.use_message(user, channel, ts, action_id, Some(value));
    }

    fn use_message(&self, user: &str, channel: &str, ts: &str, action_id: &str, chosen: Option<&str>) {
        let is_done = self.shared.with(|state| {
            let (block, element) = find(&state.blocks_of(channel, ts), action_id)?;
            let action_ts = state.next_ts();
            let action = used(&block, &element, chosen, &action_ts)?;
            state.press(user, &Where::Message { channel, ts }, action);
            Some(())
        });
        let transcript = self.transcript(channel);
        assert!(is_done.is_some(), "no {action_id} {} in message {ts}:\n{transcript}", chosen.unwrap_or_default());
    }

    /// Somebody presses a button in their App Home, or chooses an option there.
    ///
    /// # Panics
    /// When there is none.
    pub fn press_home(&self, user: &str, action_id: &str, chosen: Option<&str>) {
        let home = self.home(user);
        assert!(home.is_some(), "{user} has no App Home");
        self.use_view(home, user, action_id, chosen);
    }

    /// Somebody presses a button in the uppermost of their modals, or chooses an option there.
    ///
    /// # Panics
    /// When there is none.
    pub fn press_view(&self, user: &str, action_id: &str, chosen: Option<&str>) {
        let view = self.views(user).pop();
        assert!(view.is_some(), "{user} sees no modal");
        self.use_view(view, user, action_id, chosen);
    }

    fn use_view(&self, view: Option<super::super::View>, user: &str, action_id: &str, chosen: Option<&str>) {
        let is_done = view.as_ref().and_then(|view| {
            let blocks = view.view["blocks"].as_array()?;
            let (block, element) = find(blocks, action_id)?;
            self.shared.with(|state| {
                let action_ts = state.next_ts();
                let action = used(&block, &element, chosen, &action_ts)?;
                let told = state.told_view(view, &json!({}));
                state.press(user, &Where::View { id: view.id.clone(), told }, action);
                Some(())
            })
        });
        assert!(is_done.is_some(), "no {action_id} {} in {view:?}", chosen.unwrap_or_default());
    }

    /// Somebody uses a shortcut on a message.
    ///
    /// # Panics
    /// When there is no such message.
    pub fn shortcut(&self, user: &str, channel: &str, ts: &str, callback_id: &str) {
        self.shared.with(|state| {
            assert!(state.message(channel, ts).is_some(), "no message {ts} in {channel}");
            let trigger = state.tickets.trigger(user);
            let (_, response_url) = state.origin(channel, user, Some(ts));
            let action_ts = state.next_ts();
            let mut payload = json!({
                "type": "message_action", "token": "deprecated", "action_ts": action_ts, "team": state.team(),
                "user": state.who(user), "callback_id": callback_id, "trigger_id": trigger, "message_ts": ts,
                "response_url": response_url, "api_app_id": state.workspace.app, "enterprise": null,
                "is_enterprise_install": false,
            });
            state.add_message(&mut payload, channel, ts);
            if let Some(fields) = payload.as_object_mut() {
                fields.remove("container");
            }
            let envelope = Envelope::new(Way::Interaction, "message_action".to_owned(), payload, Then::Nothing);
            state.delivery.put(envelope);
        });
    }
}
