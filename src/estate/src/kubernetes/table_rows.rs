//! What stands in the columns of each kind.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::table::human;
use crate::world::object::{array, entries, flag, has_condition, integer, is_deleting, name, text, time};

fn age(object: &Value, pointer: &str, now: DateTime<Utc>) -> String {
    time(object, pointer).map_or_else(|| "<unknown>".to_owned(), |at| human(now - at))
}

fn or_none(text: String) -> String {
    if text.is_empty() { "<none>".to_owned() } else { text }
}

fn pairs(object: &Value, pointer: &str) -> String {
    let pairs: Vec<String> =
        entries(object, pointer).map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default())).collect();
    or_none(pairs.join(","))
}

fn count(object: &Value, pointer: &str) -> i64 {
    integer(object, pointer).unwrap_or_default()
}

fn size(object: &Value, pointer: &str) -> usize {
    object.pointer(pointer).and_then(Value::as_object).map_or(0, serde_json::Map::len)
}

fn containers(object: &Value) -> (String, String) {
    let containers = array(object, "/spec/template/spec/containers");
    let join = |field: &str| containers.iter().map(|container| text(container, field)).collect::<Vec<_>>().join(",");
    (join("/name"), join("/image"))
}

/// The cells of an object.
pub fn cells(resource: &str, object: &Value, now: DateTime<Utc>) -> Value {
    let own = name(object);
    let old = age(object, "/metadata/creationTimestamp", now);
    let at = |pointer: &str| text(object, pointer).to_owned();
    let of = |part: i64, whole: i64| format!("{part}/{whole}");
    match resource {
        "pods" => pod(object, now, old),
        "deployments" => {
            let (names, images) = containers(object);
            let ready = of(count(object, "/status/readyReplicas"), count(object, "/spec/replicas"));
            json!([
                own,
                ready,
                count(object, "/status/updatedReplicas"),
                count(object, "/status/availableReplicas"),
                old,
                names,
                images,
                pairs(object, "/spec/selector/matchLabels")
            ])
        }
        "replicasets" => {
            let (names, images) = containers(object);
            json!([
                own,
                count(object, "/spec/replicas"),
                count(object, "/status/replicas"),
                count(object, "/status/readyReplicas"),
                old,
                names,
                images,
                pairs(object, "/spec/selector/matchLabels")
            ])
        }
        "statefulsets" => {
            let (names, images) = containers(object);
            json!([
                own,
                of(count(object, "/status/readyReplicas"), count(object, "/spec/replicas")),
                old,
                names,
                images
            ])
        }
        "daemonsets" => {
            let number = |field: &str| count(object, &format!("/status/{field}"));
            json!([
                own,
                number("desiredNumberScheduled"),
                number("currentNumberScheduled"),
                number("numberReady"),
                number("updatedNumberScheduled"),
                number("numberAvailable"),
                pairs(object, "/spec/template/spec/nodeSelector"),
                old
            ])
        }
        "jobs" => {
            let status = if has_condition(object, "Complete") {
                "Complete"
            } else if has_condition(object, "Failed") {
                "Failed"
            } else {
                "Running"
            };
            let begun = time(object, "/status/startTime").unwrap_or(now);
            let length = human(time(object, "/status/completionTime").unwrap_or(now) - begun);
            json!([
                own,
                status,
                of(count(object, "/status/succeeded"), count(object, "/spec/completions").max(1)),
                length,
                old
            ])
        }
        "cronjobs" => json!([
            own,
            at("/spec/schedule"),
            "<none>",
            flag(object, "/spec/suspend").to_string(),
            array(object, "/status/active").len(),
            age(object, "/status/lastScheduleTime", now).replace("<unknown>", "<none>"),
            old
        ]),
        "nodes" => node(object, old),
        "services" => {
            let ports: Vec<String> =
                array(object, "/spec/ports").iter().map(|port| format!("{}/TCP", count(port, "/port"))).collect();
            json!([
                own,
                at("/spec/type"),
                at("/spec/clusterIP"),
                "<none>",
                ports.join(","),
                old,
                pairs(object, "/spec/selector")
            ])
        }
        "endpoints" => {
            let port = array(object, "/subsets/0/ports").first().map_or(0, |port| count(port, "/port"));
            let places: Vec<String> = array(object, "/subsets/0/addresses")
                .iter()
                .map(|address| format!("{}:{port}", text(address, "/ip")))
                .collect();
            json!([own, or_none(places.join(",")), old])
        }
        "namespaces" => json!([own, at("/status/phase"), old]),
        "configmaps" => json!([own, size(object, "/data"), old]),
        "secrets" => json!([own, at("/type"), size(object, "/data"), old]),
        "events" => event(object, now),
        "persistentvolumeclaims" => json!([
            own,
            at("/status/phase"),
            at("/spec/volumeName"),
            at("/status/capacity/storage"),
            "RWO",
            at("/spec/storageClassName"),
            old
        ]),
        "persistentvolumes" => json!([
            own,
            at("/spec/capacity/storage"),
            "RWO",
            at("/spec/persistentVolumeReclaimPolicy"),
            at("/status/phase"),
            format!("{}/{}", text(object, "/spec/claimRef/namespace"), text(object, "/spec/claimRef/name")),
            at("/spec/storageClassName"),
            old
        ]),
        "horizontalpodautoscalers" => json!([
            own,
            format!("{}/{}", text(object, "/spec/scaleTargetRef/kind"), text(object, "/spec/scaleTargetRef/name")),
            format!(
                "cpu: {}%/{}%",
                count(object, "/status/currentMetrics/0/resource/current/averageUtilization"),
                count(object, "/spec/metrics/0/resource/target/averageUtilization")
            ),
            count(object, "/spec/minReplicas"),
            count(object, "/spec/maxReplicas"),
            count(object, "/status/currentReplicas"),
            old
        ]),
        "poddisruptionbudgets" => {
            let bound = |pointer: &str| {
                object.pointer(pointer).map_or_else(|| "N/A".to_owned(), |bound| bound.to_string().replace('"', ""))
            };
            json!([
                own,
                bound("/spec/minAvailable"),
                bound("/spec/maxUnavailable"),
                count(object, "/status/disruptionsAllowed"),
                old
            ])
        }
        "ingresses" => {
            let hosts: Vec<&str> = array(object, "/spec/rules").iter().map(|rule| text(rule, "/host")).collect();
            let ports = if array(object, "/spec/tls").is_empty() { "80" } else { "80, 443" };
            json!([
                own,
                at("/spec/ingressClassName"),
                hosts.join(","),
                at("/status/loadBalancer/ingress/0/ip"),
                ports,
                old
            ])
        }
        "networkpolicies" => json!([own, pairs(object, "/spec/podSelector/matchLabels"), old]),
        "certificates" => {
            json!([own, if has_condition(object, "Ready") { "True" } else { "False" }, at("/spec/secretName"), old])
        }
        "storageclasses" => json!([
            own,
            at("/provisioner"),
            at("/reclaimPolicy"),
            at("/volumeBindingMode"),
            flag(object, "/allowVolumeExpansion").to_string(),
            old
        ]),
        _ => json!([own, old]),
    }
}

fn pod(object: &Value, now: DateTime<Utc>, old: String) -> Value {
    let statuses = array(object, "/status/containerStatuses");
    let ready = statuses.iter().filter(|status| flag(status, "/ready")).count();
    let wanted = array(object, "/spec/containers").len();
    let mut state = text(object, "/status/phase").to_owned();
    let mut restarts = 0;
    let mut last = None;
    for status in statuses {
        restarts += count(status, "/restartCount");
        last = last.max(time(status, "/lastState/terminated/finishedAt"));
        for pointer in ["/state/waiting/reason", "/state/terminated/reason"] {
            let reason = text(status, pointer);
            if !reason.is_empty() {
                state = reason.to_owned();
            }
        }
    }
    if is_deleting(object) {
        state = "Terminating".to_owned();
    }
    let restarts = match last {
        Some(at) if restarts > 0 => format!("{restarts} ({} ago)", human(now - at)),
        _ => restarts.to_string(),
    };
    json!([
        name(object),
        format!("{ready}/{wanted}"),
        state,
        restarts,
        old,
        or_none(text(object, "/status/podIP").to_owned()),
        or_none(text(object, "/spec/nodeName").to_owned())
    ])
}

fn node(object: &Value, old: String) -> Value {
    let mut status = if has_condition(object, "Ready") { "Ready" } else { "NotReady" }.to_owned();
    if flag(object, "/spec/unschedulable") {
        status.push_str(",SchedulingDisabled");
    }
    let info = |field: &str| text(object, &format!("/status/nodeInfo/{field}")).to_owned();
    json!([
        name(object),
        status,
        "<none>",
        old,
        info("kubeletVersion"),
        text(object, "/status/addresses/0/address"),
        info("osImage"),
        info("kernelVersion"),
        info("containerRuntimeVersion")
    ])
}

fn event(object: &Value, now: DateTime<Utc>) -> Value {
    let about = if object.get("regarding").is_some() { "/regarding" } else { "/involvedObject" };
    let part = |field: &str| text(object, &format!("{about}/{field}")).to_owned();
    let whom = format!("{}/{}", part("kind").to_lowercase(), part("name"));
    let source = [text(object, "/source/component"), text(object, "/source/host")].join(", ");
    json!([
        age(object, "/lastTimestamp", now),
        text(object, "/type"),
        text(object, "/reason"),
        whom,
        part("fieldPath"),
        source.trim_end_matches(", "),
        text(object, "/message").trim(),
        age(object, "/firstTimestamp", now),
        count(object, "/count"),
        name(object)
    ])
}
