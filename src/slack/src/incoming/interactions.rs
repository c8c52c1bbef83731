//! Presses, modals and shortcuts: the payloads of interactivity.

use super::fields::{first_id, id, long, text as member};
use super::{Body, Press, Received, events, lanes, text};
use serde_json::Value;

/// Bytes of a modal's values at most; a modal has at most 100 blocks with inputs of at most 3,000 characters.
const VALUES: usize = 400_000;

/// What an interaction tells; `None` for what is of no interest.
pub fn read(payload: &Value) -> Option<Received> {
    let user = id(payload, "/user/id")?;
    let team = first_id(payload, &["/user/team_id", "/team/id"]);
    match member(payload, "/type")? {
        "block_actions" => press(payload, user, team),
        "view_submission" => submitted(payload, user, team),
        "message_action" => shortcut(payload, user, team),
        _ => None,
    }
}

fn press(payload: &Value, user: String, team: Option<String>) -> Option<Received> {
    let action = payload.pointer("/actions/0")?;
    let channel = first_id(payload, &["/channel/id", "/container/channel_id"]);
    let message = first_id(payload, &["/container/message_ts", "/message/ts"]);
    let order = first_id(action, &["/action_ts"]).unwrap_or_else(|| "0".to_owned());
    let name = id(payload, "/trigger_id").unwrap_or_else(|| format!("{user}/{order}"));
    let lane = match (&channel, &message) {
        (Some(channel), Some(message)) => format!("{channel}/{message}"),
        _ => lanes::of_user(&user),
    };
    let press = Press {
        action: member(action, "/action_id")?.chars().take(255).collect(),
        value: text::bounded(&chosen(action)),
        user,
        team,
        channel,
        message,
        thread: first_id(payload, &["/container/thread_ts", "/message/thread_ts"]),
        response_url: long(payload, "/response_url"),
        trigger: id(payload, "/trigger_id"),
    };
    Some(lanes::deed(format!("press:{name}"), lane, order, Body::Press(press)))
}

/// What an action carries, or what was chosen in it; several choices with commas between.
fn chosen(action: &Value) -> String {
    let single = [
        "/value",
        "/selected_option/value",
        "/selected_channel",
        "/selected_conversation",
        "/selected_user",
        "/selected_date",
        "/selected_time",
    ];
    if let Some(value) = single.iter().find_map(|path| member(action, path)) {
        return value.to_owned();
    }
    let several = |path: &str| action.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let options = several("/selected_options").iter().filter_map(|option| member(option, "/value"));
    let lists = ["/selected_channels", "/selected_conversations", "/selected_users"];
    let ids = lists.iter().flat_map(|path| several(path)).filter_map(Value::as_str);
    options.chain(ids).collect::<Vec<_>>().join(",")
}

fn submitted(payload: &Value, user: String, team: Option<String>) -> Option<Received> {
    let view = payload.get("view")?;
    let name = first_id(payload, &["/trigger_id"]).or_else(|| first_id(view, &["/hash", "/id"]))?;
    let values = view.pointer("/state/values").cloned().unwrap_or_default();
    if values.to_string().len() > VALUES {
        return None;
    }
    let lane = lanes::of_user(&user);
    let body = Body::Submitted {
        view: member(view, "/callback_id")?.chars().take(255).collect(),
        private: long(view, "/private_metadata").unwrap_or_default(),
        values,
        user,
        team,
    };
    Some(lanes::deed(format!("submitted:{name}"), lane, name, body))
}

fn shortcut(payload: &Value, user: String, team: Option<String>) -> Option<Received> {
    let trigger = id(payload, "/trigger_id")?;
    let message = payload.get("message")?;
    let (channel, ts) = (id(payload, "/channel/id")?, id(message, "/ts")?);
    let (lane, name) = (lanes::of_user(&user), format!("shortcut:{trigger}"));
    let order = id(payload, "/action_ts").unwrap_or_else(|| trigger.clone());
    let body = Body::Shortcut {
        shortcut: member(payload, "/callback_id")?.chars().take(255).collect(),
        user,
        team,
        message: events::read_message(message, &channel, &ts),
        trigger,
        response_url: long(payload, "/response_url"),
    };
    Some(lanes::deed(name, lane, order, body))
}
