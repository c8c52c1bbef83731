//! Traces, by what services take and how often they fail, now and before.

use super::Sense;
use super::ask::{Answer, ask, typed};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::observed::tempo::{ServiceMap, ServiceRow};
use domain::sense::traces::{self, TraceWatch};
use domain::sense::{Looked, Origin, State};
use ports::toolbox::Toolbox;
use serde_json::json;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The traces of one Tempo.
pub(super) struct Traces {
    tools: Arc<dyn Toolbox>,
    watch: TraceWatch,
    origin: Origin,
}

impl Traces {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &TraceWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self { tools: Arc::clone(&tools), watch: watch.clone(), origin: origin.clone() }
    }

    async fn services(
        &self,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        cancel: &CancellationToken,
    ) -> Result<(Answer, Vec<ServiceRow>), Failure> {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
        let arguments = json!({"start": time(start), "end": time(end), "traces": 1, "instance": self.watch.instance});
        let answer = ask(self.tools.as_ref(), "tempo_service_map", arguments, cancel).await?;
        let map: ServiceMap = typed(serde_json::from_value(answer.data()))?;
        match (map.services, answer.envelope.not_looked.first()) {
            (Some(services), _) => {
                let services = typed(services.typed())?;
                Ok((answer, services))
            }
            (None, None) => Ok((answer, Vec::new())),
            (None, Some(why)) => Err(Failure::new(FailureKind::BadAnswer, format!("services cannot be judged: {why}"))
                .with_hint("shifts are judged by TraceQL metrics: let Tempo have them")),
        }
    }
}

#[async_trait]
impl Sense for Traces {
    async fn look(&mut self, state: &State, now: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let window = TimeDelta::minutes(self.watch.window_minutes.into());
        let baseline = TimeDelta::minutes(self.watch.baseline_minutes.into());
        let begin = now - window;
        let (later, earlier) =
            tokio::try_join!(self.services((begin, now), cancel), self.services((begin - baseline, begin), cancel))?;
        let looked = traces::read(&self.origin, &self.watch, &later.1, &earlier.1, state);
        Ok(later.0.fresh(looked))
    }
}
