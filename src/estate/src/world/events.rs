//! Events: one object for each distinct happening, repeats counted in it, gone an hour after the last.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};

use super::World;
use super::object::{integer, name, namespace, set, text, time, timestamp, uid};
use super::random::hash;
use super::task::Task;

const EVENT_LIFE: TimeDelta = TimeDelta::hours(1);

impl World {
    /// Something went as it should.
    pub(crate) fn normal(&mut self, about: &Value, reason: &str, message: &str, component: &str) {
        self.record("Normal", about, reason, message, component, "");
    }

    /// Something did not.
    pub(crate) fn warn(&mut self, about: &Value, reason: &str, message: &str, component: &str) {
        self.record("Warning", about, reason, message, component, "");
    }

    /// The same for a happening in the first container of a pod.
    pub(crate) fn container_event(&mut self, kind: &str, pod: &Value, reason: &str, message: &str) {
        let container = text(pod, "/spec/containers/0/name").to_owned();
        self.record(kind, pod, reason, message, "kubelet", &format!("spec.containers{{{container}}}"));
    }

    fn record(&mut self, kind: &str, about: &Value, reason: &str, message: &str, component: &str, field: &str) {
        let ns = if namespace(about).is_empty() { "default" } else { namespace(about) }.to_owned();
        let now = timestamp(self.now);
        let key = hash(1, &[uid(about), kind, reason, message, component]);
        let event_name = format!("{}.{key:016x}", name(about));
        if let Some(before) = self.store.get("events", &ns, &event_name) {
            let mut event = Value::clone(&before);
            set(&mut event, &["count"], json!(integer(&before, "/count").unwrap_or(1) + 1));
            set(&mut event, &["lastTimestamp"], json!(now));
            self.put("events", event);
            return;
        }
        let host = if component == "kubelet" { text(about, "/spec/nodeName") } else { "" };
        let mut involved = json!({
            "kind": text(about, "/kind"), "namespace": namespace(about), "name": name(about), "uid": uid(about),
            "apiVersion": text(about, "/apiVersion"), "resourceVersion": text(about, "/metadata/resourceVersion"),
        });
        if !field.is_empty() {
            set(&mut involved, &["fieldPath"], json!(field));
        }
        let event_uid = self.random.uid();
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": event_name, "namespace": ns, "uid": event_uid, "creationTimestamp": now},
            "involvedObject": involved, "reason": reason, "message": message, "type": kind,
            "source": if host.is_empty() { json!({"component": component}) } else { json!({"component": component, "host": host}) },
            "firstTimestamp": now, "lastTimestamp": now, "count": 1, "eventTime": null,
            "reportingComponent": component, "reportingInstance": host,
        });
        self.put("events", event);
        self.after(EVENT_LIFE, Task::ExpireEvent { namespace: ns, name: event_name });
    }

    pub(crate) fn expire_event(&mut self, namespace: &str, name: &str) {
        let Some(event) = self.store.get("events", namespace, name) else { return };
        let last = time(&event, "/lastTimestamp").unwrap_or(chrono::DateTime::<Utc>::MIN_UTC);
        let age = self.now - last;
        if age >= EVENT_LIFE {
            self.store.remove("events", namespace, name);
        } else {
            self.after(EVENT_LIFE - age, Task::ExpireEvent { namespace: namespace.to_owned(), name: name.to_owned() });
        }
    }
}
