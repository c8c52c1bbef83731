//! Seeing to one incident: inputs in, steps, effects out, until nothing is due.

use super::{Reconciler, lock};
use crate::kept::bounded;
use domain::heal::{self, Effect, End, Heal, Input, Sight};
use domain::incident::Incident;
use domain::signal::SourceKind;
use ports::approvals::Approvals as _;
use ports::store::document::Expect;
use ports::store::error::StoreError;
use ports::store::record::{self, Versioned};
use std::collections::VecDeque;
use tokio_util::sync::CancellationToken;

/// Steps of one attendance at most: what has more to do is seen to again at the next pass.
const STEPS: usize = 48;

/// How far an attendance came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// Everything that it knew of was taken in.
    All,
    /// It was cut: something that was wanted, or came of it, may not be taken in.
    InPart,
}

/// A healing while it is seen to.
pub(super) struct Attended {
    pub(super) heal: Heal,
    pub(super) incident: Incident,
    version: Option<u64>,
}

impl Reconciler {
    /// Sees to one incident. Answers with its id, whatever came of it.
    pub(super) async fn attend(&self, id: String, stop: &CancellationToken) -> String {
        let seen = self.attended(&id, stop).await;
        match &seen {
            // Another replica, or a person, was faster: what stands now is seen to at the next pass.
            Ok(_) | Err(StoreError::Conflict { .. }) => {}
            Err(error) => tracing::warn!(incident = id, %error, "could not be seen to; it is tried again"),
        }
        if seen != Ok(Came::All) {
            // Effects that were wanted, or their answers, may be lost with it: the next pass takes it over as from
            // another process, asks what became of what may have begun, and repeats nothing.
            lock(&self.known).remove(&id);
        }
        id
    }

    async fn attended(&self, id: &str, stop: &CancellationToken) -> Result<Came, StoreError> {
        let Some(mut attended) = self.opened(id).await? else { return Ok(Came::All) };
        let mut inputs = self.first_inputs(&mut attended).await?;
        let mut owes = true;
        for _ in 0..STEPS {
            if stop.is_cancelled() || !self.leads() {
                return Ok(Came::InPart);
            }
            if inputs.is_empty() && std::mem::take(&mut owes) {
                inputs.extend(self.pay_all(&attended).await);
            }
            let next = inputs.pop_front().or_else(|| self.due_input(&attended.heal));
            let Some(input) = next else { return Ok(Came::All) };
            let before = attended.heal.stage.clone();
            let effects = self.stepped(&mut attended, &input).await?;
            // People see what is done before it is done.
            let hindrance = match attended.heal.stage == before {
                true => None,
                false => self.shown_anew(&mut attended, &mut inputs).await,
            };
            for effect in effects {
                if !self.leads() {
                    return Ok(Came::InPart);
                }
                inputs.extend(match (&hindrance, effect) {
                    (Some(why), Effect::Act { plan }) => Some(not_begun(plan, why)),
                    (_, effect) => self.effect(&attended, effect).await,
                });
            }
        }
        Ok(Came::InPart)
    }

    /// Shows a stage that has just begun. What speaks against beginning anything in it, where something does: that it
    /// could not be shown, which the next pass does, or that the incident is over. What has begun goes on, and is taken
    /// back, all the same.
    async fn shown_anew(&self, attended: &mut Attended, inputs: &mut VecDeque<Input>) -> Option<String> {
        match self.shown(attended).await {
            Ok(shown) => inputs.extend(shown),
            Err(error) => {
                tracing::warn!(incident = attended.incident.id, %error, "could not be shown; it is tried again");
                return Some(format!("people could not be shown that it begins ({error})"));
            }
        }
        if attended.incident.is_open() {
            return None;
        }
        // A person, or correlation, may have ended it meanwhile: nothing more is planned or told of it then.
        inputs.push_front(Input::Seen(self.sight(&attended.incident)));
        Some("the incident is over".to_owned())
    }

    /// One step, kept before anything of it is done.
    async fn stepped(&self, attended: &mut Attended, input: &Input) -> Result<Vec<Effect>, StoreError> {
        let (next, effects) = heal::step(&attended.heal, input, self.parts.clock.now());
        if next != attended.heal || attended.version.is_none() {
            let expect = attended.version.map_or(Expect::Absent, Expect::Version);
            attended.version = Some(bounded(record::save(&*self.parts.store, &next, expect)).await?);
            attended.heal = next;
        }
        Ok(effects)
    }

    /// The incident with its healing; a new one where it has none and is not over.
    async fn opened(&self, id: &str) -> Result<Option<Attended>, StoreError> {
        let found = bounded(record::load::<Heal>(&*self.parts.store, id)).await?;
        let incident = bounded(record::load::<Incident>(&*self.parts.store, id)).await?;
        let Some(Versioned { value: incident, .. }) = incident else {
            if found.is_some() {
                tracing::warn!(incident = id, "there is a healing, but no incident any more; nothing is done for it");
            }
            return Ok(None);
        };
        Ok(match found {
            Some(found) => Some(Attended { heal: found.value, incident, version: Some(found.version) }),
            None if incident.is_open() && !is_about_herself(&incident) => {
                let (environment, now) = (incident.environment.clone(), self.parts.clock.now());
                let mode = (self.parts.modes)(&environment);
                Some(Attended { heal: Heal::begin(id, environment, mode, now), incident, version: None })
            }
            None => None,
        })
    }

    /// What is known before anything is paid or due: that others worked on it, how the incident stands, and the approval
    /// that waits.
    async fn first_inputs(&self, attended: &mut Attended) -> Result<VecDeque<Input>, StoreError> {
        let mut inputs = VecDeque::new();
        let is_new_here = lock(&self.known).insert(attended.heal.incident.clone());
        if is_new_here && attended.version.is_some() {
            inputs.push_back(Input::TakenOver);
        }
        inputs.extend(self.shown(attended).await?);
        inputs.push_back(Input::Seen(self.sight(&attended.incident)));
        if let Some(approval) = attended.heal.stage.approval() {
            inputs.extend(self.look_at_approval(approval).await);
        }
        Ok(inputs)
    }

    fn due_input(&self, heal: &Heal) -> Option<Input> {
        heal.next_at.filter(|at| *at <= self.parts.clock.now()).map(|_| Input::Tick)
    }

    fn sight(&self, incident: &Incident) -> Sight {
        Sight {
            state: incident.state,
            part_of: incident.part_of.clone(),
            owner: incident.owner.clone(),
            taking_back: incident.taking_back.clone(),
            quiet_since: heal::quiet_since(incident),
            flapping: incident.flapping,
            mode: (self.parts.modes)(&incident.environment),
        }
    }

    /// Shows the healing in its incident, compared and swapped.
    async fn shown(&self, attended: &mut Attended) -> Result<Option<Input>, StoreError> {
        let now = self.parts.clock.now();
        let heal = attended.heal.clone();
        let changed = record::change(&*self.parts.store, &attended.heal.incident, |found: Option<Incident>| {
            let Some(found) = found else { return (None, None) };
            match heal::show(&heal, &found, now) {
                Some(next) => (Some(next.clone()), Some(next)),
                None => (None, Some(found)),
            }
        });
        let Some(incident) = bounded(changed).await? else { return Ok(None) };
        attended.incident = incident;
        Ok(Some(Input::Shown))
    }

    /// How an approval stands; nothing where it could not be looked at: it is looked at again.
    pub(super) async fn look_at_approval(&self, approval: &str) -> Option<Input> {
        match self.parts.approvals.get(approval).await {
            Ok(found) => Some(Input::Approval {
                approval: approval.to_owned(),
                state: found.as_ref().map(|found| found.state),
                starts_at: found.as_ref().and_then(|found| found.starts_at),
                ended: found.and_then(|found| found.ended),
            }),
            Err(error) => {
                tracing::warn!(approval, %error, "the approval could not be looked at; it is tried again");
                None
            }
        }
    }
}

/// The answer of what did not begin.
fn not_begun(plan: String, why: &str) -> Input {
    Input::Ended { plan, end: End::NeverBegun { why: why.to_owned() } }
}

/// Whether all that an incident is made of are signals of Scarlet about herself: people's to look at. Were they healed, each
/// could raise the next.
fn is_about_herself(incident: &Incident) -> bool {
    let mut members = incident.members.iter();
    !incident.members.is_empty() && members.all(|member| member.source.kind == SourceKind::Herself)
}
