//! Sends requests to GitHub, and reads their answers.
//!
//! Guarantees: every request has the call's deadline and the version of the API; what has an ETag is asked for
//! conditionally; a used-up rate limit is not pressed; a redirect is followed once, and only below the base URL.
//! Deliberately absent: what to ask (see `query`), retries.

mod cache;
mod links_of;
mod logs;
mod rates;
mod refusals;

use crate::config::Limits;
use crate::query::{api, links};
use cache::Cache;
use domain::envelope::{Failure, FailureKind};
use domain::redaction;
use rates::Rates;
use serde::de::DeserializeOwned;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tools_common::CallContext;
use tools_common::http::{Credentials, Endpoint, HttpClient, Request, Response};

const API_VERSION: &str = "2022-11-28";
const JSON: &str = "application/vnd.github+json";

/// One GitHub.
#[derive(Debug)]
pub(crate) struct Backend {
    client: HttpClient,
    storage: logs::Storage,
    source: String,
    has_token: bool,
    cache: Mutex<Cache>,
    rates: Mutex<Rates>,
}

/// A success.
#[derive(Debug)]
pub(crate) struct Reply {
    response: Response,
    /// Whether the repository was found under another name than the one asked for.
    pub moved: bool,
}

impl Reply {
    /// Reads the document.
    ///
    /// # Errors
    /// `BadAnswer` that says what does not fit.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        let document = self.response.json()?;
        api::read(document).map_err(|error| {
            // serde repeats what it did not expect, whole.
            let error = redaction::redacted_head(&error.to_string(), 300);
            let message = format!("{}: the JSON is not what the API promises ({error})", self.response.asked);
            Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of GitHub's REST API?")
        })
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.response.body
    }

    /// The number of the next page.
    pub(crate) fn next_page(&self) -> Option<u64> {
        links::next_page(self.response.header("link")?)
    }

    /// Organisations whose part is missing because the token is not authorised for their single sign-on.
    pub(crate) fn is_partial(&self) -> bool {
        self.response.header("x-github-sso").is_some_and(|told| told.starts_with("partial-results"))
    }
}

impl Backend {
    pub(crate) fn new(endpoint: &Endpoint, limits: Limits) -> Result<Self, Failure> {
        let client = endpoint.client()?;
        let has_token = endpoint.settings.credentials != Credentials::None;
        Ok(Self {
            source: format!("github {}", client.shown_url()),
            storage: logs::Storage::of(endpoint, client.shown_url(), limits.log_bytes),
            client,
            has_token,
            cache: Mutex::new(Cache::new(limits.cached_answers, limits.cached_bytes)),
            rates: Mutex::new(Rates::default()),
        })
    }

    /// As a person would name it, without credentials.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Asks, and reads the document.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        request: Request,
        context: &CallContext,
    ) -> Result<T, Failure> {
        self.fetch(request, context).await?.read()
    }

    /// Asks, and takes only a success.
    ///
    /// # Errors
    /// `RateLimited` without a request where a limit is known to be used up; otherwise what the answer means.
    pub(crate) async fn fetch(&self, request: Request, context: &CallContext) -> Result<Reply, Failure> {
        let response = self.conditional(request.clone(), context).await?;
        let Some(below) = links_of::moved(&response, self.client.shown_url()) else {
            return self.success(response, false);
        };
        let there = Request { path: below.path, parameters: below.parameters, ..request };
        let response = self.conditional(there, context).await?;
        self.success(response, true)
    }

    fn success(&self, response: Response, moved: bool) -> Result<Reply, Failure> {
        match response.status.is_success() {
            true => Ok(Reply { response, moved }),
            false => Err(refusals::of(&self.client, &response, self.has_token)),
        }
    }

    async fn conditional(&self, request: Request, context: &CallContext) -> Result<Response, Failure> {
        let key = cache::key(&request);
        let etag = locked(&self.cache).etag(&key);
        let asked = match etag {
            Some(etag) => request.with_header("if-none-match", etag),
            None => request,
        };
        let response = self.exchange(asked, context).await?;
        if response.status.as_u16() == 304 {
            return locked(&self.cache).still_good(&key).ok_or_else(|| {
                // Only where another call has pushed the answer out in between.
                let message = format!("{}: 304, and the answer is no longer kept", response.asked);
                Failure::new(FailureKind::BadAnswer, message).with_hint("ask again")
            });
        }
        if response.status.is_success() {
            locked(&self.cache).keep(key, &response);
        }
        Ok(response)
    }

    /// One request within the rate limits; whatever the status of its answer.
    async fn exchange(&self, request: Request, context: &CallContext) -> Result<Response, Failure> {
        let resource = rates::resource(&request.path);
        let asked = format!("{} {}{}", request.method, self.client.shown_url(), request.path);
        if let Some(failure) = locked(&self.rates).closed(resource, &asked, context.now, self.has_token) {
            return Err(failure);
        }
        let request = with_headers(request).until(context.deadline);
        let response = self.client.exchange(request).await.map_err(in_our_words)?;
        let refused = locked(&self.rates).note(resource, &response, context.now, self.has_token);
        refused.map_or(Ok(response), Err)
    }
}

fn with_headers(request: Request) -> Request {
    let has_accept = request.headers.iter().any(|(name, _)| *name == "accept");
    let request = if has_accept { request } else { request.with_header("accept", JSON) };
    request.with_header("x-github-api-version", API_VERSION)
}

/// The kit's advice speaks of metrics.
fn in_our_words(failure: Failure) -> Failure {
    let hint = match failure.kind {
        FailureKind::TooLarge => "ask for less: a lower limit, a path, two references that lie closer together",
        FailureKind::Timeout => {
            "GitHub is slow or unreachable; ask for less (a lower limit, one run, one path), or raise the deadline"
        }
        _ => return failure,
    };
    failure.with_hint(hint)
}

/// Nothing is left half-done under these locks, so that a panic elsewhere does no harm to what they guard.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
