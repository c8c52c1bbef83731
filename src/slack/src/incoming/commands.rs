//! Slash commands.

use super::fields::{id, long, text as member};
use super::{Body, Received, lanes, text};
use serde_json::Value;

/// First words of what is an order, not a question: it is not queued behind a question of the same person.
const ORDERS: &[&str] = &["", "help", "status", "incidents", "freeze", "unfreeze", "settings", "stop"];

/// What a slash command tells; `None` where it is none.
pub fn read(command: &Value) -> Option<Received> {
    let (user, trigger) = (id(command, "/user_id")?, id(command, "/trigger_id")?);
    let said = text::bounded(member(command, "/text").unwrap_or_default());
    let first = said.split_whitespace().next().unwrap_or_default().to_lowercase();
    let is_order = ORDERS.contains(&first.as_str());
    let lane = lanes::of_user(&user);
    let name = format!("command:{trigger}");
    let body = Body::Command {
        command: member(command, "/command")?.chars().take(100).collect(),
        text: said,
        team: id(command, "/team_id"),
        channel: id(command, "/channel_id")?,
        response_url: long(command, "/response_url")?,
        trigger: trigger.clone(),
        user,
    };
    if is_order {
        return Some(lanes::deed(name, lane, trigger, body));
    }
    Some(Received { id: name, lane, order: trigger, body })
}
