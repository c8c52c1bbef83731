//! `deployments`: what was deployed where, or what is known of a commit or image tag.

mod brought;
mod correlate;
mod resolve;

use super::listing::Listing;
use super::shared::{self, Call};
use crate::query::api::{Deployment, DeploymentStatus};
use crate::query::image_tag::{Candidate, ImageTag};
use crate::query::repository::Repository;
use crate::query::requests::{self, DeploymentFilter};
use crate::query::{names, rows};
use domain::envelope::{Envelope, Failure};
use domain::observed::Table;
use domain::observed::github::DeploymentRow;
use futures::FutureExt as _;
use schemars::JsonSchema;
use serde::Deserialize;
use tools_common::ToolSpec;
use tools_common::page::{self, Hints};

#[derive(Debug, Deserialize, JsonSchema)]
struct Args {
    /// owner/name.
    repository: Option<String>,
    #[schemars(length(max = 255))]
    environment: Option<String>,
    /// Image or its tag (v1.2.3, sha-abc1234, main-abc1234-1700000000): its commit, release, pull request, deployments,
    /// and what they brought.
    #[schemars(length(max = 500))]
    image_tag: Option<String>,
    /// The same for a commit.
    commit: Option<String>,
    /// Default 10.
    #[schemars(range(min = 1, max = 30))]
    limit: Option<usize>,
    #[schemars(range(min = 100, max = 8000))]
    budget_tokens: Option<usize>,
    #[serde(rename = "cursor")]
    _cursor: Option<String>,
}

pub(super) fn spec() -> ToolSpec {
    ToolSpec::new::<Args>(
        "deployments",
        "Deployments",
        "Deployments with their state, newest first; or from an image tag or commit to its change and what it brought.",
    )
}

pub(super) async fn run(call: &Call<'_>) -> Result<Envelope, Failure> {
    let args: Args = call.args()?;
    let repository = call.repository(args.repository.as_deref())?;
    match (&args.image_tag, &args.commit) {
        (Some(tag), _) => {
            let image = ImageTag::parse(tag);
            let candidates = image.candidates(repository.name());
            if candidates.is_empty() {
                return Err(resolve::names_no_commit(tag, &image));
            }
            correlate::run(call, &repository, tag, &candidates, args.environment.as_deref()).await
        }
        (None, Some(commit)) => {
            let candidates = [Candidate::Commit(names::commit("commit", commit)?)];
            correlate::run(call, &repository, commit, &candidates, args.environment.as_deref()).await
        }
        (None, None) => list(call, &repository, &args).await,
    }
}

async fn list(call: &Call<'_>, repository: &Repository, args: &Args) -> Result<Envelope, Failure> {
    let filter = DeploymentFilter { environment: args.environment.clone(), sha: None };
    let limit = args.limit.unwrap_or(10);
    let listing = Listing { call, tool: "deployments", limit, budget_tokens: args.budget_tokens };
    let listed = listing
        .read(
            |page| requests::deployments(repository, &filter, limit, page),
            |reply| Ok((reply.read::<Vec<Deployment>>()?, None)),
            |deployment| Some(Kept { row: rows::deployment(&deployment, None), deployment }),
        )
        .await?;
    let mut hints = Hints::default();
    if listed.rows.is_empty() {
        let place = args.environment.as_ref().map(|name| format!(" to environment {name:?}")).unwrap_or_default();
        hints.add(format!(
            "No deployment{place}. GitHub knows those made by workflows with an `environment` or by its deployments API \
             only; what Argo CD or Flux does stands in the cluster."
        ));
    }
    let deployments: Vec<Deployment> = listed.rows.iter().map(|kept| kept.deployment.clone()).collect();
    let rows = with_statuses(call, repository, &deployments, &mut hints).await;
    let envelope = listed.envelope(page::json(&Table::of(&rows))?, &mut hints);
    Ok(call.tell(envelope, hints, repository))
}

/// A deployment that costs of the budget what its row will.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Kept {
    row: DeploymentRow,
    #[serde(skip)]
    deployment: Deployment,
}

/// The rows of deployments with their last statuses.
async fn with_statuses(
    call: &Call<'_>,
    repository: &Repository,
    deployments: &[Deployment],
    hints: &mut Hints,
) -> Vec<DeploymentRow> {
    let looks = deployments.iter().map(|deployment| {
        let request = requests::deployment_statuses(repository, deployment.id);
        call.backend().read::<Vec<DeploymentStatus>>(request, call.context).boxed()
    });
    let read = shared::side_by_side(looks.collect()).await;
    let failed = read.iter().filter(|statuses| statuses.is_err()).count();
    if let Some(Err(failure)) = read.iter().find(|statuses| statuses.is_err()) {
        hints.miss(format!("the state of {failed} deployments could not be looked at: {failure}"));
    }
    let rows = deployments.iter().zip(&read);
    rows.map(|(deployment, statuses)| rows::deployment(deployment, statuses.as_deref().ok())).collect()
}
