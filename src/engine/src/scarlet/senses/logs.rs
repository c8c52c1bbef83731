//! Logs, by patterns of error lines that are new or burst.

use super::Sense;
use super::ask::{ask, typed};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::observed::loki::{NewErrorRow, NewErrors, PatternRow, Patterns};
use domain::sense::logs::{self, LogWatch, Read};
use domain::sense::{Looked, Origin, State};
use ports::toolbox::Toolbox;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The logs of one declaration.
pub(super) struct Logs {
    tools: Arc<dyn Toolbox>,
    watch: LogWatch,
    origin: Origin,
}

impl Logs {
    pub(super) fn new(tools: &Arc<dyn Toolbox>, watch: &LogWatch) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self { tools: Arc::clone(&tools), watch: watch.clone(), origin: origin.clone() }
    }

    fn window(&self) -> String {
        format!("{}m", self.watch.window_minutes)
    }

    /// The patterns of all error lines of the window; none where they could not be read whole, and why in words.
    async fn there(&self, cancel: &CancellationToken) -> Result<Vec<PatternRow>, String> {
        let watch = &self.watch;
        let arguments = json!({
            "labels": watch.labels, "errors": true, "since": self.window(), "limit": 200, "instance": watch.instance
        });
        let told = |failure: Failure| format!("whether older patterns go on could not be read: {}", failure.message);
        let answer = ask(self.tools.as_ref(), "loki_patterns", arguments, cancel).await.map_err(told)?;
        if answer.envelope.truncated || !answer.envelope.not_looked.is_empty() {
            return Err("whether older patterns go on could be read only in part".to_owned());
        }
        let patterns: Patterns = typed(serde_json::from_value(answer.data())).map_err(told)?;
        typed(patterns.patterns.typed()).map_err(told)
    }
}

#[async_trait]
impl Sense for Logs {
    async fn look(&mut self, state: &State, _: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let watch = &self.watch;
        let arguments = json!({
            "labels": watch.labels, "since": self.window(), "baseline": format!("{}m", watch.baseline_minutes),
            "limit": 50, "fit_window": true, "instance": watch.instance
        });
        let answer = ask(self.tools.as_ref(), "loki_new_errors", arguments, cancel).await?;
        let found: NewErrors = typed(serde_json::from_value(answer.data()))?;
        let new: Vec<NewErrorRow> = typed(found.errors.typed())?;
        let there = if state.known.is_empty() { Ok(Vec::new()) } else { self.there(cancel).await };
        let is_compared = found.baseline_lines_read > 0 || answer.envelope.not_looked.is_empty();
        let read = Read { new: &new, is_compared, there: there.as_deref().ok() };
        let mut looked = logs::read(&self.origin, watch, read, state).within(&answer.envelope);
        looked.not_looked.extend(there.err());
        Ok(answer.fresh(looked))
    }
}
