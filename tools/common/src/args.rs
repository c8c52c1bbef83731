//! Arguments of a call: checked against the tool's schema, then read into the tool's own type.
//!
//! Guarantees: an error names the field, the value found and what is accepted, with the nearest word where a name or
//! an enum word is misspelt. What small models often get wrong without doubt about the meaning is mended: a number or
//! boolean written as a string, a single value where a list is wanted, `null` for an absent argument, an enum word in
//! other case. Deliberately absent: full JSON Schema; the trimmed schemas of our tools use only what is checked here.

mod check;

pub use check::check;

use domain::envelope::{Failure, FailureKind};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Reads checked arguments into the tool's type.
///
/// # Errors
/// `BadRequest` with serde's own words, which name the field.
pub fn parse<T: DeserializeOwned>(arguments: Map<String, Value>) -> Result<T, Failure> {
    serde_json::from_value(Value::Object(arguments)).map_err(|error| bad(format!("the arguments do not fit: {error}")))
}

/// An argument that is well formed and still makes no sense to the tool.
pub fn invalid(field: &str, found: impl std::fmt::Display, accepted: &str) -> Failure {
    bad(format!("argument `{field}`: found {found}; accepted: {accepted}"))
}

/// A tool that the server does not have.
pub fn unknown_tool(name: &str) -> Failure {
    bad(format!("there is no tool `{name}` here"))
}

/// The candidate that `word` most probably meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    let word = word.to_lowercase();
    let scored =
        candidates.into_iter().map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate));
    scored.filter(|(score, _)| *score >= ALIKE).max_by(|left, right| left.0.total_cmp(&right.0)).map(|(_, name)| name)
}

fn bad(message: String) -> Failure {
    Failure::new(FailureKind::BadRequest, message)
}
