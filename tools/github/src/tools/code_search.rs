//! `code_search`: where a word stands in the code.
//!
//! GitHub's code search over REST reads the default branch only, files under 384 KB, tells at most 1,000 results, wants
//! a token, and answers 10 requests a minute.

use super::listing::Listing;
use super::shared::Call;
use crate::query::api::CodeResults;
use crate::query::repository::Repository;
use crate::query::{requests, rows};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::observed::Table;
use domain::observed::github::CodeRow;
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};
use tools_common::page::{self, Hints};
use tools_common::{ToolSpec, args};

/// Longest query that GitHub takes, qualifiers not counted.
const QUERY_CHARS: usize = 256;

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// Words or "a phrase".
    #[schemars(length(min = 1, max = 256))]
    query: String,
    /// owner/name; all allowed ones by default.
    repository: Option<String>,
    /// Folder.
    #[schemars(length(max = 200))]
    path: Option<String>,
    #[schemars(length(max = 200))]
    filename: Option<String>,
    #[schemars(length(max = 40))]
    language: Option<String>,
    /// Default 10.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "code_search",
        "Code search",
        "Files of the default branch that hold words, with the text around them. 10 a minute.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let one = match (&args.repository, call.server.scope.allowed()) {
        (None, [_, ..]) => None,
        (asked, _) => Some(call.repository(asked.as_deref())?),
    };
    let query = query(&args, one.as_ref(), call.server.scope.allowed())?;
    let limit = args.limit.unwrap_or(10);
    let listing = Listing { call, tool: "code_search", limit, budget_tokens: args.budget_tokens };
    let (incomplete, partial) = (AtomicBool::new(false), AtomicBool::new(false));
    let listed = listing
        .read(
            |page| requests::code_search(&query, limit, page),
            |reply| {
                let found: CodeResults = reply.read()?;
                incomplete.fetch_or(found.incomplete_results, Ordering::Relaxed);
                partial.fetch_or(reply.is_partial(), Ordering::Relaxed);
                Ok((found.items, Some(found.total_count)))
            },
            |item| Some(rows::code(&item)).filter(|row: &CodeRow| call.server.scope.allows(&row.repository)),
        )
        .await
        .map_err(explained)?;
    let mut hints = Hints::default();
    if incomplete.into_inner() {
        hints.miss("GitHub stopped the search at its time limit: not all files were looked at");
    }
    if partial.into_inner() {
        hints.miss("organisations with single sign-on that the token is not authorised for were not searched");
    }
    if listed.rows.is_empty() {
        hints.add(
            "Nothing found. Only default branches and files under 384 KB are searched, by whole words; try fewer or \
             other words.",
        );
    }
    let envelope = listed.envelope(page::json(&Table::of(&listed.rows))?, &mut hints);
    Ok(match &one {
        Some(repository) => call.tell(envelope, hints, repository),
        None => hints.with(envelope),
    })
}

/// The search's own language, held to the repositories that may be read.
fn query(args: &Args, one: Option<&Repository>, allowed: &[String]) -> Result<String, Failure> {
    const SCOPES: &[&str] = &["repo:", "org:", "user:", "enterprise:"];
    let lower = args.query.to_lowercase();
    if let Some(scope) = SCOPES.iter().find(|scope| lower.contains(**scope)) {
        let message =
            format!("argument `query`: found the qualifier {scope}; where is searched is said by `repository`");
        return Err(Failure::new(FailureKind::Refused, message));
    }
    if args.query.chars().count() > QUERY_CHARS || args.query.trim().is_empty() {
        return Err(args::invalid("query", "nothing, or more than 256 characters", "words to look for"));
    }
    let mut query = args.query.trim().to_owned();
    for (field, value) in [("path", &args.path), ("filename", &args.filename), ("language", &args.language)] {
        if let Some(value) = value {
            query.push_str(&format!(" {field}:{}", qualifier(field, value)?));
        }
    }
    let scopes: Vec<String> = match one {
        Some(repository) => vec![format!("repo:{repository}")],
        None => allowed.iter().map(|entry| scope(entry)).collect(),
    };
    Ok(format!("{query} {}", scopes.join(" ")))
}

fn scope(entry: &str) -> String {
    match entry.strip_suffix("/*") {
        // `user:` stands for people and organisations alike.
        Some(owner) => format!("user:{owner}"),
        None => format!("repo:{entry}"),
    }
}

fn qualifier(field: &str, value: &str) -> Result<String, Failure> {
    let value = value.trim().trim_matches('/');
    if value.is_empty() || value.contains(['"', ':']) || value.chars().any(char::is_control) {
        return Err(args::invalid(field, format!("{value:?}"), "a name without quotes and colons"));
    }
    Ok(if value.contains(' ') { format!("\"{value}\"") } else { value.to_owned() })
}

fn explained(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::Unauthenticated => failure.with_hint("code search wants a token: set GITHUB_TOKEN to a good one"),
        FailureKind::BadRequest => {
            failure.with_hint("GitHub did not accept the search; at most five AND, OR and NOT, and no wildcards")
        }
        _ => failure,
    }
}
