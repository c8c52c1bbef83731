//! What keeps pods off nodes: taints and tolerations, required node affinity.

use super::{Meta, lenient};
use serde::Deserialize;

/// One taint of a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    /// Key.
    #[serde(deserialize_with = "lenient")]
    pub key: String,
    /// Value.
    #[serde(deserialize_with = "lenient")]
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule`, `NoExecute`.
    #[serde(deserialize_with = "lenient")]
    pub effect: String,
    /// When it was put on; told for some effects only.
    pub time_added: Option<chrono::DateTime<chrono::Utc>>,
}

/// One toleration of a pod.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Toleration {
    /// Key; empty with `Exists` tolerates everything.
    #[serde(deserialize_with = "lenient")]
    pub key: String,
    /// `Exists`, or `Equal`, which is meant where it is empty.
    #[serde(deserialize_with = "lenient")]
    pub operator: String,
    /// Value for `Equal`.
    #[serde(deserialize_with = "lenient")]
    pub value: String,
    /// Empty for all effects.
    #[serde(deserialize_with = "lenient")]
    pub effect: String,
}

impl Toleration {
    /// Whether it covers the taint.
    pub fn covers(&self, taint: &Taint) -> bool {
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        let key = self.key.is_empty() && self.operator == "Exists" || self.key == taint.key;
        effect && key && (self.operator == "Exists" || self.value == taint.value)
    }
}

/// One term of a required node affinity: all its requirements hold together.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSelectorTerm {
    /// On labels.
    #[serde(deserialize_with = "lenient")]
    pub match_expressions: Vec<NodeRequirement>,
    /// On fields; only `metadata.name` exists.
    #[serde(deserialize_with = "lenient")]
    pub match_fields: Vec<NodeRequirement>,
}

/// One requirement on a node.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct NodeRequirement {
    /// Label key or field path.
    pub key: String,
    /// `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`.
    pub operator: String,
    /// Values.
    #[serde(deserialize_with = "lenient")]
    pub values: Vec<String>,
}

impl NodeSelectorTerm {
    /// Whether the node fulfils all of it. A term without requirements matches no node, says the API.
    pub fn fits(&self, node: &Meta) -> bool {
        let empty = self.match_expressions.is_empty() && self.match_fields.is_empty();
        !empty
            && self.match_expressions.iter().all(|wanted| wanted.fits(node.labels.get(&wanted.key).map(String::as_str)))
            && self.match_fields.iter().all(|wanted| wanted.fits(Some(&node.name)))
    }
}

impl NodeRequirement {
    /// An operator that is not known fits: what cannot be judged is no trouble.
    fn fits(&self, value: Option<&str>) -> bool {
        let listed = |value: &str| self.values.iter().any(|wanted| wanted == value);
        let number = |text: &str| text.parse::<i64>().ok();
        let bound = || number(self.values.first()?);
        match self.operator.as_str() {
            "In" => value.is_some_and(listed),
            "NotIn" => !value.is_some_and(listed),
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => value.and_then(number).zip(bound()).is_some_and(|(value, bound)| value > bound),
            "Lt" => value.and_then(number).zip(bound()).is_some_and(|(value, bound)| value < bound),
            _ => true,
        }
    }
}
