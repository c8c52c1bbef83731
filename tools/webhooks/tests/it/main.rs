//! Declared webhooks against a strict server over HTTP: what is sent, once, and what each answer means.

#![expect(clippy::unwrap_used, reason = "a test whose world cannot be made fails")]

mod acting;
mod executing;
mod notifying;
mod planning;
mod strict;
mod world;
