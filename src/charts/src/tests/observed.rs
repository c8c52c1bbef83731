//! Charts of what the tool for range queries brings.

use super::*;
use chrono::DateTime;
use domain::envelope::{Envelope, Failure, FailureKind, Window};
use domain::evidence::{Evidence, EvidenceId, ToolCall};
use domain::observed::prometheus::{Range, RangeSeries};

fn one(labels: &[(&str, &str)], points: Vec<(f64, f64)>) -> RangeSeries {
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    RangeSeries { labels, min: 0.0, max: 0.0, mean: 0.0, last: 0.0, points }
}

fn envelope(query: &str, series: Vec<RangeSeries>) -> Envelope {
    let returned = u64::try_from(series.len()).unwrap();
    let range = Range { query: query.to_owned(), step_seconds: 60.0, series };
    let at = |seconds: f64| DateTime::from_timestamp(seconds as i64, 0).unwrap();
    Envelope {
        total: Some(returned + 5),
        window: Some(Window { start: at(BEGIN - 600.0), end: at(BEGIN) }),
        ..Envelope::whole(serde_json::to_value(range).unwrap(), returned)
    }
}

#[test]
fn a_range_becomes_a_chart_named_by_what_differs() {
    let points = vec![(BEGIN - 60.0, 1.0), (BEGIN, 2.0)];
    let shared = ("namespace", "shop");
    let series = vec![
        one(&[("__name__", "m"), shared, ("pod", "a")], points.clone()),
        one(&[("__name__", "m"), shared, ("pod", "b")], points.clone()),
    ];
    let chart = Chart::of_envelope(&envelope("m_bytes{namespace=\"shop\"}\n  offset 5m", series), Tz::UTC).unwrap();
    assert_eq!(chart.title, "m_bytes{namespace=\"shop\"} offset 5m");
    assert_eq!(chart.series, [("a"), ("b")].map(|name| Series { name: name.to_owned(), points: points.clone() }));
    assert_eq!((chart.left_out, chart.step_seconds, chart.unit), (5, Some(60.0), Unit::Bytes));
    assert_eq!(chart.span, Some((BEGIN - 600.0, BEGIN)));

    let alone = |labels: &[(&str, &str)]| {
        let chart = Chart::of_envelope(&envelope("m", vec![one(labels, points.clone())]), Tz::UTC);
        chart.unwrap().series[0].name.clone()
    };
    assert_eq!(alone(&[("__name__", "m"), ("job", "api"), ("pod", "a")]), "job=api pod=a");
    assert_eq!(alone(&[("__name__", "m")]), "m");
    assert_eq!(alone(&[]), "value");
}

#[test]
fn what_is_no_range_or_has_no_point_is_no_chart() {
    assert_eq!(Chart::of_envelope(&envelope("m", Vec::new()), Tz::UTC), None);
    assert_eq!(Chart::of_envelope(&envelope("m", vec![one(&[], Vec::new())]), Tz::UTC), None);
    assert_eq!(Chart::of_envelope(&Envelope::whole(serde_json::json!([1, 2]), 2), Tz::UTC), None);

    let result = Ok(envelope("m", vec![one(&[], vec![(BEGIN, 1.0)])]));
    let evidence =
        |tool: &str, result| Evidence { id: EvidenceId(1), call: ToolCall::new(tool, serde_json::json!({})), result };
    assert!(Chart::of_evidence(&evidence("prometheus_query_range", result.clone()), Tz::UTC).is_some());
    assert_eq!(Chart::of_evidence(&evidence("prometheus_query", result), Tz::UTC), None);
    let failed = Err(Failure::new(FailureKind::Timeout, "no answer"));
    assert_eq!(Chart::of_evidence(&evidence("prometheus_query_range", failed), Tz::UTC), None);
}

#[test]
fn the_unit_is_told_by_the_metric_only_where_nothing_is_made_of_it() {
    let cases = [
        ("container_memory_working_set_bytes{pod=~\"a-.*\"}", Unit::Bytes),
        ("sum by (pod) (rate(container_network_receive_bytes_total[5m]))", Unit::BytesPerSecond),
        ("histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))", Unit::Seconds),
        ("rate(container_cpu_usage_seconds_total[5m])", Unit::Si),
        ("rate(x_seconds_sum[5m]) / rate(x_seconds_count[5m])", Unit::Si),
        ("a_bytes / b_bytes", Unit::Si),
        ("node:cpu:usage_ratio", Unit::Ratio),
        ("disk_used_percent", Unit::Percent),
        ("count(node_memory_free_bytes)", Unit::Si),
        ("process_start_time_seconds", Unit::Si),
        ("kube_job_duration_seconds", Unit::Seconds),
        ("up", Unit::Si),
    ];
    for (query, expected) in cases {
        let chart = Chart::of_envelope(&envelope(query, vec![one(&[], vec![(BEGIN, 1.0)])]), Tz::UTC).unwrap();
        assert_eq!(chart.unit, expected, "{query}");
    }
}
