//! Nothing secret can be got out of any tool: each tool of each server is called over a backend in which every text
//! holds planted secrets, and neither results nor failures, progress, diffs, undo data or audit may hold any part of one.
//!
//! Guarantees: a tool that no call is written for fails the test; each result must also show a harmless word that
//! stands beside the secrets, so that no test passes because the text was never there; a part of a secret counts, so
//! that a text that is cut first and redacted afterwards is found.
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail their test by panicking")]

mod canaries {
    pub mod credentials;
    pub mod github;
    pub mod kubernetes;
    pub mod loki;
    pub mod planted;
    pub mod prometheus;
    pub mod tempo;
    pub mod trial;
}
