//! The HTTP under async-openai: one attempt without repetitions, answers under a size limit, errors with their status.
//!
//! The crate's own executor repeats by itself, drops the status of errors that are no JSON and reads without limit.
//! This one sends our headers only, turns an answer that is one JSON document into an event stream of one event, and
//! tells whether the stream's closing mark came by.

use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, StreamExt};
use reqwest::{Response, header};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

const ERROR_BYTES: usize = 64 * 1024;
const CLOSING_MARK: &[u8] = b"[DONE]";

/// An HTTP answer that is no event stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HttpFailure {
    /// The status says no.
    #[error("HTTP {status}: {body}")]
    Status { status: u16, retry_after: Option<Duration>, body: String },
    /// The status says yes, and the body is something else.
    #[error("an answer of the type {content_type}: {body}")]
    NotEvents { content_type: String, body: String },
    /// The answer is longer than what is read.
    #[error("an answer longer than {limit} bytes")]
    TooLong { limit: u64 },
}

/// The service that async-openai sends through.
#[derive(Clone)]
pub(crate) struct Transport {
    pub(crate) http: reqwest::Client,
    pub(crate) limit: u64,
    pub(crate) marks: Arc<Marks>,
}

/// What the transport saw of the answer's body.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    /// The stream's closing mark came by.
    pub(crate) closed: AtomicBool,
    /// The body was cut at its limit (the layers above report that as a broken connection).
    pub(crate) too_long: AtomicBool,
}

impl tower::Service<HttpRequestFactory> for Transport {
    type Response = Response;
    type Error = OpenAIError;
    type Future = BoxFuture<'static, Result<Response, OpenAIError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), OpenAIError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, factory: HttpRequestFactory) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move {
            let mut request = factory.build().await?;
            // What the crate reads from the environment must not reach a foreign server; ours are the client's defaults.
            for name in ["authorization", "openai-organization", "openai-project", "openai-beta"] {
                request.headers_mut().remove(name);
            }
            let response = transport.http.execute(request).await.map_err(OpenAIError::Reqwest)?;
            transport.examine(response).await
        })
    }
}

fn failed(failure: HttpFailure) -> OpenAIError {
    OpenAIError::Boxed(Box::new(failure))
}

impl Transport {
    async fn examine(&self, response: Response) -> Result<Response, OpenAIError> {
        let status = response.status();
        if !status.is_success() {
            let retry_after = retry_after(&response);
            let body = beginning(response, ERROR_BYTES).await;
            return Err(failed(HttpFailure::Status { status: status.as_u16(), retry_after, body }));
        }
        let content_type = content_type(&response);
        match content_type.split(';').next().unwrap_or_default().trim() {
            "application/json" => self.document(response).await,
            "text/event-stream" | "" | "application/x-ndjson" | "text/plain" | "application/octet-stream" => {
                Ok(self.limited(response))
            }
            _ => {
                let body = beginning(response, ERROR_BYTES).await;
                Err(failed(HttpFailure::NotEvents { content_type, body }))
            }
        }
    }

    /// A server that does not stream: its document becomes one event.
    async fn document(&self, response: Response) -> Result<Response, OpenAIError> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let (body, whole) = read_up_to(response, limit).await.map_err(OpenAIError::Reqwest)?;
        if !whole {
            return Err(failed(HttpFailure::TooLong { limit: self.limit }));
        }
        // A line break inside an event would end its line; between JSON's words any blank does.
        let line = String::from_utf8_lossy(&body).replace(['\n', '\r'], " ");
        self.marks.closed.store(true, Ordering::Relaxed);
        let body = reqwest::Body::from(format!("data: {line}\n\ndata: [DONE]\n\n"));
        Ok(Response::from(http::Response::new(body)))
    }

    fn limited(&self, response: Response) -> Response {
        let (limit, marks) = (self.limit, self.marks.clone());
        let state = (response.bytes_stream().boxed(), 0_u64, Vec::new());
        let bytes = stream::unfold(state, move |(mut body, read, mut tail)| {
            let marks = marks.clone();
            async move {
                let part = match body.next().await? {
                    Ok(part) => part,
                    Err(error) => return Some((Err(std::io::Error::other(error.without_url())), (body, read, tail))),
                };
                let read = read + part.len() as u64;
                if read > limit {
                    marks.too_long.store(true, Ordering::Relaxed);
                    let error = std::io::Error::other(HttpFailure::TooLong { limit });
                    let nothing: BoxStream<'static, reqwest::Result<Bytes>> = stream::empty().boxed();
                    return Some((Err(error), (nothing, read, tail)));
                }
                look_for_mark(&mut tail, &part, &marks.closed);
                Some((Ok(part), (body, read, tail)))
            }
        });
        Response::from(http::Response::new(reqwest::Body::wrap_stream(bytes)))
    }
}

/// The mark may be cut in two by the parts of the body.
fn look_for_mark(tail: &mut Vec<u8>, part: &Bytes, closed: &AtomicBool) {
    tail.extend_from_slice(part);
    if tail.windows(CLOSING_MARK.len()).any(|window| window == CLOSING_MARK) {
        closed.store(true, Ordering::Relaxed);
    }
    let surplus = tail.len().saturating_sub(CLOSING_MARK.len() - 1);
    tail.drain(..surplus);
}

fn content_type(response: &Response) -> String {
    let value = response.headers().get(header::CONTENT_TYPE);
    value.and_then(|value| value.to_str().ok()).unwrap_or_default().to_ascii_lowercase()
}

/// Only the form in seconds; a date would need the server's clock.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?;
    let seconds: f64 = text.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

async fn beginning(response: Response, limit: usize) -> String {
    match read_up_to(response, limit).await {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => "(the body could not be read)".to_owned(),
    }
}

/// The body up to a limit, and whether that was the whole.
pub(crate) async fn read_up_to(mut response: Response, limit: usize) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await? {
        let room = limit.saturating_sub(body.len());
        body.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
        if part.len() > room {
            return Ok((body, false));
        }
    }
    Ok((body, true))
}
