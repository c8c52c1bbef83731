//! Events of the Events API (`event_callback`), the same from a socket and over HTTP.

use super::fields::{first_id, id, text as member};
use super::{Body, Message, Received, lanes, text};
use serde_json::Value;

/// The type in the metadata of our own messages.
pub const OWN_METADATA: &str = "auto_devops_post";

/// What an event callback tells; `None` for what is of no interest.
pub fn read(callback: &Value) -> Option<Received> {
    let event = callback.get("event")?;
    let kind = member(event, "/type")?;
    let at = first_id(event, &["/event_ts", "/ts"]).or_else(|| id(callback, "/event_id"))?;
    let name = id(callback, "/event_id").unwrap_or_else(|| at.clone());
    match kind {
        "app_mention" | "message" => message(event, kind == "app_mention", &at),
        "reaction_added" | "reaction_removed" => reaction(event, kind == "reaction_added", &name, at),
        "app_home_opened" => {
            let (user, tab) = (id(event, "/user")?, id(event, "/tab").unwrap_or_else(|| "home".to_owned()));
            Some(lanes::deed(format!("home:{name}"), lanes::of_user(&user), at, Body::Home { user, tab }))
        }
        "member_joined_channel" => {
            let (user, channel) = (id(event, "/user")?, id(event, "/channel")?);
            let (lane, inviter) = (channel.clone(), id(event, "/inviter"));
            Some(lanes::deed(format!("joined:{name}"), lane, at, Body::Joined { user, channel, inviter }))
        }
        "assistant_thread_started" | "assistant_thread_context_changed" => {
            assistant(event, kind == "assistant_thread_started", &name, at)
        }
        _ => None,
    }
}

fn is_ours(message: &Value) -> bool {
    member(message, "/metadata/event_type") == Some(OWN_METADATA)
}

fn message(event: &Value, is_mention: bool, at: &str) -> Option<Received> {
    let subtype = id(event, "/subtype");
    // What was changed or deleted is told by an event about the message, which is inside.
    let (inner, is_about) = match subtype.as_deref() {
        Some("message_changed") => (event.get("message")?, true),
        Some("message_deleted") => (event.get("previous_message").unwrap_or(event), true),
        _ => (event, false),
    };
    if is_ours(inner) || is_ours(event) {
        return None;
    }
    let channel = id(event, "/channel")?;
    let ts = if is_about { id(event, "/deleted_ts").or_else(|| id(inner, "/ts")) } else { id(event, "/ts") }?;
    let message = Message {
        channel_type: id(event, "/channel_type"),
        thread: id(inner, "/thread_ts"),
        subtype: if is_about { subtype.clone() } else { id(inner, "/subtype") },
        ..read_message(inner, &channel, &ts)
    };
    let own = format!("{channel}/{ts}");
    let (name, order) = if is_about {
        (format!("{}:{channel}/{at}", subtype.unwrap_or_default()), at.to_owned())
    } else {
        (format!("message:{own}"), ts)
    };
    let lane = message.thread.as_ref().map_or(own, |thread| format!("{channel}/{thread}"));
    let body = if is_mention { Body::Mention(message) } else { Body::Message(message) };
    Some(Received { id: name, lane, order, body })
}

/// A message as an event, an interaction or a method tells it.
pub(super) fn read_message(message: &Value, channel: &str, ts: &str) -> Message {
    Message {
        channel: channel.to_owned(),
        channel_type: None,
        ts: ts.to_owned(),
        thread: id(message, "/thread_ts"),
        user: id(message, "/user"),
        team: first_id(message, &["/user_team", "/source_team", "/team"]),
        bot: first_id(message, &["/bot_id", "/bot_profile/id"]),
        subtype: id(message, "/subtype"),
        text: text::of_message(message),
    }
}

fn reaction(event: &Value, is_added: bool, name: &str, at: String) -> Option<Received> {
    if member(event, "/item/type")? != "message" {
        return None;
    }
    let (channel, message) = (id(event, "/item/channel")?, id(event, "/item/ts")?);
    let lane = format!("{channel}/{message}");
    // `thumbsup::skin-tone-2` is a thumb like any other.
    let reaction = member(event, "/reaction")?.split("::").next()?.chars().take(100).collect();
    let body = Body::Reaction { is_added, name: reaction, user: id(event, "/user")?, channel, message };
    Some(lanes::deed(format!("reaction:{name}"), lane, at, body))
}

fn assistant(event: &Value, is_new: bool, name: &str, at: String) -> Option<Received> {
    let pane = event.get("assistant_thread")?;
    let (user, channel, thread) = (id(pane, "/user_id")?, id(pane, "/channel_id")?, id(pane, "/thread_ts")?);
    let lane = format!("{channel}/{thread}");
    let looking_at = id(pane, "/context/channel_id");
    Some(lanes::deed(
        format!("assistant:{name}"),
        lane,
        at,
        Body::Assistant { user, channel, thread, looking_at, is_new },
    ))
}
