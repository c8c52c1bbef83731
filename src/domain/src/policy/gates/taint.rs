//! Taint: where free text from outside got into any part of the plan, a person is asked (invariant 7).

use super::{Gate, GateFinding};
use crate::plan::Field;
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Taint;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let fields: Vec<&str> = situation.tainted.iter().map(|field| name(*field)).collect();
    let why = || format!("free text from outside got into the plan's {}", fields.join(", "));
    let finding = || GateFinding::new(NAME, Verdict::Ask, why());
    (!fields.is_empty()).then(|| finding().relaxed_by("a plan made of typed fields, metrics and our own rules"))
}

fn name(field: Field) -> &'static str {
    match field {
        Field::Object => "object",
        Field::Action => "action",
        Field::Arguments => "arguments",
        Field::Reason => "reason",
    }
}
