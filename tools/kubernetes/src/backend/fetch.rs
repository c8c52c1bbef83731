//! One request, one answer: with a deadline, a size limit, and a second try where that is safe.
//!
//! Guarantee: JSON that is not the object that was asked for by its name is `BadAnswer`, never an object without values.

use super::{Cluster, failure};
use crate::query::request::{Asked, Form, Request};
use bytes::Bytes;
use domain::envelope::{Failure, FailureKind};
use http::StatusCode;
use http_body_util::{BodyExt as _, Limited};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// Waits before the second and the third try of an overloaded server.
const PAUSES: &[Duration] = &[Duration::from_millis(150), Duration::from_millis(500)];

/// A server that wants a longer wait than this is not asked again within the same call.
const PATIENCE: Duration = Duration::from_secs(1);

struct Answer {
    code: StatusCode,
    /// `Retry-After`, where it was told in seconds.
    wait: Option<Duration>,
    body: Bytes,
}

/// What every object has that the API gives by its name.
#[derive(Deserialize)]
struct Identity {
    kind: String,
    metadata: Named,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

impl Cluster {
    /// The answer's body.
    ///
    /// # Errors
    /// See [`failure`]; every kind of them.
    pub async fn fetch(&self, request: &Request) -> Result<Bytes, Failure> {
        let first = self.fetch_patiently(request).await;
        let rejected = matches!(&first, Err(failure) if failure.kind == FailureKind::Unauthenticated);
        if rejected && self.forget_credentials().await {
            // A token from a plugin may have expired early: it is made anew, once.
            return self.fetch_patiently(request).await;
        }
        first
    }

    /// The answer, read as JSON.
    ///
    /// # Errors
    /// The same, and `BadAnswer` for what does not fit.
    pub async fn fetch_json<T: DeserializeOwned>(&self, request: &Request) -> Result<T, Failure> {
        let body = Box::pin(self.fetch(request)).await?;
        match identified(&request.asked, &body).and_then(|()| serde_json::from_slice(&body)) {
            Ok(value) => Ok(value),
            Err(error) => {
                let address = self.address().await;
                Err(failure::of_shape(self.name(), &address, &request.asked, &body, &error))
            }
        }
    }

    async fn fetch_patiently(&self, request: &Request) -> Result<Bytes, Failure> {
        let mut pauses = PAUSES.iter();
        loop {
            let Answer { code, wait, body } = self.fetch_once(request).await?;
            if code.is_success() {
                return Ok(body);
            }
            let overloaded = matches!(code, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
            match pauses.next().map(|pause| wait.unwrap_or(*pause).max(*pause)) {
                Some(pause) if overloaded && pause <= PATIENCE => sleep(pause).await,
                _ => {
                    let failure = failure::of_status(self.name(), &request.asked, code, &body);
                    return Err(match wait.filter(|_| overloaded) {
                        Some(wait) => failure
                            .with_hint(format!("the API server asks to wait {} s before asking again", wait.as_secs())),
                        None => failure,
                    });
                }
            }
        }
    }

    async fn fetch_once(&self, request: &Request) -> Result<Answer, Failure> {
        let connection = self.connection().await?;
        let address = connection.address.clone();
        let permit = self.requests.acquire().await;
        let started = Instant::now();
        let allowed = self.limits().request_timeout;
        let work = async {
            let wire = wire_request(request)?;
            let response = connection.client.send(wire).await;
            let response =
                response.map_err(|error| failure::of_transport(self.name(), &address, &request.asked, &error))?;
            let code = response.status();
            let wait = response.headers().get(http::header::RETRY_AFTER);
            let wait = wait.and_then(|value| value.to_str().ok()?.trim().parse().ok()).map(Duration::from_secs);
            let body = Limited::new(response.into_body(), self.limits().answer_bytes).collect().await;
            let body = body.map_err(|error| self.broken_body(&address, &request.asked, error.as_ref()))?;
            Ok(Answer { code, wait, body: body.to_bytes() })
        };
        let result = timeout(allowed, work).await;
        drop(permit);
        result.unwrap_or_else(|_| {
            Err(failure::of_timeout(self.name(), &address, &request.asked, started.elapsed().as_secs_f64()))
        })
    }

    fn broken_body(
        &self,
        address: &str,
        asked: &Asked,
        error: &(dyn std::error::Error + Send + Sync + 'static),
    ) -> Failure {
        if error.is::<http_body_util::LengthLimitError>() {
            let limit = self.limits().answer_bytes >> 20;
            return Failure::new(
                FailureKind::TooLarge,
                format!("cluster {} ({address}) answered {asked} with more than {limit} MiB", self.name()),
            )
            .with_hint("narrow the question to a namespace or a label");
        }
        Failure::new(
            FailureKind::Unreachable,
            format!("cluster {} ({address}) broke off its answer to {asked}", self.name()),
        )
    }
}

/// Whether the body is the object that was asked for by its name; lists, subresources and discovery are not judged here.
fn identified(asked: &Asked, body: &[u8]) -> Result<(), serde_json::Error> {
    let is_object = asked.verb == "get" && !asked.resource.contains('/');
    let Some(name) = asked.name.as_deref().filter(|name| is_object && !name.starts_with('/')) else { return Ok(()) };
    let found: Identity = serde_json::from_slice(body)?;
    if found.kind.is_empty() {
        return Err(serde_json::Error::custom("an object without a kind"));
    }
    if found.metadata.name != name {
        return Err(serde_json::Error::custom("an object of another name"));
    }
    Ok(())
}

pub(super) fn wire_request(request: &Request) -> Result<http::Request<kube::client::Body>, Failure> {
    let built = http::Request::get(&request.uri).header(http::header::ACCEPT, request.form.accept());
    // Table rows carry the metadata by default; said here because servers differ.
    let uri_with_objects = (request.form == Form::Columns).then(|| {
        let separator = if request.uri.contains('?') { '&' } else { '?' };
        format!("{}{separator}includeObject=Metadata", request.uri)
    });
    let built = match uri_with_objects {
        Some(uri) => built.uri(uri),
        None => built,
    };
    built
        .body(kube::client::Body::empty())
        .map_err(|error| Failure::new(FailureKind::BadRequest, format!("{} cannot be asked: {error}", request.asked)))
}
