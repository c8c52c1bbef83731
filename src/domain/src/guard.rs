//! What guards an action, as one value that is compared and swapped: freeze, pauses, rate cap, cool-downs, chain locks; and
//! leases.
//!
//! Guarantees: of two actions on one dependency chain, the second is refused while the first is under way; no environment
//! sees more automatic starts within any hour than its cap; nothing begins under a freeze but the undo of an action in
//! progress and a plan for which it was lifted, and nothing in a paused environment but such an undo; fencing tokens only grow. Whatever must hold together when an action
//! starts is in [`Guards`], so that a store which swaps single documents is enough. The stricter reading wins: a value
//! that contradicts itself, a clock that ran back, a list without room all mean that nothing starts.
//!
//! All functions are pure: they take a value and answer with the next one, or say why there is none. Deliberately absent:
//! storing (the crate `store`), and the decision whether an action should be done at all.
//!
//! Clocks of several machines may differ by [`clock_margin`]: what ends by itself ends that much later for others than
//! for whoever holds it. A clock that is behind by more starts nothing. One that is ahead by more cannot be told from a
//! long quiet time: it may find waits and locks run out early, once; every other machine then refuses until a person has
//! looked ([`unfreeze`]), and [`Guards::holds`] with its fencing token stops the action whose lock was taken.

mod begin;
mod end;
mod freeze;
mod lease;
mod pause;
mod refusal;
mod state;
#[cfg(test)]
mod tests;

pub use begin::{Request, Start, Started, begin};
pub use end::{Outcome, end};
pub use freeze::{Actor, freeze, lift, unfreeze};
pub use lease::{Lease, LeaseRefusal, Watched, acquire, release, renew};
pub use pause::{Pause, pause, unpause};
pub use refusal::Refusal;
pub use state::{Freeze, Guards, Lift, Rest, Scope, Target, UnderWay};

use chrono::{DateTime, TimeDelta, Utc};

/// By how much the clocks of two machines may differ without loosening a guard. Machines that keep time by NTP are
/// within a tenth of it.
pub const fn clock_margin() -> TimeDelta {
    TimeDelta::seconds(5)
}

/// What the settings allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Automatic starts within an hour in one environment, at most. More than 1,000 counts as 1,000.
    pub automatic_per_hour: u32,
    /// How long an object rests after an action on it ended.
    pub cool_down: TimeDelta,
    /// After so many failed heals in a row nothing automatic is done to the object.
    pub failed_heals: u32,
    /// How long an action may be under way, its verification too.
    pub longest_action: TimeDelta,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            automatic_per_hour: 5,
            cool_down: TimeDelta::minutes(10),
            failed_heals: 3,
            longest_action: TimeDelta::hours(1),
        }
    }
}

/// A time after another; the last time that can be told where there is none.
fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
