//! `commits`: what was committed, or one commit with what it changed.

use super::listing::Listing;
use super::shared::{self, Call, MOVED};
use crate::query::api::{self, Pull};
use crate::query::names;
use crate::query::repository::Repository;
use crate::query::requests::{self, CommitFilter};
use crate::query::{rows, text};
use chrono::{DateTime, Utc};
use domain::envelope::{Envelope, Failure, Window};
use domain::observed::Table;
use domain::observed::github::Commit;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::page::{self, Hints};
use tools_common::{ToolSpec, time};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    /// This one, with files, patches and its pull request.
    commit: Option<String>,
    /// Branch, tag or commit to list from; the default branch by default.
    #[serde(rename = "ref")]
    reference: Option<String>,
    path: Option<String>,
    /// Login or e-mail address.
    #[schemars(length(max = 200))]
    author: Option<String>,
    /// 2h, 7d or RFC 3339.
    since: Option<String>,
    until: Option<String>,
    /// Default 20.
    #[schemars(range(min = 1, max = 100))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "commits",
        "Commits",
        "Commits of a branch, path, author or time, newest first; or one commit with its changes.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    match &args.commit {
        Some(commit) => one(call, &repository, &names::commit("commit", commit)?, args.budget_tokens).await,
        None => list(call, &repository, &args).await,
    }
}

async fn list(call: &Call<'_>, repository: &Repository, args: &Args) -> Result<Envelope, Failure> {
    let now = call.context.now;
    let given = |field: &str, text: &Option<String>| -> Result<Option<DateTime<Utc>>, Failure> {
        text.as_deref().map(|text| time::instant(field, Some(text), now, now)).transpose()
    };
    let (since, until) = (given("since", &args.since)?, given("until", &args.until)?);
    let filter = CommitFilter {
        reference: args.reference.as_deref().map(|text| names::reference("ref", text)).transpose()?,
        path: args.path.as_deref().map(|text| names::path("path", text)).transpose()?.filter(|path| !path.is_empty()),
        author: args.author.clone(),
        since: since.map(time::show_instant),
        until: until.map(time::show_instant),
    };
    let limit = args.limit.unwrap_or(20);
    let listing = Listing { call, tool: "commits", limit, budget_tokens: args.budget_tokens };
    let listed = listing
        .read(
            |page| requests::commits(repository, &filter, limit, page),
            |reply| Ok((reply.read::<Vec<api::Commit>>()?, None)),
            |commit| Some(rows::commit(&commit)),
        )
        .await?;
    let mut hints = Hints::default();
    if listed.rows.is_empty() {
        hints.add(why_none(&filter));
    }
    let mut envelope = listed.envelope(page::json(&Table::of(&listed.rows))?, &mut hints);
    envelope.window = since.map(|start| Window { start, end: until.unwrap_or(now) });
    Ok(call.tell(envelope, hints, repository))
}

fn why_none(filter: &CommitFilter) -> String {
    let mut reasons = Vec::new();
    if let Some(path) = &filter.path {
        reasons.push(format!("nothing at {path:?} (moved? spelt right? `read_file` lists a folder)"));
    }
    if let Some(author) = &filter.author {
        reasons.push(format!("nothing by {author:?} (GitHub knows authors by login or e-mail address)"));
    }
    if filter.since.is_some() || filter.until.is_some() {
        reasons.push("nothing in this time; look further back".to_owned());
    }
    match reasons.is_empty() {
        true => "There are no commits here.".to_owned(),
        false => format!("No commit fits: {}.", reasons.join("; or ")),
    }
}

async fn one(
    call: &Call<'_>,
    repository: &Repository,
    sha: &str,
    budget_tokens: Option<usize>,
) -> Result<Envelope, Failure> {
    const MESSAGE_CHARS: usize = 2_000;
    let backend = call.backend();
    let (reply, pulls) = tokio::join!(
        backend.fetch(requests::commit(repository, sha), call.context),
        backend.read::<Vec<Pull>>(requests::pulls_of_commit(repository, sha), call.context),
    );
    let reply = reply?;
    let commit: api::Commit = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    let pulls: Vec<Pull> = shared::or_missed(pulls, "the pull request that it came by", &mut hints);
    let changes = shared::changes(&commit.files, true, budget_tokens, &mut hints);
    let told = Commit {
        sha: commit.sha.clone(),
        at: rows::committed(&commit),
        author: rows::author(&commit),
        message: text::body(&commit.commit.message, MESSAGE_CHARS),
        parents: commit.parents.iter().map(|parent| rows::short(&parent.sha)).collect(),
        additions: commit.stats.additions,
        deletions: commit.stats.deletions,
        files: changes.files,
        patches: changes.patches,
        pull_requests: Table::of(&pulls.iter().map(rows::pull).collect::<Vec<_>>()),
    };
    let envelope = Envelope {
        total: Some(changes.total as u64),
        truncated: changes.is_cut,
        ..Envelope::whole(page::json(&told)?, changes.shown as u64)
    };
    Ok(call.tell(envelope, hints, repository))
}
