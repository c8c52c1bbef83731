//! Sends requests to one Loki, and reads their answers into types.
//!
//! Guarantees: every request has the call's deadline; a refusal keeps the server's own words; an endpoint that an old
//! or small server does not have is `None` and not a failure. Deliberately absent: what to ask (see `query`).

use crate::config::{Instance, Limits};
use crate::query::api::{Answer, Data, VectorSample};
use crate::query::lines::{Entry, merged};
use crate::query::requests;
use crate::query::window::Span;
use crate::query::{api, clean, errors};
use domain::envelope::{Failure, FailureKind};
use domain::observed::loki::Size;
use domain::secret::Secret;
use tools_common::CallContext;
use tools_common::http::{HttpClient, Request, Response};

const TENANT_HEADER: &str = "X-Scope-OrgID";
/// What Loki itself takes at most by default (`max_entries_limit_per_query`).
pub(crate) const MOST_LINES: usize = 5_000;
/// Appended to a query whose answer is over the size that is read: Loki cuts the lines itself.
const CUT_BY_LOKI: &str = "\n| line_format `{{ __line__ | trunc 4096 }}`";

/// One instance.
#[derive(Debug)]
pub(crate) struct Backend {
    source: String,
    client: HttpClient,
    limits: Limits,
}

/// Lines of one request.
#[derive(Debug)]
pub(crate) struct Read {
    pub entries: Vec<Entry>,
    /// What the server warned of, and what was done to make the answer fit.
    pub notes: Vec<String>,
}

impl Backend {
    pub(crate) fn new(name: &str, instance: Instance, limits: Limits, several: bool) -> Result<Self, Failure> {
        let mut endpoint = instance.endpoint;
        let is_set = endpoint.settings.headers.keys().any(|header| header.eq_ignore_ascii_case(TENANT_HEADER));
        if instance.tenants.iter().any(|tenant| tenant.is_empty() || tenant.contains('|')) {
            return Err(Failure::new(FailureKind::BadRequest, "a tenant's name is empty or holds a `|`")
                .with_hint("name each tenant by itself"));
        }
        if !is_set && !instance.tenants.is_empty() {
            endpoint.settings.headers.insert(TENANT_HEADER.to_owned(), Secret::new(instance.tenants.join("|")));
        }
        let client = endpoint.client()?;
        let source = match several {
            true => format!("loki {name} {}", client.shown_url()),
            false => format!("loki {}", client.shown_url()),
        };
        Ok(Self { source, client, limits })
    }

    /// As a person would name it, without credentials.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Lines of a log query. Where they are too large to be read, Loki is asked to cut them, and then for fewer.
    pub(crate) async fn lines(
        &self,
        query: &str,
        span: Span,
        limit: usize,
        forward: bool,
        context: &CallContext,
    ) -> Result<Read, Failure> {
        match self.lines_once(query, span, limit, forward, context).await {
            Err(failure) if failure.kind == FailureKind::TooLarge && failure.message.contains("MiB are read") => {
                let cut = format!("{query}{CUT_BY_LOKI}");
                let mut read = self.lines_once(&cut, span, limit, forward, context).await.map_err(|_| failure)?;
                read.notes.push(
                    "The lines are so long that Loki was asked to cut each to 4096 characters; line filters saw them whole."
                        .to_owned(),
                );
                Ok(read)
            }
            other => other,
        }
    }

    async fn lines_once(
        &self,
        query: &str,
        span: Span,
        limit: usize,
        forward: bool,
        context: &CallContext,
    ) -> Result<Read, Failure> {
        let request = requests::lines(query, span, limit, forward);
        let (data, notes) = self.query(request, query, context).await?;
        match data {
            Data::Streams(streams) => Ok(Read { entries: merged(streams, forward), notes }),
            other => Err(strange(&format!("a query for lines was answered with a {}", other.kind()))),
        }
    }

    /// The result of a query, with warnings.
    pub(crate) async fn query(
        &self,
        request: Request,
        query: &str,
        context: &CallContext,
    ) -> Result<(Data, Vec<String>), Failure> {
        let response = self.send(request, Some(query), context).await?;
        let answer: Answer<Data> = response.json()?;
        let warnings =
            answer.warnings.iter().map(|warning| format!("Loki warns: {}", clean::clean(clean::head(warning, 300))));
        let warnings = warnings.collect();
        answer.data.map(|data| (data, warnings)).ok_or_else(|| strange("the answer to a query has no data"))
    }

    /// An instant vector.
    pub(crate) async fn vector(
        &self,
        query: &str,
        at_ns: i64,
        context: &CallContext,
    ) -> Result<Vec<VectorSample>, Failure> {
        match self.query(requests::instant(query, at_ns), query, context).await?.0 {
            Data::Vector(samples) => Ok(samples),
            other => Err(strange(&format!("an instant query was answered with a {}", other.kind()))),
        }
    }

    /// What the index says of a selector; `None` where the server has no such statistics.
    pub(crate) async fn size(
        &self,
        selector: &str,
        span: Span,
        context: &CallContext,
    ) -> Result<Option<Size>, Failure> {
        let request = requests::stats(selector, span);
        let told: Option<api::Size> =
            self.where_known(request, context).await?.map(|response| response.json()).transpose()?;
        Ok(told.map(Size::from))
    }

    /// Bytes by the values of a label, the largest first; `None` where the server does not tell volumes.
    pub(crate) async fn volumes(
        &self,
        selector: &str,
        span: Span,
        label: &str,
        limit: usize,
        context: &CallContext,
    ) -> Result<Option<Vec<(String, u64)>>, Failure> {
        let request = requests::volume(selector, span, label, limit);
        let Some(response) = self.where_known(request, context).await? else { return Ok(None) };
        let answer: Answer<Data> = response.json()?;
        let samples = match answer.data {
            Some(Data::Vector(samples)) => samples,
            None if answer.status == "success" => Vec::new(),
            None => return Err(strange("the answer to a question for volumes has no data")),
            Some(other) => {
                return Err(strange(&format!("a question for volumes was answered with a {}", other.kind())));
            }
        };
        let mut volumes: Vec<(String, u64)> = samples
            .into_iter()
            .map(|sample| (sample.metric.get(label).cloned().unwrap_or_default(), sample.value.value.max(0.0) as u64))
            .collect();
        volumes.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        Ok(Some(volumes))
    }

    /// Names or values; a success without data is an empty list.
    pub(crate) async fn names(&self, request: Request, context: &CallContext) -> Result<Vec<String>, Failure> {
        let answer: Answer<Vec<String>> = self.send(request, None, context).await?.json()?;
        if answer.status == "error" {
            return Err(strange("the answer to a question for names says that it is an error"));
        }
        match answer.data {
            Some(names) => Ok(names),
            None if answer.status == "success" => Ok(Vec::new()),
            None => Err(strange("the answer to a question for names has neither data nor a status")),
        }
    }

    async fn send(&self, request: Request, query: Option<&str>, context: &CallContext) -> Result<Response, Failure> {
        let response = self.client.exchange(request.until(context.deadline)).await?;
        if response.status.is_success() { Ok(response) } else { Err(self.refused(&response, query)) }
    }

    /// The same, `None` where the server does not know the path, or has it turned off.
    async fn where_known(&self, request: Request, context: &CallContext) -> Result<Option<Response>, Failure> {
        let response = self.client.exchange(request.until(context.deadline)).await?;
        match response.status.as_u16() {
            200..=299 => Ok(Some(response)),
            404 | 405 | 501 => Ok(None),
            _ if String::from_utf8_lossy(&response.body).contains("not enabled") => Ok(None),
            _ => Err(self.refused(&response, None)),
        }
    }

    fn refused(&self, response: &Response, query: Option<&str>) -> Failure {
        let body = String::from_utf8_lossy(response.body.get(..16 * 1024).unwrap_or(&response.body));
        errors::explain(&response.asked, response.status.as_u16(), &body, query)
            .unwrap_or_else(|| self.client.failure_of(response))
    }
}

fn strange(what: &str) -> Failure {
    Failure::new(FailureKind::BadAnswer, what).with_hint("is the URL that of a Loki?")
}
