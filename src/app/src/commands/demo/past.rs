//! What Scarlet is made to remember in the demo, which has no fifty episodes to learn from: which actions helped before.
//!
//! It is said at the start of the demo that this memory is made up.

use super::watching::ENVIRONMENT;
use crate::cli::Stop;
use crate::wiring::state;
use chrono::{DateTime, TimeDelta, Utc};
use domain::learning::{DOCUMENT, Learning, Lesson};
use domain::verification::Outcome;
use ports::store::{Store, record};

/// The class of trouble, the action, how often it helped in the demo, and how often not. By the first she has earned to act
/// alone. The second leaves her less sure, so that she waits for the window. The third keeps her sure enough of a cordon to
/// ask for it at all.
const PAST: &[(&str, &str, u32, u32)] = &[
    ("image-pull", "rollout_undo", 8, 0),
    ("unschedulable", "rollout_undo", 60, 27),
    ("node-not-ready", "cordon", 8, 0),
];

/// The past in words.
pub const PAST_IN_WORDS: &str = "In this demo she is made to remember that roll backs and cordons helped before: that of an image that cannot be pulled she does at once,\nthat of what fits no node in the maintenance window, which opens two minutes after the start; a cordon she asks for.";

/// Puts her past into a store that nobody else uses yet.
///
/// # Errors
/// The store does not take it.
pub async fn remember(store: &dyn Store, now: DateTime<Utc>) -> Result<(), Stop> {
    let learning = learned(now);
    record::change(store, DOCUMENT, |_: Option<Learning>| (Some(learning.clone()), ())).await.map_err(state::stop)
}

/// What is learned of all of it.
fn learned(now: DateTime<Utc>) -> Learning {
    let mut learning = Learning::default();
    for (symptom, action, helped, not) in PAST {
        let outcomes = (0..*not).map(|_| Outcome::Same).chain((0..*helped).map(|_| Outcome::Better));
        for (number, outcome) in outcomes.enumerate() {
            learning = learning.learn(Lesson {
                id: format!("{symptom}-{number}"),
                symptom: (*symptom).to_owned(),
                action: (*action).to_owned(),
                environment: ENVIRONMENT.to_owned(),
                outcome,
                approved: true,
                undone: false,
                seconds: 60,
                at: now - TimeDelta::days(1),
            });
        }
    }
    learning
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_past_leaves_her_as_sure_as_the_demo_says() {
        let learned = learned("2026-11-21T03:00:00Z".parse().unwrap());
        let pull = learned.earned("image-pull", "rollout_undo", ENVIRONMENT);
        assert!(pull.is_earned, "{}", pull.why);
        let history = |symptom, action| learned.history(symptom, action, ENVIRONMENT);
        assert!(history("image-pull", "rollout_undo") >= 900, "she acts at once");
        let less = history("unschedulable", "rollout_undo");
        assert!((600..800).contains(&less), "{less}: too unsure to act now, sure enough for the window");
        assert!(history("node-not-ready", "cordon") >= 900, "she is sure enough to ask");
        assert_eq!(history("disk-full", "rollout_undo"), Learning::default().history("", "", ""), "of nothing else");
    }
}
