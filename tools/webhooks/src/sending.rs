//! One request, and what its answer means.
//!
//! Guarantees: one request, never two; whoever asks learns for certain whether the other side may have done something:
//! [`Sent::Refused`] only where nothing was sent, or the answer says no in a way that leaves no doubt.

use crate::address::Address;
use crate::declared::{Method, Webhook};
use crate::parameter::Source;
use crate::status::{self, Statuses};
use domain::envelope::{Failure, FailureKind};
use domain::redaction;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;
use tools_common::http::{HttpClient, HttpSettings, Request};

/// What backends are called in messages.
pub const BACKEND: &str = "the webhook";

/// The header by which a repetition can be told.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The most that is read of an answer.
const ANSWER_BYTES: usize = 256 * 1024;

/// One place that requests go to.
pub struct Line {
    name: String,
    address: Address,
    client: HttpClient,
}

/// Why a request is not known to have done what was asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Sent {
    /// Nothing was done, for certain.
    Refused(Failure),
    /// It may have been done.
    Unknown(Failure),
}

impl Sent {
    /// The failure, whatever it means.
    pub fn into_failure(self) -> Failure {
        match self {
            Self::Refused(failure) | Self::Unknown(failure) => failure,
        }
    }
}

/// What is sent.
pub struct Letter<'a> {
    /// The method; `None` for a GET, which only probes.
    pub method: Option<Method>,
    /// The body.
    pub body: Option<Value>,
    /// By what a repetition can be told.
    pub key: Option<&'a str>,
    /// The statuses that mean that it was done.
    pub expected: &'a Statuses,
    /// How long it may take.
    pub timeout: Duration,
}

impl Line {
    /// The way to the webhook of this name. Nothing is sent yet.
    ///
    /// # Errors
    /// An address, header or certificate that cannot be used.
    pub fn new(name: &str, settings: &HttpSettings) -> Result<Self, Failure> {
        let address = Address::parse(name, &settings.url)?;
        let settings = HttpSettings {
            backend: BACKEND,
            url: address.base.clone(),
            max_body_bytes: ANSWER_BYTES,
            ..settings.clone()
        };
        Ok(Self { name: name.to_owned(), address, client: HttpClient::network(&settings)? })
    }

    /// The host, which may be told.
    pub fn host(&self) -> &str {
        &self.address.shown
    }

    /// Sends once. Answers with what came back, in words.
    ///
    /// # Errors
    /// [`Sent`].
    pub async fn send(&self, letter: Letter<'_>) -> Result<String, Sent> {
        let method = letter.method.map_or(http::Method::GET, Method::http);
        let mut request = Request { method, body: letter.body, ..Request::get(self.address.end) };
        request.parameters.clone_from(&self.address.query);
        if request.method == http::Method::POST && request.body.is_none() {
            // Without it the query would travel as a form.
            request.body = Some(Value::Object(serde_json::Map::new()));
        }
        if let Some(key) = letter.key {
            request = request.with_header(IDEMPOTENCY_KEY, key);
        }
        let response = self.client.exchange(request.until(Instant::now() + letter.timeout)).await;
        let response = response.map_err(|failure| match failure.kind {
            FailureKind::Unreachable | FailureKind::BadRequest => Sent::Refused(
                self.told(Failure { message: format!("{}; nothing was sent", failure.message), ..failure }),
            ),
            _ => Sent::Unknown(self.told(failure)),
        })?;
        let status = response.status.as_u16();
        if letter.expected.holds(status) {
            return Ok(format!("{} answered {}", self.host(), response.status));
        }
        let failure = response.told(self.client.failure_of(&response));
        let expected = format!("the webhook {} expects {}", self.name, letter.expected);
        let failure = Failure { message: format!("{}; {expected}", failure.message), ..failure };
        Err(match status::refusal(status) {
            Some(kind) => Sent::Refused(self.told(Failure { kind, ..failure })),
            None => Sent::Unknown(self.told(Failure { kind: FailureKind::BadAnswer, ..failure })),
        })
    }

    /// A failure in words that may be told.
    fn told(&self, failure: Failure) -> Failure {
        let message = failure.message.replace(self.client.shown_url(), self.host());
        let message = self.address.without(&message);
        let message = redaction::redact_text(&message).into_owned();
        let hint = failure.hint.map(|hint| self.address.without(&hint));
        Failure { message: format!("webhook {}: {message}", self.name), hint, ..failure }
    }
}

/// The body of a call of which this is known; `None` where none is declared.
///
/// # Errors
/// `BadRequest` that names the parameter: nothing was sent.
pub fn body(webhook: &Webhook, known: &BTreeMap<Source, Value>) -> Result<Option<Value>, Failure> {
    let wrong = |what: String| {
        let message = format!("webhook {}: {what}; nothing was sent", webhook.name);
        Failure::new(FailureKind::BadRequest, message).with_hint("look at its parameters in the settings")
    };
    let Some(template) = &webhook.body else { return Ok(None) };
    let mut values = BTreeMap::new();
    for (name, parameter) in &webhook.parameters {
        let value = parameter.value(known).map_err(|what| wrong(format!("the parameter {name}: {what}")))?;
        values.insert(name.clone(), value);
    }
    template.render(&values).map(Some).map_err(wrong)
}
