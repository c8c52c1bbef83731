//! Block Kit against Slack's published limits (pages "Blocks", "Block elements", "Composition objects", "Views").
//!
//! Written from the reference and not from the product's renderer: the tables in `limits` say what may stand where,
//! `walk` goes through a payload and tells each fault with the JSON pointer of where it is.

mod limits;
mod rich_text;
#[cfg(test)]
mod tests;
mod walk;

use limits::VIEWS;
use serde_json::Value;
use walk::Walk;

/// Where blocks stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    Message,
    View,
}

impl Surface {
    fn blocks(self) -> usize {
        match self {
            Self::Message => 50,
            Self::View => 100,
        }
    }
}

/// All that is wrong with these blocks.
pub fn faults(blocks: &[Value], surface: Surface) -> Vec<String> {
    let mut walk = Walk::new(surface);
    walk.blocks(blocks);
    walk.faults
}

/// All that is wrong with a view of this kind.
pub fn view_faults(view: &Value, kind: &str) -> Vec<String> {
    let mut walk = Walk::new(Surface::View);
    if view["type"].as_str() != Some(kind) {
        walk.fault("/view/type", &format!("a view of the type {} where {kind} is wanted", view["type"]));
        return walk.faults;
    }
    walk.thing("/view", view, VIEWS, &[kind]);
    walk.blocks(view["blocks"].as_array().map_or(&[][..], Vec::as_slice));
    let has_input = view["blocks"].as_array().is_some_and(|blocks| blocks.iter().any(|block| block["type"] == "input"));
    if kind == "modal" && has_input && view.get("submit").is_none() {
        walk.fault("/view/submit", "a modal with an input block needs submit");
    }
    walk.faults
}

/// All that is wrong with a payload as a renderer makes it: a view (`type` is `home` or `modal`), or a message's `text` and
/// `blocks`.
pub fn payload_faults(payload: &Value) -> Vec<String> {
    if let Some(kind) = payload["type"].as_str() {
        return view_faults(payload, kind);
    }
    let mut found = faults(payload["blocks"].as_array().map_or(&[][..], Vec::as_slice), Surface::Message);
    if payload["text"].as_str().is_none_or(|text| text.is_empty() || text.chars().count() > 40_000) {
        found.push("/text: 1 to 40,000 characters".to_owned());
    }
    found
}
