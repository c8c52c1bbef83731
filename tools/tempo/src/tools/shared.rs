//! What several tools share: times, ids of traces, what there is to say of emptiness and of parts that are missing.

use crate::backend::Backend;
use crate::query::otlp::{MOST_SPANS, ReadTrace};
use chrono::TimeDelta;
use domain::envelope::{Failure, Window};
use domain::observed::tempo::TraceHead;
use domain::redaction;
use domain::traces::{Tree, milliseconds};
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::Hints;
use tools_common::{CallContext, args, time};

/// A stretch of time.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
pub(super) struct Times {
    /// Length of the window: 15m, 6h; default 1h.
    pub since: Option<String>,
    /// Its start instead: RFC 3339 or time back.
    pub start: Option<String>,
    /// Its end; default now.
    pub end: Option<String>,
}

impl Times {
    /// The window.
    pub(super) fn window(&self, context: &CallContext) -> Result<Window, Failure> {
        let end = time::instant("end", self.end.as_deref(), context.now, context.now)?;
        let window = match &self.start {
            Some(_) => Window { start: time::instant("start", self.start.as_deref(), context.now, end)?, end },
            None => {
                let since = self.since.as_deref();
                let length =
                    time::duration("since", since, TimeDelta::hours(1), TimeDelta::minutes(1), TimeDelta::days(30))?;
                time::window_ending(end, length)
            }
        };
        if window.start >= window.end {
            let found = format!("{} to {}", time::show_instant(window.start), time::show_instant(window.end));
            return Err(args::invalid("start", found, "a start before the end"));
        }
        Ok(window)
    }
}

/// A trace id as Tempo takes it: hex, without the dashes that some logs write.
///
/// # Errors
/// `BadRequest` for what is no id.
pub(super) fn trace_id(field: &str, given: &str) -> Result<String, Failure> {
    let id: String = given.trim().chars().filter(|letter| *letter != '-').collect::<String>().to_ascii_lowercase();
    let is_id = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id {
        return Ok(id);
    }
    Err(args::invalid(field, format!("{given:?}"), "a trace id of up to 32 hexadecimal digits; `search` finds some"))
}

/// Adds what of a trace could not be looked at.
pub(super) fn told_parts(id: &str, trace: &ReadTrace, hints: &mut Hints) {
    if let Some(reason) = &trace.partial {
        hints.miss(format!("Tempo gave out a part of trace {id} only: {reason}."));
    }
    if trace.left_out > 0 {
        hints.miss(format!("Of trace {id} {MOST_SPANS} spans were read, {} were left out.", trace.left_out));
    }
}

/// A trace in one line.
pub(super) fn head(id: &str, tree: &Tree) -> TraceHead {
    let (from, to) = tree.extent();
    TraceHead {
        trace_id: id.to_owned(),
        root: tree
            .root()
            .and_then(|root| tree.span(root))
            .map(|span| named(&span.service, &span.operation))
            .unwrap_or_default(),
        duration_ms: milliseconds(to.saturating_sub(from)),
        spans: tree.spans().len(),
        failed_spans: tree.spans().iter().filter(|span| span.failed).count(),
    }
}

/// Service and operation, bounded.
pub(super) fn named(service: &str, operation: &str) -> String {
    const CHARS: usize = 80;
    let whole = format!("{service} {operation}");
    redaction::redacted_head(&whole, CHARS)
}

/// Why a search for spans may have found none.
pub(super) async fn why_empty(backend: &Backend, traceql: &str, window: Window, context: &CallContext) -> String {
    let any = backend.search("{}", window, 1, context).await.map(|answer| answer.rows().len());
    let when = format!("between {} and {}", time::show_instant(window.start), time::show_instant(window.end));
    match any {
        Ok(0) if backend.answers(context).await => format!(
            "Tempo answers but has no trace at all {when}: is it the right tenant, is the window within the retention, and do services send traces to it?"
        ),
        Ok(0) => format!(
            "no trace at all was found {when}, and Tempo's /api/echo does not answer: is this URL Tempo's query frontend?"
        ),
        Ok(_) => format!(
            "there are traces {when}, but no span matches {traceql}; look with `attribute_values` (service.name, name) how things are called, or ask for a longer window"
        ),
        Err(failure) => format!("nothing matches {traceql} {when}; why could not be looked up: {}", failure.message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_taken_as_logs_write_them() {
        assert_eq!(
            trace_id("trace_id", " 2F3E0CEE-77AE5DC9C17ADE3689EB2E54").unwrap(),
            "2f3e0cee77ae5dc9c17ade3689eb2e54"
        );
        for wrong in ["", "../secret", "xyz", "0123456789012345678901234567890123"] {
            assert!(trace_id("trace_id", wrong).is_err(), "{wrong}");
        }
    }
}
