//! A job's log: GitHub redirects to a signed URL of a storage elsewhere, good for a minute.
//!
//! Guarantees: the storage gets no credential and no header of ours (a client of its own, without any); https only,
//! unless the API itself is plain http; the signature stands in no message. Of a log over the ceiling the end is read,
//! by ranges, and that is told.

use super::{Backend, in_our_words, links_of, refusals};
use crate::query::links::Place;
use crate::query::repository::Repository;
use crate::query::requests;
use domain::envelope::{Failure, FailureKind};
use tools_common::CallContext;
use tools_common::http::{Endpoint, HttpClient, HttpSettings, Request, Response};

/// A job's log, as far as it was read.
#[derive(Debug)]
pub(crate) struct JobText {
    pub text: String,
    /// Whether only its end was read.
    pub is_end_only: bool,
}

/// How to reach whatever storage the redirect names.
#[derive(Debug)]
pub(super) struct Storage {
    template: Endpoint,
    only_secure: bool,
    log_bytes: usize,
}

impl Storage {
    /// Of the API's settings only what is no credential: the authorities, the waits.
    pub(super) fn of(api: &Endpoint, shown_url: &str, log_bytes: usize) -> Self {
        let settings = HttpSettings {
            ca_pem: api.settings.ca_pem.clone(),
            connect_timeout: api.settings.connect_timeout,
            timeout: api.settings.timeout,
            max_body_bytes: log_bytes,
            ..HttpSettings::new("GitHub's log storage", "")
        };
        let template = Endpoint { settings, in_process: api.in_process.clone() };
        Self { template, only_secure: !shown_url.starts_with("http://"), log_bytes }
    }

    fn client(&self, place: &Place) -> Result<HttpClient, Failure> {
        if self.only_secure && !place.is_secure {
            let message = format!("the log lies at {}, which is not https; it was not read", place.origin);
            return Err(Failure::new(FailureKind::Refused, message));
        }
        let mut endpoint = self.template.clone();
        endpoint.settings.url = domain::secret::Secret::new(place.origin.as_str());
        endpoint.client()
    }
}

impl Backend {
    /// The log of a job.
    ///
    /// # Errors
    /// `NotFound` that says why there may be none (expired, still running), otherwise what the answers mean.
    pub(crate) async fn job_log(
        &self,
        repository: &Repository,
        job: u64,
        context: &CallContext,
    ) -> Result<JobText, Failure> {
        let mut response = self.exchange(requests::job_log(repository, job), context).await?;
        if response.status.as_u16() != 302
            && let Some(below) = links_of::moved(&response, self.client.shown_url())
        {
            let there = Request { parameters: below.parameters, ..Request::get(below.path) };
            response = self.exchange(there, context).await?;
        }
        if response.status.is_success() {
            return Ok(whole(&response));
        }
        match links_of::place(&response) {
            Some(place) => self.read_storage(&place, context).await,
            None => Err(gone(&response).unwrap_or_else(|| refusals::of(&self.client, &response, self.has_token))),
        }
    }

    async fn read_storage(&self, place: &Place, context: &CallContext) -> Result<JobText, Failure> {
        let client = self.storage.client(place)?;
        let request = Request { parameters: place.below.parameters.clone(), ..Request::get(place.below.path.clone()) };
        let request = request.until(context.deadline);
        match client.exchange(request.clone()).await {
            Ok(response) if response.status.is_success() => Ok(whole(&response)),
            Ok(response) => Err(gone(&response).unwrap_or_else(|| refused_by_storage(&client, &response))),
            Err(failure) if failure.kind == FailureKind::TooLarge => {
                end_of(&client, request, self.storage.log_bytes).await.ok_or_else(|| in_our_words(failure))
            }
            Err(failure) => Err(in_our_words(failure)),
        }
    }
}

fn whole(response: &Response) -> JobText {
    JobText { text: String::from_utf8_lossy(&response.body).into_owned(), is_end_only: false }
}

/// Reads the last bytes of a log that is too large: its size first, because not every storage counts from the end.
async fn end_of(client: &HttpClient, request: Request, log_bytes: usize) -> Option<JobText> {
    let first = client.exchange(request.clone().with_header("range", "bytes=0-0")).await.ok()?;
    let size: u64 = first.header("content-range")?.rsplit('/').next()?.trim().parse().ok()?;
    let from = size.saturating_sub(log_bytes as u64 / 2);
    let end =
        client.exchange(request.with_header("range", format!("bytes={from}-{}", size.saturating_sub(1)))).await.ok()?;
    let text = String::from_utf8_lossy(&end.body);
    // The first line is cut somewhere.
    let text = text.split_once('\n').map_or("", |(_, rest)| rest).to_owned();
    (end.status.as_u16() == 206).then_some(JobText { text, is_end_only: true })
}

fn gone(response: &Response) -> Option<Failure> {
    let hint = match response.status.as_u16() {
        410 => "the log has expired (GitHub keeps logs for 90 days, or what the repository sets) or was deleted",
        404 => {
            "there is no log: the job still runs or never started, its log has expired or was deleted, or the token may not read actions"
        }
        _ => return None,
    };
    let message = format!("{}: {}", response.asked, response.status);
    Some(Failure::new(FailureKind::NotFound, message).with_hint(hint))
}

fn refused_by_storage(client: &HttpClient, response: &Response) -> Failure {
    let failure = client.failure_of(response);
    match response.status.as_u16() {
        401 | 403 => Failure { kind: FailureKind::Forbidden, ..failure }
            .with_hint("the link to the log is good for a minute; ask again, and compare this machine's clock"),
        _ => failure,
    }
}
