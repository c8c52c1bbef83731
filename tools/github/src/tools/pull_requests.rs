//! `pull_requests`: which there are, which one a commit came by, or one with files, reviews and checks.

mod one;

use super::listing::Listing;
use super::shared::{Call, MOVED};
use crate::query::api::Pull;
use crate::query::repository::Repository;
use crate::query::requests::{self, PullFilter};
use crate::query::{names, rows};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::PullRequestRow;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::ToolSpec;
use tools_common::page::{self, Hints};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum State {
    Open,
    Merged,
    Closed,
    All,
}

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    /// This one, with files, reviews and checks.
    #[schemars(range(min = 1))]
    number: Option<u64>,
    /// Those that this commit came by.
    commit: Option<String>,
    /// Default open.
    state: Option<State>,
    /// Branch that it goes into.
    base: Option<String>,
    /// Branch that it comes from.
    head: Option<String>,
    #[schemars(length(max = 100))]
    label: Option<String>,
    #[schemars(length(max = 100))]
    author: Option<String>,
    /// Show patches too (with number).
    patches: Option<bool>,
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
        "pull_requests",
        "Pull requests",
        "Pull requests, last changed first; the one that a commit came by; or one in full.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    match (args.number, &args.commit) {
        (Some(number), _) => {
            one::run(call, &repository, number, args.patches.unwrap_or(false), args.budget_tokens).await
        }
        (None, Some(commit)) => of_commit(call, &repository, &names::commit("commit", commit)?).await,
        (None, None) => list(call, &repository, &args).await,
    }
}

async fn of_commit(call: &Call<'_>, repository: &Repository, sha: &str) -> Result<Envelope, Failure> {
    let reply = call.backend().fetch(requests::pulls_of_commit(repository, sha), call.context).await?;
    let pulls: Vec<Pull> = reply.read()?;
    let mut hints = Hints::default();
    if reply.moved {
        hints.add(MOVED);
    }
    if pulls.is_empty() {
        hints.add("It came by no pull request: pushed directly, or its pull request is in another repository.");
    }
    let rows: Vec<PullRequestRow> = pulls.iter().map(rows::pull).collect();
    let envelope = Envelope::whole(page::json(&Table::of(&rows))?, rows.len() as u64);
    Ok(call.tell(envelope, hints, repository))
}

async fn list(call: &Call<'_>, repository: &Repository, args: &Args) -> Result<Envelope, Failure> {
    let state = args.state.unwrap_or(State::Open);
    let filter = PullFilter {
        state: match state {
            State::Open => "open",
            State::Merged | State::Closed => "closed",
            State::All => "all",
        },
        base: args.base.as_deref().map(|text| names::reference("base", text)).transpose()?,
    };
    let is_narrowed = args.head.is_some() || args.label.is_some() || args.author.is_some() || filter.state == "closed";
    let limit = args.limit.unwrap_or(20);
    let per_page = if is_narrowed { requests::PAGE } else { limit };
    let listing = Listing { call, tool: "pull_requests", limit, budget_tokens: args.budget_tokens };
    let listed = listing
        .read(
            |page| requests::pulls(repository, &filter, per_page, page),
            |reply| Ok((reply.read::<Vec<Pull>>()?, None)),
            |pull| fits(&pull, args, state).then(|| rows::pull(&pull)),
        )
        .await?;
    let mut hints = Hints::default();
    if listed.rows.is_empty() {
        let more = if state == State::Open { "; state=all looks at closed ones too" } else { "" };
        hints.add(format!("None of {} pull requests fits{more}.", listed.looked_at));
    }
    let envelope = listed.envelope(page::json(&Table::of(&listed.rows))?, &mut hints);
    Ok(call.tell(envelope, hints, repository))
}

/// What the API does not narrow by itself.
fn fits(pull: &Pull, args: &Args, state: State) -> bool {
    let same = |wanted: &Option<String>, found: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(found))
    };
    let state = match state {
        State::Merged => pull.merged_at.is_some(),
        State::Closed => pull.merged_at.is_none(),
        State::Open | State::All => true,
    };
    let label = args.label.is_none() || pull.labels.iter().any(|label| same(&args.label, &label.name));
    state && label && same(&args.author, &pull.user.login) && same(&args.head, &pull.head.name)
}
