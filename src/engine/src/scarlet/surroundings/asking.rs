//! Lists through the read tools, page by page.
//!
//! Guarantees: bounded, and what was left out is said; a list of which a page failed is not seen at all, so that half of it
//! never takes the place of the whole that was seen before.

use domain::correlation::Quiet;
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::Table;
use domain::observed::kubernetes::List;
use domain::observed::prometheus::SilenceRow;
use domain::observed::tempo::{EdgeRow, ServiceMap};
use domain::redaction::redacted_head;
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Pages of one list at most.
const PAGES: usize = 40;

/// What is told to be missing of one list at most, and characters of each.
const PARTLY: usize = 4;
const TEXT_CHARS: usize = 300;

/// What was seen.
#[derive(Debug)]
pub(super) struct Looked<T> {
    pub(super) rows: Vec<T>,
    /// What could not be seen although the rest could.
    pub(super) partly: Vec<String>,
}

impl<T> Looked<T> {
    fn miss(&mut self, what: &str) {
        let told = redacted_head(what, TEXT_CHARS);
        if self.partly.len() < PARTLY && !self.partly.contains(&told) {
            self.partly.push(told);
        }
    }
}

/// All rows of a `kubernetes_list`, read as what they are.
pub(super) async fn rows_of_list<T>(
    tools: &dyn Toolbox,
    call: ToolCall,
    read: impl Fn(&Table) -> Result<Vec<T>, serde_json::Error>,
    cancel: &CancellationToken,
) -> Result<Looked<T>, Failure> {
    pages(tools, call, |data| read(&serde_json::from_value::<List>(data)?.table), cancel).await
}

/// The edges of a `tempo_service_map`.
pub(super) async fn edges(
    tools: &dyn Toolbox,
    call: ToolCall,
    cancel: &CancellationToken,
) -> Result<Looked<EdgeRow>, Failure> {
    pages(tools, call, |data| serde_json::from_value::<ServiceMap>(data)?.edges.typed(), cancel).await
}

/// The silences of a `prometheus_silences` that are understood. Those that are not silence nothing, which is told.
pub(super) async fn silences(
    tools: &dyn Toolbox,
    call: ToolCall,
    environment: &str,
    cancel: &CancellationToken,
) -> Result<Looked<Quiet>, Failure> {
    let read = |data| serde_json::from_value::<Table>(data)?.typed::<SilenceRow>();
    let seen = pages(tools, call, read, cancel).await?;
    let mut looked = Looked { rows: Vec::new(), partly: seen.partly };
    for silence in seen.rows {
        match Quiet::of_silence(&silence, environment) {
            Some(quiet) => looked.rows.push(quiet),
            None if silence.state == "expired" => {}
            None => looked.miss(&format!("the silence {} is not understood and silences nothing", silence.id)),
        }
    }
    Ok(looked)
}

async fn pages<T>(
    tools: &dyn Toolbox,
    call: ToolCall,
    read: impl Fn(Value) -> Result<Vec<T>, serde_json::Error>,
    cancel: &CancellationToken,
) -> Result<Looked<T>, Failure> {
    let mut looked = Looked { rows: Vec::new(), partly: Vec::new() };
    let mut asked = call.clone();
    for _ in 0..PAGES {
        let Envelope { data, truncated, next_cursor, not_looked, .. } =
            tools.call(asked, cancel.clone()).await.result?;
        looked.rows.extend(read(data).map_err(|error| {
            Failure::new(FailureKind::BadAnswer, format!("the tool's result has an unexpected shape: {error}"))
        })?);
        for what in &not_looked {
            looked.miss(what);
        }
        let Some(cursor) = next_cursor else {
            if truncated {
                looked.miss("the tool left some out");
            }
            return seen(looked);
        };
        asked = call.clone();
        asked.arguments.insert("cursor".to_owned(), json!(cursor));
    }
    let read = looked.rows.len();
    looked.miss(&format!("only the first {read} were read, which is as many as are read at once"));
    seen(looked)
}

/// Nothing at all, where something could not be looked at, is not an empty list.
fn seen<T>(looked: Looked<T>) -> Result<Looked<T>, Failure> {
    match looked.partly.first() {
        Some(why) if looked.rows.is_empty() => {
            Err(Failure::new(FailureKind::BadAnswer, format!("nothing was seen: {why}")))
        }
        _ => Ok(looked),
    }
}
