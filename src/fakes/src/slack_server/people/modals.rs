//! Filling in and closing modals.

use crate::slack_server::SlackServer;
use crate::slack_server::deliver::{Envelope, Then, Way};
use crate::slack_server::state::State;
use crate::slack_server::views::View;
use serde_json::{Value, json};

/// What an input tells, filled in with a text, an option's value, or several of them.
fn filled(element: &Value, given: &Value) -> Option<Value> {
    let kind = element["type"].as_str().unwrap_or_default();
    let mut told = json!({"type": kind});
    let option = |value: &Value| {
        let groups = element["option_groups"].as_array().into_iter().flatten();
        let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
        let mut all = element["options"].as_array().into_iter().flatten().chain(grouped);
        all.find(|option| option["value"] == *value).cloned()
    };
    let several = || given.as_array().into_iter().flatten();
    match kind {
        "static_select" | "radio_buttons" => told["selected_option"] = option(given)?,
        "multi_static_select" | "checkboxes" => {
            told["selected_options"] = json!(several().map(option).collect::<Option<Vec<Value>>>()?);
        }
        "users_select" => told["selected_user"] = given.clone(),
        "multi_users_select" => told["selected_users"] = given.clone(),
        "conversations_select" => told["selected_conversation"] = given.clone(),
        "multi_conversations_select" => told["selected_conversations"] = given.clone(),
        "channels_select" => told["selected_channel"] = given.clone(),
        "multi_channels_select" => told["selected_channels"] = given.clone(),
        "timepicker" => told["selected_time"] = given.clone(),
        "datepicker" => told["selected_date"] = given.clone(),
        _ => told["value"] = given.clone(),
    }
    Some(told)
}

/// What an input tells where nobody touched it.
fn untouched(element: &Value) -> Value {
    let mut told = json!({"type": element["type"]});
    let initial = [
        ("initial_value", "value"),
        ("initial_option", "selected_option"),
        ("initial_options", "selected_options"),
        ("initial_user", "selected_user"),
        ("initial_users", "selected_users"),
        ("initial_conversation", "selected_conversation"),
        ("initial_conversations", "selected_conversations"),
        ("initial_time", "selected_time"),
        ("initial_date", "selected_date"),
    ];
    for (from, to) in initial {
        if let Some(value) = element.get(from) {
            told[to] = value.clone();
        }
    }
    match element["type"].as_str().unwrap_or_default() {
        "plain_text_input" | "number_input" if told.get("value").is_none() => told["value"] = Value::Null,
        "static_select" | "radio_buttons" if told.get("selected_option").is_none() => {
            told["selected_option"] = Value::Null;
        }
        "checkboxes" | "multi_static_select" if told.get("selected_options").is_none() => {
            told["selected_options"] = json!([]);
        }
        _ => {}
    }
    told
}

/// `state.values` of a view in which somebody filled in these: pairs of an action id and what was given.
fn values(view: &View, given: &[(&str, Value)]) -> Result<Value, String> {
    let mut values = json!({});
    let mut left: Vec<&str> = given.iter().map(|(action, _)| *action).collect();
    for block in view.view["blocks"].as_array().into_iter().flatten() {
        let elements = block["elements"].as_array().into_iter().flatten();
        for element in elements.chain(block.get("element")).chain(block.get("accessory")) {
            let action = element["action_id"].as_str().unwrap_or_default();
            let kind = element["type"].as_str().unwrap_or_default();
            if action.is_empty() || kind == "button" {
                continue;
            }
            let told = match given.iter().find(|(name, _)| *name == action) {
                Some((_, given)) => filled(element, given).ok_or_else(|| format!("{action} does not offer {given}"))?,
                None => untouched(element),
            };
            left.retain(|name| *name != action);
            let block_id = block["block_id"].as_str().unwrap_or_default();
            values[block_id][action] = told;
        }
    }
    if left.is_empty() { Ok(values) } else { Err(format!("no input for {}", left.join(", "))) }
}

impl State {
    fn view_event(&mut self, kind: &str, user: &str, view: &View, values: &Value) {
        let trigger = self.tickets.trigger(user);
        let payload = json!({
            "type": kind, "team": self.team(), "user": self.who(user), "api_app_id": self.workspace.app,
            "token": "deprecated", "trigger_id": trigger, "view": self.told_view(view, values),
            "response_urls": [], "is_enterprise_install": false, "enterprise": null, "is_cleared": false,
        });
        let then = if kind == "view_submission" { Then::View(view.id.clone()) } else { Then::Nothing };
        self.delivery.put(Envelope::new(Way::Interaction, kind.to_owned(), payload, then));
    }
}

impl SlackServer {
    /// Somebody fills in the uppermost of their modals and submits it: pairs of an action id and what is given (a text,
    /// an option's value, or a list of them). What is not named stays as it was. The modal closes with the app's
    /// acknowledgement, or shows the errors of its answer ([`SlackServer::view_errors`]).
    ///
    /// # Panics
    /// When they see no modal, or it has no such input or option.
    pub fn submit_view(&self, user: &str, given: &[(&str, Value)]) {
        let view = self.views(user).pop();
        assert!(view.is_some(), "{user} sees no modal");
        let Some(view) = view else { return };
        let values = values(&view, given);
        assert!(values.is_ok(), "{values:?} in {}", view.view);
        let values = values.unwrap_or_default();
        self.shared.with(|state| state.view_event("view_submission", user, &view, &values));
    }

    /// Somebody closes the uppermost of their modals.
    ///
    /// # Panics
    /// When they see none.
    pub fn close_view(&self, user: &str) {
        let view = self.views(user).pop();
        assert!(view.is_some(), "{user} sees no modal");
        let Some(view) = view else { return };
        self.shared.with(|state| {
            state.views.modals.retain(|modal| modal.id != view.id);
            if view.view["notify_on_close"] == true {
                state.view_event("view_closed", user, &view, &json!({}));
            }
        });
    }
}
