//! Protected namespaces and kinds: not touched, and not asked for either; whoever wants it changed does it by hand.

use super::{Gate, GateFinding};
use crate::policy::{Situation, Verdict};

/// Its name.
pub(super) const NAME: Gate = Gate::Protected;

pub(super) fn look(situation: &Situation<'_>, _tabled: Verdict) -> Option<GateFinding> {
    let rule = situation.is_protected.as_ref()?;
    Some(GateFinding::new(NAME, Verdict::Deny, rule.clone()))
}
