//! The recipes of `golden_signals` as data, and how a recipe becomes queries. Pure.
//!
//! Guarantee: an error ratio of zero is only told where the metric has a status to tell errors by; otherwise the
//! signal is missing. Deliberately absent: which metrics exist (see `tools::golden_signals`).

mod build;

pub(crate) use build::{Planned, PlannedPeers, counters, plan, plan_peers};

use crate::config::RecipeFile;
use crate::query::promql::{self, quoted};
use domain::envelope::{Failure, FailureKind};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const EMBEDDED: &str = include_str!("recipes/golden_signals.toml");

/// All recipes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
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

    /// The recipes of one's own, in the order of their files, before those of the product: the first that fits wins.
    ///
    /// # Errors
    /// `BadRequest` that names the file and what is wrong in it.
    pub(crate) fn with_own(own: &[RecipeFile]) -> Result<Self, Failure> {
        let mut all = Self::default();
        for file in own {
            let wrong = |problem: String| {
                let message = format!("the recipes of {} cannot be used: {problem}", file.name);
                Failure::new(FailureKind::BadRequest, message)
            };
            let recipes: Self = toml::from_str(&file.text).map_err(|error| wrong(error.to_string()))?;
            if let Some(mistake) = recipes.mistake() {
                return Err(wrong(mistake));
            }
            all.extend(recipes);
        }
        all.extend(Self::embedded()?);
        Ok(all)
    }

    fn extend(&mut self, more: Self) {
        self.identity.extend(more.identity);
        self.requests.extend(more.requests);
        self.saturation.extend(more.saturation);
        self.dependencies.extend(more.dependencies);
    }

    /// The first query that would not be PromQL, or pattern that is none.
    fn mistake(&self) -> Option<String> {
        for recipe in &self.requests {
            let pattern = recipe.count_pattern.as_deref().unwrap_or_default();
            if let Err(error) = regex::Regex::new(pattern) {
                return Some(format!("count_pattern {pattern:?} of {}: {error}", recipe.name));
            }
        }
        let (selectors, labels) = (self.as_if_all_existed(), self.labels_of_failures());
        let planned = self.each_alone().flat_map(|one| plan(&one, &selectors, &labels, "15m"));
        let peers = plan_peers(self, &selectors, &labels, "15m");
        let queries = planned.map(|planned| planned.query).chain(peers.into_iter().flat_map(|p| [p.latency, p.errors]));
        queries.map(|query| promql::check(&query).err()).find_map(|failure| Some(failure?.message))
    }

    /// Each recipe by itself, because of several for one signal only the first is planned.
    fn each_alone(&self) -> impl Iterator<Item = Self> + '_ {
        let requests = self.requests.iter().map(|one| Self { requests: vec![one.clone()], ..Self::default() });
        let saturation = self.saturation.iter().flat_map(|signal| {
            signal.queries.iter().map(move |query| Self {
                saturation: vec![Saturation { queries: vec![query.clone()], ..signal.clone() }],
                ..Self::default()
            })
        });
        requests.chain(saturation)
    }

    /// Selectors as if a service had every metric.
    fn as_if_all_existed(&self) -> Selectors {
        let queries = self.saturation.iter().flat_map(|signal| &signal.queries);
        let mut names: Vec<String> = queries.flat_map(|query| build::metrics_of(query)).map(str::to_owned).collect();
        for recipe in &self.requests {
            names.push(recipe.count.clone());
            names.extend(recipe.bucket.clone());
        }
        for recipe in &self.dependencies {
            names.extend([recipe.count.clone(), recipe.bucket.clone()]);
        }
        names.into_iter().map(|name| (name, "service=\"checkout\"".to_owned())).collect()
    }

    /// Every label that a recipe tells failures by, on every metric.
    fn labels_of_failures(&self) -> LabelNames {
        let failed = self.requests.iter().flat_map(|recipe| &recipe.failed);
        let failed = failed.chain(self.dependencies.iter().flat_map(|recipe| &recipe.failed));
        let labels: BTreeSet<String> =
            failed.filter_map(|matcher| matcher.split(['=', '!']).next()).map(str::to_owned).collect();
        self.as_if_all_existed().into_keys().map(|metric| (metric, labels.clone())).collect()
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
