//! Matchers over signals: what an ignored noise, a silence or a maintenance speaks of.
//!
//! Guarantees: values are compared whole; a matcher that cannot be evaluated matches nothing, so that a mistake in it hides
//! no trouble; patterns are bounded, and anchored at both ends as Alertmanager's are.
//!
//! Deliberately absent: what is done with what matches.

use super::Signal;
use regex::RegexBuilder;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// Characters of a pattern at most.
const PATTERN_CHARS: usize = 1_000;

/// Bytes that a compiled pattern takes at most.
const PATTERN_BYTES: usize = 1 << 20;

/// How a value is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// It is the value.
    #[default]
    Is,
    /// It is not.
    IsNot,
    /// The pattern matches all of it.
    Matches,
    /// The pattern does not.
    MatchesNot,
}

/// One condition on a signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matcher {
    /// `name`, `service`, `source` (`alertmanager main`), `object` (`Deployment shop/cart`), `namespace` of the object, or
    /// `label.NAME`. What a signal has not is empty, as with Alertmanager.
    pub field: String,
    /// How it is compared.
    #[serde(default)]
    pub how: How,
    /// With what.
    pub value: String,
}

impl Matcher {
    /// Whether the signal is meant.
    pub fn matches(&self, signal: &Signal) -> bool {
        let Some(value) = field(signal, &self.field) else { return false };
        match self.how {
            How::Is => value == self.value.as_str(),
            How::IsNot => value != self.value.as_str(),
            How::Matches => self.pattern().is_ok_and(|pattern| pattern.is_match(&value)),
            How::MatchesNot => self.pattern().is_ok_and(|pattern| !pattern.is_match(&value)),
        }
    }

    /// What is wrong with it, in a sentence.
    ///
    /// # Errors
    /// The sentence.
    pub fn check(&self) -> Result<(), String> {
        let known = ["name", "service", "source", "object", "namespace"];
        if !known.contains(&self.field.as_str()) && self.field.strip_prefix("label.").is_none_or(str::is_empty) {
            let known = known.join(", ");
            return Err(format!("`{}` is no field of a signal: there are {known} and label.NAME", self.field));
        }
        if matches!(self.how, How::Matches | How::MatchesNot) {
            self.pattern().map_err(|why| format!("the pattern `{}` cannot be read: {why}", self.value))?;
        }
        Ok(())
    }

    fn pattern(&self) -> Result<regex::Regex, String> {
        if self.value.chars().count() > PATTERN_CHARS {
            return Err(format!("it has more than {PATTERN_CHARS} characters"));
        }
        let anchored = format!("^(?:{})$", self.value);
        RegexBuilder::new(&anchored).size_limit(PATTERN_BYTES).build().map_err(|error| error.to_string())
    }
}

/// Whether all of them match. None at all match nothing.
pub fn all_match(matchers: &[Matcher], signal: &Signal) -> bool {
    !matchers.is_empty() && matchers.iter().all(|matcher| matcher.matches(signal))
}

/// `None` where no signal has such a field.
fn field<'a>(signal: &'a Signal, name: &str) -> Option<Cow<'a, str>> {
    let or_empty = |text: Option<&'a str>| Some(Cow::Borrowed(text.unwrap_or_default()));
    match name {
        "name" => or_empty(Some(&signal.name)),
        "service" => or_empty(signal.service.as_deref()),
        "source" => Some(Cow::Owned(signal.source.to_string())),
        "object" => Some(Cow::Owned(signal.object.as_ref().map(ToString::to_string).unwrap_or_default())),
        "namespace" => or_empty(signal.object.as_ref().and_then(|object| object.namespace.as_deref())),
        _ => or_empty(signal.labels.get(name.strip_prefix("label.")?).map(String::as_str)),
    }
}
