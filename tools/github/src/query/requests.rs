//! The requests, as plain values.
//!
//! Source: the REST reference (docs.github.com/rest), version 2022-11-28. Guarantee: whatever a caller wrote stands
//! encoded in its segment of the path or in a parameter.

use super::names::{segment, segments};
use super::repository::Repository;
use tools_common::http::Request;

/// Rows of a page at most.
pub(crate) const PAGE: usize = 100;

fn get(repository: &Repository, rest: &str) -> Request {
    Request::get(format!("{}{rest}", repository.path()))
}

fn paged(request: Request, per_page: usize, page: u64) -> Request {
    request.with("per_page", per_page.to_string()).with("page", page.to_string())
}

/// Adds a parameter where there is a value.
fn with(request: Request, name: &str, value: Option<&str>) -> Request {
    match value {
        Some(value) => request.with(name, value),
        None => request,
    }
}

/// What narrows a list of commits.
#[derive(Debug, Clone, Default)]
pub(crate) struct CommitFilter {
    pub reference: Option<String>,
    pub path: Option<String>,
    pub author: Option<String>,
    pub since: Option<String>,
    pub until: Option<String>,
}

pub(crate) fn commits(repository: &Repository, filter: &CommitFilter, per_page: usize, page: u64) -> Request {
    let request = with(get(repository, "/commits"), "sha", filter.reference.as_deref());
    let request = with(request, "path", filter.path.as_deref());
    let request = with(request, "author", filter.author.as_deref());
    let request = with(request, "since", filter.since.as_deref());
    paged(with(request, "until", filter.until.as_deref()), per_page, page)
}

/// One commit, by its id, or by `tags/NAME` or `heads/NAME`.
pub(crate) fn commit(repository: &Repository, reference: &str) -> Request {
    get(repository, &format!("/commits/{}", segment(reference)))
}

pub(crate) fn pulls_of_commit(repository: &Repository, commit: &str) -> Request {
    get(repository, &format!("/commits/{}/pulls", segment(commit))).with("per_page", "30")
}

pub(crate) fn check_runs(repository: &Repository, commit: &str) -> Request {
    get(repository, &format!("/commits/{}/check-runs", segment(commit))).with("per_page", PAGE.to_string())
}

pub(crate) fn status(repository: &Repository, commit: &str) -> Request {
    get(repository, &format!("/commits/{}/status", segment(commit))).with("per_page", PAGE.to_string())
}

/// The newest 250 commits and the first 300 files: without a page, so that the newest commits are among them.
pub(crate) fn compare(repository: &Repository, base: &str, head: &str) -> Request {
    get(repository, &format!("/compare/{}...{}", segment(base), segment(head)))
}

/// What narrows a list of pull requests, as far as the API does it.
#[derive(Debug, Clone, Default)]
pub(crate) struct PullFilter {
    pub state: &'static str,
    pub base: Option<String>,
}

pub(crate) fn pulls(repository: &Repository, filter: &PullFilter, per_page: usize, page: u64) -> Request {
    let request = get(repository, "/pulls").with("state", filter.state);
    let request = with(request, "base", filter.base.as_deref()).with("sort", "updated").with("direction", "desc");
    paged(request, per_page, page)
}

pub(crate) fn pull(repository: &Repository, number: u64) -> Request {
    get(repository, &format!("/pulls/{number}"))
}

pub(crate) fn pull_files(repository: &Repository, number: u64) -> Request {
    get(repository, &format!("/pulls/{number}/files")).with("per_page", PAGE.to_string())
}

pub(crate) fn reviews(repository: &Repository, number: u64) -> Request {
    get(repository, &format!("/pulls/{number}/reviews")).with("per_page", PAGE.to_string())
}

/// What narrows a list of deployments.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeploymentFilter {
    pub environment: Option<String>,
    pub sha: Option<String>,
}

pub(crate) fn deployments(repository: &Repository, filter: &DeploymentFilter, per_page: usize, page: u64) -> Request {
    let request = with(get(repository, "/deployments"), "environment", filter.environment.as_deref());
    paged(with(request, "sha", filter.sha.as_deref()), per_page, page)
}

pub(crate) fn deployment_statuses(repository: &Repository, deployment: u64) -> Request {
    get(repository, &format!("/deployments/{deployment}/statuses")).with("per_page", "30")
}

pub(crate) fn release(repository: &Repository, tag: &str) -> Request {
    get(repository, &format!("/releases/tags/{}", segment(tag)))
}

/// What narrows a list of runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunFilter {
    pub workflow: Option<String>,
    pub branch: Option<String>,
    pub event: Option<String>,
    pub status: Option<&'static str>,
    pub sha: Option<String>,
    pub created: Option<String>,
}

pub(crate) fn runs(repository: &Repository, filter: &RunFilter, per_page: usize, page: u64) -> Request {
    let request = match &filter.workflow {
        Some(workflow) => get(repository, &format!("/actions/workflows/{}/runs", segment(workflow))),
        None => get(repository, "/actions/runs"),
    };
    let request = with(request, "branch", filter.branch.as_deref());
    let request = with(request, "event", filter.event.as_deref());
    let request = with(request, "status", filter.status);
    let request = with(request, "head_sha", filter.sha.as_deref());
    paged(with(request, "created", filter.created.as_deref()), per_page, page)
}

pub(crate) fn run(repository: &Repository, run: u64) -> Request {
    get(repository, &format!("/actions/runs/{run}"))
}

pub(crate) fn jobs(repository: &Repository, run: u64) -> Request {
    get(repository, &format!("/actions/runs/{run}/jobs")).with("filter", "latest").with("per_page", PAGE.to_string())
}

/// Answered with a redirect to the log.
pub(crate) fn job_log(repository: &Repository, job: u64) -> Request {
    get(repository, &format!("/actions/jobs/{job}/logs"))
}

pub(crate) fn contents(repository: &Repository, path: &str, reference: Option<&str>) -> Request {
    let request = get(repository, &format!("/contents/{}", segments(path)));
    with(request, "ref", reference).with_header("accept", "application/vnd.github.object+json")
}

/// The bytes of a file over 1 MB.
pub(crate) fn raw_contents(repository: &Repository, path: &str, reference: Option<&str>) -> Request {
    let request = get(repository, &format!("/contents/{}", segments(path)));
    with(request, "ref", reference).with_header("accept", "application/vnd.github.raw+json")
}

pub(crate) fn code_search(query: &str, per_page: usize, page: u64) -> Request {
    let request = Request::get("/search/code").with("q", query);
    paged(request, per_page, page).with_header("accept", "application/vnd.github.text-match+json")
}
