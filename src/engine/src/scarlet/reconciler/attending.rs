//! Seeing to one incident: inputs in, steps, effects out, until nothing is due.

use super::{Reconciler, lock};
use crate::kept::bounded;
use domain::heal::{self, Effect, Heal, Input, Sight};
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

/// A healing while it is seen to.
pub(super) struct Attended {
    pub(super) heal: Heal,
    pub(super) incident: Incident,
    version: Option<u64>,
}

impl Reconciler {
    /// Sees to one incident. Answers with its id, whatever came of it.
    pub(super) async fn attend(&self, id: String, stop: &CancellationToken) -> String {
        match self.attended(&id, stop).await {
            Ok(()) => {}
            // Another replica, or a person, was faster: what stands now is seen to at the next pass.
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => tracing::warn!(incident = id, %error, "could not be seen to; it is tried again"),
        }
        id
    }

    async fn attended(&self, id: &str, stop: &CancellationToken) -> Result<(), StoreError> {
        let Some(mut attended) = self.opened(id).await? else { return Ok(()) };
        let mut inputs = self.first_inputs(&mut attended).await?;
        for _ in 0..STEPS {
            if stop.is_cancelled() || !self.leads() {
                return Ok(());
            }
            let Some(input) = inputs.pop_front().or_else(|| self.due_input(&attended.heal)) else { return Ok(()) };
            let before = attended.heal.stage.clone();
            for effect in self.stepped(&mut attended, &input).await? {
                if !self.leads() {
                    return Ok(());
                }
                inputs.extend(self.effect(&attended, effect).await);
            }
            if attended.heal.stage != before {
                inputs.extend(self.shown(&mut attended).await?);
                // Meanwhile a person, or correlation, may have ended it: nothing more is planned or told of it then.
                if !attended.incident.is_open() {
                    inputs.push_front(Input::Seen(self.sight(&attended.incident)));
                }
            }
        }
        Ok(())
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

    /// What is known before anything is due: that others worked on it, what is owed, how the incident stands, and the
    /// approval that waits.
    async fn first_inputs(&self, attended: &mut Attended) -> Result<VecDeque<Input>, StoreError> {
        let mut inputs = VecDeque::new();
        let is_new_here = lock(&self.known).insert(attended.heal.incident.clone());
        if is_new_here && attended.version.is_some() {
            inputs.push_back(Input::TakenOver);
        }
        for debt in attended.heal.owed.clone() {
            inputs.extend(self.pay(attended, &debt).await);
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
            owner: incident.owner.clone(),
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

/// Whether all that an incident is made of are signals of Scarlet about herself: people's to look at. Were they healed, each
/// could raise the next.
fn is_about_herself(incident: &Incident) -> bool {
    let mut members = incident.members.iter();
    !incident.members.is_empty() && members.all(|member| member.source.kind == SourceKind::Herself)
}
