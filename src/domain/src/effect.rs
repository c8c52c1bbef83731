//! What a tool may do to the world, by our own table and never by a server's own hint.

use serde::{Deserialize, Serialize};

/// How much a call can change, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EffectClass {
    /// Reads.
    R0,
    /// Reads something that can hold personal or confidential text (logs, traces, source code).
    R1,
    /// Changes something; reversible and without disruption.
    W1,
    /// Changes something; disruptive, though it can be undone.
    W2,
    /// Changes something that is hard to undo.
    W3,
}

impl EffectClass {
    /// Whether a call of this class leaves the world as it was.
    pub fn is_read(self) -> bool {
        self <= Self::R1
    }

    /// The class written as in settings: `R0` to `W3`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "R0" => Some(Self::R0),
            "R1" => Some(Self::R1),
            "W1" => Some(Self::W1),
            "W2" => Some(Self::W2),
            "W3" => Some(Self::W3),
            _ => None,
        }
    }
}

/// The classes of our own servers' tools: server, tool, class.
///
/// A tool that is not in this table has no class and is offered to nobody (invariant 4: nothing fails open).
pub const TABLE: &[(&str, &str, EffectClass)] = &[
    ("kubernetes", "cluster_health", EffectClass::R0),
    ("kubernetes", "list", EffectClass::R0),
    ("kubernetes", "get", EffectClass::R0),
    ("kubernetes", "count", EffectClass::R0),
    ("kubernetes", "events", EffectClass::R0),
    ("kubernetes", "logs", EffectClass::R1),
    ("kubernetes", "rollout_history", EffectClass::R0),
    ("kubernetes", "owner_tree", EffectClass::R0),
    ("kubernetes", "recent_changes", EffectClass::R0),
    ("kubernetes", "top", EffectClass::R0),
    ("prometheus", "query", EffectClass::R0),
    ("prometheus", "query_range", EffectClass::R0),
    ("prometheus", "find_metrics", EffectClass::R0),
    ("prometheus", "label_values", EffectClass::R0),
    ("prometheus", "alerts", EffectClass::R0),
    ("prometheus", "rules", EffectClass::R0),
    ("prometheus", "targets", EffectClass::R0),
    ("prometheus", "golden_signals", EffectClass::R0),
];

/// The class of one of our own tools, `None` where the table does not know it.
pub fn of(server: &str, tool: &str) -> Option<EffectClass> {
    TABLE.iter().find(|(s, t, _)| *s == server && *t == tool).map(|(_, _, class)| *class)
}
