//! Everything that is known of an incident that is over, for its draft.

use crate::approval::Approval;
use crate::audit::{Kind, Record};
use crate::heal::Heal;
use crate::incident::Incident;
use crate::plan::Plan;
use chrono::TimeDelta;
use serde_json::Value;

/// What is told of a freeze or a pause: of those that stood or ended while the incident was there, and shortly before.
const BEFORE: TimeDelta = TimeDelta::hours(1);

/// An incident with all that was kept of it.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Approvals; those of other incidents are left out.
    pub approvals: &'a [Approval],
    /// Its healing, where it is kept.
    pub heal: Option<&'a Heal>,
    /// Records of the journal and of the audit trail; those that are about something else are left out.
    pub records: &'a [Record],
}

/// One deed, as the journal tells it.
pub(super) struct Deed<'a> {
    pub(super) action: &'a str,
    pub(super) intent: &'a Record,
    pub(super) begun: Option<&'a Record>,
    pub(super) end: Option<&'a Record>,
}

impl<'a> Story<'a> {
    /// What the incident and its approvals tell alone.
    pub fn of(incident: &'a Incident, approvals: &'a [Approval]) -> Self {
        Self { incident, approvals, heal: None, records: &[] }
    }

    /// Whether more is known than incident and approvals.
    pub(super) fn is_whole(&self) -> bool {
        self.heal.is_some() || !self.records.is_empty()
    }

    /// Its approvals, in the order in which they were asked for.
    pub(super) fn asked(&self) -> Vec<&'a Approval> {
        let id = Some(self.incident.id.as_str());
        let mut asked: Vec<&Approval> =
            self.approvals.iter().filter(|approval| approval.incident.as_deref() == id).collect();
        asked.sort_by(|one, other| one.asked_at.cmp(&other.asked_at).then_with(|| one.id.cmp(&other.id)));
        asked
    }

    /// Records of its deeds, and of freezes and pauses in its time.
    pub(super) fn told_records(&self) -> impl Iterator<Item = &'a Record> + use<'a> {
        let incident = self.incident;
        let from = incident.opened_at.checked_sub_signed(BEFORE).unwrap_or(incident.opened_at);
        let until = incident.resolved_at.unwrap_or(incident.changed_at);
        self.records.iter().filter(move |record| match record.kind {
            Kind::FreezeOn | Kind::FreezeOff | Kind::PauseOn | Kind::PauseOff => {
                from <= record.at && record.at <= until
            }
            Kind::ActionIntent | Kind::ActionBegun | Kind::ActionEnded | Kind::ActionAbandoned => {
                record.details.get("incident").and_then(Value::as_str) == Some(incident.id.as_str())
            }
            _ => false,
        })
    }

    /// What was done, the first first.
    pub(super) fn deeds(&self) -> Vec<Deed<'a>> {
        let mut deeds: Vec<Deed<'a>> = Vec::new();
        for record in self.told_records() {
            let Some(action) = record.action.as_deref() else { continue };
            let known = deeds.iter_mut().find(|deed| deed.action == action);
            match (&record.kind, known) {
                (Kind::ActionIntent, None) => {
                    deeds.push(Deed { action, intent: record, begun: None, end: None });
                }
                (Kind::ActionBegun, Some(deed)) => deed.begun = Some(record),
                (Kind::ActionEnded | Kind::ActionAbandoned, Some(deed)) => deed.end = Some(record),
                _ => {}
            }
        }
        deeds
    }
}

impl Deed<'_> {
    /// The action that it took back.
    pub(super) fn undoes(&self) -> Option<&str> {
        self.intent.details.get("undoes").and_then(Value::as_str)
    }

    /// The plan, where the journal still has it whole.
    pub(super) fn plan(&self) -> Option<Plan> {
        serde_json::from_value(self.intent.details.get("plan")?.clone()).ok()
    }

    /// On whose word.
    pub(super) fn by(&self) -> Option<&str> {
        self.intent.details.get("by").and_then(Value::as_str)
    }

    pub(super) fn was_begun(&self) -> bool {
        self.begun.is_some()
    }
}
