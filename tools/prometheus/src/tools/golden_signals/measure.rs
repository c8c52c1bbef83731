//! Asks the planned queries in both windows.

use super::Times;
use crate::backend::Backend;
use crate::query::api::QueryData;
use crate::recipes::{Planned, PlannedPeers};
use crate::tools::shared::side_by_side;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::observed::prometheus::{DependencySignal, Signal};
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use tools_common::CallContext;

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub recipes: Vec<String>,
    pub signals: Vec<Signal>,
    pub dependencies: Vec<DependencySignal>,
    pub not_looked: Vec<String>,
}

type Answer = Result<QueryData, Failure>;

pub(super) async fn measure(
    backend: &Backend,
    planned: &[Planned],
    peers: &[PlannedPeers],
    times: Times,
    context: &CallContext,
) -> Result<Measured, Failure> {
    let mut looks: Vec<BoxFuture<'_, Answer>> = Vec::new();
    let peer_queries = peers.iter().flat_map(|peers| [&peers.latency, &peers.errors]);
    for query in planned.iter().map(|planned| &planned.query).chain(peer_queries) {
        for at in [times.now, times.before] {
            looks.push(Box::pin(ask(backend, query, at, context)));
        }
    }
    let answers = side_by_side(looks).await;
    if let Some(Err(failure)) = answers.first()
        && answers.iter().all(Result::is_err)
    {
        return Err(failure.clone());
    }
    Ok(assemble(planned, peers, answers))
}

async fn ask(backend: &Backend, query: &str, at: DateTime<Utc>, context: &CallContext) -> Answer {
    backend.instant(query, at, context).await.map(|told| told.data)
}

fn assemble(planned: &[Planned], peers: &[PlannedPeers], answers: Vec<Answer>) -> Measured {
    let mut measured = Measured::default();
    let mut answers = answers.into_iter();
    let mut failed: Vec<String> = Vec::new();
    for planned in planned {
        let (now, before) =
            (next(&mut answers, &planned.signal, &mut failed), next(&mut answers, &planned.signal, &mut failed));
        let (now, before) = (now.and_then(|data| data.single()), before.and_then(|data| data.single()));
        if now.is_none() && before.is_none() {
            continue;
        }
        note_recipe(&mut measured.recipes, &planned.recipe);
        let (name, unit, query) = (planned.signal.clone(), planned.unit.clone(), planned.query.clone());
        measured.signals.push(Signal { name, unit, now, before, query });
    }
    for peers in peers {
        let mut by_peer = || {
            next(&mut answers, "dependencies", &mut failed)
                .map(|data| values_by(&data, &peers.peer_label))
                .unwrap_or_default()
        };
        let (latency, latency_before, errors, errors_before) = (by_peer(), by_peer(), by_peer(), by_peer());
        let names: std::collections::BTreeSet<&String> =
            [&latency, &latency_before, &errors, &errors_before].into_iter().flat_map(BTreeMap::keys).collect();
        if !names.is_empty() {
            note_recipe(&mut measured.recipes, &peers.recipe);
        }
        measured.dependencies.extend(names.into_iter().map(|name| DependencySignal {
            peer: name.clone(),
            latency_p99: latency.get(name).copied(),
            latency_p99_before: latency_before.get(name).copied(),
            error_ratio: errors.get(name).copied(),
            error_ratio_before: errors_before.get(name).copied(),
        }));
    }
    measured
        .dependencies
        .sort_by(|left, right| worsening(right).total_cmp(&worsening(left)).then_with(|| left.peer.cmp(&right.peer)));
    failed.dedup();
    measured.not_looked = failed;
    measured
}

fn next(answers: &mut impl Iterator<Item = Answer>, what: &str, failed: &mut Vec<String>) -> Option<QueryData> {
    match answers.next()? {
        Ok(data) => Some(data),
        Err(failure) => {
            failed.push(format!("{what} could not be looked at ({})", failure.message));
            None
        }
    }
}

fn note_recipe(recipes: &mut Vec<String>, recipe: &str) {
    if !recipes.iter().any(|known| known == recipe) {
        recipes.push(recipe.to_owned());
    }
}

fn values_by(data: &QueryData, label: &str) -> BTreeMap<String, f64> {
    let QueryData::Vector(samples) = data else { return BTreeMap::new() };
    samples
        .iter()
        .filter_map(|sample| {
            let value = sample.value.map(|point| point.value).filter(|value| value.is_finite())?;
            Some((sample.metric.get(label)?.clone(), value))
        })
        .collect()
}

/// How much worse the peer got: the growth of its latency, or of its errors where that is more.
fn worsening(signal: &DependencySignal) -> f64 {
    const LEAST_SECONDS: f64 = 0.001;
    let latency = match (signal.latency_p99, signal.latency_p99_before) {
        (Some(now), Some(before)) => now / before.max(LEAST_SECONDS),
        (Some(_), None) => 1.0,
        _ => 0.0,
    };
    let errors = signal.error_ratio.unwrap_or(0.0) - signal.error_ratio_before.unwrap_or(0.0);
    latency.max(1.0 + 20.0 * errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::envelope::FailureKind;
    use serde_json::json;

    fn vector(samples: &[(&str, f64)]) -> Answer {
        let result: Vec<serde_json::Value> = samples
            .iter()
            .map(|(peer, value)| json!({"metric": {"server_address": peer}, "value": [1, value.to_string()]}))
            .collect();
        Ok(serde_json::from_value(json!({"resultType": "vector", "result": result})).unwrap())
    }

    #[test]
    fn the_peer_that_got_slowest_stands_first_and_failures_are_told() {
        let planned =
            [Planned { recipe: "r".into(), signal: "traffic".into(), unit: "req/s".into(), query: "q".into() }];
        let peers = [PlannedPeers {
            recipe: "p".into(),
            peer_label: "server_address".into(),
            latency: "l".into(),
            errors: "e".into(),
        }];
        let measured = assemble(
            &planned,
            &peers,
            vec![
                vector(&[("", 5.0)]),
                Err(Failure::new(FailureKind::Timeout, "slow")),
                vector(&[("cart", 0.1), ("orders-db.data", 2.0)]),
                vector(&[("cart", 0.1), ("orders-db.data", 0.02)]),
                vector(&[("cart", 0.0)]),
                vector(&[]),
            ],
        );
        assert_eq!(measured.signals[0].now, Some(5.0));
        assert_eq!(measured.signals[0].before, None);
        assert_eq!(measured.dependencies[0].peer, "orders-db.data");
        assert_eq!(measured.recipes, ["r", "p"]);
        assert!(measured.not_looked[0].contains("traffic could not be looked at (slow)"));
    }

    #[test]
    fn a_signal_without_any_value_is_no_signal() {
        let planned =
            [Planned { recipe: "r".into(), signal: "traffic".into(), unit: "req/s".into(), query: "q".into() }];
        let measured = assemble(&planned, &[], vec![vector(&[]), vector(&[("", f64::NAN)])]);
        assert!(measured.signals.is_empty() && measured.recipes.is_empty());
    }
}
