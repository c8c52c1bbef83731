//! What the app is told, in the form of the Events API: only what it subscribed to, has the scope for, and may see.

use super::deliver::{Envelope, Then, Way};
use super::state::State;
use serde_json::{Value, json};

/// Which scope an event needs (each event's page).
const SCOPES: &[(&str, &str)] = &[
    ("app_mention", "app_mentions:read"),
    ("assistant_thread_context_changed", "assistant:write"),
    ("assistant_thread_started", "assistant:write"),
    ("member_joined_channel", "channels:read"),
    ("message.channels", "channels:history"),
    ("message.groups", "groups:history"),
    ("message.im", "im:history"),
    ("message.mpim", "mpim:history"),
    ("reaction_added", "reactions:read"),
    ("reaction_removed", "reactions:read"),
];

impl State {
    /// A `message` event of any subtype.
    pub fn tell_message(&mut self, channel: &str, mut event: Value) {
        let Some(place) = self.places.get(channel) else { return };
        if !place.channel.members.contains(&self.workspace.bot_user) {
            return;
        }
        let kind = place.channel.kind;
        event["channel"] = json!(channel);
        event["channel_type"] = json!(kind.name());
        event["event_ts"] = event["ts"].clone();
        self.tell(&format!("message.{}", kind.family()), event);
    }

    /// An event, if the app is to hear of it. `subscription` is what it subscribed to.
    pub fn tell(&mut self, subscription: &str, event: Value) {
        let needed = SCOPES.iter().find(|(name, _)| *name == subscription).map(|(_, scope)| *scope);
        let may = needed.is_none_or(|scope| self.workspace.scopes.contains(scope));
        if !may || !self.workspace.subscriptions.contains(subscription) {
            return;
        }
        let what = event["type"].as_str().unwrap_or_default().to_owned();
        let payload = self.event_callback(event);
        let envelope = Envelope::new(Way::Event, what, payload, Then::Nothing);
        self.delivery.put(envelope);
    }

    fn event_callback(&mut self, event: Value) -> Value {
        let channel = event["channel"].as_str().or(event["item"]["channel"].as_str()).unwrap_or_default();
        let is_external = self.places.get(channel).is_some_and(|place| place.channel.is_external);
        let event_id = self.next_id("Ev0");
        let second = self.second();
        let workspace = &self.workspace;
        json!({
            "team_id": workspace.team, "context_team_id": workspace.team, "api_app_id": workspace.app,
            "event": event, "type": "event_callback", "event_id": event_id, "event_time": second,
            "authorizations": [{
                "enterprise_id": null, "team_id": workspace.team, "user_id": workspace.bot_user, "is_bot": true,
                "is_enterprise_install": false,
            }],
            "is_ext_shared_channel": is_external, "event_context": format!("4-{event_id}"),
        })
    }
}
