//! The read tools as one process has them: they take their time, fail, hang, and may show what was a while ago.

use crate::chronicle::Chronicle;
use crate::cluster::Cluster;
use crate::dice::Dice;
use crate::life::Life;
use crate::weather::Weather;
use crate::world::looks::TOOLS;
use async_trait::async_trait;
use domain::effect::EffectClass;
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Longer than anybody waits for a look.
const NEVER: Duration = Duration::from_secs(600);

/// The eyes.
pub struct Eyes {
    /// What is looked at.
    pub cluster: Arc<Cluster>,
    /// Whose they are.
    pub life: Arc<Life>,
    /// The faults around them.
    pub weather: Arc<Weather>,
    /// Chance.
    pub dice: Dice,
    /// Where faults are told.
    pub chronicle: Arc<Chronicle>,
}

impl Eyes {
    async fn look(&self, call: &ToolCall) -> ToolOutcome {
        let (rates, who) = (self.weather.rates(), self.life.name());
        if self.dice.chance(300) {
            tokio::time::sleep(Duration::from_millis(self.dice.between(1, 300))).await;
        }
        if self.dice.chance(rates.look_hangs) {
            self.chronicle.injected("look hangs", who, &call.tool);
            tokio::time::sleep(NEVER).await;
        }
        if self.dice.chance(rates.look_fails) {
            self.chronicle.injected("look fails", who, &call.tool);
            let kind = if self.dice.chance(500) { FailureKind::Timeout } else { FailureKind::Unreachable };
            return outcome(Err(Failure::new(kind, format!("{}: the simulated server is away", call.tool))), false);
        }
        let is_stale = self.dice.chance(rates.look_stale);
        if is_stale {
            self.chronicle.injected("stale look", who, &call.tool);
        }
        let is_cached = self.dice.chance(rates.look_cached);
        if is_cached {
            self.chronicle.injected("look from a cache", who, &call.tool);
        }
        outcome(self.cluster.look(call, is_stale || is_cached), is_cached)
    }
}

fn outcome(result: Result<domain::envelope::Envelope, Failure>, cached: bool) -> ToolOutcome {
    let bytes = result.as_ref().map_or(0, |envelope| envelope.returned.saturating_mul(100));
    ToolOutcome { result, cached, bytes }
}

#[async_trait]
impl Toolbox for Eyes {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        let tool = |name: &&str| ToolDescription {
            name: (*name).to_owned(),
            server: name.split('_').next().unwrap_or_default().to_owned(),
            description: "simulated".to_owned(),
            input_schema: json!({"type": "object"}),
            effect: EffectClass::R0,
        };
        TOOLS.iter().map(tool).collect()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, cancel: CancellationToken) -> ToolOutcome {
        self.life
            .while_alive(async {
                tokio::select! {
                    biased;
                    () = cancel.cancelled() => outcome(Err(Failure::new(FailureKind::Cancelled, "stopped")), false),
                    seen = self.look(&call) => seen,
                }
            })
            .await
    }
}
