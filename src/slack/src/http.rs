//! The HTTP way in: events, interactivity and slash commands, signed by Slack.
//!
//! Guarantees: nothing is read of a request before its signature was found right (timing-safe, over the raw body, at most
//! five minutes old); bodies, their time, and the number of requests at once are bounded; what is acknowledged is kept; an
//! answer never repeats what was sent. A request that is sent again within the five minutes, by Slack or by somebody who
//! saw it, has the same event id and is handled once.
//!
//! Deliberately absent: TLS and the listener (crate `web`).

mod form;

use crate::inbox::{Inbox, Taken};
use crate::incoming::{Received, commands, events, interactions};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::secret::Secret;
use serde_json::{Value, json};
use slack_morphism::prelude::SlackSigningSecret;
use slack_morphism::signature_verifier::{SlackEventSignatureVerifier, SlackEventSignatureVerifierError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// Bytes of a body at most.
const BODY_BYTES: usize = 1024 * 1024;

/// How long a body may take.
const BODY_TIME: Duration = Duration::from_secs(3);

/// How long an event may take to be kept.
const KEEP_TIME: Duration = Duration::from_millis(800);

/// Requests at once; more are told to come again.
const AT_ONCE: usize = 512;

struct Gate {
    inbox: Arc<Inbox>,
    verifier: SlackEventSignatureVerifier,
    slots: Semaphore,
}

/// The routes `/slack/events`, `/slack/interactivity` and `/slack/commands`.
pub fn router(inbox: Arc<Inbox>, signing_secret: &Secret) -> Router {
    let verifier = SlackEventSignatureVerifier::new(&SlackSigningSecret(signing_secret.reveal().to_owned()));
    let gate = Arc::new(Gate { inbox, verifier, slots: Semaphore::new(AT_ONCE) });
    Router::new()
        .route("/slack/events", post(of_events))
        .route("/slack/interactivity", post(of_interactions))
        .route("/slack/commands", post(of_commands))
        .with_state(gate)
}

async fn of_events(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let read = |body: &str| {
        let callback: Value = serde_json::from_str(body).ok()?;
        if callback.get("type").and_then(Value::as_str) == Some("url_verification") {
            let challenge = callback.get("challenge").and_then(Value::as_str)?;
            return Some(Said::Challenge(challenge.chars().take(500).collect()));
        }
        callback.is_object().then(|| Said::of(events::read(&callback)))
    };
    gate.answer(request, read).await
}

async fn of_interactions(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let read = |body: &str| {
        let payload: Value = serde_json::from_str(&form::field(body, "payload")?).ok()?;
        payload.is_object().then(|| Said::of(interactions::read(&payload)))
    };
    gate.answer(request, read).await
}

async fn of_commands(State(gate): State<Arc<Gate>>, request: Request) -> Response {
    let read = |body: &str| {
        let fields = form::fields(body);
        fields.contains_key("command").then(|| Said::of(commands::read(&json!(fields))))
    };
    gate.answer(request, read).await
}

/// What a request says.
enum Said {
    Challenge(String),
    Event(Box<Received>),
    /// What is of no interest; acknowledged all the same, or Slack would send it again.
    Nothing,
}

impl Said {
    fn of(received: Option<Received>) -> Self {
        received.map_or(Self::Nothing, |received| Self::Event(Box::new(received)))
    }
}

impl Gate {
    async fn answer(&self, request: Request, read: impl FnOnce(&str) -> Option<Said>) -> Response {
        let Ok(_slot) = self.slots.try_acquire() else { return StatusCode::SERVICE_UNAVAILABLE.into_response() };
        let (parts, body) = request.into_parts();
        let body = match whole(body).await {
            Ok(body) => body,
            Err(status) => return status.into_response(),
        };
        if let Err(why) = self.verify(&parts.headers, &body) {
            tracing::warn!(why, path = parts.uri.path(), "a request was not signed by Slack");
            return StatusCode::UNAUTHORIZED.into_response();
        }
        match read(&body) {
            None => StatusCode::BAD_REQUEST.into_response(),
            Some(Said::Challenge(challenge)) => challenge.into_response(),
            Some(Said::Nothing) => StatusCode::OK.into_response(),
            Some(Said::Event(received)) => self.keep(*received).await.into_response(),
        }
    }

    /// Whether Slack signed it, and lately. Only one signature and one time count.
    fn verify(&self, headers: &HeaderMap, body: &str) -> Result<(), &'static str> {
        let one = |name: &str| {
            let mut values = headers.get_all(name).iter();
            let first = values.next().and_then(|value| value.to_str().ok());
            if values.next().is_some() { None } else { first }
        };
        let signature = one(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER).ok_or("no signature")?;
        let time = one(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP).ok_or("no time")?;
        self.verifier.verify(signature, body, time).map_err(|error| match error {
            SlackEventSignatureVerifierError::IncorrectOrExpiredTimestampError(_) => {
                "its time is more than five minutes off: check the clock of this machine"
            }
            SlackEventSignatureVerifierError::CryptoInitError(_) => "the signing secret in the settings is none",
            _ => "a wrong signature: check the signing secret in the settings",
        })
    }

    async fn keep(&self, received: Received) -> StatusCode {
        match timeout(KEEP_TIME, self.inbox.take(received)).await {
            Ok(Ok(Taken::Kept | Taken::Known)) => StatusCode::OK,
            Ok(Ok(Taken::Full)) => {
                tracing::warn!("a lane is full: Slack is told to come again");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Ok(Err(error)) => {
                tracing::warn!(%error, "an event could not be kept: Slack is told to come again");
                StatusCode::SERVICE_UNAVAILABLE
            }
            Err(_) => {
                tracing::warn!("an event was not kept in time: Slack is told to come again");
                StatusCode::SERVICE_UNAVAILABLE
            }
        }
    }
}

/// The whole body as text, within its bounds.
async fn whole(body: Body) -> Result<String, StatusCode> {
    let bytes = timeout(BODY_TIME, to_bytes(body, BODY_BYTES)).await.map_err(|_| StatusCode::REQUEST_TIMEOUT)?;
    let bytes = bytes.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    // What is no text was not signed by Slack, which signs text only.
    String::from_utf8(bytes.to_vec()).map_err(|_| StatusCode::UNAUTHORIZED)
}
