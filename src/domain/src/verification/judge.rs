//! The judgement.

use super::{Measured, Outcome};
use crate::plan::{Condition, SuccessCheck};

/// A value that is higher than the baseline by more than this share of it is clearly worse.
const CLEARLY: f64 = 0.2;

/// Whether it helped, by what was measured so many seconds after the effect. `measured` has one value a condition, in their
/// order; where it has not, nothing is known.
pub fn judge(check: &SuccessCheck, measured: &[Measured], elapsed_seconds: u32) -> Outcome {
    if elapsed_seconds < check.settle_seconds {
        return Outcome::NotYet;
    }
    let is_over = elapsed_seconds >= check.window_seconds;
    if check.conditions.is_empty() || measured.len() != check.conditions.len() {
        return if is_over { Outcome::CannotTell } else { Outcome::NotYet };
    }
    if check.conditions.iter().zip(measured).any(|(condition, measured)| is_worse(condition, measured, is_over)) {
        return Outcome::Worse;
    }
    if measured.iter().all(|measured| matches!(measured, Measured::Holds { .. })) {
        return Outcome::Better;
    }
    if !is_over {
        return Outcome::NotYet;
    }
    let is_blind = measured.iter().any(|measured| matches!(measured, Measured::CannotTell { .. }));
    if is_blind { Outcome::CannotTell } else { Outcome::Same }
}

/// Whether a condition that does not hold is clearly further from holding than before.
fn is_worse(condition: &Condition, measured: &Measured, is_over: bool) -> bool {
    let value = match measured {
        Measured::Fails { value: Some(value) } => *value,
        // What is still moving is compared when nobody waits for it any more.
        Measured::UnderWay { value: Some(value) } if is_over => *value,
        _ => return false,
    };
    match condition {
        Condition::QueryWithin { baseline: Some(baseline), .. } => value > baseline + CLEARLY * baseline.abs(),
        Condition::WorkloadReady { baseline_ready, .. } => value < f64::from(*baseline_ready),
        Condition::NoFinding { baseline_findings, .. } => value > f64::from(*baseline_findings),
        // Without a baseline there is nothing to be worse than.
        Condition::QueryWithin { baseline: None, .. } | Condition::SignalOver { .. } => false,
    }
}
