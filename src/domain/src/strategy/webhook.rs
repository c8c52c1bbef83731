//! Declared webhooks: what a person wired up for a kind of trouble that no action of the library heals.

use super::{Facts, Proposal, Webhook};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::topology::stable;

pub(super) fn propose(judgement: &Judgement, facts: &Facts) -> Vec<Proposal> {
    let object = &judgement.cause;
    facts
        .webhooks
        .iter()
        .filter(|webhook| webhook.symptoms.contains(judgement.rule) && is_for(webhook, judgement))
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

/// By the name of the cause, or of who suffers; pods are known by the workload that they are of.
fn is_for(webhook: &Webhook, judgement: &Judgement) -> bool {
    let mut concerned = [&judgement.cause, &judgement.affected].into_iter().chain(&judgement.victims);
    webhook.services.is_empty()
        || concerned.any(|object| {
            webhook.services.contains(&object.name)
                || (object.kind == "Pod" && webhook.services.contains(stable(&object.name)))
        })
}
