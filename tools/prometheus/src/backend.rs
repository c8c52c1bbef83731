//! Sends requests to one Prometheus and its Alertmanager, and reads their answers into types.
//!
//! Guarantees: every request has the call's deadline; an API error keeps the server's own words and becomes the
//! failure kind that it means. Metric names are remembered for a short while, because three tools need them and on a
//! large server they are megabytes. Deliberately absent: what to ask (see `query`).

use crate::config::{Endpoint, Instance};
use crate::query::api::{Answer, QueryData};
use crate::query::requests;
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
        Ok(Self { source, prometheus, alertmanager, recipes, names: Mutex::new(None) })
    }

    /// The recipes of `golden_signals`.
    pub(crate) fn recipes(&self) -> &Recipes {
        &self.recipes
    }

    /// As a person would name it, without credentials.
    pub(crate) fn source(&self) -> &str {
        &self.source
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
        let made: Made = self.change_alertmanager(act, request, context).await?.json()?;
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
        client.send(request.until(context.deadline)).await.map_err(|failure| match failure.kind {
            FailureKind::Timeout | FailureKind::Unreachable => Failure {
                message: format!("{}; the change may have been made or not", failure.message),
                hint: Some("look at `silences` before anything is tried again".to_owned()),
                ..failure
            },
            _ => failure,
        })
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

fn read<T: DeserializeOwned>(client: &HttpClient, response: &Response) -> Result<Told<T>, Failure> {
    if !response.status.is_success() {
        let told: Option<Answer<serde_json::Value>> = response.json().ok();
        return Err(match told.and_then(|answer| answer.into_failure(&response.asked)) {
            Some(failure) => failure,
            None => client.failure_of(response),
        });
    }
    let answer: Answer<T> = response.json()?;
    if answer.data.is_none()
        && let Some(failure) = answer.as_failure(&response.asked)
    {
        return Err(failure);
    }
    match answer.data {
        Some(data) => Ok(Told { data, warnings: answer.warnings }),
        None => {
            let message = format!("{}: the answer has neither data nor an error", response.asked);
            Err(Failure::new(FailureKind::BadAnswer, message).with_hint("is the URL that of a Prometheus API?"))
        }
    }
}
