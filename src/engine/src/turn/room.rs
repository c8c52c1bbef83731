//! How much a request to the model may hold: its real context, as far as that is known.

use domain::tokens;
use ports::model::{CallRequest, Message, OfferedTool, TokenCount};
use serde_json::Value;

/// Assumed where a server does not tell its context: what small local models are usually run with.
pub(super) const ASSUMED_CONTEXT_TOKENS: u64 = 8_192;

/// Of the window, what requests leave free: the template of the chat and the schemas' wrapping cost tokens too.
const SPARE_DIVISOR: usize = 12;

/// The room of one model in one turn, in tokens as the house estimates them.
///
/// A quarter of the bytes is too few for JSON and for other scripts than Latin. What the server reports of the first
/// requests corrects the estimate for those after it; a request that it refuses as too long makes the room smaller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    window: usize,
    per_mille: usize,
}

impl Room {
    /// The room that a context leaves beside the reply.
    pub(super) fn new(context_tokens: u64, reply_tokens: u32) -> Self {
        let context = usize::try_from(context_tokens).unwrap_or(usize::MAX);
        let window = context.saturating_sub(reply_tokens as usize);
        Self { window: window - window / SPARE_DIVISOR, per_mille: 1_000 }
    }

    /// Estimated tokens that a request may have, where `most` real ones are allowed at all.
    pub(super) fn tokens(&self, most: Option<u64>) -> usize {
        let window = most.map_or(self.window, |most| self.window.min(usize::try_from(most).unwrap_or(usize::MAX)));
        (window as u128 * 1_000 / self.per_mille as u128) as usize
    }

    /// Learns from what the server counted.
    pub(super) fn learn(&mut self, estimated: usize, told: TokenCount) {
        let prompt = usize::try_from(told.prompt).unwrap_or(usize::MAX);
        if !told.estimated && prompt > estimated && estimated > 0 {
            let seen = (prompt as u128 * 1_000 / estimated as u128).min(8_000) as usize;
            self.per_mille = self.per_mille.max(seen);
        }
    }

    /// Makes the room smaller, after a request was refused as too long.
    pub(super) fn narrow(&mut self) {
        self.window -= self.window / 3;
    }

    /// What so many estimated tokens really cost.
    pub(super) fn real(&self, estimated: usize) -> u64 {
        (estimated as u128 * self.per_mille as u128 / 1_000) as u64
    }
}

/// Tokens of a request as estimated: messages and schemas.
pub(super) fn estimate(messages: &[Message], tools: &[OfferedTool]) -> usize {
    messages.iter().map(of_message).sum::<usize>() + of_tools(tools)
}

/// Tokens of the schemas.
pub(super) fn of_tools(tools: &[OfferedTool]) -> usize {
    let of_tool = |tool: &OfferedTool| {
        tokens::estimate(&tool.name)
            + tokens::estimate(&tool.description)
            + tokens::estimate(&tool.parameters.to_string())
    };
    tools.iter().map(of_tool).sum()
}

/// Tokens of one message.
pub(super) fn of_message(message: &Message) -> usize {
    match message {
        Message::System(text) | Message::User(text) => tokens::estimate(text),
        Message::Assistant { text, calls } => tokens::estimate(text) + calls.iter().map(of_call).sum::<usize>(),
        Message::Tool { content, .. } => tokens::estimate(content),
    }
}

fn of_call(call: &CallRequest) -> usize {
    const WRAPPING: usize = 12;
    let arguments = call.arguments.as_ref().map_or(0, |arguments| written(arguments).len());
    WRAPPING + tokens::estimate(&call.tool) + arguments.div_ceil(4)
}

/// Arguments as the wire has them.
pub(super) fn written(arguments: &serde_json::Map<String, Value>) -> String {
    serde_json::to_string(arguments).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_room_follows_what_the_server_counts() {
        let told = |prompt| TokenCount { prompt, completion: 0, estimated: false };
        let mut room = Room::new(8_192, 800);
        assert_eq!(room.tokens(None), 6_776);
        room.learn(1_000, told(1_300));
        assert_eq!(room.tokens(None), 5_212);
        assert_eq!(room.real(1_000), 1_300);
        room.learn(1_000, told(900));
        room.learn(1_000, TokenCount { estimated: true, ..told(9_000) });
        assert_eq!(room.tokens(None), 5_212, "neither a lucky request nor an estimate widens or narrows it");
        assert_eq!(room.tokens(Some(1_300)), 1_000, "a budget binds where it is smaller");
        room.narrow();
        assert_eq!(room.tokens(None), 3_475);
    }

    #[test]
    fn a_context_smaller_than_the_reply_has_no_room() {
        assert_eq!(Room::new(500, 800).tokens(None), 0);
    }
}
