//! What the second reader is shown, and what it is told to hold to.

use crate::effect::EffectClass;
use crate::object::ObjectRef;
use crate::observed::prometheus::SilenceRow;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The object of a plan, as it was seen just now. What is `None` was not seen, and is taken for the worse.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// The cluster that answered.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The object that was looked for.
    pub object: ObjectRef,
    /// Its manifest as the API tells it (`kubernetes_get`); `null` for what has none: silences and webhooks.
    #[serde(default)]
    pub manifest: Value,
    /// The pods of the same controller, this one among them: of a pod.
    #[serde(default)]
    pub siblings: Option<u32>,
    /// How many of the others among them are ready: of a pod.
    #[serde(default)]
    pub others_ready: Option<u32>,
    /// Its current revision: of a StatefulSet or DaemonSet, whose manifest does not tell it.
    #[serde(default)]
    pub revision: Option<u64>,
    /// The other nodes that are ready and take pods: of a node.
    #[serde(default)]
    pub other_nodes: Option<u32>,
    /// The silence: of a silence that is to be ended.
    #[serde(default)]
    pub silence: Option<SilenceRow>,
}

/// A webhook as the settings declare it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeclaredWebhook {
    /// Its grade; W2 is the mildest that a webhook can have.
    pub class: EffectClass,
    /// The webhook that takes it back.
    #[serde(default)]
    pub undo: Option<String>,
}

/// What the settings say of an environment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// Namespaces in which nothing is changed, beside those of the system itself.
    #[serde(default)]
    pub protected_namespaces: BTreeSet<String>,
    /// Kinds that are not changed.
    #[serde(default)]
    pub protected_kinds: BTreeSet<String>,
    /// Whether there are several clusters, so that a call must name one.
    #[serde(default)]
    pub has_several_clusters: bool,
    /// The webhooks by name.
    #[serde(default)]
    pub webhooks: BTreeMap<String, DeclaredWebhook>,
}
