//! Declared webhooks: what a person wired up for a kind of trouble that no action of the library heals.

use super::{Facts, Proposal};
use crate::action::Action;
use crate::diagnosis::Judgement;

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let object = &judgement.cause;
    facts
        .webhooks
        .iter()
        .filter(|webhook| webhook.symptoms.contains(judgement.rule))
        .map(|webhook| Proposal {
            object: object.clone(),
            action: Action::CallWebhook { webhook: webhook.name.clone() },
            why: format!(
                "The settings declare a webhook for troubles of the rule {}; the cause is {object}",
                judgement.rule
            ),
        })
        .collect()
}
