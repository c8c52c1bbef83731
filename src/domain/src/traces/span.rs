//! One span, in the few fields that the analysis reads.

use std::collections::BTreeMap;

/// Which side of a call a span is; the names are OpenTelemetry's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Not said.
    #[default]
    Unspecified,
    /// Work within a service.
    Internal,
    /// A request that was served.
    Server,
    /// A request that was made.
    Client,
    /// A message that was sent.
    Producer,
    /// A message that was received.
    Consumer,
}

/// One span.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Span {
    /// Hex; unique within a trace where the senders did right.
    pub id: String,
    /// The span that caused it; `None` for the first of a trace.
    pub parent: Option<String>,
    /// `service.name` of its resource.
    pub service: String,
    /// The span's name.
    pub operation: String,
    /// Which side of a call.
    pub kind: Kind,
    /// Unix nanoseconds.
    pub start_ns: i64,
    /// Unix nanoseconds; before the start where clocks or senders are wrong.
    pub end_ns: i64,
    /// Whether its status is an error.
    pub failed: bool,
    /// What it says of its failure.
    pub message: Option<String>,
    /// Whom it called, as the caller names it (`server.address`, `peer.service`, `db.system`).
    pub peer: Option<String>,
    /// Its own attributes and those of its resource, as texts.
    pub attributes: BTreeMap<String, String>,
}

impl Span {
    /// Nanoseconds from start to end, never negative.
    pub fn duration_ns(&self) -> i64 {
        self.end_ns.saturating_sub(self.start_ns).max(0)
    }
}
