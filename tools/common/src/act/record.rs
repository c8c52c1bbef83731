//! What the audit file tells of one call.
//!
//! Guarantees: no `asked` stands without an end while the program lives: a call that is dropped while it runs is told as
//! dropped. Secrets are redacted. A caller who is refused cannot fill the disk with what it sends: long arguments stand
//! in full beside `asked` alone, and elsewhere as their digest.

use super::{AuditFile, Call, Grant};
use chrono::{DateTime, SecondsFormat, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::redaction;
use serde_json::{Map, Value, json};

/// Longer arguments, as JSON, stand in full beside `asked` alone.
const MAX_ARGUMENT_BYTES: usize = 4_096;

/// The most of an outcome that is written.
const MAX_OUTCOME_CHARS: usize = 4_000;

/// Where the ends take the time of day from.
type Clock<'a> = &'a (dyn Fn() -> DateTime<Utc> + Send + Sync);

/// The lines of one call.
pub(crate) struct Record<'a> {
    audit: &'a AuditFile,
    call: Call<'a>,
    clock: Clock<'a>,
    id: String,
    /// The grant that the call showed, where the executor had signed it.
    grant: Option<Grant>,
    /// Whether there may be an `asked` without an end.
    open: bool,
}

impl<'a> Record<'a> {
    pub(super) fn new(audit: &'a AuditFile, call: Call<'a>, grant: Option<Grant>, clock: Clock<'a>) -> Self {
        let id = audit.call_id(call.now);
        Self { audit, call, clock, id, grant, open: false }
    }

    /// Writes that the call is about to be made.
    ///
    /// # Errors
    /// `Refused` where that cannot be written: the call must not be made.
    pub(crate) async fn asked(&mut self) -> Result<(), Failure> {
        // The line may be there although writing it failed.
        self.open = true;
        let line = self.line(self.call.now, "asked", Value::Object(self.call.arguments.clone()));
        self.audit.append(line).await.map_err(|error| {
            let path = self.audit.path().display();
            let message = format!("the call is not made: the audit file {path} cannot be written: {error}");
            Failure::new(FailureKind::Refused, message).with_hint("make room, or give the server another file")
        })
    }

    /// Writes that the call was not made.
    pub(crate) async fn refused(self, failure: &Failure) {
        self.ended(&format!("refused: {failure}")).await;
    }

    /// Writes how the call ended. The change has been made or not by now, so that a failure to write is logged.
    pub(crate) async fn ended(mut self, outcome: &str) {
        self.open = false;
        if let Err(error) = self.audit.append(self.end(outcome)).await {
            tracing::error!(%error, tool = self.call.tool, outcome, "the end of a call could not be audited");
        }
    }

    fn end(&self, outcome: &str) -> String {
        self.line((self.clock)(), outcome, shortened(self.call.arguments))
    }

    fn line(&self, at: DateTime<Utc>, what: &str, mut arguments: Value) -> String {
        redaction::redact_value(&mut arguments);
        let what = match what.len() > MAX_OUTCOME_CHARS {
            true => redaction::redacted_head(what, MAX_OUTCOME_CHARS),
            false => redaction::redact_text(what).into_owned(),
        };
        let mut record = json!({
            "at": at.to_rfc3339_opts(SecondsFormat::Millis, true),
            "call": self.id,
            "server": self.call.server,
            "tool": self.call.tool,
            "arguments": arguments,
            "what": what,
        });
        if let (Some(grant), Value::Object(record)) = (&self.grant, &mut record) {
            record.insert("grant".to_owned(), Value::from(grant.id.as_str()));
            record.insert("plan".to_owned(), Value::from(grant.plan.as_str()));
        }
        format!("{record}\n")
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.open {
            let line = self.end("failed: the call was dropped while it ran; what it had begun may have been done");
            if let Err(error) = self.audit.append_now(&line) {
                tracing::error!(%error, tool = self.call.tool, "the end of a dropped call could not be audited");
            }
        }
    }
}

/// The arguments, or what they can be recognised by.
fn shortened(arguments: &Map<String, Value>) -> Value {
    let whole = Value::Object(arguments.clone());
    match whole.to_string().len() {
        bytes if bytes > MAX_ARGUMENT_BYTES => json!({"bytes": bytes, "sha256": Grant::digest_of(arguments)}),
        _ => whole,
    }
}
