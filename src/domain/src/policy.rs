//! The policy: whether a plan may be carried out without a person, waits, is asked for, is handed to people, or is not done.
//!
//! [`decide`] is a pure function of the table (`config/policy/decision.toml`, read by [`Table::read`]) and of the
//! [`Situation`]. First the table gives the strictest verdict of the rows that match confidence, severity and impact; a
//! cell that no row matches means [`Verdict::Ask`]. Then every gate (`gates`, one file each) looks at the situation.
//!
//! Guarantees (invariants 4 and 7): the strictest of all wins; a gate can only tighten; the verdict never gets less strict
//! when severity or impact rises or confidence falls; what cannot be evaluated means [`Verdict::Deny`]; a plan with one tainted
//! field is at least asked for. Every decision tells which row and which gates made it, and, found by deciding changed
//! situations and not by guessing, what would have been needed for acting at once.
//!
//! [`Verdict::Schedule`] of the table means: only within a maintenance window. Outside of one it waits for the next;
//! within one it has nothing to wait for; where there is none, a person is asked. A plan that waited is planned and
//! decided anew.
//!
//! Deliberately absent: reading TOML, counting what the gates look at (the store's guards count again, in the
//! compare-and-swap that starts an action), and carrying anything out.

mod autonomy;
mod change;
mod decision;
mod gate;
mod gates;
mod protection;
mod relaxation;
mod score;
mod shadow;
mod situation;
mod table;
#[cfg(test)]
mod tests;
mod told;
mod verdict;

pub use autonomy::Autonomy;
pub use change::Change;
pub use decision::{Decision, decide};
pub use gate::Gate;
pub use gates::GateFinding;
pub use protection::Protection;
pub use score::Score;
pub use shadow::{Shadow, decide_in_shadow};
pub use situation::{Elsewhere, Situation};
pub use table::{Example, Mistake, NO_ROW, Row, Ruled, Table};
pub use verdict::Verdict;
