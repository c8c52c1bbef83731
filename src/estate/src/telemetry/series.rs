//! What a metric is here: a label set, samples in time, and the trait by which a query reads them.
//!
//! Guarantees: labels are sorted by name and never empty, so equality and order are those of Prometheus; samples of a
//! series rise strictly in time. Deliberately absent: storage. A source computes samples for the asked window.

use std::borrow::Cow;
use std::sync::Arc;

use promql_parser::label::Matcher;
use serde::ser::{Serialize, SerializeMap, Serializer};

/// The label that carries a metric's name.
pub const METRIC_NAME: &str = "__name__";

/// The bit pattern by which Prometheus marks that a series has ended.
const STALE_BITS: u64 = 0x7ff0_0000_0000_0002;

/// A sorted set of labels; an empty value is the same as no label.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Labels(Vec<(Cow<'static, str>, Arc<str>)>);

impl Labels {
    /// Labels from pairs in any order; a later pair of the same name wins.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<Cow<'static, str>>,
        V: Into<Arc<str>>,
    {
        let mut labels = Self::default();
        for (name, value) in pairs {
            labels.set(name, value);
        }
        labels
    }

    /// The value of a label; empty where there is none.
    pub fn get(&self, name: &str) -> &str {
        match self.position(name) {
            Ok(index) => self.0.get(index).map_or("", |(_, value)| value),
            Err(_) => "",
        }
    }

    /// Sets a label; an empty value removes it.
    pub fn set(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Arc<str>>) {
        let (name, value) = (name.into(), value.into());
        match (self.position(&name), value.is_empty()) {
            (Ok(index), true) => {
                self.0.remove(index);
            }
            (Ok(index), false) => {
                if let Some(slot) = self.0.get_mut(index) {
                    slot.1 = value;
                }
            }
            (Err(_), true) => {}
            (Err(index), false) => self.0.insert(index, (name, value)),
        }
    }

    /// The same labels with one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Arc<str>>) -> Self {
        self.set(name, value);
        self
    }

    /// Removes a label.
    pub fn remove(&mut self, name: &str) {
        if let Ok(index) = self.position(name) {
            self.0.remove(index);
        }
    }

    /// The same labels without the metric's name.
    #[must_use]
    pub fn without_name(mut self) -> Self {
        self.remove(METRIC_NAME);
        self
    }

    /// Only the named labels.
    #[must_use]
    pub fn keep(&self, names: &[String]) -> Self {
        Self(self.0.iter().filter(|(name, _)| names.iter().any(|kept| kept == name)).cloned().collect())
    }

    /// All but the named labels and the metric's name.
    #[must_use]
    pub fn drop(&self, names: &[String]) -> Self {
        let stays = |name: &str| name != METRIC_NAME && !names.iter().any(|dropped| dropped == name);
        Self(self.0.iter().filter(|(name, _)| stays(name)).cloned().collect())
    }

    /// Names and values, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }

    /// Whether every matcher accepts these labels.
    pub fn accepted_by(&self, matchers: &[Matcher]) -> bool {
        matchers.iter().all(|matcher| matcher.is_match(self.get(&matcher.name)))
    }

    fn position(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(name))
    }
}

impl std::fmt::Display for Labels {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = self.iter().filter(|(name, _)| *name != METRIC_NAME);
        let inner: Vec<String> = named.map(|(name, value)| format!("{name}={value:?}")).collect();
        write!(formatter, "{}{{{}}}", self.get(METRIC_NAME), inner.join(", "))
    }
}

impl Serialize for Labels {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// One scraped value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Unix milliseconds.
    pub at_ms: i64,
    /// The value, or the stale mark.
    pub value: f64,
}

impl Sample {
    /// The mark that says: from here on this series is gone.
    pub fn stale(at_ms: i64) -> Self {
        Self { at_ms, value: f64::from_bits(STALE_BITS) }
    }

    /// Whether this is the stale mark.
    pub fn is_stale(self) -> bool {
        self.value.to_bits() == STALE_BITS
    }
}

/// A label set with its samples in a window.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The labels with the metric's name.
    pub labels: Labels,
    /// Samples, oldest first.
    pub samples: Vec<Sample>,
}

/// Where a query gets its samples from.
pub trait SeriesSource {
    /// The series that all `matchers` accept, with their samples in the closed window.
    fn select(&self, matchers: &[Matcher], start_ms: i64, end_ms: i64) -> Vec<Series>;
}
