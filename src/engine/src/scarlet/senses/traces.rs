//! Traces, by what services take and how often they fail, now and before; and by each half minute's requests, where the
//! declaration says that they are learned.

use super::ask::{Answer, ask, typed};
use super::{LOOK, Sense};
use async_trait::async_trait;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::observed::tempo::{ServiceMap, ServiceRow, TraceMetrics};
use domain::sense::traces::requests::{Requests, STEP_SECONDS, Stretch};
use domain::sense::traces::{self, TraceWatch};
use domain::sense::{Looked, Origin, State};
use futures::StreamExt;
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Services whose requests are read at once.
const AT_ONCE: usize = 4;

/// What is left of a look's time at its end: what the windows showed must not be lost with requests that are read slowly.
const MARGIN: Duration = Duration::from_secs(3);

/// Services whose names are told where they could not be read.
const NAMED: usize = 5;

/// Services and buckets that are asked for: as many as the tools give.
const SERVICES: u32 = 200;
const BUCKETS: u32 = 40;

/// The traces of one Tempo.
pub(super) struct Traces {
    tools: Arc<dyn Toolbox>,
    watch: TraceWatch,
    origin: Origin,
    requests: Requests,
}

/// How the requests of a service were spread in a stretch, and how many failed.
type Spread = (TraceMetrics, TraceMetrics);

impl Traces {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &TraceWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self {
            tools: Arc::clone(&tools),
            watch: watch.clone(),
            origin: origin.clone(),
            requests: Requests::default(),
        }
    }

    async fn services(
        &self,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        cancel: &CancellationToken,
    ) -> Result<(Answer, Vec<ServiceRow>, Option<String>), Failure> {
        let arguments = json!({
            "start": time(start), "end": time(end), "traces": 1, "services": SERVICES, "instance": self.watch.instance
        });
        let answer = ask(self.tools.as_ref(), "tempo_service_map", arguments, cancel).await?;
        let map: ServiceMap = typed(serde_json::from_value(answer.data()))?;
        if let Some(why) = map.services_partial {
            // Rates of a part would be taken for those of all: a trouble would look over, or new.
            return Err(Failure::new(FailureKind::BadAnswer, format!("services cannot be judged: {why}")));
        }
        let left_out = map.services_left_out;
        let left_out = (left_out > 0).then(|| format!("{left_out} services are beyond those that are read"));
        match (map.services, answer.envelope.not_looked.first()) {
            (Some(services), _) => {
                let services = typed(services.typed())?;
                Ok((answer, services, left_out))
            }
            (None, None) => Ok((answer, Vec::new(), None)),
            (None, Some(why)) => Err(Failure::new(FailureKind::BadAnswer, format!("services cannot be judged: {why}"))
                .with_hint("shifts are judged by TraceQL metrics: let Tempo have them")),
        }
    }

    /// Learns the half minutes of each declared service that were not read yet. What could not be read, in words: it is tried
    /// again at the next look.
    async fn learn(&mut self, now: DateTime<Utc>, until: Instant, cancel: &CancellationToken) -> Vec<String> {
        let due = self.watch.services.iter().filter_map(|service| Some((service, self.requests.due(service, now)?)));
        let mut due: Vec<(&String, Stretch)> = due.collect();
        // Where time does not suffice for all, it is not always the same ones that are left.
        due.sort_by_key(|(service, _)| self.requests.read_until(service));
        let mut left: BTreeSet<String> = due.iter().map(|(service, _)| (*service).clone()).collect();
        let this = &*self;
        let read = |(service, stretch): (&String, Stretch)| {
            let service = service.clone();
            async move { (this.spread(&service, stretch, cancel).await, service, stretch) }
        };
        let reads: Vec<_> = due.into_iter().map(read).collect();
        let late = Box::pin(tokio::time::sleep_until(until));
        let read: Vec<(Result<Spread, Failure>, String, Stretch)> =
            futures::stream::iter(reads).buffer_unordered(AT_ONCE).take_until(late).collect().await;
        let mut unread = Vec::new();
        for (spread, service, stretch) in read {
            left.remove(&service);
            match spread {
                Ok((durations, failures)) => self.requests.learn(&service, stretch, &durations, &failures),
                Err(failure) => {
                    unread.push(format!("the requests of {service} could not be read: {}", failure.message));
                }
            }
        }
        if !left.is_empty() {
            let named: Vec<&str> = left.iter().take(NAMED).map(String::as_str).collect();
            let (named, all) = (named.join(", "), left.len());
            unread.push(format!("the requests of {all} services could not be read in time: {named}"));
        }
        unread
    }

    async fn spread(&self, service: &str, stretch: Stretch, cancel: &CancellationToken) -> Result<Spread, Failure> {
        let arguments = |function: &str, status: Option<&str>| {
            json!({
                "function": function, "service": service, "status": status, "attributes": ["kind=server"],
                "start": time(stretch.start), "end": time(stretch.end), "step": format!("{STEP_SECONDS}s"),
                "limit": BUCKETS, "instance": self.watch.instance
            })
        };
        tokio::try_join!(
            self.metrics(arguments("histogram", None), cancel),
            self.metrics(arguments("count", Some("error")), cancel)
        )
    }

    /// A part of what was asked for would be taken for a shift.
    async fn metrics(&self, arguments: Value, cancel: &CancellationToken) -> Result<TraceMetrics, Failure> {
        let answer = ask(self.tools.as_ref(), "tempo_metrics", arguments, cancel).await?;
        let cut = answer.envelope.truncated.then(|| "there are more buckets than are read".to_owned());
        let why: Vec<String> = answer.envelope.not_looked.iter().cloned().chain(cut).collect();
        if !why.is_empty() {
            let why = why.join("; ");
            return Err(Failure::new(FailureKind::BadAnswer, format!("only a part of them was told: {why}")));
        }
        typed(serde_json::from_value(answer.data()))
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[async_trait]
impl Sense for Traces {
    async fn look(&mut self, state: &State, now: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let until = Instant::now() + LOOK.saturating_sub(MARGIN);
        let window = TimeDelta::minutes(self.watch.window_minutes.into());
        let baseline = TimeDelta::minutes(self.watch.baseline_minutes.into());
        let begin = now - window;
        let (later, earlier) =
            tokio::try_join!(self.services((begin, now), cancel), self.services((begin - baseline, begin), cancel))?;
        let mut looked = traces::read(&self.origin, &self.watch, &later.1, &earlier.1, state);
        looked.not_looked.extend([&later.2, &earlier.2].into_iter().flatten().cloned());
        if self.watch.learns {
            looked.not_looked.extend(self.learn(now, until, cancel).await);
            looked = traces::joined(&self.origin, &self.watch, looked, &self.requests, state, now);
        }
        Ok(later.0.fresh(looked))
    }

    fn learned(&self) -> Option<Value> {
        self.watch.learns.then(|| serde_json::to_value(&self.requests).ok()).flatten()
    }

    fn take_up(&mut self, learned: Value) -> Result<(), String> {
        self.requests = serde_json::from_value(learned).map_err(|error| error.to_string())?;
        Ok(())
    }
}
