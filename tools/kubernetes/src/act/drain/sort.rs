//! Which pods of a node leave, which stay, and which must not be touched. Pure.

use crate::act::pods::MIRROR;
use crate::shape::api::Pod;
use serde_json::Value;

/// A pod that is to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaving {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Identity: a pod of the same name made since is another one.
    pub uid: String,
}

impl std::fmt::Display for Leaving {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", self.namespace, self.name)
    }
}

/// The pods of a node, sorted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sorted {
    /// To be evicted.
    pub evicted: Vec<Leaving>,
    /// What stays, in a sentence each kind.
    pub kept: Vec<String>,
    /// Why the node cannot be drained.
    pub blockers: Vec<String>,
}

impl Sorted {
    /// Sorts the manifests of all pods of a node.
    pub fn of(pods: Vec<Value>, may_lose_empty_dirs: bool) -> Self {
        let mut sorted = Self::default();
        let mut staying = 0_usize;
        for manifest in pods {
            let has_empty_dir = has_empty_dir(&manifest);
            let Ok(pod) = serde_json::from_value::<Pod>(manifest) else {
                sorted.blockers.push("a pod that cannot be read".to_owned());
                continue;
            };
            let leaving = Leaving {
                namespace: pod.metadata.namespace().to_owned(),
                name: pod.metadata.name.clone(),
                uid: pod.metadata.uid.clone(),
            };
            let owner = pod.metadata.controller();
            if pod.metadata.annotations.contains_key(MIRROR) || owner.is_some_and(|owner| owner.kind == "DaemonSet") {
                staying += 1;
            } else if pod.is_finished() {
                sorted.evicted.push(leaving);
            } else if owner.is_none() {
                sorted.blockers.push(format!("{leaving} has no controller that would make it anew"));
            } else if has_empty_dir && !may_lose_empty_dirs {
                sorted.blockers.push(format!("{leaving} keeps data in an emptyDir, which would be lost"));
            } else {
                sorted.evicted.push(leaving);
            }
        }
        if staying > 0 {
            sorted.kept.push(format!("{staying} pods of DaemonSets or of the node itself stay"));
        }
        sorted
    }
}

fn has_empty_dir(manifest: &Value) -> bool {
    let volumes = manifest.pointer("/spec/volumes").and_then(Value::as_array);
    volumes.into_iter().flatten().any(|volume| volume.get("emptyDir").is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pod(name: &str, owner: Option<&str>, more: Value) -> Value {
        let owners: Vec<Value> = owner
            .into_iter()
            .map(|kind| json!({"kind": kind, "name": "x", "uid": "u", "apiVersion": "v1", "controller": true}))
            .collect();
        let mut pod = json!({"metadata": {"name": name, "namespace": "shop", "uid": name, "ownerReferences": owners},
            "spec": {}, "status": {"phase": "Running"}});
        if let (Value::Object(pod), Value::Object(more)) = (&mut pod, more) {
            pod.extend(more);
        }
        pod
    }

    #[test]
    fn what_nothing_makes_anew_and_what_would_be_lost_stops_the_drain() {
        let with_data = json!({"spec": {"volumes": [{"name": "cache", "emptyDir": {}}]}});
        let mirror = json!({"metadata": {"name": "etcd", "namespace": "kube-system", "annotations": {MIRROR: "x"}}});
        let pods = vec![
            pod("web", Some("ReplicaSet"), json!({})),
            pod("bare", None, json!({})),
            pod("done", None, json!({"status": {"phase": "Succeeded"}})),
            pod("cache", Some("StatefulSet"), with_data),
            pod("agent", Some("DaemonSet"), json!({})),
            pod("etcd", None, mirror),
        ];
        let sorted = Sorted::of(pods.clone(), false);
        let names = |sorted: &Sorted| sorted.evicted.iter().map(|pod| pod.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&sorted), ["web", "done"]);
        assert_eq!(sorted.blockers.len(), 2, "{:?}", sorted.blockers);
        assert_eq!(sorted.kept, ["2 pods of DaemonSets or of the node itself stay"]);
        assert_eq!(names(&Sorted::of(pods, true)), ["web", "done", "cache"]);
    }
}
