//! Endpoints, by checks that are written down.

use super::super::health_log::HealthLog;
use super::Sense;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::envelope::{Failure, FailureKind};
use domain::sense::endpoint::{self, EndpointWatch};
use domain::sense::uptime::{Check, Found};
use domain::sense::{Looked, Origin, State};
use ports::clock::Clock;
use ports::endpoint::EndpointCheck;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Checks that are kept in memory at most.
const KEPT: usize = 800;

/// One endpoint.
pub(super) struct Endpoints {
    watch: EndpointWatch,
    checker: Arc<dyn EndpointCheck>,
    log: Arc<HealthLog>,
    clock: Arc<dyn Clock>,
    origin: Origin,
    /// The checks of the last hour; `None` before they were read from the file.
    recent: Option<VecDeque<Check>>,
}

impl Endpoints {
    pub(super) fn new(
        watch: &EndpointWatch,
        checker: &Arc<dyn EndpointCheck>,
        log: &Arc<HealthLog>,
        clock: &Arc<dyn Clock>,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (watch, checker) = (watch.clone(), Arc::clone(checker));
        let (log, clock) = (Arc::clone(log), Arc::clone(clock));
        move |origin| Self {
            watch: watch.clone(),
            checker: Arc::clone(&checker),
            log: Arc::clone(&log),
            clock: Arc::clone(&clock),
            origin: origin.clone(),
            recent: None,
        }
    }

    /// The checks of the last hour with this one.
    async fn with(&mut self, check: &Check, now: DateTime<Utc>) -> VecDeque<Check> {
        let mut recent = match self.recent.take() {
            Some(recent) => recent,
            // What cannot be read is told where it is written.
            None => self.log.last_hour(&self.watch.name, now).await.unwrap_or_default().into(),
        };
        recent.push_back(check.clone());
        recent.retain(|check| now - check.at < TimeDelta::hours(1));
        while recent.len() > KEPT {
            recent.pop_front();
        }
        recent
    }
}

#[async_trait]
impl Sense for Endpoints {
    async fn look(&mut self, state: &State, _: DateTime<Utc>, _: &CancellationToken) -> Result<Looked, Failure> {
        let (at, began) = (self.clock.now(), tokio::time::Instant::now());
        let answered = self.checker.check(&self.watch).await;
        let check = Check {
            at,
            endpoint: self.watch.name.clone(),
            found: answered.found,
            status: answered.status,
            milliseconds: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
            why: answered.why,
        };
        let now = self.clock.now();
        let recent = self.with(&check, now).await;
        let written = self.log.append(check).await;
        let checks: Vec<Check> = recent.iter().cloned().collect();
        self.recent = Some(recent);
        if answered.found == Found::NotMade {
            return Err(Failure::new(FailureKind::Refused, format!("the check was not made: {}", answered.words)));
        }
        let mut looked = endpoint::read(&self.origin, &self.watch, &checks, state, now);
        looked.not_looked.extend(written.err().map(|error| format!("the check could not be written down: {error}")));
        Ok(looked)
    }
}
