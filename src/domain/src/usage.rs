//! What answers cost, and what they may cost.
//!
//! A record for each turn, answered or stopped; sums of them by person, channel and day; budgets and what follows when
//! one is used up. A day begins at 00:00 UTC.
//!
//! Deliberately absent: money. Prices change without notice; tokens are what is counted.

pub mod budgets;

use crate::answer::{Brain, Usage};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one turn cost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsageRecord {
    /// Unique.
    pub id: String,
    /// The turn.
    pub turn: String,
    /// Who asked.
    pub person: String,
    /// Where: the surface and its room, without the thread (see [`channel`]).
    pub channel: String,
    /// The day in UTC, `2026-11-21`.
    pub day: String,
    /// When it ended.
    pub at: DateTime<Utc>,
    /// What it cost.
    pub usage: Usage,
    /// Who wrote the answer; none where the turn was stopped before there was one.
    #[serde(default)]
    pub brain: Option<Brain>,
}

impl UsageRecord {
    /// The record of a turn that ended now.
    pub fn of(
        id: &str,
        turn: &str,
        person: &str,
        place: &str,
        at: DateTime<Utc>,
        usage: &Usage,
        brain: Option<Brain>,
    ) -> Self {
        Self {
            id: id.to_owned(),
            turn: turn.to_owned(),
            person: person.to_owned(),
            channel: channel(place).to_owned(),
            day: day(at),
            at,
            usage: usage.clone(),
            brain,
        }
    }
}

/// The day of a moment, as records and sums name it.
pub fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}

/// The channel that a conversation's place belongs to: `slack:C123` of the thread `slack:C123/1699.42`. Budgets hold
/// for channels, not for threads, of which anybody may begin another.
pub fn channel(place: &str) -> &str {
    place.split('/').next().unwrap_or(place)
}

/// What several turns cost together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Turns.
    pub questions: u64,
    /// Turns that a model answered.
    pub by_model: u64,
    /// Turns that the playbooks answered.
    pub by_playbook: u64,
    /// Requests to the model.
    pub model_calls: u64,
    /// Calls of tools.
    pub tool_calls: u64,
    /// Tokens sent to the model.
    pub prompt_tokens: u64,
    /// Tokens that it wrote.
    pub completion_tokens: u64,
    /// Bytes of tool results.
    pub tool_bytes: u64,
    /// Milliseconds from question to answer.
    pub wall_ms: u64,
    /// Milliseconds of them spent waiting for the model.
    pub model_ms: u64,
    /// Milliseconds of them spent waiting for tools.
    pub tool_ms: u64,
}

impl Sum {
    /// With one more turn.
    pub fn add(&mut self, record: &UsageRecord) {
        let usage = &record.usage;
        for (sum, more) in [
            (&mut self.questions, 1),
            (&mut self.by_model, u64::from(record.brain == Some(Brain::Model))),
            (&mut self.by_playbook, u64::from(record.brain == Some(Brain::Playbook))),
            (&mut self.model_calls, u64::from(usage.model_calls)),
            (&mut self.tool_calls, u64::from(usage.tool_calls)),
            (&mut self.prompt_tokens, usage.prompt_tokens),
            (&mut self.completion_tokens, usage.completion_tokens),
            (&mut self.tool_bytes, usage.tool_bytes),
            (&mut self.wall_ms, usage.wall_ms),
            (&mut self.model_ms, usage.model_ms),
            (&mut self.tool_ms, usage.tool_ms),
        ] {
            *sum = sum.saturating_add(more);
        }
    }

    /// Of some turns.
    pub fn of<'a>(records: impl IntoIterator<Item = &'a UsageRecord>) -> Self {
        let mut sum = Self::default();
        records.into_iter().for_each(|record| sum.add(record));
        sum
    }

    /// Tokens of both directions.
    pub fn tokens(&self) -> u64 {
        self.prompt_tokens.saturating_add(self.completion_tokens)
    }
}

/// What sums are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The person who asked.
    Person,
    /// The channel.
    Channel,
    /// The day in UTC.
    Day,
}

/// The sums of some turns under the names of their groups.
pub fn sums<'a>(records: impl IntoIterator<Item = &'a UsageRecord>, by: By) -> BTreeMap<String, Sum> {
    let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
    for record in records {
        let group = match by {
            By::Person => &record.person,
            By::Channel => &record.channel,
            By::Day => &record.day,
        };
        sums.entry(group.clone()).or_default().add(record);
    }
    sums
}

#[cfg(test)]
mod tests;
