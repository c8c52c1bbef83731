//! One episode: a trouble is sensed and diagnosed, one candidate is done, and it is seen whether it helped.

use super::place::{CLUSTER, Place, Stepped};
use super::signals::{ENVIRONMENT, Senses};
use chrono::TimeDelta;
use domain::envelope::{Failure, FailureKind};
use domain::strategy::{self, Candidate};
use domain::verification::{self, Outcome};
use engine::scarlet::diagnose::{Diagnoser, Whereabouts};
use engine::scarlet::reconciler::seams::Diagnoses as _;
use estate::scenarios::Scenario;
use ports::clock::Clock;
use ports::toolbox::Toolbox;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Looks until a trouble is diagnosed so that there is a candidate; the signals of a fault come one after the other.
const LOOKS: u32 = 6;

/// Between two looks.
const PAUSE: TimeDelta = TimeDelta::seconds(30);

/// Between two looks at whether it helped.
const VERIFYING: TimeDelta = TimeDelta::seconds(20);

/// A world in which a trouble was diagnosed.
pub(super) struct Diagnosed {
    place: Place,
    senses: Senses,
    /// The diagnosis rule of the judgement that would be acted upon; `None` where there is none.
    pub(super) symptom: Option<String>,
    /// What could be done about it, in the prior order.
    pub(super) candidates: Vec<Candidate>,
}

/// How one action came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// What the verification says.
    pub outcome: Outcome,
    /// Seconds from the effect to the verified end.
    pub seconds: u32,
}

/// Senses and diagnoses the trouble of a scenario in the world of a seed.
pub(super) async fn diagnosed(scenario: Scenario, seed: u64) -> Result<Diagnosed, String> {
    let place = Place::of(scenario, seed)?;
    let mut senses = Senses::default();
    let toolbox: Arc<dyn Toolbox> = place.toolbox.clone();
    let clock: Arc<dyn Clock> = place.clock.clone();
    let whereabouts = Whereabouts { cluster: Some(CLUSTER.to_owned()), webhooks: Vec::new() };
    let places = Arc::new(move |name: &str| (name == ENVIRONMENT).then(|| whereabouts.clone()));
    let diagnoser = Diagnoser::new(toolbox, clock, places);
    let mut symptom = None;
    for round in 1..=LOOKS {
        senses.look(&place.toolbox, place.clock.now()).await?;
        if let Some(incident) = &senses.incident {
            let found = diagnoser.diagnose(incident, round).await?;
            if let Some(basis) = found.basis {
                symptom = Some(basis.judgement.rule.to_owned());
                let candidates = strategy::candidates(&basis.judgement, &basis.facts);
                if !candidates.is_empty() {
                    return Ok(Diagnosed { place, senses, symptom, candidates });
                }
            }
        }
        place.clock.step(PAUSE);
    }
    Ok(Diagnosed { place, senses, symptom, candidates: Vec::new() })
}

impl Diagnosed {
    /// Rehearses a candidate. `Ok(None)` where it is none after all: it is so already, or the act server refuses it.
    ///
    /// # Errors
    /// When the act server could not be asked.
    async fn rehearsed(&self, candidate: &Candidate) -> Result<Option<String>, String> {
        let call = candidate.action.call(&candidate.object, Some(CLUSTER));
        match self.place.act(&call, None, &candidate.why).await {
            Ok(acted) if acted.diff.is_empty() => Ok(None),
            Ok(acted) => Ok(Some(acted.seen_resource_version.unwrap_or_default())),
            Err(failure) if is_no(&failure) => Ok(None),
            Err(failure) => Err(failure.to_string()),
        }
    }

    /// Does one candidate, and waits until it is seen whether it helped. `None` where it cannot be done.
    pub(super) async fn tried(mut self, index: usize) -> Result<Option<Ended>, String> {
        let Some(candidate) = self.candidates.get(index).cloned() else { return Ok(None) };
        let Some(version) = self.rehearsed(&candidate).await? else { return Ok(None) };
        let call = candidate.action.call(&candidate.object, Some(CLUSTER));
        let acted = self.place.act(&call, Some(&version), &candidate.why).await;
        acted.map_err(|failure| format!("{} on {}: {failure}", candidate.action.name(), candidate.object))?;
        let began = self.place.clock.now();
        loop {
            self.place.clock.step(VERIFYING);
            self.senses.look(&self.place.toolbox, self.place.clock.now()).await?;
            let seconds = elapsed(&self.place.clock, began);
            let outcome = self.measured(&candidate, seconds).await;
            if outcome != Outcome::NotYet {
                return Ok(Some(Ended { outcome, seconds }));
            }
            if seconds > candidate.success.window_seconds.saturating_mul(2) {
                return Err(format!("the verification of {} does not end", candidate.action.name()));
            }
        }
    }

    async fn measured(&self, candidate: &Candidate, seconds: u32) -> Outcome {
        let check = &candidate.success;
        let mut answers = Vec::new();
        for call in verification::looks(check, Some(CLUSTER)) {
            answers.push(self.place.toolbox.call(call, CancellationToken::new()).await.result);
        }
        let members = self.senses.incident.iter().flat_map(|incident| &incident.members);
        let over: BTreeMap<String, bool> =
            members.map(|member| (member.fingerprint.clone(), !member.is_firing)).collect();
        verification::judge(check, &verification::measure(check, &answers, &over), seconds)
    }
}

fn elapsed(clock: &Stepped, since: chrono::DateTime<chrono::Utc>) -> u32 {
    u32::try_from((clock.now() - since).num_seconds()).unwrap_or(0)
}

/// Whether an act server said no, rather than that it could not answer.
fn is_no(failure: &Failure) -> bool {
    !matches!(failure.kind, FailureKind::Unreachable | FailureKind::Timeout | FailureKind::RateLimited)
}
