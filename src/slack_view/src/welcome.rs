//! What Jamie says once, when somebody adds her to a channel.

use crate::actions;
use crate::cards::{button, buttons, section, small};
use crate::content::Content;

/// The message for a channel (`C123`).
pub fn message(channel: &str) -> Content {
    let text = "Hello, I am Jamie. Mention me with a question, and I look at the live cluster and answer in a thread.";
    let examples = "For example: “how is my cluster?”, “why is checkout slow?”, “what changed in the last hour?”\n\
                    In the thread you can go on without mentioning me. `/jamie help` lists all that I do.";
    Content {
        text: text.to_owned(),
        blocks: vec![
            section(&format!("👋 {text}")),
            section(examples),
            buttons(vec![button(actions::CONFIGURE, "Channel settings", channel)]),
            small("When I answer I only read. Anyone can stop every action that has not begun with `/jamie freeze`."),
        ],
    }
}
