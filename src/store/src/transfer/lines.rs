//! The lines of an export.

use super::tally::Tally;
use chrono::{DateTime, Utc};
use domain::chain::Line;
use domain::memory::words::Words;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the first line says the file is.
pub const FORMAT: &str = "auto-devops store";

/// Version of the form of an export.
pub const VERSION: u32 = 1;

/// One line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExportLine {
    /// The first.
    Head {
        /// [`FORMAT`].
        format: String,
        /// [`VERSION`].
        version: u32,
        /// When it was begun.
        made_at: DateTime<Utc>,
    },
    /// A document.
    Document(ExportedDocument),
    /// A record of a log.
    Record {
        /// The log's name.
        log: String,
        /// The record, chained as it was.
        line: Line,
    },
    /// The last: what the lines before must add up to.
    End(Tally),
}

/// A document of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportedDocument {
    /// The collection's name.
    pub collection: String,
    /// Its id.
    pub id: String,
    /// The collection's schema at the time of the export.
    pub schema: u32,
    /// The body.
    pub body: Value,
    /// What it is found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub words: Option<Words>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<DateTime<Utc>>,
}
