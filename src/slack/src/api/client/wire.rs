//! Slack's JSON as this crate's values, and back.

use crate::api::{ApiError, Group, Me, Seen, Ts, User};
use crate::incoming::events::OWN_METADATA;
use crate::incoming::text;
use serde_json::Value;
use slack_morphism::prelude::{SlackMessageContent, SlackMessageMetadata};
use slack_view::content::Content;

/// Names of files that are read of a message; Slack takes ten at once.
const FILES: usize = 20;

pub(super) fn text_at(value: &Value, path: &str) -> Option<String> {
    value.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn is_at(value: &Value, path: &str) -> bool {
    value.pointer(path).and_then(Value::as_bool).unwrap_or(false)
}

pub(super) fn items<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A member that an answer must have. The call had its effect all the same.
pub(super) fn needed(method: &str, value: &Value, path: &str) -> Result<String, ApiError> {
    text_at(value, path)
        .ok_or_else(|| ApiError::Unknown { method: method.to_owned(), why: format!("the answer has no {path}") })
}

/// A message with its key in the metadata.
pub(super) fn content(key: Option<&str>, content: &Content) -> SlackMessageContent {
    let mut message = SlackMessageContent::new().with_text(content.text.clone());
    if !content.blocks.is_empty() {
        message.blocks = Some(content.blocks.clone());
    }
    message.metadata = key.map(|key| SlackMessageMetadata {
        event_type: OWN_METADATA.to_owned(),
        event_payload: Some(std::iter::once(("key".to_owned(), key.to_owned())).collect()),
    });
    message
}

/// A message as it is read back. A key counts only in our own messages: anybody can write metadata.
pub(super) fn seen(message: &Value, me: &Me) -> Option<Seen> {
    let ts: Ts = text_at(message, "/ts")?;
    let (user, bot) = (text_at(message, "/user"), text_at(message, "/bot_id"));
    let is_ours = bot.as_deref() == Some(me.bot.as_str()) || user.as_deref() == Some(me.user.as_str());
    let has_key = is_ours && text_at(message, "/metadata/event_type").as_deref() == Some(OWN_METADATA);
    let key = has_key.then(|| text_at(message, "/metadata/event_payload/key")).flatten();
    let thread = text_at(message, "/thread_ts");
    let user = user.filter(|_| bot.is_none());
    let names = items(message, "/files").iter().take(FILES).filter_map(|file| text_at(file, "/name"));
    let files = names.map(|name| name.chars().take(200).collect()).collect();
    Some(Seen { ts, thread, user, bot, text: text::of_message(message).unwrap_or_default(), key, files })
}

pub(super) fn user(answer: &Value, asked: &str) -> User {
    let user = answer.get("user").unwrap_or(&Value::Null);
    let names = ["/profile/display_name", "/profile/real_name", "/real_name", "/name"];
    User {
        id: asked.to_owned(),
        name: names.iter().find_map(|path| text_at(user, path)).unwrap_or_else(|| asked.to_owned()),
        team: text_at(user, "/team_id").unwrap_or_default(),
        is_bot: is_at(user, "/is_bot"),
        is_deleted: is_at(user, "/deleted"),
        is_restricted: is_at(user, "/is_restricted") || is_at(user, "/is_ultra_restricted"),
        is_stranger: is_at(user, "/is_stranger"),
        zone: text_at(user, "/tz"),
    }
}

pub(super) fn group(group: &Value) -> Option<Group> {
    let users = items(group, "/users").iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Some(Group { id: text_at(group, "/id")?, handle: text_at(group, "/handle").unwrap_or_default(), users })
}
