//! The crate against the tests' own Slack over real connections.

#![expect(clippy::unwrap_used, reason = "helpers of tests, which end a test by a panic")]

mod goldens;
mod transport;
mod transport_api;
mod transport_http;
mod transport_outbox;
mod transport_socket;
