//! `service_map`: who calls whom, how often that fails and how long it takes.
//!
//! The edges come from sampled traces, because Tempo's own service graph (`traces_service_graph_…`) is written to a
//! Prometheus and not served here. Rates and error ratios of the services over all requests come from TraceQL metrics
//! where the server has them.

use super::shared::{Times, told_parts, why_empty};
use crate::backend::Backend;
use crate::query::filter::{Filter, selector};
use crate::query::requests;
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::tempo::{EdgeRow, ServiceMap, ServiceRow, TraceRow};
use domain::traces::{Edge, Tree, edges, milliseconds, without_skew};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use tools_common::page::{Hints, json};
use tools_common::{CallContext, ToolSpec, budget};

const DEFAULT_TRACES: usize = 20;
const EDGE_TOKENS: usize = 1_500;
const DEFAULT_SERVICES: usize = 30;
const IDS_TOLD: usize = 5;
const BY: &str = "resource.service.name";

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Only traces that touch it; default all.
    service: Option<String>,
    #[serde(flatten)]
    times: Times,
    /// Traces to read; default 20.
    #[schemars(range(min = 1, max = 50))]
    traces: Option<usize>,
    /// Services with rates; default 30.
    #[schemars(range(min = 1, max = 200))]
    services: Option<usize>,
}

/// What the metrics tell of services over all requests.
#[derive(Default)]
struct Rates {
    rows: Vec<ServiceRow>,
    /// Why they are of a part only.
    partial: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "service_map",
        "Service map",
        "Who calls whom with calls, error ratio and latency, from sampled traces; rates of services where TraceQL metrics exist.",
    )
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let window = args.times.window(context)?;
    let filter = Filter { service: args.service.clone(), ..Filter::default() };
    let traceql = selector(&filter.conditions()?);
    let most = args.traces.unwrap_or(DEFAULT_TRACES);
    let mut hints = Hints::default();
    let (found, services) = futures::join!(
        backend.search(&traceql, window, most * 4, context),
        services(backend, &filter, window, context)
    );
    let ids = spread(found?.rows(), most);
    let mut trees = Vec::new();
    for (id, result) in backend.traces(&ids, context).await {
        match result {
            Err(failure) => hints.miss(format!("Trace {id} could not be read: {}.", failure.message)),
            Ok(trace) => {
                told_parts(&id, &trace, &mut hints);
                trees.push(without_skew(Tree::new(trace.spans)).0);
            }
        }
    }
    let mut rates = services.unwrap_or_else(|failure| {
        hints.miss(format!("Rates of services could not be read from TraceQL metrics: {}.", failure.message));
        Rates::default()
    });
    if let Some(why) = &rates.partial {
        hints.miss(format!("Rates of services are of a part of the requests: {why}."));
    }
    let shown = args.services.unwrap_or(DEFAULT_SERVICES);
    let left_out = rates.rows.len().saturating_sub(shown);
    rates.rows.truncate(shown);
    if left_out > 0 {
        hints.add(format!(
            "Rates of {left_out} services with fewer failures and requests are left out; name a service."
        ));
    }
    let rows: Vec<EdgeRow> = edges(&trees).iter().map(row).collect();
    match (ids.is_empty(), rows.is_empty()) {
        (true, _) => hints.add(why_empty(backend, &traceql, window, context).await),
        (false, true) => hints.add("The sampled traces each stay within one service."),
        _ => hints.add(format!(
            "Edges are of {} sampled traces, not of all requests. For all, ask a Prometheus for traces_service_graph_request_total where Tempo's metrics-generator writes to one.",
            trees.len()
        )),
    }
    let total = rows.len();
    let cut = budget::cut(rows, total.max(1), EDGE_TOKENS);
    if cut.is_cut() {
        hints.add(format!("{} edges are left out; name a service.", cut.left.len()));
    }
    let data = ServiceMap {
        sampled_traces: trees.len(),
        trace_ids: ids.into_iter().take(IDS_TOLD).collect(),
        edges: Table::of(&cut.kept),
        services: (!rates.rows.is_empty()).then(|| Table::of(&rates.rows)),
        services_left_out: left_out,
        services_partial: rates.partial,
    };
    let mut envelope = hints.with(Envelope::whole(json(&data)?, cut.kept.len() as u64));
    envelope.total = Some(total as u64);
    envelope.truncated = cut.is_cut();
    envelope.window = Some(window);
    Ok(envelope)
}

/// Ids of traces with different beginnings in turn, so that one busy route does not hide the others.
fn spread(rows: Vec<TraceRow>, most: usize) -> Vec<String> {
    let mut by_root: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in rows {
        by_root.entry(row.root).or_default().push(row.trace_id);
    }
    let mut turns: Vec<std::vec::IntoIter<String>> = by_root.into_values().map(Vec::into_iter).collect();
    let mut ids: Vec<String> = Vec::new();
    while ids.len() < most && !turns.is_empty() {
        turns.retain_mut(|turn| match turn.next() {
            Some(id) => {
                if ids.len() < most && !ids.contains(&id) {
                    ids.push(id);
                }
                true
            }
            None => false,
        });
    }
    ids
}

fn row(edge: &Edge) -> EdgeRow {
    let ratio = edge.failed as f64 / edge.calls.max(1) as f64;
    EdgeRow {
        caller: edge.caller.clone(),
        callee: edge.callee.clone(),
        calls: edge.calls,
        error_ratio: (ratio * 1_000.0).round() / 1_000.0,
        p50_ms: milliseconds(edge.quantile_ns(0.5)),
        p95_ms: milliseconds(edge.quantile_ns(0.95)),
        no_spans: edge.is_peer,
    }
}

/// Rates of services over all requests, those with the most failures first; none where the metrics have none.
async fn services(backend: &Backend, filter: &Filter, window: Window, context: &CallContext) -> Result<Rates, Failure> {
    let conditions = filter.conditions()?;
    let with = |more: &str| {
        let all: Vec<String> = conditions.iter().cloned().chain([more.to_owned()]).collect();
        selector(&all)
    };
    let served = with("kind = server");
    let queries = [
        format!("{served} | rate() by ({BY})"),
        format!("{} | rate() by ({BY})", with("kind = server && status = error")),
        format!("{served} | quantile_over_time(duration, .95) by ({BY})"),
    ];
    let [rates, failing, p95] =
        queries.each_ref().map(|query| backend.metrics(requests::metrics_instant(query, window), query, context));
    let (rates, failing, p95) = futures::join!(rates, failing, p95);
    let answers = [rates?, failing?, p95?];
    let partial = answers.iter().find_map(|answer| answer.partial());
    let [rates, failing, p95] = answers.map(|answer| answer.values_by(BY));
    let mut rows: Vec<ServiceRow> = rates
        .iter()
        .map(|(service, rate)| ServiceRow {
            service: service.clone(),
            requests_per_second: (rate * 1_000.0).round() / 1_000.0,
            error_ratio: (*rate > 0.0)
                .then(|| (failing.get(service).copied().unwrap_or(0.0) / rate * 1_000.0).round() / 1_000.0),
            p95_ms: p95.get(service).map(|seconds| milliseconds((seconds * 1e9) as i64)),
        })
        .collect();
    rows.sort_by(|a, b| {
        let ratio = |row: &ServiceRow| row.error_ratio.unwrap_or(0.0);
        ratio(b).total_cmp(&ratio(a)).then(b.requests_per_second.total_cmp(&a.requests_per_second))
    });
    Ok(Rates { rows, partial })
}
