//! The handlers: parameters in, answers out.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use promql_parser::label::Matcher;
use serde_json::{Value, json};

use super::parse::{LogQuery, Parsed, parse};
use super::reply::{Refusal, Reply, answer_json, streams_json, success};
use super::streams::{Entry, PIECE_MS, allow, entries, estimate, pods};
use super::{metric, parse};
use crate::Estate;
use crate::telemetry::http::{Parameters, parse_duration_ms, parse_time_ms};
use crate::telemetry::series::Labels;

const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 5000;
const DEFAULT_WINDOW_MS: i64 = 3_600_000;
/// For labels and series, where Loki looks through six hours.
const CATALOG_WINDOW_MS: i64 = 6 * 3_600_000;
const MAX_POINTS: i64 = 11_000;
const NS_PER_MS: i64 = 1_000_000;

/// By this header a client asks for labels, structured metadata and parsed labels apart.
const ENCODING_FLAGS: &str = "x-loki-response-encoding-flags";

pub(super) async fn query_range(
    State(estate): State<Arc<Estate>>,
    headers: HeaderMap,
    parameters: Parameters,
) -> Reply {
    let window_ns = window_ns(&estate, &parameters, DEFAULT_WINDOW_MS)?;
    let (start_ms, end_ms) = (window_ns.0.div_euclid(NS_PER_MS), window_ns.1.div_euclid(NS_PER_MS));
    match parse(parameters.get("query").unwrap_or_default())? {
        Parsed::Logs(query) => {
            let limit = limit(&parameters)?;
            let forward =
                parameters.get("direction").is_some_and(|direction| direction.eq_ignore_ascii_case("forward"));
            let flags = headers.get(ENCODING_FLAGS).and_then(|flags| flags.to_str().ok()).unwrap_or_default();
            let categorized = flags.split(',').any(|flag| flag.trim() == "categorize-labels");
            success(streams_json(read(&estate, &query, window_ns, limit, forward)?, categorized))
        }
        Parsed::Metric { promql, parts } => {
            let default_step = (end_ms.saturating_sub(start_ms) / 250).max(1000);
            let step = parameters.get("step").map_or(Some(default_step), parse_duration_ms);
            let step_ms = step.filter(|step| *step > 0).ok_or_else(|| Refusal("invalid step".to_owned()))?;
            if end_ms.saturating_sub(start_ms) / step_ms > MAX_POINTS {
                return Err(Refusal(
                    "exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter"
                        .to_owned(),
                ));
            }
            let window = (start_ms, end_ms);
            let answer = estate.with_world(|world| metric::evaluate(world, &promql, &parts, window, Some(step_ms)))?;
            success(answer_json(answer))
        }
    }
}

pub(super) async fn query(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let now_ms = estate.with_world(|world| world.now().timestamp_millis());
    let at_ms = parameters.get("time").map(|text| time("time", text)).transpose()?.unwrap_or(now_ms);
    match parse(parameters.get("query").unwrap_or_default())? {
        Parsed::Logs(_) => Err(Refusal(
            "log queries are not supported as an instant query type, please change your query to a range query type"
                .to_owned(),
        )),
        Parsed::Metric { promql, parts } => {
            let answer = estate.with_world(|world| metric::evaluate(world, &promql, &parts, (at_ms, at_ms), None))?;
            success(answer_json(answer))
        }
    }
}

pub(super) async fn labels(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let sets = label_sets(&estate, &parameters)?;
    let names: BTreeSet<&str> = sets.iter().flat_map(|labels| labels.iter().map(|(name, _)| name)).collect();
    success(json!(names))
}

pub(super) async fn label_values(
    State(estate): State<Arc<Estate>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Reply {
    let sets = label_sets(&estate, &parameters)?;
    let values: BTreeSet<&str> =
        sets.iter().map(|labels| labels.get(&name)).filter(|value| !value.is_empty()).collect();
    success(json!(values))
}

pub(super) async fn series(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    success(json!(label_sets(&estate, &parameters)?))
}

pub(super) async fn stats(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Result<Json<Value>, Refusal> {
    let (start_ms, end_ms) = window(&estate, &parameters, DEFAULT_WINDOW_MS)?;
    let matchers = selector(parameters.get("query").unwrap_or_default())?;
    let estimate = estate.with_world(|world| estimate(world, &matchers, start_ms, end_ms));
    let chunks = estimate.entries / 2000 + estimate.streams;
    Ok(Json(json!({
        "streams": estimate.streams,
        "chunks": chunks,
        "entries": estimate.entries,
        "bytes": estimate.bytes,
    })))
}

pub(super) async fn build_info() -> Json<Value> {
    Json(
        json!({"version": "3.0.0", "revision": "estate", "branch": "estate", "buildUser": "estate", "goVersion": "go1.22"}),
    )
}

pub(super) async fn ready() -> &'static str {
    "ready\n"
}

/// Reads piece by piece from the asked end until the limit is reached.
fn read(
    estate: &Estate,
    query: &LogQuery,
    (start_ns, end_ns): (i64, i64),
    limit: usize,
    forward: bool,
) -> Result<Vec<Entry>, Refusal> {
    // The world is read in whole milliseconds; what lies outside of the asked nanoseconds is left out below.
    let (start_ms, end_ms) = (start_ns.div_euclid(NS_PER_MS), end_ns.div_euclid(NS_PER_MS).saturating_add(1));
    estate.with_world(|world| allow(world, &query.matchers, start_ms, end_ms))?;
    let mut found: Vec<Entry> = Vec::new();
    let (mut from_ms, mut to_ms) = (start_ms, end_ms);
    while from_ms < to_ms && found.len() < limit {
        let piece = if forward {
            let until = from_ms.saturating_add(PIECE_MS).min(to_ms);
            let piece = (from_ms, until);
            from_ms = until;
            piece
        } else {
            let since = to_ms.saturating_sub(PIECE_MS).max(from_ms);
            let piece = (since, to_ms);
            to_ms = since;
            piece
        };
        let mut read = estate.with_world(|world| entries(world, query, piece.0, piece.1));
        if !forward {
            read.reverse();
        }
        found.extend(read.into_iter().filter(|entry| entry.at_ns >= start_ns && entry.at_ns < end_ns));
    }
    found.truncate(limit);
    Ok(found)
}

fn label_sets(estate: &Estate, parameters: &Parameters) -> Result<BTreeSet<Labels>, Refusal> {
    let (start_ms, end_ms) = window(estate, parameters, CATALOG_WINDOW_MS)?;
    let given = parameters.all("match[]").chain(parameters.all("match")).chain(parameters.all("query"));
    let mut selectors = given.filter(|text| !text.is_empty()).map(selector).collect::<Result<Vec<_>, _>>()?;
    if selectors.is_empty() {
        selectors.push(Vec::new());
    }
    Ok(estate.with_world(|world| {
        let streams = selectors.iter().flat_map(|matchers| pods(world, matchers, start_ms, end_ms));
        streams.map(|(_, labels)| labels).collect()
    }))
}

pub(super) fn selector(text: &str) -> Result<Vec<Matcher>, Refusal> {
    match parse::parse(text)? {
        Parsed::Logs(query) if query.stages.is_empty() => Ok(query.matchers),
        Parsed::Logs(_) => Err(Refusal("only label matchers are supported".to_owned())),
        Parsed::Metric { .. } => Err(Refusal("only label matchers are supported".to_owned())),
    }
}

fn limit(parameters: &Parameters) -> Result<usize, Refusal> {
    match parameters.get("limit").map(str::parse::<usize>) {
        None => Ok(DEFAULT_LIMIT),
        Some(Ok(limit)) if limit > MAX_LIMIT => Err(Refusal(format!(
            "max entries limit per query exceeded, limit > max_entries_limit_per_query ({limit} > {MAX_LIMIT})"
        ))),
        Some(Ok(limit)) => Ok(limit),
        Some(Err(_)) => Err(Refusal("limit must be a positive number".to_owned())),
    }
}

pub(super) fn window(estate: &Estate, parameters: &Parameters, default_ms: i64) -> Result<(i64, i64), Refusal> {
    let (start_ns, end_ns) = window_ns(estate, parameters, default_ms)?;
    Ok((start_ns.div_euclid(NS_PER_MS), end_ns.div_euclid(NS_PER_MS)))
}

/// The asked stretch, start in and end out; it ends with the world's now.
fn window_ns(estate: &Estate, parameters: &Parameters, default_ms: i64) -> Result<(i64, i64), Refusal> {
    let now_ns = estate.with_world(|world| world.now().timestamp_millis()).saturating_mul(NS_PER_MS);
    let end_ns = parameters.get("end").map(|text| time_ns("end", text)).transpose()?.unwrap_or(now_ns);
    let since_ms = parameters.get("since").and_then(parse_duration_ms).unwrap_or(default_ms);
    let start = parameters.get("start").map(|text| time_ns("start", text)).transpose()?;
    let start_ns = start.unwrap_or(end_ns.saturating_sub(since_ms.saturating_mul(NS_PER_MS)));
    if end_ns < start_ns {
        return Err(Refusal("end timestamp must not be before or equal to start time".to_owned()));
    }
    Ok((start_ns, end_ns.min(now_ns.saturating_add(NS_PER_MS)).max(start_ns)))
}

fn time(name: &str, text: &str) -> Result<i64, Refusal> {
    time_ns(name, text).map(|at_ns| at_ns.div_euclid(NS_PER_MS))
}

/// Whole numbers of ten digits are seconds, longer ones nanoseconds.
fn time_ns(name: &str, text: &str) -> Result<i64, Refusal> {
    let nanoseconds = text.parse::<i64>().ok().filter(|_| text.len() > 10);
    let bad = || Refusal(format!("could not parse '{name}' parameter: {text:?} is not a time"));
    nanoseconds.or_else(|| parse_time_ms(text)?.checked_mul(NS_PER_MS)).ok_or_else(bad)
}
