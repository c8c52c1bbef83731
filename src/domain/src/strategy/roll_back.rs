//! Roll back: the revision that ran before the rollout with which the trouble began.

use super::{Facts, Proposal};
use crate::action::Action;
use crate::diagnosis::Judgement;

/// Rules whose trouble lies in the template itself: pods of it cannot start, whenever the trouble was noticed.
const OF_THE_TEMPLATE: &[&str] = &["image-pull", "missing-reference", "unschedulable"];

/// Rules whose trouble may come with a rollout: it must fit in time.
const AFTER_A_ROLLOUT: &[&str] =
    &["out-of-memory", "crash", "readiness", "errors-after-rollout", "slow-dependency", "slow-by-itself"];

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let (Some(target), Some(change)) = (&facts.target, &facts.change) else { return Vec::new() };
    let is_of_template = OF_THE_TEMPLATE.contains(&judgement.rule);
    let is_after_rollout = AFTER_A_ROLLOUT.contains(&judgement.rule) && change.fits_onset;
    if !is_of_template && !is_after_rollout {
        return Vec::new();
    }
    vec![Proposal {
        object: target.clone(),
        action: Action::RolloutUndo { to_revision: Some(change.before) },
        why: format!(
            "Revision {} of {target} came with the trouble (rule {}); revision {} ran before it",
            change.revision, judgement.rule, change.before
        ),
    }]
}
