//! Choosing the few tools that fit a question: small models lose their way among many.

use crate::question::intent::{Intent, Resource};
use crate::question::words;
use std::collections::BTreeSet;

/// A tool as far as the choice needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Name in the catalogue.
    pub name: &'a str,
    /// Its description.
    pub description: &'a str,
}

/// What each kind of question usually needs, the most useful first.
fn usual(intent: Intent) -> &'static [&'static str] {
    match intent {
        Intent::Targets => &["prometheus_targets", "prometheus_query"],
        Intent::Alerts => &["prometheus_alerts", "prometheus_rules", "kubernetes_cluster_health"],
        Intent::Logs => &["kubernetes_logs", "loki_new_errors", "loki_query", "kubernetes_list", "kubernetes_events"],
        Intent::Usage(Resource::Disk) => {
            &["prometheus_query", "prometheus_query_range", "prometheus_forecast", "prometheus_find_metrics"]
        }
        Intent::Certificates => &["prometheus_query", "kubernetes_cluster_health", "kubernetes_list"],
        Intent::RunsOut => &["prometheus_forecast", "prometheus_find_metrics", "prometheus_query_range"],
        Intent::Usage(_) => &["kubernetes_top", "prometheus_query", "prometheus_query_range"],
        Intent::Compare => &[
            "prometheus_golden_signals",
            "prometheus_compare_windows",
            "kubernetes_rollout_history",
            "prometheus_query_range",
        ],
        Intent::Usual => &["prometheus_anomalies", "prometheus_golden_signals", "prometheus_compare_windows"],
        Intent::Changes => &[
            "kubernetes_recent_changes",
            "kubernetes_rollout_history",
            "prometheus_change_points",
            "github_deployments",
            "kubernetes_events",
        ],
        Intent::Slow => &[
            "prometheus_golden_signals",
            "tempo_sample_fast_slow",
            "kubernetes_owner_tree",
            "kubernetes_logs",
            "prometheus_query_range",
            "kubernetes_recent_changes",
            "prometheus_change_points",
        ],
        Intent::Inventory => &["kubernetes_count", "kubernetes_list", "kubernetes_get"],
        Intent::Health => &["kubernetes_cluster_health", "prometheus_alerts", "prometheus_targets"],
        Intent::Wrong | Intent::Help | Intent::Unknown => &[
            "kubernetes_cluster_health",
            "kubernetes_list",
            "kubernetes_events",
            "kubernetes_logs",
            "kubernetes_owner_tree",
            "kubernetes_rollout_history",
            "kubernetes_recent_changes",
            "prometheus_golden_signals",
        ],
    }
}

/// What helps with any question, for the places that are left.
const GENERAL: &[&str] = &[
    "kubernetes_cluster_health",
    "kubernetes_list",
    "kubernetes_get",
    "kubernetes_events",
    "kubernetes_logs",
    "prometheus_query",
    "kubernetes_recent_changes",
    "kubernetes_owner_tree",
    "prometheus_alerts",
    "prometheus_golden_signals",
    "prometheus_targets",
    "prometheus_query_range",
    "loki_new_errors",
    "tempo_search",
];

/// At most `most` tools, by name: those that the question speaks of, then the usual ones for its kind, then what
/// helps in general. Tools of foreign servers get in by the words that they share with the question.
pub fn choose<'a>(question: &str, intent: Intent, candidates: &[Candidate<'a>], most: usize) -> Vec<&'a str> {
    let words: BTreeSet<String> = words::split(question).into_iter().filter(|word| word.len() > 3).collect();
    let mut scored: Vec<(i64, usize, &'a str)> = candidates
        .iter()
        .enumerate()
        .map(|(index, candidate)| {
            let by_intent =
                usual(intent).iter().position(|name| *name == candidate.name).map_or(0, |place| 100 - place as i64);
            let general = GENERAL.iter().position(|name| *name == candidate.name).map_or(0, |place| 20 - place as i64);
            let described: BTreeSet<String> = words::split(&candidate.description.replace('_', " "))
                .into_iter()
                .chain(candidate.name.split('_').map(str::to_owned))
                .collect();
            let shared = words.intersection(&described).count() as i64;
            (by_intent + general + shared * 15, index, candidate.name)
        })
        .filter(|(score, ..)| *score > 0)
        .collect();
    scored.sort_by_key(|(score, index, _)| (-score, *index));
    scored.into_iter().take(most).map(|(.., name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_tool_gets_in_by_its_words() {
        let candidates = [
            Candidate { name: "kubernetes_cluster_health", description: "Health checks" },
            Candidate { name: "tickets_search", description: "Searches tickets of the service desk" },
            Candidate { name: "prometheus_targets", description: "Scrape targets" },
            Candidate { name: "weather_forecast", description: "Tells tomorrow's rain" },
        ];
        let chosen = choose("are there tickets about checkout?", Intent::Unknown, &candidates, 3);
        assert!(chosen.contains(&"tickets_search"), "{chosen:?}");
        assert!(!chosen.contains(&"weather_forecast"), "{chosen:?}");
    }
}
