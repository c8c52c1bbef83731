//! The pure decisions of the product: what to look at, what it means, what may be claimed.
//!
//! Nothing in this crate waits, reads a clock, opens a file or draws a random number: "now", seeds and ids are
//! arguments. Its external crates are a short list that the tidy test holds.
//!
//! Deliberately absent: async, IO, any knowledge of MCP, HTTP or a model's wire format.

pub mod action;
pub mod aftermath;
pub mod alert_reply;
pub mod anomaly;
pub mod answer;
pub mod approval;
pub mod audit;
pub mod backoff;
pub mod binding;
pub mod calendar;
pub mod chain;
pub mod change_point;
pub mod channel;
pub mod conversation;
pub mod correlation;
pub mod diagnosis;
pub mod digest;
pub mod disclosure;
pub mod effect;
pub mod envelope;
pub mod escalation;
pub mod evidence;
pub mod forecast;
pub mod guard;
pub mod heal;
pub mod hypothesis;
pub mod incident;
pub mod intake_queue;
pub mod lane;
pub mod learning;
pub mod log_patterns;
pub mod memory;
pub mod object;
pub mod observed;
pub mod person;
pub mod personality;
pub mod plan;
pub mod playbook;
pub mod policy;
pub mod post;
pub mod preferences;
pub mod question;
pub mod recording;
pub mod redaction;
pub mod replay;
pub mod safety;
pub mod secret;
pub mod self_watch;
pub mod sense;
pub mod signal;
pub mod strategy;
pub mod text;
pub mod tokens;
pub mod tool_choice;
pub mod tool_name;
pub mod topology;
pub mod trace_shift;
pub mod traces;
pub mod usage;
pub mod verification;

#[cfg(test)]
#[path = "../examples/signals/made/noise.rs"]
mod noise;
