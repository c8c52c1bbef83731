//! Checking one HTTP endpoint.
//!
//! Guarantees that every implementation gives: only the declared address is asked for, and no other host, wherever a
//! redirect points; a check ends within the endpoint's own time; a bounded part of the body is read; no credential is in
//! what is told; whatever comes back is a value.
//!
//! Deliberately absent: when to check, what is kept of it (`engine::scarlet`), what it means (`domain::sense::endpoint`).

use async_trait::async_trait;
use domain::sense::endpoint::EndpointWatch;
use domain::sense::uptime::{Found, Why};

/// What one check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Whether it is up; [`Found::NotMade`] where the check could not be made.
    pub found: Found,
    /// HTTP status, where there was an answer.
    pub status: Option<u16>,
    /// Why it is not up.
    pub why: Option<Why>,
    /// The same in words for people: what was asked of whom, what came back. Empty where it is up.
    pub words: String,
}

impl Answered {
    /// It is up.
    pub fn up(status: u16) -> Self {
        Self { found: Found::Up, status: Some(status), why: None, words: String::new() }
    }

    /// It is not.
    pub fn down(status: Option<u16>, why: Why, words: impl Into<String>) -> Self {
        Self { found: Found::Down, status, why: Some(why), words: words.into() }
    }

    /// Nobody knows.
    pub fn not_made(why: Why, words: impl Into<String>) -> Self {
        Self { found: Found::NotMade, status: None, why: Some(why), words: words.into() }
    }
}

/// Checks endpoints.
#[async_trait]
pub trait EndpointCheck: Send + Sync {
    /// Checks one, once.
    async fn check(&self, endpoint: &EndpointWatch) -> Answered;
}
