//! Webhooks: `POST /webhooks/alertmanager/ENVIRONMENT` and `POST /webhooks/NAME`.
//!
//! An answer of 200 means that every signal of the request is durable. Alertmanager sends again what was answered by 5xx
//! and gives up on everything else, 429 too (Alertmanager, `notify/util.go`, `Retrier.Check`; its webhook adds no codes of
//! its own): so whatever may go well later is 503, and whatever will not is 4xx with what is wrong.
//!
//! Guarantees: a receiver that is not declared does not exist; nothing of a body is read before the caller has shown the
//! receiver's secret (compared in constant time); bodies are bounded one by one and all together, in bytes and in time,
//! while they are read; what is read of a large one holds up no other request. What single alerts lack keeps no other
//! from being taken, and is told in the answer and in the log. No answer repeats a secret or a body.
//!
//! Deliberately absent: TLS (a mesh or a proxy does it); signed bodies; what a signal means.

mod access;
mod answer;
mod body;
mod reading;

pub use access::Access;

use answer::Answer;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::post;
use body::Room;
use domain::signal::generic::Mapping;
use domain::signal::{Source, SourceKind};
use ports::clock::Clock;
use ports::signals::Intake;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A receiver of webhooks, as the settings declare it.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// The last part of its path: an environment for Alertmanager's, its own name for others.
    pub name: String,
    /// What its callers have to show.
    pub access: Access,
    /// How its bodies are read.
    pub shape: Shape,
}

/// How bodies are read.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Alertmanager, version 4 of its format; all alerts are of the environment that is the receiver's name.
    Alertmanager,
    /// Any other, by a declared mapping.
    Declared {
        /// Where in a body what stands.
        mapping: Box<Mapping>,
        /// The environment of what the mapping names none for.
        environment: String,
        /// The environments that the mapping may name.
        environments: Vec<String>,
    },
}

impl Receiver {
    /// The source that its signals are of.
    pub fn source(&self) -> Source {
        let kind = match self.shape {
            Shape::Alertmanager => SourceKind::Alertmanager,
            Shape::Declared { .. } => SourceKind::Webhook,
        };
        Source { kind, name: self.name.clone() }
    }
}

/// What the routes share.
struct Desk {
    alertmanager: BTreeMap<String, Arc<Receiver>>,
    declared: BTreeMap<String, Arc<Receiver>>,
    intake: Arc<dyn Intake>,
    clock: Arc<dyn Clock>,
    room: Room,
}

/// The routes of these receivers; none where there are none. Of two of one path the last one counts.
pub fn routes(receivers: Vec<Receiver>, intake: Arc<dyn Intake>, clock: Arc<dyn Clock>) -> Router {
    if receivers.is_empty() {
        return Router::new();
    }
    let (mut alertmanager, mut declared) = (BTreeMap::new(), BTreeMap::new());
    for receiver in receivers {
        let place = match receiver.shape {
            Shape::Alertmanager => &mut alertmanager,
            Shape::Declared { .. } => &mut declared,
        };
        place.insert(receiver.name.clone(), Arc::new(receiver));
    }
    let desk = Desk { alertmanager, declared, intake, clock, room: Room::default() };
    Router::new()
        .route("/webhooks/alertmanager/{environment}", post(of_alertmanager))
        .route("/webhooks/{name}", post(of_declared))
        .with_state(Arc::new(desk))
}

async fn of_alertmanager(State(desk): State<Arc<Desk>>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(desk.alertmanager.get(&name), request).await
}

async fn of_declared(State(desk): State<Arc<Desk>>, Path(name): Path<String>, request: Request) -> Response {
    desk.answer(desk.declared.get(&name), request).await
}

impl Desk {
    async fn answer(&self, receiver: Option<&Arc<Receiver>>, request: Request) -> Response {
        let answer = match receiver {
            Some(receiver) => self.take(receiver, request).await.unwrap_or_else(|refused| refused),
            None => Answer::not_found(),
        };
        answer.into_response()
    }

    /// Takes one request. Both sides are answers; the error ends it early.
    async fn take(&self, receiver: &Arc<Receiver>, request: Request) -> Result<Answer, Answer> {
        let (parts, body) = request.into_parts();
        if !receiver.access.is_shown(&parts.headers) {
            tracing::warn!(receiver = %receiver.source(), "a webhook without the right credentials was refused");
            return Err(Answer::unauthorized(&receiver.access));
        }
        let source = receiver.source();
        let refused = |answer: Answer| {
            self.intake.heard(&source);
            self.intake.trouble(&source, answer.why());
            tracing::warn!(receiver = %source, status = %answer.status(), why = answer.why(), "a webhook was refused");
            answer
        };
        body::check_encoding(&parts.headers).map_err(refused)?;
        let body = self.room.whole(&parts.headers, body).await.map_err(refused)?;
        let (signals, problems) = reading::read(receiver, body, self.clock.now()).await.map_err(refused)?;
        self.intake.heard(&source);
        let taken = self.intake.take(signals).await.map_err(|error| {
            tracing::warn!(receiver = %source, %error, "a webhook could not be kept: the caller is told to come again");
            Answer::later(&error)
        })?;
        let answer = Answer::taken(&taken, problems);
        if let Some((count, first)) = answer.problems() {
            tracing::warn!(receiver = %source, count, first, "parts of a webhook were left out");
            self.intake.trouble(&source, &format!("parts of its last webhook were left out: {first}"));
        }
        Ok(answer)
    }
}
