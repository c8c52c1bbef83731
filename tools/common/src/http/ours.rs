//! What we tell a backend in confidence, so that its own words can be freed of it.
//!
//! Guarantee: a value of [`LEAST_CHARS`] characters or more that a backend says back whole is not in a failure.
//! Deliberately absent: shorter values, which stand in any text by chance; values that were changed or cut on the way.

use super::settings::{Credentials, HttpSettings};
use bytes::Bytes;
use domain::envelope::Failure;
use domain::redaction::REPLACEMENT;
use std::fmt;
use std::sync::Arc;

/// Values that are shorter are left alone.
const LEAST_CHARS: usize = 6;

/// Values of our headers and credentials, the longest first; never shown.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Ours(Arc<[String]>);

impl fmt::Debug for Ours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Ours({})", self.0.len())
    }
}

impl Ours {
    /// The values of the settings; `authorization` is the header that was made of the credentials, and `password` that
    /// of the URL.
    pub(super) fn of(settings: &HttpSettings, authorization: Option<&str>, password: Option<&str>) -> Self {
        let mut values: Vec<&str> = settings.headers.values().map(|value| value.reveal()).collect();
        values.extend(authorization);
        // The part behind the scheme: `Bearer TOKEN`.
        let behind: Vec<&str> = values.iter().filter_map(|value| Some(value.split_once(' ')?.1)).collect();
        values.extend(behind);
        values.extend(password);
        if let Credentials::Basic { password, .. } = &settings.credentials {
            values.push(password.reveal());
        }
        let mut values: Vec<String> = values.into_iter().map(|value| value.trim().to_owned()).collect();
        values.retain(|value| value.chars().count() >= LEAST_CHARS);
        values.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        values.dedup();
        Self(values.into())
    }

    /// The body without our values; the same body where it has none of them.
    pub(super) fn without(&self, body: Bytes) -> Bytes {
        let text = String::from_utf8_lossy(&body);
        match self.replaced(&text) {
            Some(text) => Bytes::from(text),
            None => body,
        }
    }

    /// The failure without our values.
    pub(super) fn hidden(&self, mut failure: Failure) -> Failure {
        let texts = std::iter::once(&mut failure.message).chain(&mut failure.hint);
        for text in texts {
            if let Some(hidden) = self.replaced(text) {
                *text = hidden;
            }
        }
        failure
    }

    fn replaced(&self, text: &str) -> Option<String> {
        let mut hidden: Option<String> = None;
        for value in self.0.iter() {
            let current = hidden.as_deref().unwrap_or(text);
            if current.contains(value.as_str()) {
                hidden = Some(current.replace(value.as_str(), REPLACEMENT));
            }
        }
        hidden
    }
}
