//! The act servers as one process has them. A call that has left the process goes its way whatever becomes of the process:
//! it arrives within a few seconds or never, and its answer may come, come too late, or not come.
//!
//! Guarantees: each call is noted with everything that stands at the moment at which it is made, each change of the cluster
//! with the call that made it; a call takes effect once at most, unless somebody calls again; a permission that was used is
//! refused, as the real servers refuse it.
//!
//! What is simulated keeps what the executor relies on: a call whose process died arrives within `Limits::settle` of it.

use crate::chronicle::Chronicle;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::evidence::deeds::{Calling, Deeds};
use crate::evidence::watch::Watch;
use crate::life::{Fate, Life, Spot};
use crate::weather::{Rates, Weather};
use async_trait::async_trait;
use domain::action::ActCall;
use domain::envelope::{Failure, FailureKind};
use domain::observed::acted::Acted;
use domain::plan::Granted;
use ports::hands::{ActError, Hands, Step};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::memory::Memory;
use tokio::sync::oneshot;

/// The longest way of a call that arrives.
const LONGEST_WAY_MS: u64 = 3_500;

/// After every deadline of whoever waits.
const TOO_LATE: Duration = Duration::from_secs(95);

/// The act servers themselves, which outlive the processes.
#[derive(Default)]
pub struct ActServers {
    /// What was called and changed.
    pub deeds: Deeds,
    used: Mutex<BTreeSet<String>>,
}

/// The hands of one process.
pub struct ShakyHands {
    /// What is acted upon.
    pub cluster: Arc<Cluster>,
    /// The servers.
    pub servers: Arc<ActServers>,
    /// The store itself.
    pub store: Arc<Memory>,
    /// The order of things.
    pub watch: Arc<Watch>,
    /// Whose they are.
    pub life: Arc<Life>,
    /// The faults around them.
    pub weather: Arc<Weather>,
    /// Chance.
    pub dice: Dice,
    /// Where all is told.
    pub chronicle: Arc<Chronicle>,
}

/// What becomes of a call on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Answered,
    Refused,
    Lost,
    Untold,
    Slow,
}

impl Way {
    fn drawn(dice: &Dice, rates: Rates) -> (Self, &'static str) {
        let ways = [
            (rates.act_refused, Self::Refused, "act call refused"),
            (rates.act_lost, Self::Lost, "act call lost on its way"),
            (rates.act_untold, Self::Untold, "timeout after the effect"),
            (rates.act_slow, Self::Slow, "answer after every deadline"),
        ];
        let drawn = ways.into_iter().find(|(rate, _, _)| dice.chance(*rate));
        drawn.map_or((Self::Answered, ""), |(_, way, sort)| (way, sort))
    }
}

impl ShakyHands {
    /// What leaves the process, and its answer.
    fn sent(
        &self,
        deed: usize,
        call: ActCall,
        expected: String,
        way: Way,
    ) -> oneshot::Receiver<Result<Acted, ActError>> {
        let (answer, answered) = oneshot::channel();
        let (cluster, servers, chronicle) = (self.cluster.clone(), self.servers.clone(), self.chronicle.clone());
        let on_its_way = Duration::from_millis(self.dice.between(5, LONGEST_WAY_MS));
        let back = Duration::from_millis(self.dice.between(5, 1_500));
        let roll_seconds = self.dice.between(4, 70);
        tokio::spawn(async move {
            tokio::time::sleep(on_its_way).await;
            let made = match way {
                Way::Refused | Way::Lost => Err(Failure::new(FailureKind::Unreachable, "the simulated server is away")),
                Way::Answered | Way::Untold | Way::Slow => cluster.act(&call, &expected, roll_seconds),
            };
            match &made {
                Ok(acted) => {
                    servers.deeds.took_effect(Some(deed), &call, cluster.time());
                    chronicle.happened(
                        "effects",
                        "cluster",
                        format_args!("{} on {} took effect", call.tool, acted.object),
                    );
                }
                Err(failure) => chronicle.tell("cluster", format_args!("{} had no effect: {failure}", call.tool)),
            }
            match way {
                Way::Answered | Way::Refused => tokio::time::sleep(back).await,
                Way::Slow => tokio::time::sleep(TOO_LATE).await,
                Way::Lost | Way::Untold => {
                    tokio::time::sleep(Duration::from_secs(20)).await;
                    let failure = Failure::new(FailureKind::Timeout, "the simulated server did not answer");
                    let _ = answer.send(Err(ActError::Unknown(failure)));
                    return;
                }
            }
            // Whoever waited may be gone.
            let _ = answer.send(made.map_err(ActError::Refused));
        });
        answered
    }

    async fn acted(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError> {
        let who = self.life.name();
        let refused = |kind, why: &str| Err(ActError::Refused(Failure::new(kind, why)));
        let calling = Calling { life: who, granted, step: &step, grant, store: &self.store, watch: &self.watch };
        let Ok(deed) = self.servers.deeds.called(calling, self.cluster.time()).await else {
            return refused(FailureKind::BadAnswer, "what stands in the simulated store could not be read");
        };
        let (call, expected) = match &step {
            Step::Forward { resource_version } => (granted.forward(), resource_version.clone()),
            Step::Undo { resource_version } => (granted.backward(), resource_version.clone()),
        };
        let Some(call) = call.cloned() else { return refused(FailureKind::Refused, "it is not granted for this") };
        self.chronicle.happened("act calls", who, format_args!("calls {} of {grant}", call.tool));
        let is_new = self.servers.used.lock().unwrap_or_else(PoisonError::into_inner).insert(grant.to_owned());
        if !is_new {
            return refused(FailureKind::Refused, "the permission was used already");
        }
        let (way, sort) = Way::drawn(&self.dice, self.weather.rates());
        if way != Way::Answered {
            self.chronicle.injected(sort, who, &call.tool);
        }
        let fate = self.life.fate_at(Spot::Act);
        if fate == Fate::DiesBefore {
            return self.life.die_here(&Spot::Act.sort(false), "dies before the call leaves").await;
        }
        let answered = self.sent(deed, call, expected, way);
        if fate == Fate::DiesAfter {
            return self.life.die_here(&Spot::Act.sort(true), "dies while the call is on its way").await;
        }
        answered.await.unwrap_or_else(|_| {
            Err(ActError::Unknown(Failure::new(FailureKind::Unreachable, "the simulated server is gone")))
        })
    }
}

#[async_trait]
impl Hands for ShakyHands {
    async fn rehearse(&self, _environment: &str, call: &ActCall, _reason: &str) -> Result<Acted, Failure> {
        self.life
            .while_alive(async {
                tokio::time::sleep(Duration::from_millis(self.dice.between(1, 100))).await;
                if self.dice.chance(self.weather.rates().look_fails) {
                    self.chronicle.injected("rehearsal fails", self.life.name(), &call.tool);
                    return Err(Failure::new(FailureKind::Unreachable, "the simulated server is away"));
                }
                self.cluster.rehearse(call)
            })
            .await
    }

    async fn act(&self, granted: &Granted, step: Step, grant: &str) -> Result<Acted, ActError> {
        self.life.while_alive(self.acted(granted, step, grant)).await
    }
}
