//! Sends requests to one Tempo, and reads its answers into types.
//!
//! Guarantees: every request has the call's deadline; an error keeps the server's own words. A server without version 2
//! of the trace API is asked by version 1. Deliberately absent: what to ask (see `query`).

use crate::config::Endpoint;
use crate::query::otlp::{self, ReadTrace};
use crate::query::{errors, metrics, requests, search};
use domain::envelope::{Failure, FailureKind, Window};
use futures::StreamExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use tools_common::CallContext;
use tools_common::http::{HttpClient, Request, Response};

/// Traces are fetched side by side, so many at once.
const AT_ONCE: usize = 4;

/// One instance.
#[derive(Debug)]
pub(crate) struct Backend {
    source: String,
    client: HttpClient,
}

impl Backend {
    pub(crate) fn new(name: &str, endpoint: &Endpoint, several: bool) -> Result<Self, Failure> {
        let client = endpoint.client()?;
        let source = match several {
            true => format!("tempo {name} {}", client.shown_url()),
            false => format!("tempo {}", client.shown_url()),
        };
        Ok(Self { source, client })
    }

    /// As a person would name it, without credentials.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Asks, and takes only a success; `query` is the TraceQL within, for the place of its errors.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: Request,
        query: Option<&str>,
        context: &CallContext,
    ) -> Result<T, Failure> {
        let response = self.client.exchange(request.until(context.deadline)).await?;
        if !response.status.is_success() {
            return Err(errors::explained(self.client.failure_of(&response), query));
        }
        response.json()
    }

    /// Searches.
    pub(crate) async fn search(
        &self,
        traceql: &str,
        window: Window,
        limit: usize,
        context: &CallContext,
    ) -> Result<search::Answer, Failure> {
        const SPANS_OF_EACH: usize = 3;
        let request = requests::search(traceql, window, limit, SPANS_OF_EACH);
        let answer: search::Answer = self.ask(request, Some(traceql), context).await?;
        if answer.is_told() {
            Ok(answer)
        } else {
            Err(strange("the answer of a search has neither traces nor metrics"))
        }
    }

    /// A TraceQL metrics query.
    pub(crate) async fn metrics(
        &self,
        request: Request,
        traceql: &str,
        context: &CallContext,
    ) -> Result<metrics::Answer, Failure> {
        let response = self.client.exchange(request.until(context.deadline)).await?;
        match response.status.as_u16() {
            200..=299 => {
                let answer: metrics::Answer = response.json()?;
                if answer.is_told() { Ok(answer) } else { Err(strange("the answer of a metrics query has no series")) }
            }
            404 => Err(Failure::new(FailureKind::NotFound, self.client.failure_of(&response).message)
                .with_hint("this Tempo has no TraceQL metrics (they came with version 2.4); `search` and `service_map` work without")),
            _ => Err(errors::explained(self.client.failure_of(&response), Some(traceql))),
        }
    }

    /// One trace. A trace that is not there is `NotFound`, whether the server says 404 or answers with an empty one.
    pub(crate) async fn trace(
        &self,
        id: &str,
        window: Option<Window>,
        context: &CallContext,
    ) -> Result<ReadTrace, Failure> {
        let ask = |version_two| self.client.exchange(requests::trace(id, version_two, window).until(context.deadline));
        let response = ask(true).await?;
        let unknown_api = response.status.as_u16() == 404 && !says_not_found(&response);
        let response = if unknown_api { ask(false).await? } else { response };
        if response.status.as_u16() == 404 {
            return Err(not_found(id, &response));
        }
        if !response.status.is_success() {
            return Err(errors::explained(self.client.failure_of(&response), None));
        }
        let answer: otlp::Answer = response.json()?;
        if !answer.is_told() {
            return Err(strange("the answer to a question for a trace has neither a trace nor batches"));
        }
        let trace = answer.read();
        if trace.spans.is_empty() && trace.partial.is_none() {
            return Err(not_found(id, &response));
        }
        Ok(trace)
    }

    /// Several traces, each with its id; those that cannot be had come as failures.
    pub(crate) async fn traces(
        &self,
        ids: &[String],
        context: &CallContext,
    ) -> Vec<(String, Result<ReadTrace, Failure>)> {
        let mut looks: Vec<BoxFuture<'_, (String, Result<ReadTrace, Failure>)>> = Vec::new();
        for (done, id) in ids.iter().enumerate() {
            looks.push(Box::pin(async move {
                let result = self.trace(id, None, context).await;
                context.progress.tell((done + 1) as f64, Some(ids.len() as f64), format!("read trace {id}"));
                (id.clone(), result)
            }));
        }
        futures::stream::iter(looks).buffered(AT_ONCE).collect().await
    }

    /// Whether Tempo answers at all, to tell an empty Tempo from a wrong address.
    pub(crate) async fn answers(&self, context: &CallContext) -> bool {
        let asked = self.client.exchange(requests::echo().until(context.deadline)).await;
        asked.is_ok_and(|response| response.status.is_success())
    }
}

/// JSON that is none of Tempo's.
fn strange(what: &str) -> Failure {
    Failure::new(FailureKind::BadAnswer, what).with_hint("is the URL that of a Tempo?")
}

/// Tempo says `trace not found`; a router that does not know the path says something else.
fn says_not_found(response: &Response) -> bool {
    String::from_utf8_lossy(&response.body).to_lowercase().contains("trace not found")
}

fn not_found(id: &str, response: &Response) -> Failure {
    let message = format!("{}: there is no trace {id}", response.asked);
    let shortened = if id.len() < 32 { "; the id has fewer than 32 digits: is it shortened?" } else { "" };
    let hint = format!(
        "it may be older than the retention, not yet stored (a minute), sampled away, of another tenant or outside of start and end{shortened}"
    );
    Failure::new(FailureKind::NotFound, message).with_hint(hint)
}
