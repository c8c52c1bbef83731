//! What the audit trail and the journal tell: who did what, on what, why, and how it ended.
//!
//! Guarantees: a record holds no secret (texts are redacted on their way into the chain) and no personal data: people are
//! told by an opaque reference, and what is personal stands beside the chain, where it can be erased. What another
//! version of the program wrote is kept and shown as it is, never dropped.
//!
//! Deliberately absent: ids, salts and times, which are arguments; where the records are kept, which is the store's.

mod actor;
mod kind;
mod open;
mod personal;
mod record;

#[cfg(test)]
mod tests;

pub use actor::{Actor, PersonReference};
pub use kind::Kind;
pub use open::{OpenAction, OpenActions, Stage, open_actions};
pub use personal::{Beside, Personal, PersonalState};
pub use record::{Outcome, Record, shown};
