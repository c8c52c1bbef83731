//! Which shifts are told.

use super::super::custom::Extensions;
use super::super::looks::Looks;
use super::super::testing::{inquiry, now};
use super::*;
use crate::envelope::Envelope;
use crate::evidence::Evidence;
use crate::observed::Table;
use expect_test::expect;
use serde_json::json;
use std::collections::BTreeSet;

fn signal(name: &str, unit: &str) -> Signal {
    Signal { name: name.to_owned(), unit: unit.to_owned(), now: Some(1.0), before: None, query: format!("q_{name}") }
}

/// A change so many minutes ago.
fn change(minutes: i64, before: f64, after: f64, deviations: f64, fit: f64) -> ChangedSeries {
    ChangedSeries {
        series: "{}".to_owned(),
        labels: Default::default(),
        when: now() - Duration::minutes(minutes),
        uncertain_seconds: 15,
        before,
        after,
        deviations,
        from_onset_seconds: 0,
        fit,
    }
}

/// What is told of a service whose signals changed so; and the arguments of the searches.
fn told(question: &str, changes: &[(&str, &str, ChangedSeries)]) -> (Vec<String>, Vec<String>) {
    let extensions = Extensions::default();
    let inquiry = inquiry(question, &extensions);
    let object = ObjectRef::namespaced("Deployment", "shop", "checkout");
    let tools: BTreeSet<String> =
        ["prometheus_golden_signals", "prometheus_change_points"].map(str::to_owned).into_iter().collect();
    let signals = changes.iter().map(|(name, unit, _)| signal(name, unit)).collect();
    let golden = GoldenSignals { signals, ..GoldenSignals::default() };
    let mut seen: Vec<Evidence> = Vec::new();
    for _ in 0..3 {
        let mut looks = Looks::new(&seen, &tools);
        let statements = near(&inquiry, &mut looks, &object);
        if !looks.waits() {
            let asked = seen.iter().filter(|one| one.call.tool.ends_with("points"));
            let asked = asked.map(|one| serde_json::Value::Object(one.call.arguments.clone()).to_string()).collect();
            return (statements.into_iter().map(|one| one.text).collect(), asked);
        }
        for call in looks.into_wanted() {
            let data = match call.arguments.get("query").and_then(|query| query.as_str()) {
                None => serde_json::to_value(&golden).unwrap(),
                Some(query) => {
                    let rows: Vec<_> =
                        changes.iter().filter(|(name, ..)| query == format!("q_{name}")).map(|one| &one.2).collect();
                    json!({"query": query, "onset": now(), "step_seconds": 15.0, "unchanged": 0, "series": Table::of(&rows)})
                }
            };
            seen.push(Evidence { id: EvidenceId(seen.len() as u32 + 1), call, result: Ok(Envelope::whole(data, 1)) });
        }
    }
    panic!("it never concludes");
}

#[test]
fn the_best_fits_are_told_with_both_levels_and_the_time() {
    let changes = [
        ("traffic", "req/s", change(40, 20.0, 12.0, 9.0, 0.2)),
        ("error_ratio", "ratio", change(20, 0.002, 0.081, 30.0, 0.9)),
        ("memory_of_limit", "ratio", change(21, 0.5, 0.6, 30.0, 0.5)),
        ("latency_p99", "s", change(19, 0.12, 2.4, 30.0, 0.8)),
    ];
    let (told, _) = told("what changed in checkout in the last hour?", &changes);
    expect![[r#"
        error ratio rose from 0.2 % to 8.1 % about 01:40
        latency p99 rose from 120 ms to 2.40 s about 01:41
        memory of limit rose from 50.0 % to 60.0 % about 01:39"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn small_shifts_and_those_at_other_times_are_not_told() {
    let changes = [
        ("error_ratio", "ratio", change(20, 0.002, 0.003, 2.9, 0.9)),
        ("traffic", "req/s", change(61, 20.0, 12.0, 9.0, 0.9)),
        ("latency_p99", "s", change(20, 0.120, 0.125, 900.0, 0.9)),
        ("restarts", "count", change(5, 0.0, 9.0, 9.0, 0.9)),
    ];
    let (told, _) = told("what changed in checkout in the last hour?", &changes);
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn the_search_reaches_before_and_after_the_time_that_was_asked_about() {
    let changes = [("traffic", "req/s", change(40, 20.0, 12.0, 9.0, 0.2))];
    let (_, now_asked) = told("what changed in checkout in the last hour?", &changes);
    let (_, then_asked) = told("what changed around checkout at 00:40?", &changes);
    expect![[r#"
        {"onset":"2026-11-21T02:00:00Z","query":"q_traffic","since":"91m"}
        {"at":"2026-11-21T01:25:00Z","onset":"2026-11-21T00:40:00Z","query":"q_traffic","since":"106m"}"#]]
    .assert_eq(&[now_asked, then_asked].concat().join("\n"));
}
