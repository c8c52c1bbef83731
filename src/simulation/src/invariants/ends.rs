//! Ends: of actions, of chains, of incidents.

use crate::evidence::Evidence;
use crate::evidence::deeds::{action_of, undo_of};
use domain::audit::{Kind, Outcome, Record};
use domain::heal::{Ending, Stage};

/// What the journal tells to be done was done, and what it tells not to be done was not. Of a pod that was to be deleted by a
/// process that died the object tells alone: it is gone, whoever did it.
pub(super) fn journal_is_true(evidence: &Evidence) -> Vec<String> {
    let mut broken = Vec::new();
    for record in
        evidence.standing.journal.iter().filter(|one| matches!(one.kind, Kind::ActionEnded | Kind::ActionAbandoned))
    {
        let Some(action) = &record.action else { continue };
        let deeds = evidence.deeds.iter().filter(|deed| {
            let own = if deed.is_undo { undo_of(&deed.digest) } else { action_of(&deed.digest) };
            own == *action
        });
        let numbers: Vec<usize> = deeds.map(|deed| deed.number).collect();
        let effects = evidence.effects.iter().filter(|effect| effect.deed.is_some_and(|deed| numbers.contains(&deed)));
        let is_done = effects.count() > 0;
        let lie = match (&record.kind, &record.outcome) {
            (Kind::ActionAbandoned, _) if is_done => "was given up, and took effect",
            (Kind::ActionEnded, Some(Outcome::Failed(_) | Outcome::Refused(_))) if is_done => "failed, and took effect",
            (Kind::ActionEnded, Some(Outcome::Done)) if !is_done && !is_gone_otherwise(evidence, record) => {
                "was done, and had no effect"
            }
            _ => continue,
        };
        broken.push(format!("the journal tells that {action} {lie}"));
    }
    broken
}

/// Whether an end says no more than that a pod was found gone, as it is.
fn is_gone_otherwise(evidence: &Evidence, record: &Record) -> bool {
    let is_found = record.details.get("found").and_then(serde_json::Value::as_bool) == Some(true);
    let name = record.on.as_deref().and_then(|on| on.strip_prefix("Pod ")?.split('/').nth(1));
    is_found && name.is_some_and(|name| !evidence.pods.contains(name))
}

/// When all is over nothing is open, under way without an end, or unverified.
pub(super) fn nothing_forgotten(evidence: &Evidence) -> Vec<String> {
    if !evidence.is_over {
        return Vec::new();
    }
    let open = evidence.standing.open.iter().map(|action| format!("{action} has no end in the journal"));
    let is_ended = |action: &str| {
        evidence.standing.journal.iter().any(|record| {
            let is_end = matches!(record.kind, Kind::ActionEnded | Kind::ActionAbandoned);
            is_end && record.action.as_deref() == Some(action)
        })
    };
    let held = evidence.standing.under_way.iter().filter(|(action, _)| !is_ended(action));
    let held = held.map(|(action, _)| format!("{action} is under way by the guards, and nobody knows of it"));
    let attempts = evidence.standing.heals.iter().flat_map(|heal| &heal.attempts);
    let unverified = attempts.filter(|attempt| attempt.outcome == Ending::UnderWay);
    let unverified = unverified.map(|attempt| format!("nobody saw whether {} helped", attempt.plan));
    open.chain(held).chain(unverified).collect()
}

/// Journal and audit trail hold against their anchors.
pub(super) fn chains_whole(evidence: &Evidence) -> Vec<String> {
    let broken = &evidence.standing.broken_chains;
    broken.iter().map(|(log, why)| format!("the {log} does not hold: {why}")).collect()
}

/// When all is over each incident is, and so is its healing.
pub(super) fn every_incident_ends(evidence: &Evidence) -> Vec<String> {
    if !evidence.is_over {
        return Vec::new();
    }
    let incidents = evidence.standing.incidents.iter().filter(|incident| incident.is_open());
    let incidents = incidents.map(|incident| format!("{} is {:?}", incident.id, incident.state));
    let is_over = |stage: &Stage| matches!(stage, Stage::Closed | Stage::Resolved { .. });
    let heals = evidence.standing.heals.iter().filter(|heal| !is_over(&heal.stage));
    incidents.chain(heals.map(|heal| format!("the healing of {} is {}", heal.incident, heal.state))).collect()
}
