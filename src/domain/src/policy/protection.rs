//! Which services are critical, and which objects are not to be touched.
//!
//! Guarantee: of two readings of a name the stricter is taken. Deliberately absent: reading the settings.

use crate::object::ObjectRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The lists of an installation. An empty list protects nothing; the default is that of the house.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Protection {
    /// Services for which a person is always asked.
    pub critical_services: BTreeSet<String>,
    /// Namespaces in which nothing is changed.
    pub namespaces: BTreeSet<String>,
    /// Kinds of objects that are not changed, in the API's spelling.
    pub kinds: BTreeSet<String>,
}

impl Default for Protection {
    fn default() -> Self {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            critical_services: set(&["payment", "auth", "core-api"]),
            namespaces: set(&["kube-system", "kube-public", "kube-node-lease"]),
            kinds: set(&[
                "ClusterRole",
                "ClusterRoleBinding",
                "CustomResourceDefinition",
                "Namespace",
                "PersistentVolume",
                "PersistentVolumeClaim",
                "Role",
                "RoleBinding",
                "Secret",
                "ServiceAccount",
            ]),
        }
    }
}

impl Protection {
    /// Whether a service is critical: a listed name stands for its plural and for every name that has it as a part
    /// between dashes, so that `payment` means `payments` and `payment-gateway` too, and `auth` does not mean `author`.
    pub fn is_critical(&self, service: &str) -> bool {
        let name = dashed(&service.to_lowercase());
        self.critical_services.iter().map(|listed| listed.trim().to_lowercase()).any(|listed| {
            let has = |part: String| name.contains(&dashed(&part));
            !listed.is_empty() && (has(listed.clone()) || has(format!("{listed}s")))
        })
    }

    /// The rule by which an object is not to be touched; `None` where there is none.
    pub fn protects(&self, object: &ObjectRef) -> Option<String> {
        let is = |listed: &&String, name: &str| listed.eq_ignore_ascii_case(name);
        let namespace = object.namespace.as_deref();
        let by_namespace = namespace.and_then(|name| self.namespaces.iter().find(|listed| is(listed, name)));
        if let Some(listed) = by_namespace {
            return Some(format!("the namespace {listed} is protected"));
        }
        let by_kind = self.kinds.iter().find(|listed| is(listed, &object.kind));
        by_kind.map(|listed| format!("objects of the kind {listed} are protected"))
    }
}

/// `-name-`, with everything that separates words as a dash.
fn dashed(name: &str) -> String {
    let parts: String = name.chars().map(|c| if matches!(c, '_' | '.' | '/') { '-' } else { c }).collect();
    format!("-{parts}-")
}
