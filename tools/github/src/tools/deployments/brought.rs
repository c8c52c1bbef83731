//! What lies between a deployment and the one before it in the same environment.

use super::super::shared::{Call, FILES_TOLD};
use crate::query::api::{Comparison, Deployment, DeploymentStatus};
use crate::query::repository::Repository;
use crate::query::requests::{self, DeploymentFilter};
use crate::query::rows;
use domain::envelope::Failure;
use domain::observed::Table;
use domain::observed::github::{Brought, CommitRow, DeploymentRow};
use tools_common::page::Hints;

/// Deployments of the environment among which the one before is looked for.
const LOOKED_AT: usize = 50;

/// Earlier deployments whose statuses are read until one has succeeded.
const TRIED: usize = 5;

/// What `deployment` brought; `None` where none before it is known to have succeeded.
pub(super) async fn by(
    call: &Call<'_>,
    repository: &Repository,
    deployment: &Deployment,
    hints: &mut Hints,
) -> Result<Option<Brought>, Failure> {
    const COMMITS: usize = 15;
    const FILES: usize = 20;
    let Some(before) = before(call, repository, deployment).await? else { return Ok(None) };
    let (base, row) = before;
    let compared: Comparison =
        call.backend().read(requests::compare(repository, &base, &deployment.sha), call.context).await?;
    let commits: Vec<CommitRow> = compared.commits.iter().rev().take(COMMITS).map(rows::commit).collect();
    let environment = &deployment.environment;
    match compared.status.as_str() {
        "behind" => hints.add(format!(
            "The deployment to {environment} was a step back: it took away {} commits of the one before.",
            compared.behind_by
        )),
        "diverged" => hints.add(format!(
            "The deployment to {environment} and the one before have diverged: it also took away {} commits.",
            compared.behind_by
        )),
        _ => {}
    }
    if compared.files.len() >= FILES_TOLD {
        hints.add(format!("GitHub counts at most {FILES_TOLD} files of a comparison: {environment} may have more."));
    }
    Ok(Some(Brought {
        environment: environment.clone(),
        before: row,
        status: compared.status,
        commits_total: compared.total_commits,
        commits: Table::of(&commits),
        files_changed: compared.files.len() as u64,
        files: compared.files.into_iter().take(FILES).map(|file| file.filename).collect(),
    }))
}

/// The last deployment of another commit that succeeded before this one: its whole commit id and its row.
async fn before(
    call: &Call<'_>,
    repository: &Repository,
    deployment: &Deployment,
) -> Result<Option<(String, DeploymentRow)>, Failure> {
    let (backend, context) = (call.backend(), call.context);
    let filter = DeploymentFilter { environment: Some(deployment.environment.clone()), sha: None };
    let all: Vec<Deployment> = backend.read(requests::deployments(repository, &filter, LOOKED_AT, 1), context).await?;
    let is_earlier = |other: &&Deployment| {
        (other.created_at, other.id) < (deployment.created_at, deployment.id) && other.sha != deployment.sha
    };
    for earlier in all.iter().filter(is_earlier).take(TRIED) {
        let request = requests::deployment_statuses(repository, earlier.id);
        let statuses: Vec<DeploymentStatus> = backend.read(request, context).await?;
        if statuses.iter().any(|status| status.state == "success") {
            return Ok(Some((earlier.sha.clone(), rows::deployment(earlier, Some(&statuses)))));
        }
    }
    Ok(None)
}
