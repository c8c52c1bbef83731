//! The request by which a pod is asked to leave: eviction of policy/v1 (Kubernetes API reference, "API-initiated
//! Eviction"). The server holds the pod's disruption budget in the same step.

use crate::backend::{WriteForm, WriteRequest};
use crate::query::kinds::Kind;
use crate::query::request::{self, Asked};
use serde_json::{Value, json};

/// Asks a pod to leave; `options` are those of a deletion: preconditions, and whether it is a rehearsal.
pub fn request(namespace: &str, name: &str, options: Value) -> WriteRequest {
    let collection = request::collection(&Kind::built_in("Pod"), Some(namespace));
    WriteRequest {
        path: format!("{collection}/{}/eviction", request::encode(name)),
        form: WriteForm::Create,
        body: json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": options,
        }),
        asked: Asked {
            verb: "create",
            resource: "pods/eviction".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: Some(name.to_owned()),
        },
    }
}
