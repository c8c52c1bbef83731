//! How long and how often: the bounds of a healing. None of them is a wish of the settings; they only end what went wrong.

use chrono::TimeDelta;

/// A stage is looked at again after this time at the latest.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// How long one round of looks may take.
pub const DIAGNOSING: TimeDelta = TimeDelta::seconds(90);

/// How long making a plan may take: rehearsals and looks.
pub const DECIDING: TimeDelta = TimeDelta::seconds(120);

/// How long keeping an approval may take.
pub const ASKING: TimeDelta = TimeDelta::seconds(30);

/// How long the executor may take until it is asked what became of it.
pub const ACTING: TimeDelta = TimeDelta::minutes(15);

/// How long an undo may take until the same is asked.
pub const UNDOING: TimeDelta = TimeDelta::minutes(15);

/// How long looking whether it helped may take, for one look.
pub const MEASURING: TimeDelta = TimeDelta::seconds(60);

/// Between two looks whether it helped.
pub const BETWEEN_MEASURES: TimeDelta = TimeDelta::seconds(5);

/// After the window of a success check, how much longer a last look may take before nobody can tell.
pub const MEASURING_GRACE: TimeDelta = TimeDelta::minutes(5);

/// The longest window of a success check that is waited for; an action may be under way for an hour at most.
pub const LONGEST_WINDOW: TimeDelta = TimeDelta::minutes(45);

/// How long no signal must fire before an incident is over by itself.
pub const QUIET: TimeDelta = TimeDelta::minutes(2);

/// The same where its signals came and went.
pub const QUIET_AFTER_FLAPPING: TimeDelta = TimeDelta::minutes(10);

/// How long an incident that is over may come back as the same.
pub const REOPENING: TimeDelta = TimeDelta::minutes(30);

/// How long one round of telling people may take.
pub const TELLING: TimeDelta = TimeDelta::seconds(60);

/// Between two rounds of telling people that failed, at most.
pub const TELLING_AGAIN: TimeDelta = TimeDelta::minutes(5);

/// Between two tries of anything else that failed, at first; doubled each time.
pub const AGAIN: TimeDelta = TimeDelta::seconds(5);

/// The longest wait for a guard (a cool-down, a chain that is busy) before it is planned anew.
pub const RESTING: TimeDelta = TimeDelta::minutes(30);

/// Failed heals in a row after which people are asked to take over.
pub const FAILED_HEALS: u32 = 3;

/// Failures in a row of one thing that is waited for.
pub const STUMBLES: u32 = 3;

/// Diagnoses between opening and the end.
pub const DIAGNOSES: u32 = 12;

/// Plans in a whole life.
pub const PLANS: u32 = 24;

/// How often an incident may come back and be healed again.
pub const REOPENED: u32 = 3;

/// Debts at once. Beyond, the oldest notes give way.
pub const DEBTS: usize = 64;

/// Hypotheses, sentences and pieces of evidence that are kept of one diagnosis.
pub const HYPOTHESES: usize = 5;

/// What is kept of what could not be looked at.
pub const NOT_LOOKED: usize = 20;

/// Pieces of evidence that an incident shows.
pub const EVIDENCE: usize = 12;
