//! `find_metrics`: which metrics there are.

use super::shared::{self, Page};
use crate::backend::{Backend, Told};
use crate::query::metrics::{MetadataByName, find, nearest};
use crate::query::requests;
use domain::envelope::{Envelope, Failure};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use tools_common::{CallContext, ToolSpec, args};

#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct Args {
    /// Words in name or help; empty: all.
    #[serde(default)]
    words: String,
    /// Default 30.
    #[schemars(range(min = 1, max = 500))]
    limit: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "find_metrics",
        "Find metrics",
        "Metric names with type and help, best match first. Use before writing PromQL.",
    )
}

pub(super) async fn run(
    backend: &Backend,
    arguments: Map<String, Value>,
    context: &CallContext,
) -> Result<Envelope, Failure> {
    let args: Args = args::parse(arguments.clone())?;
    let (names, metadata) =
        tokio::join!(backend.metric_names(context), backend.ask::<MetadataByName>(requests::metadata(), context));
    let names = names?;
    let (mut notes, mut not_looked) = (Vec::new(), Vec::new());
    let metadata = metadata.unwrap_or_else(|failure| {
        not_looked.push(format!("types and helps could not be looked up ({})", failure.message));
        Told { data: MetadataByName::new(), warnings: Vec::new() }
    });
    let found = find(&names, &metadata.data, &args.words);
    let page = Page { tool: "find_metrics", arguments: &arguments, limit: args.limit.unwrap_or(30), max_tokens: None };
    let mut paged = page.of(found)?;
    if paged.envelope.total == Some(0) {
        notes.push(nothing(&names, &args.words));
    }
    if !paged.left.is_empty() {
        notes.push(format!("{} more; more words narrow it, the cursor goes on", paged.left.len()));
    }
    shared::tell(&mut paged.envelope, notes);
    paged.envelope.not_looked = not_looked;
    Ok(paged.envelope)
}

fn nothing(names: &[String], words: &str) -> String {
    match nearest(names, words, 3).as_slice() {
        _ if names.is_empty() => "this server has no metrics at all: does it scrape anything?".to_owned(),
        [] => format!("none of the {} metrics has all these words; try fewer or others", names.len()),
        near => format!("none of the {} metrics has all these words; similar names: {}", names.len(), near.join(", ")),
    }
}
