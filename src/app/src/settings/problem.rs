//! One mistake in the settings, and the report of all of them (invariant 13).
//!
//! Guarantee: no text here holds the value of a secret; the makers of a problem describe such a value by its type only.

use super::origin::Origin;
use super::path::KeyPath;
use serde::Serialize;
use std::fmt;

/// A mistake: where, which key, what stands there, what may stand there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// File and line, variable or flag.
    pub origin: Origin,
    /// The key, `None` where the file as a whole cannot be read.
    pub key: Option<KeyPath>,
    /// What was found.
    pub found: String,
    /// What is accepted.
    pub accepted: String,
    /// The nearest known name, or what to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A mistake of one key.
    pub fn at(origin: &Origin, key: &KeyPath, found: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self {
            origin: origin.clone(),
            key: Some(key.clone()),
            found: found.into(),
            accepted: accepted.into(),
            hint: None,
        }
    }

    /// A mistake that belongs to no key: a file that cannot be read, a broken line.
    pub fn of_place(origin: Origin, found: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self { origin, key: None, found: found.into(), accepted: accepted.into(), hint: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.origin)?;
        if let Some(key) = &self.key {
            write!(out, ": {key}")?;
        }
        write!(out, "\n  found     {}\n  accepted  {}", self.found, self.accepted)?;
        match &self.hint {
            Some(hint) => write!(out, "\n  hint      {hint}"),
            None => Ok(()),
        }
    }
}

/// Every mistake of one run, in the order of the layers; never empty when it is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => out.write_str("1 mistake in the settings:")?,
            count => write!(out, "{count} mistakes in the settings:")?,
        }
        for problem in &self.0 {
            write!(out, "\n\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// The candidate that a mistyped name most likely means, if one is near enough.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(typed, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= 0.5)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_takes_the_likely_and_leaves_the_unlike() {
        let names = ["endpoint", "model", "api_key"];
        assert_eq!(nearest("endpiont", names), Some("endpoint"));
        assert_eq!(nearest("apikey", names), Some("api_key"));
        assert_eq!(nearest("zzz", names), None);
    }
}
