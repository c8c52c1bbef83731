//! What exists: series, labels and their values, metric descriptions, scrape targets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::extract::{Path, State};
use chrono::DateTime;
use promql_parser::label::Matcher;
use promql_parser::parser::Expr;
use serde_json::{Value, json};

use super::reply::{Refusal, Reply, success};
use crate::Estate;
use crate::telemetry::alerting::WithAlerts;
use crate::telemetry::http::{Parameters, parse_time_ms, time_text};
use crate::telemetry::metrics::{FAMILIES, SCRAPE_INTERVAL_MS, ScrapeTarget, WorldMetrics, scrape_targets};
use crate::telemetry::promql::{self, matchers_of};
use crate::telemetry::series::{Labels, METRIC_NAME, SeriesSource};
use crate::telemetry::{observe, with_metrics};

/// The window where none is asked for.
const DEFAULT_WINDOW_MS: i64 = 3_600_000;
/// How many parts of a window are looked at, at their ends: a series that lived between two of them only is missed.
const MOMENTS: i64 = 4;

pub(super) async fn series(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let selectors = selectors(&parameters)?;
    if selectors.is_empty() {
        return Err(Refusal::bad_data("no match[] parameter provided"));
    }
    let window = window(&parameters)?;
    let found = with_metrics(&estate, |metrics| label_sets(metrics, &selectors, window));
    success(json!(found))
}

pub(super) async fn labels(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let selectors = selectors(&parameters)?;
    let window = window(&parameters)?;
    let sets = with_metrics(&estate, |metrics| label_sets(metrics, &selectors, window));
    let names: BTreeSet<&str> = sets.iter().flat_map(|labels| labels.iter().map(|(name, _)| name)).collect();
    success(json!(names))
}

pub(super) async fn label_values(
    State(estate): State<Arc<Estate>>,
    Path(name): Path<String>,
    parameters: Parameters,
) -> Reply {
    let valid = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && !name.starts_with(|first: char| first.is_ascii_digit());
    if !valid || name.is_empty() {
        return Err(Refusal::bad_data(format!("invalid label name: {name:?}")));
    }
    let selectors = selectors(&parameters)?;
    let window = window(&parameters)?;
    let sets = with_metrics(&estate, |metrics| label_sets(metrics, &selectors, window));
    let values: BTreeSet<&str> =
        sets.iter().map(|labels| labels.get(&name)).filter(|value| !value.is_empty()).collect();
    success(json!(values))
}

pub(super) async fn metadata(parameters: Parameters) -> Reply {
    let wanted = parameters.get("metric");
    let limit = match parameters.get("limit") {
        None => usize::MAX,
        Some(text) => text.parse().map_err(|_| Refusal::bad_data("limit must be a number"))?,
    };
    let families = FAMILIES.iter().filter(|family| wanted.is_none_or(|name| name == family.name)).take(limit);
    let described: BTreeMap<&str, Value> = families
        .map(|family| (family.name, json!([{"type": family.kind.as_str(), "help": family.help, "unit": ""}])))
        .collect();
    success(json!(described))
}

pub(super) async fn targets(State(estate): State<Arc<Estate>>, parameters: Parameters) -> Reply {
    let targets = observe(&estate, |timeline, now| scrape_targets(timeline, now.timestamp_millis()));
    let active: Vec<Value> = match parameters.get("state") {
        Some("dropped") => Vec::new(),
        _ => targets.iter().map(target_json).collect(),
    };
    success(json!({"activeTargets": active, "droppedTargets": []}))
}

fn target_json(target: &ScrapeTarget) -> Value {
    let (job, instance) = (target.labels.get("job"), target.labels.get("instance"));
    let path = Some(target.labels.get("metrics_path")).filter(|path| !path.is_empty()).unwrap_or("/metrics");
    let url = if instance.starts_with("http") {
        format!("http://blackbox.monitoring:9115/probe?target={instance}")
    } else {
        format!("http://{instance}{path}")
    };
    let error = if target.up { String::new() } else { format!("Get \"{url}\": context deadline exceeded") };
    json!({
        "discoveredLabels": {"__address__": instance, "__metrics_path__": path, "__scheme__": "http", "job": job},
        "labels": target.labels,
        "scrapePool": job,
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": error,
        "lastScrape": time_text(DateTime::from_timestamp_millis(target.last_scrape_ms).unwrap_or_default()),
        "lastScrapeDuration": target.duration_seconds,
        "health": if target.up { "up" } else { "down" },
        "scrapeInterval": format!("{}s", SCRAPE_INTERVAL_MS / 1000),
        "scrapeTimeout": "10s",
    })
}

fn selectors(parameters: &Parameters) -> Result<Vec<Vec<Matcher>>, Refusal> {
    let read = |text: &str| match promql::parse(text) {
        Ok(Expr::VectorSelector(selector)) => Ok(matchers_of(&selector)),
        Ok(_) => Err(Refusal::parameter("match[]", &format!("{text:?} is not a series selector"))),
        Err(error) => Err(Refusal::bad_data(error.to_string().replace("\"query\"", "\"match[]\""))),
    };
    parameters.all("match[]").map(read).collect()
}

fn window(parameters: &Parameters) -> Result<(Option<i64>, Option<i64>), Refusal> {
    let read = |name: &str| match parameters.get(name) {
        None => Ok(None),
        Some(text) => parse_time_ms(text)
            .map(Some)
            .ok_or_else(|| Refusal::parameter(name, &format!("cannot parse {text:?} to a valid timestamp"))),
    };
    let window = (read("start")?, read("end")?);
    match window {
        (Some(start_ms), Some(end_ms)) if end_ms < start_ms => {
            Err(Refusal::parameter("end", "end timestamp must not be before start timestamp"))
        }
        other => Ok(other),
    }
}

/// The label sets that had a sample at one of some moments of the window.
fn label_sets(
    metrics: WorldMetrics<'_>,
    selectors: &[Vec<Matcher>],
    (start_ms, end_ms): (Option<i64>, Option<i64>),
) -> BTreeSet<Labels> {
    let end_ms = end_ms.unwrap_or(metrics.now_ms()).min(metrics.now_ms());
    let start_ms = start_ms.unwrap_or(end_ms.saturating_sub(DEFAULT_WINDOW_MS)).max(metrics.origin_ms());
    let everything = [Vec::new()];
    let selectors = if selectors.is_empty() { &everything[..] } else { selectors };
    let source = WithAlerts(metrics);
    let step_ms = (end_ms.saturating_sub(start_ms) / MOMENTS).max(SCRAPE_INTERVAL_MS);
    let mut found = BTreeSet::new();
    let mut at_ms = end_ms;
    while at_ms >= start_ms {
        for matchers in selectors {
            let series = source.select(matchers, at_ms.saturating_sub(SCRAPE_INTERVAL_MS - 1), at_ms);
            let alive = series.into_iter().filter(|series| series.samples.iter().any(|sample| !sample.is_stale()));
            found.extend(alive.map(|series| series.labels));
        }
        at_ms = at_ms.saturating_sub(step_ms);
    }
    debug_assert!(found.iter().all(|labels| !labels.get(METRIC_NAME).is_empty()), "every series has a name");
    found
}
