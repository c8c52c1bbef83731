//! The pure decisions of the product: what to look at, what it means, what may be claimed.
//!
//! Nothing in this crate waits, reads a clock, opens a file or draws a random number: "now", seeds and ids are
//! arguments. Its external crates are a short list that the tidy test holds.
//!
//! Deliberately absent: async, IO, any knowledge of MCP, HTTP or a model's wire format.

pub mod alert_reply;
pub mod anomaly;
pub mod answer;
pub mod approval;
pub mod audit;
pub mod backoff;
pub mod binding;
pub mod chain;
pub mod channel;
pub mod conversation;
pub mod diagnosis;
pub mod digest;
pub mod disclosure;
pub mod effect;
pub mod envelope;
pub mod evidence;
pub mod guard;
pub mod incident;
pub mod lane;
pub mod log_patterns;
pub mod memory;
pub mod object;
pub mod observed;
pub mod person;
pub mod personality;
pub mod playbook;
pub mod post;
pub mod preferences;
pub mod question;
pub mod redaction;
pub mod secret;
pub mod text;
pub mod tokens;
pub mod tool_choice;
pub mod tool_name;
pub mod traces;
pub mod usage;
