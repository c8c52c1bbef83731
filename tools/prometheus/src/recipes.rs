//! The recipes of `golden_signals` as data, and how a recipe becomes queries. Pure.
//!
//! Guarantee: an error ratio of zero is only told where the metric has a status to tell errors by; otherwise the
//! signal is missing. Deliberately absent: which metrics exist (see `tools::golden_signals`).

mod build;

pub(crate) use build::{Planned, PlannedPeers, counters, plan, plan_peers};

use crate::query::promql::quoted;
use domain::envelope::{Failure, FailureKind};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const EMBEDDED: &str = include_str!("recipes/golden_signals.toml");

/// All recipes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recipes {
    pub identity: Vec<Identity>,
    pub requests: Vec<Requests>,
    pub saturation: Vec<Saturation>,
    pub dependencies: Vec<Dependencies>,
}

/// A label by which a service may be named.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identity {
    pub label: String,
    #[serde(default)]
    pub shape: Shape,
}

/// How the service's name stands in the label's value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// It is the value.
    #[default]
    Whole,
    /// The value is `NAMESPACE/NAME` or `NAME`.
    AfterSlash,
    /// The value is the name of one of its pods.
    Pods,
}

/// Metrics that count and time requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Requests {
    pub name: String,
    pub count: String,
    /// Other metrics that count alike, by a pattern of their name.
    pub count_pattern: Option<String>,
    pub bucket: Option<String>,
    #[serde(default = "one")]
    pub seconds_per_unit: f64,
    pub failed: Vec<String>,
}

/// A signal with its queries; the first whose metrics all exist is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Saturation {
    pub recipe: String,
    pub name: String,
    pub unit: String,
    pub queries: Vec<String>,
}

/// Metrics of calls to other services.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Dependencies {
    pub name: String,
    pub count: String,
    pub bucket: String,
    #[serde(default = "one")]
    pub seconds_per_unit: f64,
    pub peer: String,
    pub failed: Vec<String>,
}

fn one() -> f64 {
    1.0
}

/// The matchers that select the service on each metric that has it.
pub(crate) type Selectors = BTreeMap<String, String>;

/// The labels that the service's series of a metric have.
pub(crate) type LabelNames = BTreeMap<String, BTreeSet<String>>;

impl Recipes {
    /// The recipes that come with the product.
    ///
    /// # Errors
    /// Never for the text that is tested; a mistake in it is told instead of crashing.
    pub(crate) fn embedded() -> Result<Self, Failure> {
        toml::from_str(EMBEDDED).map_err(|error| {
            Failure::new(FailureKind::BadAnswer, format!("the embedded recipes cannot be read: {error}"))
        })
    }

    /// The metrics of `names` that some recipe uses, those by a pattern included.
    pub(crate) fn known_among(&self, names: &[String]) -> Vec<String> {
        let mut wanted: Vec<String> = Vec::new();
        for recipe in &self.requests {
            wanted.push(recipe.count.clone());
            wanted.extend(recipe.bucket.clone());
        }
        for recipe in &self.dependencies {
            wanted.extend([recipe.count.clone(), recipe.bucket.clone()]);
        }
        for query in self.saturation.iter().flat_map(|signal| &signal.queries) {
            wanted.extend(build::metrics_of(query).map(str::to_owned));
        }
        let patterns: Vec<regex::Regex> = self
            .requests
            .iter()
            .filter_map(|recipe| regex::Regex::new(&format!("^(?:{})$", recipe.count_pattern.as_deref()?)).ok())
            .collect();
        let is_wanted = |name: &&String| wanted.contains(name) || patterns.iter().any(|pattern| pattern.is_match(name));
        names.iter().filter(is_wanted).cloned().collect()
    }
}

impl Identity {
    /// The matcher that selects `service` by this label.
    pub(crate) fn matcher(&self, service: &str) -> String {
        let escaped = regex::escape(service);
        match self.shape {
            Shape::Whole => format!("{}={}", self.label, quoted(service)),
            Shape::AfterSlash => format!("{}=~{}", self.label, quoted(&format!("(.+/)?{escaped}"))),
            Shape::Pods => {
                let pods = format!("{escaped}(-[0-9]+|-[a-z0-9]{{5}}|-[a-z0-9]{{5,10}}-[a-z0-9]{{5}})?");
                format!("{}=~{}", self.label, quoted(&pods))
            }
        }
    }
}

#[cfg(test)]
mod tests;
