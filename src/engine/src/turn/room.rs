//! Keeping a conversation within the model's real context.

use domain::tokens;
use ports::model::{Message, OfferedTool};

/// Assumed where a server does not tell its context: what small local models are usually run with.
pub(super) const ASSUMED_CONTEXT_TOKENS: u64 = 8_192;

/// Tokens of a request as estimated: messages and schemas.
pub(super) fn estimate(messages: &[Message], tools: &[OfferedTool]) -> usize {
    let of_messages: usize = messages.iter().map(of_message).sum();
    let of_tools: usize = tools
        .iter()
        .map(|tool| {
            tokens::estimate(&tool.name)
                + tokens::estimate(&tool.description)
                + tokens::estimate(&tool.parameters.to_string())
        })
        .sum();
    of_messages + of_tools
}

fn of_message(message: &Message) -> usize {
    match message {
        Message::System(text) | Message::User(text) => tokens::estimate(text),
        Message::Assistant { text, calls } => {
            tokens::estimate(text)
                + calls
                    .iter()
                    .map(|call| call.arguments.as_ref().map_or(8, |arguments| arguments.len() * 8 + 12))
                    .sum::<usize>()
        }
        Message::Tool { content, .. } => tokens::estimate(content),
    }
}

/// Shortens tool results, oldest first, until the request fits into `room` tokens. An exchange of call and result is
/// never torn apart: the result stays, with a line in its place.
pub(super) fn fit(messages: &mut [Message], tools: &[OfferedTool], room: usize) {
    let results: Vec<usize> = messages
        .iter()
        .enumerate()
        .filter(|(_, message)| matches!(message, Message::Tool { .. }))
        .map(|(index, _)| index)
        .collect();
    for index in results {
        if estimate(messages, tools) <= room {
            return;
        }
        if let Some(Message::Tool { content, .. }) = messages.get_mut(index)
            && content.len() > 240
        {
            let head: String = content.chars().take(160).collect();
            *content = format!("{head}… (shortened: call the tool again, narrower, if you need the rest)");
        }
    }
}
