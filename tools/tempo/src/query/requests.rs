//! Requests, as plain values. The parameters are those of Tempo's HTTP API reference
//! (`grafana.com/docs/tempo/latest/api_docs`); times are unix seconds.

use domain::envelope::Window;
use tools_common::http::Request;

fn get(path: impl Into<String>) -> Request {
    Request::get(path).with_header("accept", "application/json")
}

fn within(request: Request, window: Window) -> Request {
    // The end is rounded up: a search that ends in the second of the newest span must see it.
    let end = window.end.timestamp().saturating_add(i64::from(window.end.timestamp_subsec_nanos() > 0));
    request.with("start", window.start.timestamp().to_string()).with("end", end.to_string())
}

/// Traces with spans that match; `spans` of each are told.
pub(crate) fn search(traceql: &str, window: Window, limit: usize, spans: usize) -> Request {
    let request =
        get("/api/search").with("q", traceql).with("limit", limit.to_string()).with("spss", spans.to_string());
    within(request, window)
}

/// One trace, of version 2 of the API (answers with its status) or of version 1.
pub(crate) fn trace(id: &str, version_two: bool, window: Option<Window>) -> Request {
    let request = get(if version_two { format!("/api/v2/traces/{id}") } else { format!("/api/traces/{id}") });
    match window {
        Some(window) => within(request, window),
        None => request,
    }
}

/// Names of attributes, by scope.
pub(crate) fn tag_names(scope: Option<&str>, traceql: Option<&str>, window: Window, limit: usize) -> Request {
    let mut request = get("/api/v2/search/tags").with("limit", limit.to_string());
    for (name, value) in [("scope", scope), ("q", traceql)] {
        if let Some(value) = value {
            request = request.with(name, value);
        }
    }
    within(request, window)
}

/// The same of version 1 of the API, without scopes.
pub(crate) fn tag_names_of_old(window: Window) -> Request {
    within(get("/api/search/tags"), window)
}

/// Values of an attribute, whose name is as TraceQL writes it.
pub(crate) fn tag_values(name: &str, traceql: Option<&str>, window: Window, limit: usize) -> Request {
    let request = get(format!("/api/v2/search/tag/{}/values", encoded(name))).with("limit", limit.to_string());
    let request = match traceql {
        Some(traceql) => request.with("q", traceql),
        None => request,
    };
    within(request, window)
}

/// A TraceQL metrics query over a window.
pub(crate) fn metrics_range(traceql: &str, window: Window, step_seconds: i64) -> Request {
    within(get("/api/metrics/query_range").with("q", traceql).with("step", format!("{step_seconds}s")), window)
}

/// A TraceQL metrics query as one value over the window.
pub(crate) fn metrics_instant(traceql: &str, window: Window) -> Request {
    within(get("/api/metrics/query").with("q", traceql), window)
}

/// Whether Tempo's query side answers at all.
pub(crate) fn echo() -> Request {
    Request::get("/api/echo")
}

/// A path segment: everything but letters, digits and `.`, `_`, `-`, `:` in percent.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | b'-' | b':' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn shown(request: &Request) -> String {
        let parameters: Vec<String> =
            request.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} {}", request.path, parameters.join(" & "))
    }

    #[test]
    fn requests_are_those_of_the_reference() {
        let at = |milliseconds| chrono::DateTime::from_timestamp_millis(milliseconds).unwrap();
        let window = Window { start: at(1_700_000_000_000), end: at(1_700_000_600_500) };
        let all = [
            search("{ status = error }", window, 20, 3),
            trace("ab12", true, None),
            trace("ab12", false, Some(window)),
            tag_names(Some("span"), Some("{}"), window, 200),
            tag_names_of_old(window),
            tag_values("span.\"a/b?\"", None, window, 100),
            metrics_range("{} | rate()", window, 30),
            metrics_instant("{} | rate()", window),
            echo(),
        ];
        expect![[r#"
            /api/search q={ status = error } & limit=20 & spss=3 & start=1700000000 & end=1700000601
            /api/v2/traces/ab12 
            /api/traces/ab12 start=1700000000 & end=1700000601
            /api/v2/search/tags limit=200 & scope=span & q={} & start=1700000000 & end=1700000601
            /api/search/tags start=1700000000 & end=1700000601
            /api/v2/search/tag/span.%22a%2Fb%3F%22/values limit=100 & start=1700000000 & end=1700000601
            /api/metrics/query_range q={} | rate() & step=30s & start=1700000000 & end=1700000601
            /api/metrics/query q={} | rate() & start=1700000000 & end=1700000601
            /api/echo "#]]
        .assert_eq(&all.iter().map(shown).collect::<Vec<_>>().join("\n"));
        assert!(all[0].headers.contains(&("accept", "application/json".to_owned())));
    }
}
