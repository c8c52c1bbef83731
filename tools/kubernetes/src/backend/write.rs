//! Requests that change something. Each wants the kit's permission as an argument, so that nothing else can send one.
//!
//! Guarantees: a rehearsal carries `dryRun=All`, which makes the API server run everything but the storing; nothing is
//! sent twice, except where the server rejected our credentials and so did nothing; when no answer comes, the failure
//! says that the change may have been made. Our field manager is [`FIELD_MANAGER`].

use super::{Cluster, failure};
use crate::query::request::Asked;
use domain::envelope::{Failure, FailureKind};
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use serde_json::Value;
use tokio::time::{Instant, timeout};
use tools_common::act::Act;

/// Under this name the API server notes who owns a field.
pub const FIELD_MANAGER: &str = "auto-devops";

/// How a change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteForm {
    /// RFC 7396.
    MergePatch,
    /// Kubernetes' own, which knows lists by their keys.
    StrategicPatch,
    /// RFC 6902.
    JsonPatch,
    /// A new object, or a call such as an eviction.
    Create,
    /// A deletion with its options.
    Delete,
}

impl WriteForm {
    fn method(self) -> Method {
        match self {
            Self::MergePatch | Self::StrategicPatch | Self::JsonPatch => Method::PATCH,
            Self::Create => Method::POST,
            Self::Delete => Method::DELETE,
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::MergePatch => "application/merge-patch+json",
            Self::StrategicPatch => "application/strategic-merge-patch+json",
            Self::JsonPatch => "application/json-patch+json",
            Self::Create | Self::Delete => "application/json",
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteRequest {
    /// Path, without a query.
    pub path: String,
    /// How it is written.
    pub form: WriteForm,
    /// What is written.
    pub body: Value,
    /// For messages.
    pub asked: Asked,
}

/// The API server's word on a change that it did not make.
#[derive(Debug)]
pub struct Rejected {
    /// The status.
    pub status: StatusCode,
    /// The same as a failure.
    pub failure: Failure,
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Self {
        rejected.failure
    }
}

impl Cluster {
    /// Makes the change, or rehearses it, and gives the object that came back.
    ///
    /// # Errors
    /// Why it was not made. `Timeout` and `Unreachable` after sending leave it open whether it was.
    pub async fn write(&self, act: &Act, request: &WriteRequest) -> Result<Value, Rejected> {
        let first = self.write_once(act, request).await;
        let is_unknown = matches!(&first, Err(rejected) if rejected.status == StatusCode::UNAUTHORIZED);
        if is_unknown && self.forget_credentials().await {
            return self.write_once(act, request).await;
        }
        first
    }

    async fn write_once(&self, act: &Act, request: &WriteRequest) -> Result<Value, Rejected> {
        let connection = self.connection().await.map_err(unsent)?;
        let address = connection.address.clone();
        let wire = wire_request(act, request).map_err(unsent)?;
        let started = Instant::now();
        let work = async {
            let response = connection.client.send(wire).await;
            let response =
                response.map_err(|error| failure::of_transport(self.name(), &address, &request.asked, &error))?;
            let status = response.status();
            let body = Limited::new(response.into_body(), self.limits().answer_bytes).collect().await;
            let body = body.map_err(|_| {
                let message = format!("cluster {} broke off its answer to {}", self.name(), request.asked);
                Failure::new(FailureKind::Unreachable, message)
            })?;
            Ok((status, body.to_bytes()))
        };
        let answer = timeout(self.limits().request_timeout, work).await.unwrap_or_else(|_| {
            Err(failure::of_timeout(self.name(), &address, &request.asked, started.elapsed().as_secs_f64()))
        });
        let (status, body) = answer.map_err(|failure| unsent(open_end(act, failure)))?;
        if !status.is_success() {
            let refusal = self.refusal(request, status, &body);
            // A server that fails may have stored the change before it did.
            let failure = if status.is_server_error() { open_end(act, refusal) } else { refusal };
            return Err(Rejected { status, failure });
        }
        serde_json::from_slice(&body).map_err(|error| Rejected {
            status,
            failure: open_end(act, failure::of_shape(self.name(), &address, &request.asked, &body, &error)),
        })
    }

    fn refusal(&self, request: &WriteRequest, status: StatusCode, body: &[u8]) -> Failure {
        let failure = failure::of_status(self.name(), &request.asked, status, body);
        match status {
            StatusCode::CONFLICT => Failure { kind: FailureKind::Conflict, ..failure }
                .with_hint("the object has changed since it was read: look at it again, and decide anew"),
            StatusCode::TOO_MANY_REQUESTS if request.path.ends_with("/eviction") => {
                Failure { kind: FailureKind::Conflict, ..failure }
                    .with_hint("its disruption budget permits nothing now: wait until its siblings are ready")
            }
            _ => failure,
        }
    }
}

fn unsent(failure: Failure) -> Rejected {
    // No status came: this one stands for none, and no caller asks for it.
    Rejected { status: StatusCode::BAD_GATEWAY, failure }
}

/// A real change whose answer did not come may have been made.
fn open_end(act: &Act, failure: Failure) -> Failure {
    if act.is_dry_run() {
        return failure;
    }
    let message = format!("{}; the change may have been made or not", failure.message);
    Failure::new(failure.kind, message).with_hint("look at the object before anything is tried again")
}

fn wire_request(act: &Act, request: &WriteRequest) -> Result<http::Request<kube::client::Body>, Failure> {
    let dry_run = if act.is_dry_run() { "&dryRun=All" } else { "" };
    http::Request::builder()
        .method(request.form.method())
        .uri(format!("{}?fieldManager={FIELD_MANAGER}{dry_run}", request.path))
        .header(http::header::ACCEPT, "application/json")
        .header(http::header::CONTENT_TYPE, request.form.content_type())
        .body(kube::client::Body::from(request.body.to_string().into_bytes()))
        .map_err(|error| Failure::new(FailureKind::BadRequest, format!("{} cannot be asked: {error}", request.asked)))
}
