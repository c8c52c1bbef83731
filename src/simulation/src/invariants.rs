//! What must hold at every step, whatever happens: a list of named invariants over the [`Evidence`].
//!
//! They are written beside Scarlet's own rules and share no code with them: the policy is not asked whether something was
//! allowed, the executor not whether it was done.

mod ends;
mod grants;
mod verdicts;

use crate::evidence::Evidence;

/// One invariant.
#[derive(Clone, Copy)]
pub struct Invariant {
    /// Its name, as `docs` and issues call it.
    pub name: &'static str,
    /// What breaks it; nothing where it holds.
    pub check: fn(&Evidence) -> Vec<String>,
}

/// All of them.
pub const ALL: &[Invariant] = &[
    Invariant { name: "no effect without a grant", check: grants::no_effect_without },
    Invariant { name: "no call before its intent and its beginning are journaled", check: grants::journaled_first },
    Invariant { name: "no call while the guards do not hold for it", check: grants::held },
    Invariant { name: "at most one effect a grant", check: grants::one_effect },
    Invariant { name: "an effect is the call of its plan", check: grants::as_planned },
    Invariant { name: "nothing beyond the verdict", check: verdicts::nothing_beyond },
    Invariant { name: "no more automatic actions than the cap", check: verdicts::within_the_cap },
    Invariant { name: "nothing while frozen", check: verdicts::nothing_while_frozen },
    Invariant { name: "the journal tells what was done", check: ends::journal_is_true },
    Invariant { name: "no open action forgotten", check: ends::nothing_forgotten },
    Invariant { name: "audit chain whole", check: ends::chains_whole },
    Invariant { name: "every incident ends", check: ends::every_incident_ends },
];

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// Which invariant.
    pub invariant: &'static str,
    /// What breaks it.
    pub what: String,
}

/// Everything that is broken.
pub fn breaches(evidence: &Evidence) -> Vec<Breach> {
    let of_one = |invariant: &Invariant| {
        let name = invariant.name;
        (invariant.check)(evidence).into_iter().map(move |what| Breach { invariant: name, what })
    };
    ALL.iter().flat_map(of_one).collect()
}
