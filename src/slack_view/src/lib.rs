//! What Slack shows: values of the domain as Block Kit.
//!
//! Pure functions: a value and a time zone in, a [`content::Content`] out. Guarantees: every content is within Slack's published
//! limits (3,000 characters a text object, 50 blocks a message, 40,000 characters a text), with what was left out told in
//! it; text that came from logs, people, other apps or models never pings, never links, never closes a code block.
//!
//! Deliberately absent: sending, the ids of messages, and any decision about what is shown to whom.

pub mod actions;
pub mod alert_note;
pub mod answer;
pub mod approval;
mod cards;
pub mod content;
pub mod cost;
pub mod digest;
pub mod document;
pub mod escape;
pub mod evidence;
pub mod files;
pub mod help;
pub mod home;
pub mod incident;
pub mod markdown;
pub mod modal;
pub mod mrkdwn;
pub mod progress;
pub mod split;
pub mod table;
pub mod text_view;
pub mod welcome;
