//! What is owed beside the stage: sentences in the timeline, ends of approvals, reminders, lessons, signals about herself.
//!
//! A debt that could not be paid stands in the healing and is tried again, at first after some seconds and then more and
//! more seldom, and never before what happened to the incident was taken in. Each may come twice, and does the same once.

use super::attending::Attended;
use super::effects::within;
use super::{Reconciler, lock};
use crate::kept::bounded;
use domain::backoff::Backoff;
use domain::heal::{Debt, Input, Owed, limits};
use domain::incident::{Incident, SCARLET, Severity};
use domain::learning::{Learning, Lesson};
use domain::signal::{Signal, Source, SourceKind, Status, fingerprint};
use ports::store::record;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::Instant;

/// Between two tries of a debt that could not be paid.
const PAUSES: Backoff =
    Backoff { base: Duration::from_secs(5), cap: Duration::from_mins(5), longest_wish: Duration::ZERO };

/// Debts of which it is remembered that they could not be paid, at most; another is tried each time that it is due.
const REMEMBERED: usize = 1024;

/// Debts that could not be paid, by their keys: how often, and from when on they are tried again.
#[derive(Debug, Default)]
pub(super) struct Unpaid(BTreeMap<String, (u32, Instant)>);

impl Unpaid {
    fn may_be_tried(&self, key: &str) -> bool {
        self.0.get(key).is_none_or(|(_, from)| *from <= Instant::now())
    }

    fn failed(&mut self, key: &str) {
        if self.0.len() >= REMEMBERED && !self.0.contains_key(key) {
            let now = Instant::now();
            self.0.retain(|_, (_, from)| *from > now);
            if self.0.len() >= REMEMBERED {
                return;
            }
        }
        let failures = self.0.get(key).map_or(0, |(failures, _)| *failures);
        self.0.insert(key.to_owned(), (failures.saturating_add(1), Instant::now() + PAUSES.ceiling(failures)));
    }

    fn paid(&mut self, key: &str) {
        self.0.remove(key);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Reconciler {
    /// Pays what the healing owes, the oldest first.
    pub(super) async fn pay_all(&self, attended: &Attended) -> Vec<Input> {
        let mut paid = Vec::new();
        for debt in &attended.heal.owed {
            paid.extend(self.pay(attended, debt).await);
        }
        paid
    }

    /// Pays one debt. `None` where it could not be paid, or could not lately: it stands.
    pub(super) async fn pay(&self, attended: &Attended, debt: &Debt) -> Option<Input> {
        if !lock(&self.unpaid).may_be_tried(&debt.key) {
            return None;
        }
        let paid = match within(limits::TELLING, self.paid(attended, debt)).await {
            Some(paid) => paid,
            None => Err("no answer came in time".to_owned()),
        };
        match paid {
            Ok(()) => {
                lock(&self.unpaid).paid(&debt.key);
                Some(Input::Paid { key: debt.key.clone() })
            }
            Err(why) => {
                lock(&self.unpaid).failed(&debt.key);
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
            Owed::TellOver { pages, text } => self.parts.tells.over(incident, pages, text).await,
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
