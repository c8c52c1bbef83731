//! Requests as plain values, and the client that sends them.

use super::answer;
use super::ours::Ours;
use super::settings::HttpSettings;
use super::transport::{InProcessService, Target, Transport};
use bytes::Bytes;
use domain::envelope::{Failure, FailureKind};
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::Duration;
use tokio::time::Instant;

/// One request, relative to the base URL.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// GET for most; POST and DELETE for what changes something, and for reads too long for a URL.
    pub method: Method,
    /// Path below the base URL, with a leading slash.
    pub path: String,
    /// Query parameters; of a POST without a body, the form.
    pub parameters: Vec<(String, String)>,
    /// Headers of this request alone (`Accept`, `If-None-Match`), lower case; they hold no credential.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON body of a POST, where it has one.
    pub body: Option<Value>,
    /// When it must be over; the settings' timeout counts where there is none.
    pub deadline: Option<Instant>,
}

impl Request {
    /// A GET with query parameters.
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            parameters: Vec::new(),
            headers: Vec::new(),
            body: None,
            deadline: None,
        }
    }

    /// A POST whose parameters travel as a form: for reads whose query may be longer than a URL can be.
    pub fn post_form(path: impl Into<String>) -> Self {
        Self { method: Method::POST, ..Self::get(path) }
    }

    /// A POST of a JSON document.
    pub fn post_json(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, body: Some(body), ..Self::get(path) }
    }

    /// A DELETE.
    pub fn delete(path: impl Into<String>) -> Self {
        Self { method: Method::DELETE, ..Self::get(path) }
    }

    /// The same with a header of its own; `name` in lower case.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with one more parameter.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.parameters.push((name.into(), value.into()));
        self
    }

    /// The same, over by `deadline`.
    #[must_use]
    pub fn until(mut self, deadline: Instant) -> Self {
        self.deadline = Some(deadline);
        self
    }
}

/// An answer whose body was read whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Status.
    pub status: StatusCode,
    /// The media type without parameters, in lower case; empty where there was none.
    pub content_type: String,
    /// All headers (`etag`, `link`, `retry-after`, rate limits).
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// What was asked of whom, for messages: `GET http://127.0.0.1:9090/api/v1/query`.
    pub asked: String,
    /// What must not be said of it.
    pub ours: Ours,
}

impl Response {
    /// A header's text; `None` where it is absent or no text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A failure that repeats words of this answer, without the values of our own headers and credentials. What stands
    /// in the body of an answer that is no success is already without them.
    #[must_use]
    pub fn told(&self, failure: Failure) -> Failure {
        self.ours.hidden(failure)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `BadAnswer` that says where the JSON breaks, or that it is an HTML page.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if let Some(failure) = answer::html_page(self) {
            return Err(self.told(failure));
        }
        serde_json::from_slice(&self.body).map_err(|error| self.told(answer::broken_json(self, &error)))
    }
}

/// A bounded client for one backend.
#[derive(Debug, Clone)]
pub struct HttpClient {
    transport: Transport,
    target: Target,
    timeout: Duration,
    max_body_bytes: usize,
}

impl HttpClient {
    /// A client over the network. `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` are honoured.
    ///
    /// # Errors
    /// `BadRequest` that names what is wrong in the settings.
    pub fn network(settings: &HttpSettings) -> Result<Self, Failure> {
        let target = Target::of(settings)?;
        let transport = Transport::network(settings)?;
        Ok(Self { transport, target, timeout: settings.timeout, max_body_bytes: settings.max_body_bytes })
    }

    /// A client that calls `service` within this process, for simulations and tests without a socket.
    ///
    /// # Errors
    /// `BadRequest` that names what is wrong in the settings.
    pub fn in_process(settings: &HttpSettings, service: InProcessService) -> Result<Self, Failure> {
        let target = Target::of(settings)?;
        let transport = Transport::InProcess(service);
        Ok(Self { transport, target, timeout: settings.timeout, max_body_bytes: settings.max_body_bytes })
    }

    /// The base URL without user, password and query.
    pub fn shown_url(&self) -> &str {
        self.target.shown()
    }

    /// What the backend is: `Prometheus`.
    pub fn backend(&self) -> &'static str {
        self.target.backend()
    }

    /// Sends, and reads the answer whatever its status.
    ///
    /// # Errors
    /// `Unreachable` where there was no connection, so that nothing was sent; `Timeout`, `TooLarge` or `BadAnswer`, after
    /// which the other side may have done what was asked. Texts say what was asked of whom.
    pub async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let deadline = request.deadline.unwrap_or_else(|| Instant::now() + self.timeout);
        let started = Instant::now();
        let asked = self.target.asked(&request);
        let work = self.transport.exchange(&self.target, &request, self.max_body_bytes, &asked);
        match tokio::time::timeout_at(deadline, work).await {
            Ok(result) => result.map(|response| self.with_what_is_ours(response)),
            Err(_) => {
                let waited = started.elapsed().as_secs_f64();
                let message = format!("{asked}: no answer within {waited:.1} s");
                Err(Failure::new(FailureKind::Timeout, message).with_hint(format!(
                    "{} is slow or unreachable; ask for less (a shorter window, fewer series), or raise the deadline",
                    self.backend()
                )))
            }
        }
    }

    /// An echo of our headers stands in a refusal, and not in data.
    fn with_what_is_ours(&self, response: Response) -> Response {
        let ours = self.target.ours().clone();
        let body = if response.status.is_success() { response.body } else { ours.without(response.body) };
        Response { body, ours, ..response }
    }

    /// Sends, and takes only a success.
    ///
    /// # Errors
    /// As [`HttpClient::exchange`]; a 4xx or 5xx becomes the failure kind that it means, with the body's own words.
    pub async fn send(&self, request: Request) -> Result<Response, Failure> {
        let response = self.exchange(request).await?;
        if response.status.is_success() {
            return Ok(response);
        }
        Err(answer::refused(&response, self.backend()))
    }

    /// The failure that an unsuccessful answer means.
    pub fn failure_of(&self, response: &Response) -> Failure {
        answer::refused(response, self.backend())
    }
}
