//! Endpoints and endpoint slices: which pods stand behind a service, ready or not.

use serde_json::{Value, json};

use super::World;
use super::object::{array, name, namespace, owner_reference, set, text, timestamp, uid};
use super::pods::is_ready;
use super::selector::map_selects;

impl World {
    pub(crate) fn reconcile_service(&mut self, ns: &str, own: &str) {
        let Some(service) = self.store.get("services", ns, own) else { return };
        let Some(selector) = service.pointer("/spec/selector") else { return };
        let pods = self.store.list("pods", Some(ns));
        let behind = |pod: &&std::sync::Arc<Value>| {
            map_selects(Some(selector), pod) && !text(pod, "/status/podIP").is_empty() && !super::pods::is_finished(pod)
        };
        let pods: Vec<_> = pods.iter().filter(behind).collect();
        let ports: Vec<Value> = array(&service, "/spec/ports")
            .iter()
            .map(|port| {
                let number = port.get("targetPort").filter(|port| port.is_number()).or_else(|| port.get("port"));
                json!({"name": text(port, "/name"), "port": number, "protocol": "TCP"})
            })
            .collect();
        self.write_endpoints(&service, &pods, &ports);
        self.write_slice(&service, &pods, &ports);
    }

    fn write_endpoints(&mut self, service: &Value, pods: &[&std::sync::Arc<Value>], ports: &[Value]) {
        let (ns, own) = (namespace(service), name(service));
        let addresses = |ready: bool| -> Vec<Value> {
            pods.iter()
                .filter(|pod| is_ready(pod) == ready && !super::object::is_deleting(pod))
                .map(|pod| address(pod))
                .collect()
        };
        let mut subset = json!({"ports": ports});
        for (field, list) in [("addresses", addresses(true)), ("notReadyAddresses", addresses(false))] {
            if !list.is_empty() {
                set(&mut subset, &[field], Value::Array(list));
            }
        }
        let filled = subset.as_object().is_some_and(|subset| subset.len() > 1);
        let mut endpoints = self.existing("endpoints", ns, own, "v1", "Endpoints");
        set(&mut endpoints, &["metadata", "labels"], service.pointer("/metadata/labels").cloned().unwrap_or_default());
        set(&mut endpoints, &["subsets"], if filled { json!([subset]) } else { json!([]) });
        self.put("endpoints", endpoints);
    }

    fn write_slice(&mut self, service: &Value, pods: &[&std::sync::Arc<Value>], ports: &[Value]) {
        let (ns, own) = (namespace(service), name(service));
        let slice_name = format!("{own}-{}", super::random::suffix(super::random::hash(11, &[uid(service)]), 5));
        let endpoints: Vec<Value> = pods
            .iter()
            .map(|pod| {
                let (ready, ending) = (is_ready(pod), super::object::is_deleting(pod));
                json!({
                    "addresses": [text(pod, "/status/podIP")], "nodeName": text(pod, "/spec/nodeName"), "zone": "eu-1a",
                    "conditions": {"ready": ready, "serving": ready, "terminating": ending},
                    "targetRef": {"kind": "Pod", "namespace": ns, "name": name(pod), "uid": uid(pod)},
                })
            })
            .collect();
        let mut slice = self.existing("endpointslices", ns, &slice_name, "discovery.k8s.io/v1", "EndpointSlice");
        set(&mut slice, &["metadata", "labels"], service.pointer("/metadata/labels").cloned().unwrap_or_default());
        set(&mut slice, &["metadata", "labels", "kubernetes.io/service-name"], json!(own));
        set(
            &mut slice,
            &["metadata", "labels", "endpointslice.kubernetes.io/managed-by"],
            json!("endpointslice-controller.k8s.io"),
        );
        set(&mut slice, &["metadata", "ownerReferences"], json!([owner_reference(service)]));
        set(&mut slice, &["addressType"], json!("IPv4"));
        set(&mut slice, &["endpoints"], Value::Array(endpoints));
        set(&mut slice, &["ports"], json!(ports));
        self.put("endpointslices", slice);
    }

    /// The object as it is, or the beginning of a new one.
    pub(crate) fn existing(&mut self, resource: &'static str, ns: &str, own: &str, version: &str, kind: &str) -> Value {
        if let Some(object) = self.store.get(resource, ns, own) {
            return Value::clone(&object);
        }
        let own_uid = self.random.uid();
        json!({"apiVersion": version, "kind": kind,
            "metadata": {"name": own, "namespace": ns, "uid": own_uid, "creationTimestamp": timestamp(self.now)}})
    }
}

fn address(pod: &Value) -> Value {
    json!({
        "ip": text(pod, "/status/podIP"), "nodeName": text(pod, "/spec/nodeName"),
        "targetRef": {"kind": "Pod", "namespace": namespace(pod), "name": name(pod), "uid": uid(pod)},
    })
}
