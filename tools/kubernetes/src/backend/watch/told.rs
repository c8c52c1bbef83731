//! What an answer says about where its objects came from: read just now, or kept by a watch, and since when.
//!
//! Noted beside the call (in a value of its task) because a list does not know which answer it becomes part of.

use crate::query::kinds::Kind;
use chrono::{DateTime, SecondsFormat, Utc};
use domain::envelope::{Envelope, Failure};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

/// Kinds that are named; more are counted.
const NAMED: usize = 3;

/// What was noted during one call.
#[derive(Debug, Default)]
pub struct Told {
    kinds: BTreeSet<String>,
    /// The newest of the kinds' times.
    in_sync_since: Option<DateTime<Utc>>,
    silent_for: Duration,
    not_watched: Vec<String>,
}

tokio::task_local! {
    static TOLD: RefCell<Told>;
}

/// Runs a call and returns what was noted meanwhile.
pub async fn noting<T>(call: impl Future<Output = T>) -> (T, Told) {
    TOLD.scope(RefCell::default(), async {
        let result = call.await;
        (result, TOLD.with(RefCell::take))
    })
    .await
}

/// Objects of a kind came from a mirror.
pub(super) fn from_watch(kind: &Kind, in_sync_since: DateTime<Utc>, silent_for: Duration) {
    note(|told| {
        told.kinds.insert(kind.plural.clone());
        told.in_sync_since = told.in_sync_since.max(Some(in_sync_since));
        told.silent_for = told.silent_for.max(silent_for);
    });
}

/// A kind cannot be watched.
pub(super) fn not_watched(why: &Failure) {
    note(|told| told.not_watched.push(why.message.clone()));
}

/// Whether a call is being noted. A list outside of one (an action that looks before it acts) is read anew, because
/// nobody would be told that it was not.
pub(super) fn is_noting() -> bool {
    TOLD.try_with(|_| ()).is_ok()
}

/// Outside a call nobody wants to know.
fn note(change: impl FnOnce(&mut Told)) {
    let _ = TOLD.try_with(|told| change(&mut told.borrow_mut()));
}

impl Told {
    /// The envelope with what was noted: freshness in its source, what is missing in its hint.
    pub fn onto(self, mut envelope: Envelope) -> Envelope {
        if let Some(since) = self.in_sync_since {
            let kinds: Vec<String> = self.kinds.into_iter().collect();
            let kinds = match kinds.len() {
                ..=NAMED => kinds.join(", "),
                many => format!("{many} kinds"),
            };
            let kept = format!(
                "watch cache of {kinds}, in sync since {}, last heard {} s ago",
                since.to_rfc3339_opts(SecondsFormat::Secs, true),
                self.silent_for.as_secs()
            );
            envelope.source = Some(match envelope.source {
                Some(source) => format!("{source} ({kept})"),
                None => kept,
            });
        }
        if !self.not_watched.is_empty() {
            let hint = format!("Lists are read at each call: {}.", self.not_watched.join("; "));
            envelope.hint = Some(match envelope.hint {
                Some(before) => format!("{before} {hint}"),
                None => hint,
            });
        }
        envelope
    }
}
