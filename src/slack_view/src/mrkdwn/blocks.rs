//! The blocks that everything here is made of, and Slack's published limits for them.
//!
//! Sources: docs.slack.dev, "Block Kit: blocks", "Block Kit: composition objects", "chat.postMessage", "Modals".

use crate::escape;
use slack_morphism::prelude::{
    SlackAccessibilityLabel, SlackActionBlockElement, SlackActionId, SlackActionsBlock, SlackBlock,
    SlackBlockButtonElement, SlackBlockButtonStyle, SlackBlockMarkDownText, SlackBlockPlainText,
    SlackBlockPlainTextOnly, SlackContextBlock, SlackContextBlockElement, SlackSectionBlock,
};

/// Characters of a text object.
pub const TEXT: usize = 3_000;
/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// Blocks of a modal or a home tab.
pub const VIEW_BLOCKS: usize = 100;
/// Characters of a message's text.
pub const MESSAGE: usize = 40_000;
/// Characters of all the blocks of a message. Not published: `chat.postMessage` answers `msg_blocks_too_long` from about
/// 11,000 to 13,000 on, depending on the blocks (bolt-js issues 2509 and 2867), so we stay well below.
pub const MESSAGE_BLOCKS: usize = 9_500;
/// Characters of a button's label.
pub const LABEL: usize = 75;
/// Characters of a button's value.
pub const VALUE: usize = 2_000;
/// Characters of a modal's title.
pub const TITLE: usize = 24;
/// Parts of a line of small print.
pub const CONTEXT: usize = 10;

/// mrkdwn that is finished: `verbatim`, so that Slack makes no links of its own.
pub fn mrkdwn(finished: impl Into<String>) -> SlackBlockMarkDownText {
    SlackBlockMarkDownText::new(finished.into()).with_verbatim(true)
}

/// Plain text of at most so many characters, in which `:words:` are no pictures.
pub fn plain(text: &str, most: usize) -> SlackBlockPlainTextOnly {
    SlackBlockPlainText::new(escape::plain(text, most)).with_emoji(false).into()
}

/// A section of finished mrkdwn, which Slack does not fold away.
pub fn section(finished: impl Into<String>) -> SlackBlock {
    SlackSectionBlock::new().with_text(mrkdwn(finished).into()).with_expand(true).into()
}

/// Small print of finished mrkdwn.
pub fn context(finished: impl Into<String>) -> SlackBlock {
    SlackContextBlock::new(vec![SlackContextBlockElement::MarkDown(mrkdwn(finished))]).into()
}

/// A button: what it does, what it says, what it carries.
pub fn button(action: &str, label: &str, value: &str) -> SlackBlockButtonElement {
    SlackBlockButtonElement::new(SlackBlockPlainText::new(escape::plain(label, LABEL)).with_emoji(true).into())
        .with_action_id(SlackActionId(action.to_owned()))
        .with_value(escape::cut(value, VALUE))
}

/// The button in red.
pub fn danger(button: SlackBlockButtonElement) -> SlackBlockButtonElement {
    button.with_style(SlackBlockButtonStyle::Danger)
}

/// The button with what a screen reader says of it.
pub fn labelled(button: SlackBlockButtonElement, label: &str) -> SlackBlockButtonElement {
    button.with_accessibility_label(SlackAccessibilityLabel(escape::plain(label, LABEL)))
}

/// A row of buttons.
pub fn actions(buttons: Vec<SlackBlockButtonElement>) -> SlackBlock {
    SlackActionsBlock::new(buttons.into_iter().map(SlackActionBlockElement::Button).collect()).into()
}
