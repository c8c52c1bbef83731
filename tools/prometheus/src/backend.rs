//! Sends requests to one Prometheus and its Alertmanager, and reads their answers into types.
//!
//! Guarantees: every request has the call's deadline; an API error keeps the server's own words and becomes the
//! failure kind that it means. Metric names are remembered for a short while, because three tools need them and on a
//! large server they are megabytes. Deliberately absent: what to ask (see `query`).

use crate::config::{Endpoint, Instance};
use crate::query::api::{Answer, QueryData};
use crate::query::requests;
use crate::query::silences::{self, Silence};
use crate::recipes::Recipes;
use domain::envelope::{Failure, FailureKind};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tools_common::CallContext;
use tools_common::act::Act;
use tools_common::http::{HttpClient, Request, Response};

const NAMES_FRESH_FOR: Duration = Duration::from_secs(30);
const NAMES_OF_NOW: Duration = Duration::from_secs(1);

/// A successful answer's data, with the server's warnings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Told<T> {
    pub data: T,
    pub warnings: Vec<String>,
}

/// One instance.
#[derive(Debug)]
pub(crate) struct Backend {
    source: String,
    /// Its name, where there are several.
    instance: Option<String>,
    prometheus: HttpClient,
    alertmanager: Option<HttpClient>,
    recipes: Arc<Recipes>,
    names: Mutex<Option<(Instant, Arc<Vec<String>>)>>,
}

impl Backend {
    pub(crate) fn new(instance: &Instance, recipes: Arc<Recipes>, several: bool) -> Result<Self, Failure> {
        let prometheus = instance.prometheus.client()?;
        let alertmanager = instance.alertmanager.as_ref().map(Endpoint::client).transpose()?;
        let source = match several {
            true => format!("prometheus {} {}", instance.name, prometheus.shown_url()),
            false => format!("prometheus {}", prometheus.shown_url()),
        };
        let instance = several.then(|| instance.name.clone());
        Ok(Self { source, instance, prometheus, alertmanager, recipes, names: Mutex::new(None) })
    }

    /// The recipes of `golden_signals`.
    pub(crate) fn recipes(&self) -> &Recipes {
        &self.recipes
    }

    /// As a person would name it, without credentials.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// What a call says to reach it: its name, where there are several.
    pub(crate) fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    pub(crate) fn has_alertmanager(&self) -> bool {
        self.alertmanager.is_some()
    }

    /// Asks Prometheus.
    pub(crate) async fn ask<T: DeserializeOwned>(
        &self,
        request: Request,
        context: &CallContext,
    ) -> Result<Told<T>, Failure> {
        let response = self.prometheus.exchange(request.until(context.deadline)).await?;
        read(&self.prometheus, &response)
    }

    /// Evaluates PromQL at one instant.
    pub(crate) async fn instant(
        &self,
        promql: &str,
        at: chrono::DateTime<chrono::Utc>,
        context: &CallContext,
    ) -> Result<Told<QueryData>, Failure> {
        self.ask(requests::instant(promql, at, context.remaining()), context).await
    }

    /// Asks Alertmanager; `None` where none is configured.
    pub(crate) async fn ask_alertmanager<T: DeserializeOwned>(
        &self,
        request: Request,
        context: &CallContext,
    ) -> Option<Result<T, Failure>> {
        let client = self.alertmanager.as_ref()?;
        let answer = async { client.send(request.until(context.deadline)).await?.json() };
        Some(answer.await)
    }

    /// One silence; `None` where no Alertmanager is configured, and inside of it where there is no such silence.
    pub(crate) async fn silence(&self, id: &str, context: &CallContext) -> Option<Result<Option<Silence>, Failure>> {
        let client = self.alertmanager.as_ref()?;
        let answer = async {
            let response = client.exchange(silences::get(id).until(context.deadline)).await?;
            match response.status.as_u16() {
                200..=299 => response.json().map(Some),
                404 if !is_of_a_router(&response) => Ok(None),
                _ => Err(client.failure_of(&response)),
            }
        };
        Some(answer.await)
    }

    /// Makes a silence, and gives its id. Sent once, whatever comes of it.
    ///
    /// # Errors
    /// Why it was not made; without an answer it is open whether it was.
    pub(crate) async fn create_silence(
        &self,
        act: &Act,
        request: Request,
        context: &CallContext,
    ) -> Result<String, Failure> {
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Made {
            #[serde(rename = "silenceID")]
            silence_id: String,
        }
        let made: Made = self.change_alertmanager(act, request, context).await?.json().map_err(in_doubt)?;
        Ok(made.silence_id)
    }

    /// Ends a silence.
    ///
    /// # Errors
    /// Why it was not ended; without an answer it is open whether it was.
    pub(crate) async fn expire_silence(
        &self,
        act: &Act,
        request: Request,
        context: &CallContext,
    ) -> Result<(), Failure> {
        self.change_alertmanager(act, request, context).await.map(drop)
    }

    async fn change_alertmanager(
        &self,
        act: &Act,
        request: Request,
        context: &CallContext,
    ) -> Result<Response, Failure> {
        let refused = |what: &str| Failure::new(FailureKind::Refused, what.to_owned());
        if act.is_dry_run() {
            return Err(refused("a rehearsal sends nothing to an Alertmanager, which has no dry run"));
        }
        let client = self.alertmanager.as_ref().ok_or_else(|| refused("no Alertmanager is configured"))?;
        let response =
            client.exchange(request.until(context.deadline)).await.map_err(|failure| match failure.kind {
                // The request could not even be written.
                FailureKind::BadRequest => failure,
                _ => in_doubt(failure),
            })?;
        match response.status {
            status if status.is_success() => Ok(response),
            status if status.is_server_error() => Err(in_doubt(client.failure_of(&response))),
            _ => Err(client.failure_of(&response)),
        }
    }

    /// All metric names, at most half a minute old.
    pub(crate) async fn metric_names(&self, context: &CallContext) -> Result<Arc<Vec<String>>, Failure> {
        self.names_not_older_than(NAMES_FRESH_FOR, context).await
    }

    /// All metric names of this moment: for whoever is about to say that there is none of a name.
    pub(crate) async fn metric_names_now(&self, context: &CallContext) -> Result<Arc<Vec<String>>, Failure> {
        self.names_not_older_than(NAMES_OF_NOW, context).await
    }

    async fn names_not_older_than(&self, age: Duration, context: &CallContext) -> Result<Arc<Vec<String>>, Failure> {
        let mut remembered = self.names.lock().await;
        if let Some((since, names)) = remembered.as_ref()
            && since.elapsed() < age
        {
            return Ok(Arc::clone(names));
        }
        let told: Told<Vec<String>> = self.ask(requests::label_values("__name__", &[], None), context).await?;
        let names = Arc::new(told.data);
        *remembered = Some((Instant::now(), Arc::clone(&names)));
        Ok(names)
    }
}

/// The failure of a change that was sent: nobody knows what became of it.
fn in_doubt(failure: Failure) -> Failure {
    Failure {
        message: format!("{}; the change may have been made or not", failure.message),
        hint: Some("look at `silences` before anything is tried again".to_owned()),
        ..failure
    }
}

/// A page or a router's words: then the path is wrong, and nothing is said about the silence.
fn is_of_a_router(response: &Response) -> bool {
    response.content_type == "text/html" || String::from_utf8_lossy(&response.body).contains("page not found")
}

/// Whether the status says more than the words of an API error: a gateway before the API (Mimir, Cortex, Thanos)
/// writes its own refusals in the API's form. Prometheus itself sends 503 for a query that took too long.
fn is_told_by_status(status: u16, error_type: &str) -> bool {
    match status {
        401 | 403 | 407 | 429 | 502 => true,
        408 | 503 | 504 => !matches!(error_type, "timeout" | "canceled" | "unavailable"),
        _ => false,
    }
}

fn read<T: DeserializeOwned>(client: &HttpClient, response: &Response) -> Result<Told<T>, Failure> {
    if !response.status.is_success() {
        let told: Option<Answer<serde_json::Value>> = response.json().ok();
        let told = told.filter(|answer| !is_told_by_status(response.status.as_u16(), &answer.error_type));
        return Err(match told.and_then(|answer| answer.into_failure(&response.asked)) {
            Some(failure) => failure,
            None => client.failure_of(response),
        });
    }
    let answer: Answer<T> = response.json()?;
    if answer.data.is_none()
        && let Some(failure) = answer.as_failure(&response.asked)
    {
        return Err(response.told(failure));
    }
    match answer.data {
        Some(data) => Ok(Told { data, warnings: answer.warnings }),
        None => {
            let message = format!("{}: the answer has neither data nor an error", response.asked);
            Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"))
        }
    }
}
