//! `compare`: what lies between two branches, tags or commits.

use super::shared::{self, Call, MOVED};
use crate::query::{api, names, requests, rows};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::{CommitRow, Comparison};
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::ToolSpec;
use tools_common::page::{self, Hints, Window};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    /// The older branch, tag or commit.
    base: String,
    /// The newer one; the default branch by default.
    head: Option<String>,
    /// Show patches too.
    patches: Option<bool>,
    /// Commits, default 20.
    #[schemars(range(min = 1, max = 250))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "compare",
        "Compare",
        "What head has and base has not: commits, newest first, changed files, and whether they diverged.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    let base = names::reference("base", &args.base)?;
    let head = names::reference("head", args.head.as_deref().unwrap_or("HEAD"))?;
    let reply = call.backend().fetch(requests::compare(&repository, &base, &head), call.context).await?;
    let found: api::Comparison = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    let commits: Vec<CommitRow> = found.commits.iter().rev().map(rows::commit).collect();
    let told = commits.len() as u64;
    let limit = args.limit.unwrap_or(20);
    let budget_tokens = args.budget_tokens.map(|tokens| tokens / 2).or(Some(1_000));
    let window = Window { tool: "compare", arguments: call.arguments, limit, budget_tokens };
    let part = window.of(commits)?;
    let changes = shared::changes(&found.files, args.patches.unwrap_or(false), args.budget_tokens, &mut hints);
    say(&found, &base, &head, told, &mut hints);
    if part.is_cut() {
        hints.add(shared::MORE);
    }
    let comparison = Comparison {
        status: found.status,
        ahead_by: found.ahead_by,
        behind_by: found.behind_by,
        merge_base: rows::short(&found.merge_base_commit.sha),
        commits: Table::of(&part.kept),
        files: changes.files,
        patches: changes.patches,
        base,
        head,
    };
    let mut envelope = part.envelope(page::json(&comparison)?, Hints::default());
    envelope.total = Some(found.total_commits);
    envelope.truncated |= changes.is_cut || found.total_commits > told;
    Ok(call.tell(envelope, hints, &repository))
}

fn say(found: &api::Comparison, base: &str, head: &str, told: u64, hints: &mut Hints) {
    match found.status.as_str() {
        "identical" => hints.add(format!("{base} and {head} are the same commit.")),
        "behind" => hints.add(format!(
            "{head} is older than {base}: it lacks {} commits and has none of its own; turn them round to see those.",
            found.behind_by
        )),
        "diverged" => hints.add(format!(
            "They diverged: each has commits that the other lacks ({} and {}); the files are against the merge base.",
            found.ahead_by, found.behind_by
        )),
        _ => {}
    }
    if found.total_commits > told {
        hints.add(format!("GitHub tells the newest {told} of {} commits here.", found.total_commits));
    }
}
