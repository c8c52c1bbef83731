//! What the renderers send, as files: the JSON that goes to Slack, and the same as text for whoever reviews it.
//! `UPDATE_EXPECT=1` writes them anew.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail their test by panicking")]

mod answers;
mod cards;
mod golden;
mod looks;
mod progress;
