//! The conformance suite over every bus, and what each has of its own, against a real redis-server from Debian's
//! packages behind a proxy that breaks connections.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests, which end a test by a panic"
)]
#![expect(clippy::print_stdout, reason = "figures of a run, for whoever reads its log")]

mod broken_redis;
mod in_process;
mod outages;
mod redis;
mod server;
mod suite;
mod torture;
mod worlds;
