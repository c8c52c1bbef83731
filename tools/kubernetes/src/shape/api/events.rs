//! Events, in the form of the core group.

use super::{Meta, lenient};
use chrono::{DateTime, Utc};
use domain::object::ObjectRef;
use serde::Deserialize;

/// An event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Metadata.
    pub metadata: Meta,
    /// What it is about.
    #[serde(deserialize_with = "lenient")]
    pub involved_object: ObjectReference,
    /// One word.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Free text (tainted).
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// `Normal`, `Warning`.
    #[serde(rename = "type", deserialize_with = "lenient")]
    pub kind: String,
    /// How often; 0 or absent in events of the newer form.
    #[serde(deserialize_with = "lenient")]
    pub count: u64,
    /// First time.
    pub first_timestamp: Option<DateTime<Utc>>,
    /// Last time; absent in events of the newer form.
    pub last_timestamp: Option<DateTime<Utc>>,
    /// Time in the newer form.
    pub event_time: Option<DateTime<Utc>>,
    /// Repeats in the newer form.
    pub series: Option<Series>,
    /// Who wrote it (newer form).
    #[serde(deserialize_with = "lenient")]
    pub reporting_component: String,
    /// Who wrote it (older form).
    #[serde(deserialize_with = "lenient")]
    pub source: Source,
}

/// Repeats of an event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Series {
    /// How often.
    pub count: u64,
    /// Last time.
    pub last_observed_time: Option<DateTime<Utc>>,
}

/// Who wrote an event.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Source {
    /// Component.
    #[serde(deserialize_with = "lenient")]
    pub component: String,
}

/// A reference to an object.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ObjectReference {
    /// Kind.
    #[serde(deserialize_with = "lenient")]
    pub kind: String,
    /// Namespace.
    pub namespace: Option<String>,
    /// Name.
    #[serde(deserialize_with = "lenient")]
    pub name: String,
}

impl Event {
    /// The newest time that the event carries, whichever form it has.
    pub fn last_seen(&self) -> DateTime<Utc> {
        let series = self.series.as_ref().and_then(|series| series.last_observed_time);
        series.max(self.last_timestamp).max(self.event_time).unwrap_or_else(|| self.metadata.created())
    }

    /// The oldest time that it carries.
    pub fn first_seen(&self) -> DateTime<Utc> {
        self.first_timestamp.or(self.event_time).unwrap_or_else(|| self.metadata.created())
    }

    /// How often it happened.
    pub fn times(&self) -> u64 {
        self.series.as_ref().map_or(0, |series| series.count).max(self.count).max(1)
    }

    /// Whether it is a warning.
    pub fn is_warning(&self) -> bool {
        self.kind == "Warning"
    }

    /// What it is about. Events on nodes sit in the namespace `default`, and their object has no namespace.
    pub fn object(&self) -> ObjectRef {
        ObjectRef {
            kind: self.involved_object.kind.clone(),
            namespace: self.involved_object.namespace.clone().filter(|namespace| !namespace.is_empty()),
            name: self.involved_object.name.clone(),
        }
    }

    /// Who wrote it.
    pub fn by(&self) -> Option<String> {
        [&self.reporting_component, &self.source.component].into_iter().find(|text| !text.is_empty()).cloned()
    }
}
