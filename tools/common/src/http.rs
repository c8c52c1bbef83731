//! The one HTTP client with which tool servers reach their backends.
//!
//! Guarantees: a request ends at its deadline; a body over the ceiling is not read to its end; redirects are not
//! followed (credentials go only where the settings say); every failure says what was tried, on what, what came back
//! and what to do, with a login page told from an API's answer; no credential is in an error, a log or `Debug`, not even
//! where a backend says our headers back to us.
//!
//! Deliberately absent: retries (the caller knows what may be repeated) and caching.

mod answer;
mod client;
mod failures;
mod ours;
mod settings;
mod transport;

pub use client::{HttpClient, Request, Response};
pub use ours::Ours;
pub use settings::{Credentials, Endpoint, HttpSettings};
pub use transport::InProcessService;

#[cfg(test)]
mod tests;
