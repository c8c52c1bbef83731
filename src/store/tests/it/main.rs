//! What every store must do (the conformance suite), and what each must withstand.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "helpers of tests, which end a test by a panic and print what was not run"
)]

mod child;
mod crash;
mod guards;
mod logs;
mod memory;
mod mongo;
mod mounted;
mod scratch;
mod sqlite;
mod suite;
mod waiting;
