//! What is owed beside the stage: sentences in the timeline, ends of approvals, reminders, lessons, signals about herself.
//!
//! A debt that could not be paid stands in the healing and is tried again at the next pass. Each may come twice, and does
//! the same once.

use super::Reconciler;
use super::attending::Attended;
use super::effects::within;
use crate::kept::bounded;
use domain::heal::{Debt, Input, Owed, limits};
use domain::incident::{Incident, Severity};
use domain::learning::{Learning, Lesson};
use domain::signal::{Signal, Source, SourceKind, Status, fingerprint};
use ports::store::record;
use std::collections::BTreeMap;

/// Who writes into the timeline.
const SCARLET: &str = "scarlet";

impl Reconciler {
    /// Pays one debt. `None` where it could not be paid: it stands.
    pub(super) async fn pay(&self, attended: &Attended, debt: &Debt) -> Option<Input> {
        let paid = match within(limits::TELLING, self.paid(attended, debt)).await {
            Some(paid) => paid,
            None => Err("no answer came in time".to_owned()),
        };
        match paid {
            Ok(()) => Some(Input::Paid { key: debt.key.clone() }),
            Err(why) => {
                tracing::warn!(
                    incident = attended.incident.id,
                    debt = debt.key,
                    why,
                    "could not be done; it is tried again"
                );
                None
            }
        }
    }

    async fn paid(&self, attended: &Attended, debt: &Debt) -> Result<(), String> {
        let incident = &attended.incident;
        match &debt.what {
            Owed::Note { text } => self.note(&incident.id, text, debt).await,
            Owed::Withdraw { approval, why } => {
                self.parts.approvals.withdraw(approval, why).await.map(|_| ()).map_err(|error| error.to_string())
            }
            Owed::Remind { approval } => self.parts.tells.remind(incident, approval).await,
            Owed::Conclude { plan, outcome } => {
                let attempt = attended.heal.attempts.iter().find(|attempt| attempt.plan == *plan);
                match attempt {
                    Some(attempt) => self.parts.executes.conclude(&attempt.digest, *outcome).await,
                    None => Ok(()),
                }
            }
            Owed::Learn(lesson) => self.learn(lesson).await,
            Owed::Alert { name, text, is_over } => {
                let status = if *is_over { Status::Resolved } else { Status::Firing };
                self.parts.hears.hear(self.signal(incident, (name, text), status, debt)).await
            }
            Owed::WriteUp => self.parts.remembers.write_up(incident, &attended.heal).await,
        }
    }

    async fn note(&self, incident: &str, text: &str, debt: &Debt) -> Result<(), String> {
        let noted = record::change(&*self.parts.store, incident, |found: Option<Incident>| {
            let Some(mut next) = found else { return (None, ()) };
            let is_there =
                |at: &domain::incident::Happening| at.actor == SCARLET && at.text == text && at.at >= debt.since;
            if next.timeline.iter().rev().any(is_there) {
                return (None, ());
            }
            next.changed_at = next.changed_at.max(debt.since);
            let at = next.changed_at;
            next.note(SCARLET, text, at);
            (Some(next), ())
        });
        bounded(noted).await.map_err(|error| error.to_string())
    }

    /// Learned once, whatever comes twice: the lesson has the plan's id.
    async fn learn(&self, lesson: &Lesson) -> Result<(), String> {
        let learned = record::change(&*self.parts.store, domain::learning::DOCUMENT, |found: Option<Learning>| {
            let before = found.unwrap_or_default();
            let next = before.learn(lesson.clone());
            ((next != before).then_some(next), ())
        });
        bounded(learned).await.map_err(|error| error.to_string())
    }

    fn signal(&self, incident: &Incident, (name, text): (&str, &str), status: Status, debt: &Debt) -> Signal {
        let now = self.parts.clock.now();
        let labels = BTreeMap::from([("incident".to_owned(), incident.id.clone())]);
        let about = labels.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fingerprint = fingerprint(&incident.environment, name, about);
        Signal {
            // The debt's key: what is told again is the same signal, what is raised again is another.
            id: format!("scarlet {name} {}", debt.key),
            fingerprint,
            source: Source { kind: SourceKind::Herself, name: SCARLET.to_owned() },
            environment: incident.environment.clone(),
            name: name.to_owned(),
            status,
            severity: Severity::Medium,
            object: None,
            service: None,
            labels,
            text: text.to_owned(),
            value: None,
            query: None,
            started_at: now,
            seen_at: now,
        }
    }
}
