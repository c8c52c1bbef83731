//! `golden_signals`: traffic, errors, latency and saturation of one service, now and before.
//!
//! Few requests: the metric names, one look for each label by which a service may be named, then all signals in both
//! windows side by side.

mod identify;
mod measure;

use super::shared;
use crate::backend::Backend;
use crate::recipes;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::prometheus::GoldenSignals;
use identify::Identified;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::{CallContext, ToolSpec, time};

/// All signals there are, in the order in which they are told.
const SIGNALS: &[&str] = &[
    "traffic",
    "error_ratio",
    "latency_p50",
    "latency_p99",
    "cpu_of_limit",
    "memory_of_limit",
    "throttled",
    "restarts",
];

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Service or workload: checkout, shop/checkout.
    #[schemars(length(min = 1, max = 200))]
    service: String,
    /// Where several namespaces have it.
    namespace: Option<String>,
    /// Length of the window; default 15m.
    since: Option<String>,
    /// Its end: RFC 3339 or time back; default now.
    at: Option<String>,
    /// How far back the compared window lies; default 1h.
    baseline: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "golden_signals",
        "Golden signals",
        "Traffic, error ratio, latency, CPU, memory, restarts of one service and its calls to others, now against before. The first look at a slow or failing service.",
    )
}

/// When is looked: the end of the window, and the end of the one before.
#[derive(Debug, Clone, Copy)]
struct Times {
    now: DateTime<Utc>,
    before: DateTime<Utc>,
    length: TimeDelta,
}

pub(super) async fn run(backend: &Backend, args: Args, context: &CallContext) -> Result<Envelope, Failure> {
    let (namespace, service) = split(&args.service, args.namespace.as_deref());
    let window = shared::window(args.at.as_deref(), args.since.as_deref(), TimeDelta::minutes(15), context)?;
    let length = window.end - window.start;
    let offset = time::duration(
        "baseline",
        args.baseline.as_deref(),
        TimeDelta::hours(1).max(length),
        TimeDelta::minutes(1),
        TimeDelta::days(60),
    )?;
    let times =
        Times { now: window.end, before: window.end.checked_sub_signed(offset).unwrap_or(window.start), length };
    let recipes = backend.recipes();
    let names = backend.metric_names(context).await?;
    let known = recipes.known_among(&names);
    let mut identified =
        identify::identify(backend, recipes, &known, &service, namespace.as_deref(), times, context).await?;
    if identified.selectors.is_empty() {
        return nothing(backend, &service, known.len(), names.len(), window, context).await;
    }
    context.progress.tell(1.0, Some(2.0), "found the metrics, measuring");
    let length_text = time::show_duration(length);
    let counters = recipes::counters(recipes, &identified.selectors);
    let labels = identify::label_names(backend, &counters, &mut identified, times, context).await;
    let planned = recipes::plan(recipes, &identified.selectors, &labels, &length_text);
    let peers = recipes::plan_peers(recipes, &identified.selectors, &labels, &length_text);
    let measured = measure::measure(backend, &planned, &peers, times, context).await?;
    envelope(service, identified, measured, window, times)
}

/// `shop/checkout` names its namespace; `deployment/checkout` its kind, which metrics do not carry.
fn split(service: &str, namespace: Option<&str>) -> (Option<String>, String) {
    const KINDS: &[&str] =
        &["deployment", "deploy", "statefulset", "sts", "daemonset", "ds", "service", "svc", "pod", "job"];
    let parts: Vec<&str> = service.trim().split('/').filter(|part| !part.is_empty()).collect();
    let (before, name) = match parts.as_slice() {
        [.., before, name] => (Some(*before), *name),
        [name] => (None, *name),
        [] => (None, service),
    };
    let before = before.filter(|before| !KINDS.contains(&before.to_lowercase().as_str()));
    (namespace.or(before).map(str::to_owned), name.to_owned())
}

fn envelope(
    service: String,
    identified: Identified,
    measured: measure::Measured,
    window: Window,
    times: Times,
) -> Result<Envelope, Failure> {
    let missing: Vec<String> = SIGNALS
        .iter()
        .filter(|name| !measured.signals.iter().any(|signal| signal.name == **name))
        .map(|name| (*name).to_owned())
        .collect();
    let returned = (measured.signals.len() + measured.dependencies.len()) as u64;
    let before = time::window_ending(times.before, times.length);
    let mut notes =
        vec![format!("before = {} to {}", time::show_instant(before.start), time::show_instant(before.end))];
    if !missing.is_empty() {
        notes.push(format!("no data for {}", missing.join(", ")));
    }
    notes.extend(identified.notes);
    let data = GoldenSignals {
        service,
        recipes: measured.recipes,
        signals: measured.signals,
        dependencies: measured.dependencies,
        missing,
    };
    let mut envelope = Envelope::whole(shared::json(&data)?, returned);
    envelope.window = Some(window);
    envelope.hint = shared::hint(notes);
    envelope.not_looked = identified.not_looked;
    envelope.not_looked.extend(measured.not_looked);
    Ok(envelope)
}

/// No series of the service: says so, with what similar names there are.
async fn nothing(
    backend: &Backend,
    service: &str,
    known: usize,
    names: usize,
    window: Window,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let missing = SIGNALS.iter().map(|name| (*name).to_owned()).collect();
    let data = GoldenSignals { service: service.to_owned(), missing, ..GoldenSignals::default() };
    let hint = if known == 0 {
        format!("none of this server's {names} metrics is one that the recipes know; find others with find_metrics")
    } else {
        let similar = identify::similar_services(backend, service, context).await;
        format!("no series of `{service}` in this window or the one before. {similar}")
    };
    let mut envelope = Envelope::whole(shared::json(&data)?, 0);
    envelope.window = Some(window);
    envelope.hint = Some(hint);
    Ok(envelope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_may_stand_before_the_name() {
        let cases = [
            ("checkout", None, (None, "checkout")),
            ("shop/checkout", None, (Some("shop"), "checkout")),
            ("Deployment/checkout", None, (None, "checkout")),
            ("shop/checkout", Some("data"), (Some("data"), "checkout")),
        ];
        for (service, namespace, (wanted_namespace, wanted_name)) in cases {
            let (got_namespace, got_name) = split(service, namespace);
            assert_eq!((got_namespace.as_deref(), got_name.as_str()), (wanted_namespace, wanted_name));
        }
    }
}
