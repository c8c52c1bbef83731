//! The routes of the service, through the router and over a real socket.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be made fails")]

mod bad_input;
mod house;
mod webhooks;
