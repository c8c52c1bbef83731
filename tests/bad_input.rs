//! Bad input of every sort, from callers and from backends: wrong arguments, backends that are away, slow, broken, not
//! themselves or far too large, lists that change while they are read, clocks that are off.
//!
//! Guarantees: each call ends within its deadline, in bounded memory, with a failure that says what was wrong or a
//! result that says what is missing. Deliberately absent: random input, which the fuzzers make.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests fail their test by panicking, and tell what was measured"
)]

mod bad_input {
    pub mod arguments;
    pub mod away;
    pub mod changing;
    pub mod clock;
    pub mod forbidden;
    pub mod gzip;
    pub mod large;
    pub mod memory;
    pub mod pods;
    pub mod servers;
    pub mod socket;
}
