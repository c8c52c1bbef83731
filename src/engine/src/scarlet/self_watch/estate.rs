//! The endpoints of the environments, and the store.

use super::Inspects;
use crate::scarlet::health_log::HealthLog;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::self_watch::{Finding, Level, Matter, Sight, uptime};
use ports::store::Store;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long the store may take to say that it is there.
const STORE_WAIT: Duration = Duration::from_secs(5);

/// The files of an environment, with the pause between two checks of each of its endpoints.
pub struct Endpoints {
    /// By environment.
    pub environments: BTreeMap<String, (Arc<HealthLog>, BTreeMap<String, TimeDelta>)>,
}

impl Endpoints {
    async fn found(&self, now: DateTime<Utc>) -> Sight {
        let mut findings = Vec::new();
        for (environment, (log, every)) in &self.environments {
            let figures = log.figures(every.clone(), now).await;
            let figures = figures.map_err(|error| format!("the checks of {environment}: {error}"))?;
            findings.extend(figures.into_iter().map(|(endpoint, figures)| Finding {
                matter: Matter::Uptime,
                text: format!("in the last hour the endpoint {endpoint} of {environment} was up for {}", figures.hour),
                level: uptime(&figures.hour),
                subject: endpoint,
                environment: environment.clone(),
            }));
        }
        Ok(findings)
    }
}

#[async_trait]
impl Inspects for Endpoints {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::Uptime]
    }

    async fn look(&self, now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        BTreeMap::from([(Matter::Uptime, self.found(now).await)])
    }
}

/// Whether the store answers.
pub struct StoreStands {
    /// The store.
    pub store: Arc<dyn Store>,
}

#[async_trait]
impl Inspects for StoreStands {
    fn matters(&self) -> &'static [Matter] {
        &[Matter::StoreAway]
    }

    async fn look(&self, _now: DateTime<Utc>) -> BTreeMap<Matter, Sight> {
        let why = match tokio::time::timeout(STORE_WAIT, self.store.health()).await {
            Ok(Ok(health)) if health.waiting > 0 => Some(format!("{} writes wait for its server", health.waiting)),
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("it did not answer within {} s", STORE_WAIT.as_secs())),
        };
        let finding = |why: String| Finding {
            matter: Matter::StoreAway,
            subject: "store".to_owned(),
            environment: String::new(),
            level: Level::Bad,
            text: format!("the store is away, so that nothing is begun: {}", why.trim_end_matches('.')),
        };
        BTreeMap::from([(Matter::StoreAway, Ok(why.map(finding).into_iter().collect()))])
    }
}
