//! Jamie's turn: from a question to an answer whose claims are bound to evidence.
//!
//! One turn is one call of [`turn::Jamie::answer`]. It chooses the brain, makes the looks that the brain asks for
//! through the [`ports::toolbox::Toolbox`], and assembles the answer. What the brains decide is pure and stands in
//! `domain`; what is here is order, deadlines, limits and telling how it goes.
//!
//! Guarantees: a turn ends by its deadline and a short grace; no loop is unbounded; a look that failed is told in the
//! answer (invariant 12); the model holds no tool that changes anything (invariant 1).

pub mod approvals;
pub mod conversation;
pub mod conversations;
pub mod incidents;
mod kept;
pub mod ledger;
pub mod memory;
pub mod prompt;
pub mod recalled;
pub mod scarlet;
pub mod showing;
pub mod turn;
pub mod view;
