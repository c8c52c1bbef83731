//! The name of one object of a cluster, as people and answers write it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Kind, namespace and name. The namespace is `None` for cluster-scoped kinds such as `Node`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The API kind in its own spelling: `Deployment`, `Pod`, `ConfigMap`.
    pub kind: String,
    /// `None` for cluster-scoped objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The object's name.
    pub name: String,
}

impl ObjectRef {
    /// An object inside a namespace.
    pub fn namespaced(kind: impl Into<String>, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), namespace: Some(namespace.into()), name: name.into() }
    }

    /// An object without a namespace.
    pub fn cluster(kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { kind: kind.into(), namespace: None, name: name.into() }
    }

    /// The objects that a sentence names in the house's spelling, `Deployment shop/checkout` or `Node worker-3`,
    /// with or without backticks.
    pub fn find_all(text: &str) -> Vec<Self> {
        let words: Vec<&str> = text
            .split(|c: char| c.is_whitespace() || matches!(c, '`' | ',' | '*' | '(' | ')'))
            .filter(|word| !word.is_empty())
            .collect();
        words
            .windows(2)
            .filter_map(|pair| {
                let (kind, path) = (pair[0], pair[1].trim_end_matches(['.', ':', ';']));
                let is_kind =
                    kind.chars().next().is_some_and(char::is_uppercase) && kind.chars().all(char::is_alphanumeric);
                let is_name = |part: &str| {
                    !part.is_empty()
                        && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.'))
                };
                match path.split_once('/') {
                    Some((namespace, name)) if is_kind && is_name(namespace) && is_name(name) => {
                        Some(Self::namespaced(kind, namespace, name))
                    }
                    None if kind == "Node" && is_name(path) => Some(Self::cluster(kind, path)),
                    _ => None,
                }
            })
            .collect()
    }

    /// `namespace/name`, or only the name where there is no namespace.
    pub fn path(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}/{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// `Deployment shop/checkout`, `Node worker-2`.
impl fmt::Display for ObjectRef {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}", self.kind, self.path())
    }
}
