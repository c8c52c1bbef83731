//! The requests, as plain values.

use chrono::{DateTime, Utc};
use domain::envelope::Window;
use std::time::Duration;
use tools_common::http::Request;

/// A query longer than this travels as a form: proxies cut URLs at a few kilobytes.
const LONGEST_IN_URL_BYTES: usize = 1_500;

/// PromQL at one instant.
pub(crate) fn instant(promql: &str, at: DateTime<Utc>, timeout: Duration) -> Request {
    query("/api/v1/query", promql, timeout).with("time", unix(at))
}

/// PromQL over a window.
pub(crate) fn range(promql: &str, window: Window, step_seconds: u64, timeout: Duration) -> Request {
    query("/api/v1/query_range", promql, timeout)
        .with("start", unix(window.start))
        .with("end", unix(window.end))
        .with("step", step_seconds.to_string())
}

fn query(path: &str, promql: &str, timeout: Duration) -> Request {
    let request = if promql.len() > LONGEST_IN_URL_BYTES { Request::post_form(path) } else { Request::get(path) };
    request.with("query", promql).with("timeout", format!("{}ms", timeout.as_millis().max(1)))
}

/// The values of a label, of all series or of those that match.
pub(crate) fn label_values(label: &str, matching: &[String], window: Option<Window>) -> Request {
    let mut request = Request::get(format!("/api/v1/label/{label}/values"));
    for selector in matching {
        request = request.with("match[]", selector);
    }
    match window {
        Some(window) => request.with("start", unix(window.start)).with("end", unix(window.end)),
        None => request,
    }
}

/// The names of the labels of the series that match.
pub(crate) fn label_names(selector: &str, window: Window) -> Request {
    let request = Request::get("/api/v1/labels").with("match[]", selector);
    request.with("start", unix(window.start)).with("end", unix(window.end))
}

/// Active alerts.
pub(crate) fn alerts() -> Request {
    Request::get("/api/v1/alerts")
}

/// Alertmanager's alerts, silenced and inhibited ones too.
pub(crate) fn alertmanager_alerts() -> Request {
    Request::get("/api/v2/alerts").with("active", "true").with("silenced", "true").with("inhibited", "true")
}

/// Rules; `kind` is `alert` or `record`.
pub(crate) fn rules(kind: Option<&str>) -> Request {
    let request = Request::get("/api/v1/rules");
    match kind {
        Some(kind) => request.with("type", kind),
        None => request,
    }
}

/// Scrape targets that are in use (dropped ones can be many thousands).
pub(crate) fn targets() -> Request {
    Request::get("/api/v1/targets").with("state", "active")
}

/// Type, help and unit of metrics.
pub(crate) fn metadata() -> Request {
    Request::get("/api/v1/metadata").with("limit_per_metric", "1")
}

/// The same of one metric family.
pub(crate) fn metadata_of(family: &str) -> Request {
    Request::get("/api/v1/metadata").with("metric", family)
}

fn unix(at: DateTime<Utc>) -> String {
    format!("{}.{:03}", at.timestamp(), at.timestamp_subsec_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_query_travels_as_a_form() {
        let at = DateTime::from_timestamp_millis(1_700_000_000_250).unwrap();
        let short = instant("up", at, Duration::from_secs(5));
        assert_eq!(short.method, http::Method::GET);
        assert!(short.parameters.contains(&("time".into(), "1700000000.250".into())));
        assert!(short.parameters.contains(&("timeout".into(), "5000ms".into())));
        assert_eq!(instant(&"up or ".repeat(500), at, Duration::from_secs(5)).method, http::Method::POST);
    }
}
