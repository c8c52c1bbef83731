//! Metadata, conditions and selectors, common to all kinds.

use super::lenient;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `metadata`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Name.
    pub name: String,
    /// Namespace, `None` for cluster-scoped objects.
    pub namespace: Option<String>,
    /// The object's identity over time.
    #[serde(deserialize_with = "lenient")]
    pub uid: String,
    /// Labels.
    #[serde(deserialize_with = "lenient")]
    pub labels: BTreeMap<String, String>,
    /// Annotations; their values are tainted text.
    #[serde(deserialize_with = "lenient")]
    pub annotations: BTreeMap<String, String>,
    /// When it was made.
    pub creation_timestamp: Option<DateTime<Utc>>,
    /// When its deletion was asked for.
    pub deletion_timestamp: Option<DateTime<Utc>>,
    /// Who owns it.
    #[serde(deserialize_with = "lenient")]
    pub owner_references: Vec<OwnerReference>,
    /// Counts changes of the spec.
    pub generation: Option<i64>,
    /// Who still has something to do before it may go.
    #[serde(deserialize_with = "lenient")]
    pub finalizers: Vec<String>,
    /// Who changed it when; the fields themselves are not read.
    #[serde(deserialize_with = "lenient")]
    pub managed_fields: Vec<ManagedField>,
}

impl Meta {
    /// The namespace or an empty string.
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The owner that controls it, or the first one.
    pub fn controller(&self) -> Option<&OwnerReference> {
        self.owner_references.iter().find(|owner| owner.controller).or_else(|| self.owner_references.first())
    }

    /// Creation, or the epoch where the server did not tell.
    pub fn created(&self) -> DateTime<Utc> {
        self.creation_timestamp.unwrap_or(DateTime::UNIX_EPOCH)
    }
}

/// One entry of `ownerReferences`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OwnerReference {
    /// Kind.
    pub kind: String,
    /// Name.
    pub name: String,
    /// Identity.
    pub uid: String,
    /// Group and version.
    pub api_version: String,
    /// Whether this owner manages it.
    #[serde(deserialize_with = "lenient")]
    pub controller: bool,
}

/// One entry of `managedFields` without its fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ManagedField {
    /// Who.
    #[serde(deserialize_with = "lenient")]
    pub manager: String,
    /// When.
    pub time: Option<DateTime<Utc>>,
    /// Group and version through which it was written.
    #[serde(deserialize_with = "lenient")]
    pub api_version: String,
    /// `status`, `scale`, or empty for the object itself.
    #[serde(deserialize_with = "lenient")]
    pub subresource: String,
}

/// One entry of `status.conditions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Ready`, `Progressing`, ….
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// One word why.
    #[serde(deserialize_with = "lenient")]
    pub reason: String,
    /// Free text.
    #[serde(deserialize_with = "lenient")]
    pub message: String,
    /// When it last turned.
    pub last_transition_time: Option<DateTime<Utc>>,
}

impl Condition {
    /// Whether the status is `True`.
    pub fn is_true(&self) -> bool {
        self.status == "True"
    }

    /// The condition of that type.
    pub fn of<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
        conditions.iter().find(|condition| condition.kind == kind)
    }
}

/// Any object, by its metadata alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Metadata.
    pub metadata: Meta,
}

/// `matchLabels` and `matchExpressions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LabelSelector {
    /// Equalities.
    #[serde(deserialize_with = "lenient")]
    pub match_labels: BTreeMap<String, String>,
    /// Set requirements.
    #[serde(deserialize_with = "lenient")]
    pub match_expressions: Vec<SelectorRequirement>,
}

/// One entry of `matchExpressions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct SelectorRequirement {
    /// Label key.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`.
    pub operator: String,
    /// Values for the first two.
    #[serde(deserialize_with = "lenient")]
    pub values: Vec<String>,
}

impl LabelSelector {
    /// Whether the labels fulfil it. An empty selector matches everything, as in the API; an operator that is not
    /// known matches nothing.
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|requirement| requirement.matches(labels))
    }
}

impl SelectorRequirement {
    fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        match self.operator.as_str() {
            "In" => value.is_some_and(|value| self.values.contains(value)),
            "NotIn" => value.is_none_or(|value| !self.values.contains(value)),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            _ => false,
        }
    }
}
