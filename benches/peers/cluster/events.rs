//! Events of the last three quarters of an hour: of starts that went well, and the warnings of what did not.

use super::Stored;
use super::layout;
use super::pods::{Pod, age_told, stamp};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

/// Events altogether, as many as a cluster of 300 pods had when the public server was first looked at.
const TOTAL: usize = 1_643;
/// Healthy pods whose probe failed now and then.
const SHAKY: usize = 120;
/// They are spread over this stretch, so that they stay within the last hour while the benchmark runs.
const STRETCH_SECONDS: usize = 45 * 60;
/// What a start tells.
const STARTS: [(&str, &str); 4] = [
    ("Scheduled", "Successfully assigned to a node"),
    ("Pulled", "Container image already present on machine"),
    ("Created", "Created container: app"),
    ("Started", "Started container app"),
];

/// All events by namespace and name, and the pods of the warnings.
pub fn all(pods: &[Pod], now: DateTime<Utc>) -> (Vec<Stored>, Vec<String>) {
    let mut events = Vec::new();
    let mut warnings = Vec::new();
    let mut place = |pod: &Pod, kind: &str, reason: &str, message: &str, count: usize| {
        let number = events.len();
        let last = now - TimeDelta::seconds((number * 7919 % STRETCH_SECONDS) as i64);
        events.push((pod.namespace.clone(), event(pod, number, (kind, reason, message), count, (last, now))));
    };
    for pod in pods {
        for (reason, message) in pod.trouble.map_or(&[][..], |trouble| trouble.warnings) {
            warnings.push(pod.name.clone());
            place(pod, "Warning", reason, message, 12);
        }
    }
    let healthy: Vec<&Pod> = pods.iter().filter(|pod| pod.trouble.is_none()).collect();
    for pod in healthy.iter().take(SHAKY) {
        warnings.push(pod.name.clone());
        place(pod, "Warning", "Unhealthy", "Readiness probe failed: Get \"/ready\": context deadline exceeded", 3);
    }
    let left = TOTAL - warnings.len();
    let starts = healthy.iter().rev().flat_map(|pod| STARTS.iter().map(move |start| (pod, start)));
    for (pod, (reason, message)) in starts.take(left) {
        place(pod, "Normal", reason, message, 1);
    }
    events.sort_by(|(left, _), (right, _)| left.cmp(right));
    (events.into_iter().map(|(_, event)| event).collect(), warnings)
}

fn event(
    pod: &Pod,
    number: usize,
    (kind, reason, message): (&str, &str, &str),
    count: usize,
    (last, now): (DateTime<Utc>, DateTime<Utc>),
) -> Stored {
    let name = format!("{}.{:016x}", pod.name, 0x17d0_0000_0000_0000_u64 + number as u64 * 104_729);
    let component = if reason.contains("Schedul") { "default-scheduler" } else { "kubelet" };
    let first = last - TimeDelta::minutes(count as i64 - 1);
    let object = json!({
        "apiVersion": "v1", "kind": "Event",
        "metadata": {"name": name, "namespace": pod.namespace, "uid": layout::uid(number + 3_000_000),
            "resourceVersion": (200_000 + number).to_string(), "creationTimestamp": stamp(first),
            "managedFields": [{"manager": component, "operation": "Update", "apiVersion": "v1", "time": stamp(last), "fieldsType": "FieldsV1",
                "fieldsV1": {"f:count": {}, "f:firstTimestamp": {}, "f:involvedObject": {}, "f:lastTimestamp": {}, "f:message": {},
                    "f:reason": {}, "f:reportingComponent": {}, "f:reportingInstance": {}, "f:source": {}, "f:type": {}}}]},
        "involvedObject": {"kind": "Pod", "namespace": pod.namespace, "name": pod.name, "uid": layout::uid(pod.number),
            "apiVersion": "v1", "resourceVersion": (90_000 + pod.number).to_string(), "fieldPath": "spec.containers{app}"},
        "reason": reason, "message": message, "type": kind, "source": {"component": component, "host": pod.node},
        "firstTimestamp": stamp(first), "lastTimestamp": stamp(last), "count": count, "eventTime": null,
        "reportingComponent": component, "reportingInstance": pod.node,
    });
    let cells = vec![
        json!(age_told(now - last)),
        json!(kind),
        json!(reason),
        json!(format!("pod/{}", pod.name)),
        json!("spec.containers{app}"),
        json!(format!("{component}, {}", pod.node)),
        json!(message),
        json!(age_told(now - first)),
        json!(count),
        json!(name),
    ];
    Stored { object, cells }
}
