//! What stands in one message.

use serde::{Deserialize, Serialize};
use slack_morphism::prelude::SlackBlock;

/// The text and the blocks of one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Content {
    /// What notifications and screen readers say: the same in short, escaped for mrkdwn.
    pub text: String,
    /// What is shown.
    pub blocks: Vec<SlackBlock>,
}
