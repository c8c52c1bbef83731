//! What Loki's refusals mean and what to do about them (texts as in its troubleshooting guide,
//! <https://grafana.com/docs/loki/latest/operations/troubleshooting/troubleshoot-query/>).
//!
//! Loki answers with plain text, a gateway before it with JSON. Guarantee: the server's own words are kept, redacted
//! and cut. Deliberately absent: failures of the connection, which the kit tells.

use super::clean;
use super::logql;
use domain::envelope::{Failure, FailureKind};
use domain::redaction;

const SAID_BYTES: usize = 400;

/// Words of a refusal, its kind, and what to do.
const KNOWN: &[(&str, FailureKind, &str)] = &[
    (
        "no org id",
        FailureKind::Unauthenticated,
        "this Loki has tenants: name one or several in the settings (tenants, sent as the header X-Scope-OrgID: a|b)",
    ),
    (
        "too many outstanding requests",
        FailureKind::RateLimited,
        "Loki's queue is full: wait a little, and ask for a shorter `since` so that the query is split less",
    ),
    (
        "time range exceeds the limit",
        FailureKind::TooLarge,
        "Loki limits the length of a window (max_query_length): take a shorter `since`, and `at` for older times",
    ),
    ("max entries limit", FailureKind::TooLarge, "take a lower `limit`, and read on with the cursor"),
    (
        "too many bytes",
        FailureKind::TooLarge,
        "take more labels or a shorter `since`; the tool stats tells which label narrows most",
    ),
    (
        "too large to execute",
        FailureKind::TooLarge,
        "take more labels or a shorter `since`; the tool stats tells which label narrows most",
    ),
    ("chunks limit", FailureKind::TooLarge, "take more labels or a shorter `since`"),
    ("maximum number of series", FailureKind::TooLarge, "aggregate (sum by, topk), or take more labels"),
    ("cardinality limit", FailureKind::TooLarge, "aggregate (sum by), or drop labels such as trace_id with | drop"),
    ("maximum resolution", FailureKind::TooLarge, "take a larger `step` or a shorter `since`"),
    (
        "query timed out",
        FailureKind::Timeout,
        "take more labels, a shorter `since`, or a line filter before the parsers",
    ),
    (
        "context deadline exceeded",
        FailureKind::Timeout,
        "take more labels, a shorter `since`, or a line filter before the parsers",
    ),
    (
        "context canceled",
        FailureKind::Timeout,
        "take more labels, a shorter `since`, or a line filter before the parsers",
    ),
    ("too many unhealthy instances", FailureKind::Unreachable, "Loki's ingesters are not well; its own log has more"),
    ("empty ring", FailureKind::Unreachable, "Loki is starting or its ingesters are away; ask again in a moment"),
];

/// The failure that an answer's words mean; `None` where only its status tells.
pub(crate) fn explain(asked: &str, status: u16, body: &str, query: Option<&str>) -> Option<Failure> {
    let said = said(body);
    if said.is_empty() {
        return None;
    }
    let lower = said.to_ascii_lowercase();
    let found = KNOWN.iter().find(|(words, _, _)| lower.contains(words));
    if let Some((_, kind, hint)) = found {
        return Some(Failure::new(*kind, format!("{asked}: {status}: {said}")).with_hint(*hint));
    }
    if status == 429 {
        let hint = "Loki limits requests: wait a little, and ask for less (more labels, a shorter `since`)";
        return Some(Failure::new(FailureKind::RateLimited, format!("{asked}: {status}: {said}")).with_hint(hint));
    }
    if let (Some(query), Some((line, column, problem))) = (query, place(&said)) {
        return Some(logql::failure_at_line(query, line, column, problem));
    }
    if lower.contains("parse error") {
        let hint = "correct the query, or give `labels` and `contains` instead of LogQL";
        return Some(
            Failure::new(FailureKind::BadRequest, format!("Loki cannot read the query: {said}")).with_hint(hint),
        );
    }
    None
}

/// The text itself, or the message of a JSON document.
fn said(body: &str) -> String {
    let document: Option<serde_json::Value> = serde_json::from_str(body).ok();
    let message = document.as_ref().and_then(|document| {
        ["message", "error"].iter().find_map(|name| document.get(name).and_then(serde_json::Value::as_str))
    });
    let text = redaction::redact_text(clean::head(message.unwrap_or(body), 4 * SAID_BYTES)).into_owned();
    let text = clean::clean(&text);
    let text = text.trim();
    if text.starts_with('<') { String::new() } else { clean::head(text, SAID_BYTES).to_owned() }
}

/// `parse error at line 1, col 14: syntax error: …`
fn place(said: &str) -> Option<(usize, usize, &str)> {
    let rest = said.get(said.find("parse error at line ")? + "parse error at line ".len()..)?;
    let (line, rest) = rest.split_once(", col ")?;
    let (column, problem) = rest.split_once(':')?;
    Some((line.trim().parse().ok()?, column.trim().parse().ok()?, problem.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;

    #[test]
    fn a_parse_error_of_the_server_gets_a_caret() {
        let body = "parse error at line 1, col 21: syntax error: unexpected IDENTIFIER, expecting STRING\n";
        let failure = explain("GET x", 400, body, Some("{app=\"a\"} | json | b c")).unwrap();
        expect![[r#"
            the query is not valid LogQL (line 1, column 21): syntax error: unexpected IDENTIFIER, expecting STRING
              {app="a"} | json | b c
                                  ^"#]]
        .assert_eq(&failure.message);
    }

    #[test]
    fn refusals_become_what_can_be_done() {
        let cases = [
            (401, "no org id", FailureKind::Unauthenticated, "X-Scope-OrgID"),
            (429, "too many outstanding requests", FailureKind::RateLimited, "queue is full"),
            (429, "slow down", FailureKind::RateLimited, "wait a little"),
            (
                400,
                "the query time range exceeds the limit (query length: 721h0m0s, limit: 30d1h)",
                FailureKind::TooLarge,
                "since",
            ),
            (
                400,
                "max entries limit per query exceeded, limit > max_entries_limit_per_query (9 > 5)",
                FailureKind::TooLarge,
                "limit",
            ),
            (
                400,
                r#"{"code":400,"status":"error","message":"parse error : unexpected x"}"#,
                FailureKind::BadRequest,
                "correct",
            ),
            (504, "context deadline exceeded", FailureKind::Timeout, "since"),
        ];
        for (status, body, kind, word) in cases {
            let failure = explain("GET x", status, body, None).unwrap();
            assert_eq!(failure.kind, kind, "{body}");
            assert!(failure.hint.unwrap().contains(word), "{body}");
        }
        assert_eq!(explain("GET x", 500, "<html>", None), None);
        assert_eq!(explain("GET x", 500, "boom", None), None);
    }

    proptest! {
        #[test]
        fn no_refusal_panics(body in "(parse error at line [0-9]{0,12}, col [0-9]{0,25}:)?\\PC{0,40}", query in "\\PC{0,20}") {
            let failure = explain("GET x", 400, &body, Some(&query));
            prop_assert!(failure.is_none_or(|failure| failure.message.len() < 2_000));
        }
    }
}
