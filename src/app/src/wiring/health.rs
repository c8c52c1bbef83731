//! The parts of the service, as `GET /health` tells them.

use async_trait::async_trait;
use ports::bus::Bus;
use ports::store::Store;
use std::sync::Arc;
use tokio::sync::SetOnce;
use web::health::{Component, Part, Status};

/// The bus, from when it could be started.
pub type StartedBus = Arc<SetOnce<Arc<dyn Bus>>>;

/// The parts: store and bus.
pub fn parts(store: Option<Arc<dyn Store>>, bus: StartedBus) -> Vec<Arc<dyn Part>> {
    vec![Arc::new(StorePart(store)), Arc::new(BusPart(bus))]
}

struct StorePart(Option<Arc<dyn Store>>);

#[async_trait]
impl Part for StorePart {
    fn name(&self) -> &str {
        "store"
    }

    async fn look(&self) -> Component {
        let (status, detail) = match &self.0 {
            None => (Status::Degraded, "nothing is kept: store.kind is \"none\"".to_owned()),
            Some(store) => match store.health().await {
                Ok(health) if health.waiting > 0 => {
                    (Status::Degraded, format!("{}: {} writes wait for the server", health.place, health.waiting))
                }
                Ok(health) => (Status::Ok, format!("{} ({})", health.place, health.engine)),
                Err(error) => (Status::Failing, error.to_string()),
            },
        };
        Component { name: self.name().to_owned(), status, detail, since: None }
    }
}

struct BusPart(StartedBus);

#[async_trait]
impl Part for BusPart {
    fn name(&self) -> &str {
        "bus"
    }

    async fn look(&self) -> Component {
        let Some(bus) = self.0.get() else {
            let detail = "not started: it keeps its events in the store, which could not be read yet".to_owned();
            return Component { name: self.name().to_owned(), status: Status::Degraded, detail, since: None };
        };
        let health = bus.health();
        let (status, detail) = match health.degraded {
            Some(why) => {
                let waiting =
                    if health.waiting > 0 { format!("; {} events wait", health.waiting) } else { String::new() };
                (Status::Degraded, format!("served from this process: {why}{waiting}"))
            }
            None => (
                Status::Ok,
                health.engine.map_or(health.place.clone(), |engine| format!("{} ({engine})", health.place)),
            ),
        };
        Component { name: self.name().to_owned(), status, detail, since: Some(health.since) }
    }
}
