//! What a process reaches outward: places where people are told, the intake of signals, and what is written up.

use crate::bus::Line;
use crate::dice::Dice;
use crate::house::House;
use crate::life::Life;
use crate::weather::Weather;
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::approval::Approval;
use domain::correlation::Rules;
use domain::heal::Heal;
use domain::incident::Incident;
use domain::signal::Signal;
use domain::topology::Topology;
use engine::approvals::ApprovalDesk;
use engine::scarlet::intake::{self, Herald, SignalIntake, Surroundings};
use engine::scarlet::reconciler::seams::{Hears, Remembers};
use ports::chat::{Chat, ChatError};
use ports::clock::Clock;
use ports::signals::{Intake as _, IntakeError, Taken};
use ports::store::Store;
use std::sync::{Arc, PoisonError};
use tokio_util::sync::CancellationToken;

/// A chat system that holds the key of everything that it was told.
pub struct Places {
    /// What outlives the process.
    pub house: Arc<House>,
    /// Whose it is.
    pub life: Arc<Life>,
    /// The faults around it.
    pub weather: Arc<Weather>,
    /// Chance.
    pub dice: Dice,
}

#[async_trait]
impl Chat for Places {
    async fn show_incident(&self, _incident: &Incident, _now: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn show_approval(&self, _approval: &Approval, _now: DateTime<Utc>) -> Result<(), ChatError> {
        Ok(())
    }

    async fn tell(&self, place: &str, key: &str, markdown: &str) -> Result<(), ChatError> {
        self.life
            .while_alive(async {
                tokio::task::yield_now().await;
                if self.dice.chance(self.weather.rates().chat_away) {
                    self.house.chronicle.injected("place away", self.life.name(), place);
                    return Err(ChatError::Unavailable(format!("{place} is away")));
                }
                let known = (place.to_owned(), key.to_owned());
                let is_new = self.house.told.lock().unwrap_or_else(PoisonError::into_inner).insert(known);
                if is_new {
                    self.house.chronicle.happened("told to people", place, markdown.replace('\n', " "));
                }
                if self.dice.chance(self.weather.rates().chat_untold) {
                    self.house.chronicle.injected("place told, and nobody hears so", self.life.name(), place);
                    return Err(ChatError::Unavailable(format!("{place} did not answer")));
                }
                Ok(())
            })
            .await
    }
}

/// Nothing but the usual rules, and no topology.
struct Around;

impl Surroundings for Around {
    fn rules(&self) -> Arc<Rules> {
        Arc::new(Rules::default())
    }

    fn topology(&self, _environment: &str) -> Arc<Topology> {
        Arc::default()
    }
}

/// Tells all processes by the bus.
struct ByBus {
    life: Arc<Life>,
    line: Arc<Line>,
}

#[async_trait]
impl Herald for ByBus {
    async fn changed(&self, _incidents: &[&str]) {
        if self.life.is_alive() {
            self.line.announce(self.life.name());
        }
    }
}

/// Takes signals in. Each delivery has an intake of its own, which lives until it has taken, decided and carried out: as many
/// intakes at work on one store as there are deliveries at once.
pub struct Hearing {
    /// What outlives the process.
    pub house: Arc<House>,
    /// Whose it is.
    pub life: Arc<Life>,
    /// Its store.
    pub store: Arc<dyn Store>,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its desk.
    pub approvals: Arc<ApprovalDesk>,
    /// Its end of the bus.
    pub line: Arc<Line>,
}

impl Hearing {
    /// An intake over the parts of this process.
    pub fn intake(&self) -> SignalIntake {
        SignalIntake::new(intake::Parts {
            store: self.store.clone(),
            clock: self.clock.clone(),
            approvals: self.approvals.clone(),
            surroundings: Arc::new(Around),
            herald: Arc::new(ByBus { life: self.life.clone(), line: self.line.clone() }),
            sources: Vec::new(),
        })
    }

    /// Takes signals in.
    ///
    /// # Errors
    /// As the intake says.
    pub async fn take(&self, signals: Vec<Signal>) -> Result<Taken, IntakeError> {
        let (intake, stop) = (self.intake(), CancellationToken::new());
        let taking = async {
            let taken = intake.take(signals).await;
            stop.cancel();
            taken
        };
        let (taken, ()) = futures::future::join(taking, intake.run(stop.clone())).await;
        taken
    }
}

#[async_trait]
impl Hears for Hearing {
    async fn hear(&self, signal: Signal) -> Result<(), String> {
        let name = signal.name.clone();
        let taken = self.life.while_alive(self.take(vec![signal])).await;
        taken.map_err(|error| error.to_string())?;
        self.house.chronicle.happened("signals about herself", self.life.name(), name);
        Ok(())
    }
}

/// Keeps which incidents were written up.
pub struct WriteUps {
    /// What outlives the process.
    pub house: Arc<House>,
    /// Whose it is.
    pub life: Arc<Life>,
}

#[async_trait]
impl Remembers for WriteUps {
    async fn write_up(&self, incident: &Incident, _heal: &Heal) -> Result<(), String> {
        self.life
            .while_alive(async {
                tokio::task::yield_now().await;
                let mut all = self.house.written_up.lock().unwrap_or_else(PoisonError::into_inner);
                if all.insert(incident.id.clone()) {
                    self.house.chronicle.happened("healed", self.life.name(), &incident.id);
                }
                Ok(())
            })
            .await
    }
}
