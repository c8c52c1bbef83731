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
/// Where the class depends on the arguments (`scale` up or down, the length of a silence, who owns a pod) the table has
/// the strictest; the functions below grade one call. A tool that is not in this table has no class and is offered to
/// nobody (invariant 4: nothing fails open).
pub const TABLE: &[(&str, &str, EffectClass)] = &[
    ("kubernetes", "cluster_health", EffectClass::R0),
    ("kubernetes", "list", EffectClass::R0),
    ("kubernetes", "get", EffectClass::R0),
    ("kubernetes", "count", EffectClass::R0),
    ("kubernetes", "events", EffectClass::R0),
    ("kubernetes", "logs", EffectClass::R1),
    ("kubernetes", "rollout_status", EffectClass::R0),
    ("kubernetes", "rollout_history", EffectClass::R0),
    ("kubernetes", "owner_tree", EffectClass::R0),
    ("kubernetes", "who_can_reach", EffectClass::R0),
    ("kubernetes", "recent_changes", EffectClass::R0),
    ("kubernetes", "top", EffectClass::R0),
    ("kubernetes", "can_i", EffectClass::R0),
    ("kubernetes", "storage", EffectClass::R0),
    ("kubernetes", "rollout_restart", EffectClass::W1),
    ("kubernetes", "delete_pod", EffectClass::W3),
    ("kubernetes", "scale", EffectClass::W2),
    ("kubernetes", "rollout_undo", EffectClass::W2),
    ("kubernetes", "set_resources", EffectClass::W2),
    ("kubernetes", "set_image", EffectClass::W2),
    ("kubernetes", "set_hpa_bounds", EffectClass::W2),
    ("kubernetes", "suspend_job", EffectClass::W1),
    ("kubernetes", "resume_job", EffectClass::W1),
    ("kubernetes", "delete_job", EffectClass::W3),
    ("kubernetes", "cordon", EffectClass::W1),
    ("kubernetes", "uncordon", EffectClass::W1),
    ("kubernetes", "drain", EffectClass::W2),
    ("prometheus", "query", EffectClass::R0),
    ("prometheus", "query_range", EffectClass::R0),
    ("prometheus", "find_metrics", EffectClass::R0),
    ("prometheus", "label_values", EffectClass::R0),
    ("prometheus", "metric_metadata", EffectClass::R0),
    ("prometheus", "alerts", EffectClass::R0),
    ("prometheus", "rules", EffectClass::R0),
    ("prometheus", "targets", EffectClass::R0),
    ("prometheus", "golden_signals", EffectClass::R0),
    ("prometheus", "compare_windows", EffectClass::R0),
    ("prometheus", "anomalies", EffectClass::R0),
    ("prometheus", "change_points", EffectClass::R0),
    ("prometheus", "forecast", EffectClass::R0),
    ("prometheus", "silences", EffectClass::R0),
    ("prometheus", "silence_create", EffectClass::W2),
    ("prometheus", "silence_expire", EffectClass::W2),
    ("loki", "query", EffectClass::R1),
    ("loki", "patterns", EffectClass::R1),
    ("loki", "new_errors", EffectClass::R1),
    ("loki", "stats", EffectClass::R0),
    ("loki", "labels", EffectClass::R0),
    ("loki", "label_values", EffectClass::R0),
    ("tempo", "search", EffectClass::R1),
    ("tempo", "sample_fast_slow", EffectClass::R1),
    ("tempo", "trace_summary", EffectClass::R1),
    ("tempo", "trace_diff", EffectClass::R1),
    ("tempo", "attribute_values", EffectClass::R1),
    ("tempo", "service_map", EffectClass::R0),
    ("tempo", "attribute_names", EffectClass::R0),
    ("tempo", "metrics", EffectClass::R0),
    ("github", "commits", EffectClass::R1),
    ("github", "pull_requests", EffectClass::R1),
    ("github", "deployments", EffectClass::R0),
    ("github", "workflow_runs", EffectClass::R1),
    ("github", "compare", EffectClass::R1),
    ("github", "read_file", EffectClass::R1),
    ("github", "code_search", EffectClass::R1),
    ("webhooks", "call_webhook", EffectClass::W3),
];

/// The class of one of our own tools, `None` where the table does not know it.
pub fn of(server: &str, tool: &str) -> Option<EffectClass> {
    TABLE.iter().find(|(s, t, _)| *s == server && *t == tool).map(|(_, _, class)| *class)
}

/// `scale` from one number of replicas to another: up can be taken back without anybody noticing, down cannot.
pub fn of_scale(from: u32, to: u32) -> EffectClass {
    if to >= from { EffectClass::W1 } else { EffectClass::W2 }
}

/// `delete_pod`: a pod that is made anew and has a sibling is missed by nobody; without a sibling its service is
/// interrupted; without an owner it is gone.
pub fn of_pod_deletion(is_owned: bool, replicas: u32) -> EffectClass {
    match (is_owned, replicas) {
        (false, _) => EffectClass::W3,
        (true, 0 | 1) => EffectClass::W2,
        (true, _) => EffectClass::W1,
    }
}

/// A silence: up to two hours it hides little.
pub fn of_silence(minutes: u64) -> EffectClass {
    if minutes <= 120 { EffectClass::W1 } else { EffectClass::W2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_call_is_graded_above_its_tool() {
        let calls = [
            ("kubernetes", "scale", [of_scale(1, 5), of_scale(5, 1), of_scale(3, 0)].into_iter().max()),
            ("kubernetes", "delete_pod", [of_pod_deletion(true, 3), of_pod_deletion(false, 1)].into_iter().max()),
            ("prometheus", "silence_create", [of_silence(120), of_silence(121)].into_iter().max()),
        ];
        for (server, tool, strictest) in calls {
            assert_eq!(of(server, tool), strictest, "{server} {tool}");
        }
    }

    #[test]
    fn the_calls_that_the_design_grades_w1_are_w1() {
        assert_eq!(of_scale(2, 3), EffectClass::W1);
        assert_eq!(of_pod_deletion(true, 2), EffectClass::W1);
        assert_eq!(of_pod_deletion(true, 1), EffectClass::W2);
        assert_eq!(of_silence(120), EffectClass::W1);
    }
}
