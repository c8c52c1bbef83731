//! The requests, as plain values.

use super::window::Span;
use std::time::Duration;
use tools_common::http::Request;

/// A query longer than this travels as a form: proxies cut URLs at a few kilobytes.
const LONGEST_IN_URL_BYTES: usize = 1_500;
/// Asks for structured metadata and parsed labels apart from the stream's own labels (Loki 3).
const ENCODING_FLAGS: (&str, &str) = ("x-loki-response-encoding-flags", "categorize-labels");

/// Lines of a log query.
pub(crate) fn lines(query: &str, span: Span, limit: usize, forward: bool) -> Request {
    of_query("/loki/api/v1/query_range", query, span)
        .with("limit", limit.to_string())
        .with("direction", if forward { "forward" } else { "backward" })
        .with_header(ENCODING_FLAGS.0, ENCODING_FLAGS.1)
}

/// A metric query at one instant.
pub(crate) fn instant(query: &str, at_ns: i64) -> Request {
    with_query("/loki/api/v1/query", query).with("time", at_ns.to_string())
}

/// A metric query over a window.
pub(crate) fn range(query: &str, span: Span, step: Duration) -> Request {
    of_query("/loki/api/v1/query_range", query, span).with("step", step.as_secs().to_string())
}

/// How much a selector stands for.
pub(crate) fn stats(selector: &str, span: Span) -> Request {
    of_query("/loki/api/v1/index/stats", selector, span)
}

/// Bytes by the values of one label, the largest `limit`.
pub(crate) fn volume(selector: &str, span: Span, label: &str, limit: usize) -> Request {
    of_query("/loki/api/v1/index/volume", selector, span)
        .with("limit", limit.to_string())
        .with("targetLabels", label)
        .with("aggregateBy", "series")
}

/// Names of labels, of all streams or of those that a selector takes.
pub(crate) fn labels(selector: Option<&str>, span: Span) -> Request {
    listing("/loki/api/v1/labels".to_owned(), selector, span)
}

/// Values of a label.
pub(crate) fn label_values(label: &str, selector: Option<&str>, span: Span) -> Request {
    listing(format!("/loki/api/v1/label/{label}/values"), selector, span)
}

/// These have no POST form.
fn listing(path: String, selector: Option<&str>, span: Span) -> Request {
    let request = between(Request::get(path), span);
    match selector {
        Some(selector) => request.with("query", selector),
        None => request,
    }
}

fn of_query(path: &str, query: &str, span: Span) -> Request {
    between(with_query(path, query), span)
}

fn with_query(path: &str, query: &str) -> Request {
    let request = if query.len() > LONGEST_IN_URL_BYTES { Request::post_form(path) } else { Request::get(path) };
    request.with("query", query)
}

fn between(request: Request, span: Span) -> Request {
    request.with("start", span.start.to_string()).with("end", span.end.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn requests_are_those_of_the_reference() {
        let span = Span { start: 1_790_000_000_000_000_000, end: 1_790_000_060_000_000_001 };
        let shown: Vec<String> = [
            lines("{a=\"b\"}", span, 10, false),
            lines("{a=\"b\"}", span, 10, true),
            instant("rate({a=\"b\"}[1m])", span.end),
            range("rate({a=\"b\"}[1m])", span, Duration::from_secs(60)),
            stats("{a=\"b\"}", span),
            volume("{a=\"b\"}", span, "app", 3),
            labels(None, span),
            label_values("app", Some("{a=\"b\"}"), span),
        ]
        .iter()
        .map(|request| {
            let parameters: Vec<String> =
                request.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {} {} {:?}", request.method, request.path, parameters.join(" "), request.headers)
        })
        .collect();
        expect![[r#"
            GET /loki/api/v1/query_range query={a="b"} start=1790000000000000000 end=1790000060000000001 limit=10 direction=backward [("x-loki-response-encoding-flags", "categorize-labels")]
            GET /loki/api/v1/query_range query={a="b"} start=1790000000000000000 end=1790000060000000001 limit=10 direction=forward [("x-loki-response-encoding-flags", "categorize-labels")]
            GET /loki/api/v1/query query=rate({a="b"}[1m]) time=1790000060000000001 []
            GET /loki/api/v1/query_range query=rate({a="b"}[1m]) start=1790000000000000000 end=1790000060000000001 step=60 []
            GET /loki/api/v1/index/stats query={a="b"} start=1790000000000000000 end=1790000060000000001 []
            GET /loki/api/v1/index/volume query={a="b"} start=1790000000000000000 end=1790000060000000001 limit=3 targetLabels=app aggregateBy=series []
            GET /loki/api/v1/labels start=1790000000000000000 end=1790000060000000001 []
            GET /loki/api/v1/label/app/values start=1790000000000000000 end=1790000060000000001 query={a="b"} []"#]]
        .assert_eq(&shown.join("\n"));
        assert_eq!(stats(&"x".repeat(2_000), span).method, "POST");
    }
}
