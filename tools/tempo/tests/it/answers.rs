//! Each tool's answer over the API's own JSON.

use super::mock::{Told, found, mock, trace, value};
use super::{ID, OTHER_ID, call};
use domain::envelope::FailureKind;
use domain::observed::Table;
use domain::observed::tempo::{
    EdgeRow, FastSlow, ServiceMap, ServiceRow, TraceDiff, TraceMetrics, TraceRow, TraceSummary,
};
use serde_json::{Value, json};

fn span(service: &'static str, id: u64, parent: u64, name: &str, from: u64, to: u64) -> Told {
    Told(service, id, parent, name.to_owned(), from, to, None)
}

#[tokio::test]
async fn a_search_in_plain_arguments_asks_for_failures_beside() {
    let mock = mock(|_, parameters| {
        let traces = match value(parameters, "q") {
            Some(query) if query.contains("status = error") => json!([found("bad", 20, 1)]),
            _ => json!([found("fast", 10, 1), found("slow", 900, 1)]),
        };
        (200, json!({"traces": traces, "metrics": {"completedJobs": 1, "totalJobs": 1}}))
    });
    let envelope = call(&mock.adapter(), "search", json!({"service": "cart", "min_duration": "5ms"})).await.unwrap();
    let rows: Vec<TraceRow> = serde_json::from_value::<Table>(envelope.data).unwrap().typed().unwrap();
    let told: Vec<(&str, Option<bool>)> = rows.iter().map(|row| (row.trace_id.as_str(), row.failed)).collect();
    assert_eq!(told, [("bad", Some(true)), ("slow", None), ("fast", None)]);
    assert!(envelope.hint.unwrap().contains("A sample of 3 traces"));
    assert_eq!(
        mock.queries(),
        [
            "{ resource.service.name = \"cart\" && duration >= 5ms }",
            "{ resource.service.name = \"cart\" && duration >= 5ms && status = error }"
        ]
    );
    let asked = mock.asked.lock().unwrap();
    assert_eq!((value(&asked[0].1, "start"), value(&asked[0].1, "end")), (Some("1795222800"), Some("1795226400")));
}

#[tokio::test]
async fn a_search_goes_on_by_its_cursor() {
    let mock = mock(|_, _| {
        let traces: Vec<Value> = (0..30).map(|n| found(&format!("t{n:02}"), 1000 - n, 1)).collect();
        (200, json!({"traces": traces, "metrics": {"completedJobs": 1, "totalJobs": 4}}))
    });
    let asked = json!({"query": "{ kind = server }", "limit": 20});
    let first = call(&mock.adapter(), "search", asked).await.unwrap();
    assert_eq!((first.returned, first.total, first.truncated), (20, Some(30), true));
    assert!(first.not_looked[0].contains("stopped the search"), "{:?}", first.not_looked);
    let asked = json!({"query": "{ kind = server }", "limit": 20, "cursor": first.next_cursor.unwrap()});
    let second = call(&mock.adapter(), "search", asked).await.unwrap();
    assert_eq!((second.returned, second.truncated), (10, false));
    assert_eq!(mock.queries().len(), 2, "TraceQL is sent as it is, and once");
}

#[tokio::test]
async fn traceql_that_does_not_close_is_not_sent_and_the_servers_error_keeps_its_place() {
    let said = "invalid TraceQL query: parse error at line 1, col 12: syntax error: unexpected IDENTIFIER\n";
    let mock = mock(move |_, _| (400, json!(said)));
    let failure = call(&mock.adapter(), "search", json!({"query": "{ status = error"})).await.unwrap_err();
    assert!(failure.message.contains("{ status = error\n  ^"), "{}", failure.message);
    assert!(mock.paths().is_empty());
    let failure = call(&mock.adapter(), "search", json!({"query": "{ status = eror && x }"})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(failure.message.ends_with("  { status = eror && x }\n             ^"), "{}", failure.message);
}

#[tokio::test]
async fn an_empty_search_says_why() {
    let cases = [(0, 200, "no trace at all"), (0, 500, "does not answer"), (1, 200, "no span matches")];
    for (others, echo, words) in cases {
        let mock = mock(move |path, parameters| match (path, value(parameters, "q")) {
            ("/api/echo", _) => (echo, json!("echo")),
            (_, Some("{}")) if others > 0 => (200, json!({"traces": [found("any", 1, 1)]})),
            _ => (200, json!({"metrics": {}})),
        });
        let envelope = call(&mock.adapter(), "search", json!({"service": "crt"})).await.unwrap();
        let hint = envelope.hint.unwrap();
        assert!(hint.contains(words), "{hint}");
    }
}

#[tokio::test]
async fn a_summary_names_the_failure_the_path_and_the_repeats() {
    let mock = mock(|_, _| {
        let mut spans = vec![span("web", 1, 0, "GET /cart", 0, 1000), span("cart", 2, 1, "list", 10, 900)];
        spans.extend((0..30).map(|n| span("cart", 100 + n, 2, &format!("SELECT item/{n}"), 20 + n * 20, 35 + n * 20)));
        spans.push(Told("pay", 3, 1, "charge".into(), 905, 990, Some("card declined")));
        spans[0].6 = Some("upstream failed");
        trace(&spans)
    });
    let envelope = call(&mock.adapter(), "trace_summary", json!({"trace_id": ID.to_uppercase()})).await.unwrap();
    let summary: TraceSummary = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((summary.root.as_str(), summary.spans, summary.duration_ms), ("web GET /cart", 33, 1000.0));
    let failures: Vec<Value> = summary.failures.typed().unwrap();
    assert_eq!(failures[0]["message"], "card declined");
    assert_eq!(failures[0]["role"], "began");
    assert_eq!(failures[1]["role"], "passed_on");
    let repeated: Vec<Value> = summary.repeated.typed().unwrap();
    assert_eq!((&repeated[0]["call"], &repeated[0]["count"]), (&json!("cart SELECT item/*"), &json!(30)));
    assert_eq!(repeated[0]["way"], "serial");
    let path: Vec<Value> = summary.critical_path.typed().unwrap();
    assert_eq!(path[0]["what"], "web GET /cart");
    assert_eq!(path.iter().map(|row| row["on_path_ms"].as_f64().unwrap()).sum::<f64>(), 1000.0);
    assert_eq!(mock.paths(), [format!("/api/v2/traces/{ID}")]);
}

#[tokio::test]
async fn an_old_tempo_is_asked_by_version_one() {
    let mock = mock(|path, _| match path.starts_with("/api/v2/") {
        true => (404, json!("404 page not found")),
        false => {
            let (_, document) = trace(&[span("web", 1, 0, "GET", 0, 5)]);
            (200, json!({"batches": document["trace"]["resourceSpans"]}))
        }
    });
    let envelope = call(&mock.adapter(), "trace_summary", json!({"trace_id": ID})).await.unwrap();
    assert_eq!(envelope.data["spans"], 1);
    assert_eq!(mock.paths(), [format!("/api/v2/traces/{ID}"), format!("/api/traces/{ID}")]);
}

#[tokio::test]
async fn a_trace_that_is_not_there_is_explained() {
    let answers = [(404, json!("trace not found")), (200, json!({"trace": {}, "metrics": {}}))];
    for answer in answers {
        let mock = mock(move |_, _| answer.clone());
        let failure = call(&mock.adapter(), "trace_summary", json!({"trace_id": "2f3e0cee"})).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotFound);
        let hint = failure.hint.unwrap();
        assert!(hint.contains("retention") && hint.contains("shortened"), "{hint}");
        assert_eq!(mock.paths().len(), 1);
    }
}

#[tokio::test]
async fn a_partial_trace_is_told_as_not_looked_at() {
    let mock = mock(|_, _| {
        let (_, mut document) = trace(&[span("web", 1, 0, "GET", 0, 5)]);
        document["status"] = json!("PARTIAL");
        document["message"] = json!("trace exceeds max size (max bytes: 5000000)");
        (200, document)
    });
    let envelope = call(&mock.adapter(), "trace_summary", json!({"trace_id": ID})).await.unwrap();
    assert!(envelope.not_looked[0].contains("max size"), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn a_trace_that_is_too_large_is_told_as_such() {
    let mock = mock(|_, _| (422, json!("trace exceeds max size (max bytes: 5000000)")));
    let failure = call(&mock.adapter(), "trace_summary", json!({"trace_id": ID})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge);
    assert!(failure.hint.unwrap().contains("max_bytes_per_trace"));
}

#[tokio::test]
async fn a_diff_tells_what_was_added_and_what_is_slower() {
    let mock = mock(|path, _| match path.ends_with(ID) {
        true => trace(&[span("web", 1, 0, "GET", 0, 100), span("cart", 2, 1, "list", 10, 60)]),
        false => trace(&[
            span("web", 1, 0, "GET", 0, 400),
            span("cart", 2, 1, "list", 10, 360),
            span("db", 3, 2, "SELECT", 20, 30),
        ]),
    });
    let asked = json!({"baseline": ID, "trace_id": OTHER_ID});
    let envelope = call(&mock.adapter(), "trace_diff", asked).await.unwrap();
    let diff: TraceDiff = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<Value> = diff.differences.typed().unwrap();
    let told: Vec<String> = rows.iter().map(|row| format!("{} {}", row["change"], row["path"])).collect();
    assert_eq!(told, ["\"slower\" \"web GET > cart list\"", "\"added\" \"web GET > cart list > db SELECT\"",]);
    assert_eq!((diff.before.duration_ms, diff.after.duration_ms), (100.0, 400.0));
    let failure = call(&mock.adapter(), "trace_diff", json!({"baseline": ID, "trace_id": ID})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn fast_and_slow_traces_part_where_they_differ() {
    let mock = mock(|path, parameters| match path {
        "/api/search" => {
            let slower = value(parameters, "q").unwrap().contains("duration >=");
            let traces: Vec<Value> = match slower {
                true => (0..3).map(|n| found(&format!("510{n}"), 2000 + n, 2)).collect(),
                false => (0..8).map(|n| found(&format!("fa5{n}"), 100 + n, 2)).collect(),
            };
            (200, json!({"traces": traces}))
        }
        path => {
            let slow = path.contains("/510");
            let end = if slow { 1900 } else { 60 };
            let (status, mut document) = trace(&[
                span("web", 1, 0, "GET", 0, end + 50),
                span("cart", 2, 1, "list", 10, end + 40),
                span("db", 3, 2, "SELECT", 20, end),
            ]);
            let attributes = document["trace"]["resourceSpans"][1]["resource"]["attributes"].as_array_mut().unwrap();
            attributes.push(json!({"key": "zone", "value": {"stringValue": if slow { "b" } else { "a" }}}));
            (status, document)
        }
    });
    let asked = json!({"service": "cart", "operation": "list"});
    let envelope = call(&mock.adapter(), "sample_fast_slow", asked).await.unwrap();
    let told: FastSlow = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<Value> = told.traces.typed().unwrap();
    assert_eq!(rows.iter().map(|row| row["group"].as_str().unwrap()).collect::<String>(), "slowslowslowfastfastfast");
    let differences: Vec<Value> = told.differences.typed().unwrap();
    assert_eq!(differences[0]["what"], "db SELECT");
    assert!(differences.iter().all(|row| row["what"] != "web GET"), "only what is below the operation counts");
    assert_eq!(told.attributes, ["slow: zone=b", "fast: zone=a"]);
    assert!(mock.queries()[1].contains("duration >= 107000us"), "{:?}", mock.queries());
}

#[tokio::test]
async fn a_map_tells_its_sample_and_does_without_metrics() {
    let mock = mock(|path, _| match path {
        "/api/search" => (200, json!({"traces": [found("a1", 5, 1), found("a2", 5, 1), found("a3", 5, 1)]})),
        "/api/v2/traces/a3" => (500, json!("boom")),
        "/api/metrics/query" => (500, json!("error finding generators in Querier.queryRangeRecent: empty ring")),
        _ => trace(&[span("web", 1, 0, "GET", 0, 100), Told("cart", 2, 1, "list".into(), 10, 60, Some("no"))]),
    });
    let envelope = call(&mock.adapter(), "service_map", json!({})).await.unwrap();
    let map: ServiceMap = serde_json::from_value(envelope.data).unwrap();
    let edges: Vec<EdgeRow> = map.edges.typed().unwrap();
    assert_eq!((edges.len(), edges[0].calls, edges[0].error_ratio, edges[0].p95_ms), (1, 2, 1.0, 50.0));
    assert_eq!((map.sampled_traces, map.trace_ids.len(), map.services), (2, 3, None));
    assert!(envelope.hint.unwrap().contains("2 sampled traces"));
    assert!(
        envelope.not_looked[0].contains("a3") && envelope.not_looked[1].contains("TraceQL metrics"),
        "{:?}",
        envelope.not_looked
    );
}

#[tokio::test]
async fn a_map_has_rates_where_the_server_has_metrics() {
    let mock = mock(|path, parameters| match path {
        "/api/search" => (200, json!({"traces": [found("a1", 5, 1)]})),
        "/api/metrics/query" => {
            let query = value(parameters, "q").unwrap();
            let number = if query.contains("status = error") {
                0.5
            } else if query.contains("quantile") {
                0.25
            } else {
                2.0
            };
            (
                200,
                json!({"series": [{"labels": [{"key": "resource.service.name", "value": {"stringValue": "web"}}], "value": number}]}),
            )
        }
        _ => trace(&[span("web", 1, 0, "GET", 0, 100), span("cart", 2, 1, "list", 10, 60)]),
    });
    let envelope = call(&mock.adapter(), "service_map", json!({"service": "web"})).await.unwrap();
    let map: ServiceMap = serde_json::from_value(envelope.data).unwrap();
    let rows: Vec<ServiceRow> = map.services.unwrap().typed().unwrap();
    assert_eq!((rows[0].requests_per_second, rows[0].error_ratio, rows[0].p95_ms), (2.0, Some(0.25), Some(250.0)));
}

/// A part of the requests was taken for all of them, and services beyond the thirtieth were left out without a word.
#[tokio::test]
async fn rates_of_a_part_and_services_that_are_left_out_are_told() {
    let mock = mock(|path, _| match path {
        "/api/search" => (200, json!({"traces": [found("a1", 5, 1)]})),
        "/api/metrics/query" => {
            let row = |number: usize| {
                let label = json!({"key": "resource.service.name", "value": {"stringValue": format!("s{number:02}")}});
                json!({"labels": [label], "value": 1.0})
            };
            let series: Vec<Value> = (0..40).map(row).collect();
            (200, json!({"series": series, "status": "PARTIAL", "message": "2 of 9 jobs failed"}))
        }
        _ => trace(&[span("web", 1, 0, "GET", 0, 100)]),
    });
    for (services, left_out) in [(json!({}), 10), (json!({"services": 200}), 0)] {
        let envelope = call(&mock.adapter(), "service_map", services).await.unwrap();
        let map: ServiceMap = serde_json::from_value(envelope.data).unwrap();
        assert_eq!((map.services_left_out, map.services.unwrap().rows.len()), (left_out, 40 - left_out));
        assert!(map.services_partial.unwrap().contains("2 of 9 jobs failed"));
        assert!(envelope.not_looked[0].contains("a part of the requests"), "{:?}", envelope.not_looked);
        assert_eq!(envelope.hint.unwrap_or_default().contains("10 services"), left_out > 0);
    }
}

/// Of 24 buckets 20 were told: another distribution.
#[tokio::test]
async fn a_histogram_has_all_its_buckets() {
    let mock = mock(|_, _| {
        let series = |power: i32| {
            let samples: Vec<Value> =
                (1..=10).map(|at| json!({"timestampMs": (at * 30_000).to_string(), "value": 7.0})).collect();
            json!({"labels": [{"key": "__bucket", "value": {"doubleValue": 2.0_f64.powi(power)}}], "samples": samples})
        };
        (200, json!({"series": (-18..6).map(series).collect::<Vec<_>>()}))
    });
    let envelope = call(&mock.adapter(), "metrics", json!({"function": "histogram"})).await.unwrap();
    let metrics: TraceMetrics = serde_json::from_value(envelope.data).unwrap();
    assert_eq!((metrics.series.len(), envelope.truncated), (24, false));
}

#[tokio::test]
async fn metrics_are_written_as_traceql() {
    let mock = mock(|_, _| {
        let sample = |at: u64, value: f64| json!({"timestampMs": at.to_string(), "value": value});
        let series = |route: &str, value: f64| json!({"labels": [{"key": "span.http.route", "value": {"stringValue": route}}], "samples": [sample(1000, value), sample(2000, value + 1.0)]});
        (200, json!({"series": [series("/a", 1.0), series("/b", 5.0)]}))
    });
    let asked =
        json!({"function": "quantile", "quantile": 0.99, "by": ["span.http.route"], "service": "cart", "since": "3h"});
    let envelope = call(&mock.adapter(), "metrics", asked).await.unwrap();
    let metrics: TraceMetrics = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(
        metrics.query,
        "{ resource.service.name = \"cart\" } | quantile_over_time(duration, 0.99) by (span.http.route)"
    );
    assert_eq!(
        (metrics.step_seconds, metrics.series[0].last, metrics.series[0].labels["span.http.route"].as_str()),
        (180, 6.0, "/b")
    );
    call(&mock.adapter(), "metrics", json!({"query": "{} | count_over_time()"})).await.unwrap();
    assert_eq!(mock.queries()[1], "{} | count_over_time()");
    call(&mock.adapter(), "metrics", json!({})).await.unwrap();
    assert_eq!(mock.queries()[2], "{} | rate()");
    let both = json!({"query": "{} | rate()", "function": "max"});
    assert_eq!(call(&mock.adapter(), "metrics", both).await.unwrap_err().kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn metrics_that_a_server_does_not_have_are_explained() {
    let cases = [
        (
            500,
            "error finding generators in Querier.queryRangeRecent: empty ring",
            FailureKind::NotFound,
            "metrics-generator",
        ),
        (404, "404 page not found", FailureKind::NotFound, "no TraceQL metrics"),
        (
            400,
            "metrics query time range exceeds the maximum allowed duration of 3h0m0s",
            FailureKind::BadRequest,
            "shorter",
        ),
    ];
    for (status, said, kind, words) in cases {
        let mock = mock(move |_, _| (status, json!(said)));
        let failure = call(&mock.adapter(), "metrics", json!({})).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{failure}");
        assert!(failure.to_string().contains(words), "{failure}");
    }
}

#[tokio::test]
async fn attributes_have_names_and_values() {
    let mock = mock(|path, _| match path {
        "/api/v2/search/tags" => (
            200,
            json!({"scopes": [{"name": "span", "tags": ["http.route", "db.system"]}, {"name": "resource", "tags": ["service.name"]}]}),
        ),
        "/api/v2/search/tag/.http.route/values" => {
            let values: Vec<Value> = (0..70).map(|n| json!({"type": "string", "value": format!("/r{n:02}")})).collect();
            (200, json!({"tagValues": values}))
        }
        "/api/v2/search/tag/span.%22weird%2Fname%3F%22/values" => (200, json!({"tagValues": []})),
        other => panic!("{other} was not expected"),
    });
    let adapter = mock.adapter();
    let names = call(&adapter, "attribute_names", json!({"contains": "http"})).await.unwrap();
    assert_eq!(names.data, json!({"span": ["http.route"]}));
    let first =
        call(&adapter, "attribute_values", json!({"attribute": "http.route", "service": "cart"})).await.unwrap();
    assert_eq!((first.returned, first.total, first.truncated), (50, Some(70), true));
    let asked = json!({"attribute": "http.route", "service": "cart", "cursor": first.next_cursor.unwrap()});
    assert_eq!(call(&adapter, "attribute_values", asked).await.unwrap().returned, 20);
    let none = call(&adapter, "attribute_values", json!({"attribute": "span.weird/name?"})).await.unwrap();
    assert!(none.hint.unwrap().contains("has no value in this window"));
    let failure = call(&adapter, "attribute_values", json!({"attribute": "../.."})).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
}

#[tokio::test]
async fn an_old_tempo_tells_names_without_scopes() {
    let mock = mock(|path, _| match path {
        "/api/search/tags" => (200, json!({"tagNames": ["a", "b"]})),
        _ => (404, json!("404 page not found")),
    });
    let envelope = call(&mock.adapter(), "attribute_names", json!({})).await.unwrap();
    assert_eq!(envelope.data, json!({"unscoped": ["a", "b"]}));
    assert_eq!(envelope.not_looked.len(), 1);
}

#[test]
fn the_catalogue_fits_its_budget() {
    let mock = mock(|_, _| (200, json!({})));
    let adapter = mock.adapter();
    let names: Vec<&str> = adapter.specs().map(|spec| spec.name).collect();
    assert_eq!(names.len(), 8, "{names:?}");
    assert!(adapter.catalogue_bytes() <= 7_000, "{} bytes", adapter.catalogue_bytes());
}
