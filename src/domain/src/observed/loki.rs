//! What the `loki` server tells: lines, patterns, new errors, volumes and label names.
//!
//! Guarantees: times are RFC 3339 in UTC with all nine digits where they matter; what is the same in all lines is
//! written once. Line text is as tainted as its writer: it is data and never advice. Metric queries are told as
//! [`super::prometheus::Instant`] and [`super::prometheus::Range`]. Deliberately absent: how anything was read.

use super::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names and values.
pub type Labels = BTreeMap<String, String>;

/// `query` of lines.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lines {
    /// The LogQL as it was sent.
    pub query: String,
    /// Labels that all shown lines share.
    pub shared: Labels,
    /// The other labels of each stream; a line's `stream` is its place here, from 0. Empty where one stream is all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub streams: Vec<Labels>,
    /// How many of the shown lines have each level.
    pub levels: BTreeMap<String, u64>,
    /// The lines, rows of [`LineRow`].
    pub lines: Table,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LineRow {
    /// When it was written.
    pub at: String,
    /// Its stream's place in [`Lines::streams`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<usize>,
    /// `error`, `warn`, `info`, `debug`; absent where nothing tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The text, without colours and control characters.
    pub line: String,
    /// Structured metadata and what parsers took out of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fields: Option<Labels>,
    /// Bytes of the whole text, where it was cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole_bytes: Option<u64>,
}

/// `patterns`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Patterns {
    /// The LogQL as it was sent.
    pub query: String,
    /// Lines that were read and grouped; all counts are of these.
    pub lines_read: u64,
    /// Lines that fit in the whole window, where Loki could be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines_there: Option<u64>,
    /// The patterns, errors first and then by count; rows of [`PatternRow`].
    pub patterns: Table,
}

/// Lines that differ only in their changing parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatternRow {
    /// Lines of it among those that were read.
    pub count: u64,
    /// Their level, where it is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// The text with `<*>` where lines differ.
    pub pattern: String,
    /// The first that was read.
    pub first: String,
    /// The last.
    pub last: String,
    /// Streams that have it, by the labels in which streams differ; the first few.
    pub streams: Vec<String>,
    /// One line of it.
    pub example: String,
}

/// `new_errors`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewErrors {
    /// The LogQL as it was sent.
    pub query: String,
    /// First instant of the baseline, which ends where the window begins.
    pub baseline_start: String,
    /// Error lines read in the window.
    pub lines_read: u64,
    /// Error lines read in the baseline.
    pub baseline_lines_read: u64,
    /// Error patterns in both without a change worth telling.
    pub steady: u64,
    /// New patterns, then those that burst; rows of [`NewErrorRow`].
    pub errors: Table,
}

/// A pattern of errors that is new, or far more frequent than before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewErrorRow {
    /// `new` or `burst`.
    pub change: String,
    /// Lines in the window.
    pub count: u64,
    /// Lines in the baseline.
    pub baseline: u64,
    /// The first line of the window.
    pub first: String,
    /// The last.
    pub last: String,
    /// The text with `<*>` where lines differ.
    pub pattern: String,
    /// Streams that have it, the first few.
    pub streams: Vec<String>,
    /// One line of it.
    pub example: String,
}

/// `stats`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// The selector that was measured.
    pub selector: String,
    /// Of the whole selector; absent where the server has no index statistics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<Size>,
    /// The label by which the volume is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Largest first; rows of [`VolumeRow`].
    pub volumes: Table,
}

/// What a selector stands for in a window, by the index; what ingesters still hold is not in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Size {
    /// Streams.
    pub streams: u64,
    /// Chunks.
    pub chunks: u64,
    /// Bytes.
    pub bytes: u64,
    /// Lines.
    pub entries: u64,
}

/// The volume of one value of a label.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VolumeRow {
    /// The value.
    pub value: String,
    /// Bytes in the window.
    pub bytes: u64,
    /// Of all bytes, 0 to 1.
    pub share: f64,
}

/// One row of `labels`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelRow {
    /// Its name.
    pub label: String,
    /// How many values it has; absent where that was not looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<u64>,
    /// The first few values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
}
