//! What the simulation found in Scarlet, as small tests that last when the draws of a seed change.

use chrono::{DateTime, TimeDelta, Utc};
use domain::heal::{Heal, Input, Mode, Stage, step};

/// Asking failed once; each look at the approval that was not there put the next try off, so that nobody was ever asked, not
/// even when its time was over.
#[test]
fn a_look_at_an_approval_that_was_not_kept_does_not_put_asking_off() {
    let now = DateTime::<Utc>::from_timestamp(1_790_000_000, 0).unwrap();
    let mut heal = Heal::begin("INC-1", "sim", Mode::Live, now);
    let approval = heal.current_plan();
    heal.stage = Stage::Waiting {
        approval: approval.clone(),
        since: now,
        expires_at: now + TimeDelta::minutes(12),
        asked: false,
        reminded: false,
    };
    heal.next_at = Some(now + TimeDelta::seconds(5));
    let mut looked_at = heal.clone();
    for second in 1..=4 {
        let seen = Input::Approval { approval: approval.clone(), state: None, starts_at: None, ended: None };
        (looked_at, _) = step(&looked_at, &seen, now + TimeDelta::seconds(second));
    }
    assert_eq!(looked_at.next_at, heal.next_at);
}
