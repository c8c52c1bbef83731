//! Whether the plan says how much the call can change, by what is seen.

use super::hold::{Objections, Reading};
use crate::effect::{self, EffectClass};

pub(super) fn review(reading: Reading<'_>, said: &mut Objections) {
    let (call, told) = (&reading.plan.call, reading.plan.rehearsal.class);
    match effect::of(&call.server, &call.tool) {
        None => said.say(format!("{} {} is not in the effect table", call.server, call.tool)),
        Some(class) => {
            said.unless(!class.is_read(), format!("{} only reads", call.tool));
            let seen = by_what_is_seen(reading, class);
            said.unless(told >= seen, format!("the plan says {told:?}, and by what is seen it is {seen:?}"));
        }
    }
}

/// The class of this call. What was not seen counts as the strictest.
fn by_what_is_seen(reading: Reading<'_>, of_tool: EffectClass) -> EffectClass {
    let milder = match reading.plan.call.tool.as_str() {
        "scale" => match (reading.seen_number("/spec/replicas"), reading.number("replicas")) {
            (Some(from), Some(to)) if to > from => EffectClass::W1,
            _ => EffectClass::W2,
        },
        "delete_pod" => match (reading.controller(), reading.seen.siblings) {
            (None, _) => EffectClass::W3,
            (Some(_), None | Some(0 | 1)) => EffectClass::W2,
            (Some(_), Some(_)) => EffectClass::W1,
        },
        "silence_create" => match reading.number("minutes") {
            Some(0..=120) => EffectClass::W1,
            _ => EffectClass::W2,
        },
        "call_webhook" => {
            let name = reading.text("webhook").unwrap_or_default();
            let declared = reading.rules.webhooks.get(name).map_or(EffectClass::W3, |webhook| webhook.class);
            declared.max(EffectClass::W2)
        }
        _ => of_tool,
    };
    milder.min(of_tool)
}
