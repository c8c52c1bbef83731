//! Success checks: by what it will be seen whether an action helped, from how the trouble itself was seen.
//!
//! Guarantees: fixed before anything is done; never empty; only conditions that show the trouble now or guard against a
//! worse state: what was never measured cannot tell of success.
//!
//! Deliberately absent: measuring, and the judgement on what was measured (`verification`).

use super::{Facts, Raised};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::plan::{Condition, SuccessCheck};

/// No window is longer, in seconds.
const LONGEST_WINDOW: u32 = 1_800;

/// What one more pod adds to a window, in seconds: rollouts replace them a few at a time.
const SECONDS_A_POD: u32 = 20;

/// An alert is over at its source a few minutes after its cause: its expression looks back, and groups are sent at intervals.
const SECONDS_FOR_SIGNALS: u32 = 600;

/// A series is read over two minutes: before that, the trouble is still in it.
const SECONDS_FOR_MEASURES: u32 = 150;

/// The check for an action; `None` where nothing would tell success from failure.
pub(super) fn check(judgement: &Judgement, facts: &Facts, action: &Action) -> Option<SuccessCheck> {
    let mut conditions: Vec<Condition> = facts
        .readiness
        .iter()
        .filter(|known| is_about_pods(judgement) || facts.target.as_ref() == Some(&known.object))
        .map(|known| Condition::WorkloadReady { object: known.object.clone(), baseline_ready: known.ready })
        .collect();
    // The findings on a node last until the machine is back, whatever becomes of its pods.
    if facts.node.is_none() {
        conditions.extend(
            facts
                .findings
                .iter()
                .map(|(object, count)| Condition::NoFinding { object: object.clone(), baseline_findings: *count }),
        );
        conditions.extend(facts.measures.iter().map(|measure| Condition::QueryWithin {
            query: measure.query.clone(),
            instance: None,
            at_most: Some(measure.at_most),
            baseline: Some(measure.now),
        }));
        // The signal of a pod that goes away is over by that, which tells nothing of the pods that come.
        let tells = |raised: &&Raised| !(raised.is_of_a_pod && replaces_pods(action) && !conditions.is_empty());
        let telling: Vec<&Raised> = facts.raised.iter().filter(tells).collect();
        conditions.extend(
            telling.into_iter().map(|raised| Condition::SignalOver { fingerprint: raised.fingerprint.clone() }),
        );
    }
    // First, so that it is not what is left out.
    if let Some(declared) = declared(facts, action) {
        conditions.insert(0, declared);
    }
    conditions.extend(of_the_cause(judgement, facts, action));
    conditions.truncate(MOST_CONDITIONS);
    if !conditions.iter().any(|condition| shows_the_trouble(condition, facts)) {
        return None;
    }
    let (settle_seconds, window_seconds) = times(judgement, facts, action);
    Some(SuccessCheck { conditions, settle_seconds, window_seconds })
}

fn replaces_pods(action: &Action) -> bool {
    matches!(
        action,
        Action::RolloutRestart
            | Action::RolloutUndo { .. }
            | Action::SetImage { .. }
            | Action::SetResources { .. }
            | Action::DeletePod
    )
}

/// What a plan takes at most.
const MOST_CONDITIONS: usize = 16;

/// Rules that see the trouble in the pods of whoever suffers.
fn is_about_pods(judgement: &Judgement) -> bool {
    judgement.rule == "node-not-ready"
}

/// What the settings expect of a webhook.
fn declared(facts: &Facts, action: &Action) -> Option<Condition> {
    let Action::CallWebhook { webhook: name } = action else { return None };
    let webhook = facts.webhooks.iter().find(|webhook| webhook.name == *name)?;
    let expected = webhook.expectation.as_ref()?;
    Some(Condition::QueryWithin {
        query: expected.query.clone(),
        instance: expected.instance.clone(),
        at_most: expected.at_most,
        baseline: None,
    })
}

/// A webhook is for causes that are no workloads: the health checks speak of these themselves.
fn of_the_cause(judgement: &Judgement, facts: &Facts, action: &Action) -> Option<Condition> {
    let is_webhook = matches!(action, Action::CallWebhook { .. });
    (is_webhook && facts.target.is_none())
        .then(|| Condition::NoFinding { object: judgement.cause.clone(), baseline_findings: 1 })
}

/// Whether a condition does not hold now: a check of which everything holds already would call anything a success.
fn shows_the_trouble(condition: &Condition, facts: &Facts) -> bool {
    match condition {
        Condition::WorkloadReady { object, .. } => {
            facts.readiness_of(object).is_some_and(|known| known.ready < known.desired)
        }
        Condition::NoFinding { baseline_findings, .. } => *baseline_findings > 0,
        Condition::QueryWithin { .. } | Condition::SignalOver { .. } => true,
    }
}

/// New pods look well until the trouble catches up with them: a leak fills its limit, a program starts and crashes.
fn seconds_until_it_would_show(rule: &str) -> u32 {
    match rule {
        "out-of-memory" => 180,
        "crash" => 90,
        "readiness" => 60,
        _ => 0,
    }
}

/// How long to wait, and for how long at most.
fn times(judgement: &Judgement, facts: &Facts, action: &Action) -> (u32, u32) {
    let pods = facts.readiness.iter().map(|known| known.desired).max().unwrap_or(1);
    let (settle, window): (u32, u32) = match action {
        Action::DeletePod => (15, 240),
        // Pods of a silent node are given up after five minutes, by the usual toleration.
        Action::Cordon | Action::Drain => (30, 900),
        Action::CallWebhook { .. } => (60, 900),
        _ => (30, 300),
    };
    let settle = settle.max(seconds_until_it_would_show(judgement.rule));
    let settle = if facts.measures.is_empty() { settle } else { settle.max(SECONDS_FOR_MEASURES) };
    let more_for_signals = if facts.raised.is_empty() { 0 } else { SECONDS_FOR_SIGNALS };
    let window = window.saturating_add(pods.saturating_mul(SECONDS_A_POD)).saturating_add(more_for_signals);
    (settle, window.max(settle.saturating_mul(2)).min(LONGEST_WINDOW))
}
