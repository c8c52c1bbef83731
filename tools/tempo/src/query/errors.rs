//! What Tempo's refusals mean. Their texts are those of Tempo 2 and 3.

use super::traceql::{byte_at, pointed};
use domain::envelope::{Failure, FailureKind};

/// Makes more of a failure than its status says. `query` is the TraceQL that was sent, where some was.
pub(crate) fn explained(failure: Failure, query: Option<&str>) -> Failure {
    let text = failure.message.to_lowercase();
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    if has(&["no org id", "org id"]) {
        return with(failure, FailureKind::Unauthenticated, "this Tempo has tenants: set the header X-Scope-OrgID");
    }
    if let Some(place) = query.and_then(|query| place(&text, query)) {
        let message = format!("{}{place}", failure.message);
        let advice = "correct what the caret points at; metrics are `{ … } | rate() by (attribute)`, durations 500ms or 2s, texts in double quotes";
        return Failure { message, ..with(failure, FailureKind::BadRequest, advice) };
    }
    if has(&["invalid traceql", "compiling query", "parse error"]) {
        return with(failure, FailureKind::BadRequest, "correct the TraceQL; `attribute_names` has the attributes");
    }
    if has(&["exceeds max size", "max size of trace", "larger than the max", "larger than max", "trace_too_large"]) {
        let advice = "the trace is larger than Tempo gives out (max_bytes_per_trace); take another with `search`, or read its failed spans by `search` with status error";
        return with(failure, FailureKind::TooLarge, advice);
    }
    if has(&["range specified by start and end", "exceeds the maximum allowed duration", "maximum allowed duration"]) {
        return with(
            failure,
            FailureKind::BadRequest,
            "the window is longer than this Tempo allows; ask for a shorter one",
        );
    }
    if has(&["empty ring", "localblocks processor not found", "local-blocks", "metrics-generator", "generators"]) {
        let advice = "TraceQL metrics need Tempo's metrics-generator with the local-blocks processor (Tempo 2), which this server does not have; `search` and `service_map` work without";
        return with(failure, FailureKind::NotFound, advice);
    }
    failure
}

fn with(failure: Failure, kind: FailureKind, advice: &str) -> Failure {
    Failure { kind, ..failure }.with_hint(advice)
}

/// `parse error at line 1, col 24: …` as the line with a caret.
fn place(text: &str, query: &str) -> Option<String> {
    let after = text.split("parse error at line ").nth(1)?;
    let (line, rest) = after.split_once(", col ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    let (line, column): (usize, usize) = (line.trim().parse().ok()?, digits.parse().ok()?);
    Some(pointed(query, byte_at(query, line, column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parse_error_of_the_server_keeps_its_place() {
        let query = "{ status = eror && x }";
        let said = Failure::new(
            FailureKind::BadRequest,
            "GET http://t/api/search: 400 Bad Request: invalid TraceQL query: parse error at line 1, col 12: syntax error: unexpected IDENTIFIER",
        );
        let failure = explained(said, Some(query));
        assert!(
            failure.message.ends_with("(line 1, column 12)\n  { status = eror && x }\n             ^"),
            "{}",
            failure.message
        );
    }

    #[test]
    fn refusals_say_what_to_do() {
        let cases = [
            ("500: no org id", FailureKind::Unauthenticated, "X-Scope-OrgID"),
            ("422: trace exceeds max size (max bytes: 5000000)", FailureKind::TooLarge, "max_bytes_per_trace"),
            (
                "400: range specified by start and end exceeds 168h0m0s. received start=1 end=2",
                FailureKind::BadRequest,
                "shorter",
            ),
            (
                "500: error finding generators in Querier.queryRangeRecent: empty ring",
                FailureKind::NotFound,
                "metrics-generator",
            ),
            (
                "400: invalid TraceQL query: binary operations must operate on the same type",
                FailureKind::BadRequest,
                "attribute_names",
            ),
        ];
        for (said, kind, word) in cases {
            let failure = explained(Failure::new(FailureKind::BadAnswer, said), Some("{}"));
            assert_eq!(failure.kind, kind, "{said}");
            assert!(failure.hint.unwrap().contains(word), "{said}");
        }
        let other = Failure::new(FailureKind::Forbidden, "403");
        assert_eq!(explained(other.clone(), None), other);
    }
}
