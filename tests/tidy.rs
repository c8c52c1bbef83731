//! The rules of the house, each a test of its own that says what to do.
//!
//! Every rule is a function from what was found to a list of complaints, and has a test with a small fixture that
//! breaks it: a rule that cannot fail holds nothing. `ARCHITECTURE.md` tells the reasons.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot read what it checks must fail")]

mod tidy {
    pub mod house;
    pub mod invariants;
    pub mod links;
    pub mod manifests;
    pub mod prompts;
    pub mod ranks;
    pub mod sources;
    pub mod supply;
    pub mod texts;
    pub mod tools;
}
