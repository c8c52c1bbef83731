//! `metrics.k8s.io`: what pods and nodes use now, from the timeline.

use std::collections::BTreeMap;

use axum::body::Body;
use chrono::TimeDelta;
use http::Response;
use serde_json::{Value, json};

use super::answer;
use super::error::ApiError;
use super::request::Parameters;
use crate::Estate;
use crate::world::World;
use crate::world::object::{name, namespace, timestamp, uid};
use crate::world::selector::LabelSelector;

/// Answers a path of the metrics group.
pub fn answer(estate: &Estate, path: &str, parameters: &Parameters) -> Result<Option<Response<Body>>, ApiError> {
    let Some(rest) = path.trim_end_matches('/').strip_prefix("/apis/metrics.k8s.io/v1beta1/") else { return Ok(None) };
    let parts: Vec<&str> = rest.split('/').collect();
    let selector = LabelSelector::parse(parameters.text("labelSelector")).map_err(ApiError::bad_request)?;
    let value = estate.with_world(|world| match parts.as_slice() {
        ["nodes"] => Ok(list("NodeMetricsList", world, nodes(world, &selector))),
        ["nodes", wanted] => one(nodes(world, &selector), "nodes", wanted),
        ["pods"] => Ok(list("PodMetricsList", world, pods(world, None, &selector))),
        ["namespaces", ns, "pods"] => Ok(list("PodMetricsList", world, pods(world, Some(ns), &selector))),
        ["namespaces", ns, "pods", wanted] => one(pods(world, Some(ns), &selector), "pods", wanted),
        _ => Err(ApiError::no_such_path()),
    })?;
    Ok(Some(answer::json(&value)))
}

fn list(kind: &str, world: &World, items: Vec<Value>) -> Value {
    let version = world.store().version().to_string();
    json!({"kind": kind, "apiVersion": "metrics.k8s.io/v1beta1", "metadata": {"resourceVersion": version}, "items": items})
}

fn one(items: Vec<Value>, resource: &str, wanted: &str) -> Result<Value, ApiError> {
    let found = items.into_iter().find(|item| name(item) == wanted);
    found.ok_or_else(|| ApiError::not_found("metrics.k8s.io", resource, wanted))
}

fn usage(cores: f64, bytes: f64) -> Value {
    json!({"cpu": format!("{}n", (cores * 1e9).round() as i64), "memory": format!("{}Ki", (bytes / 1024.0).round() as i64)})
}

/// The uses of each pod: (object, container, node, cores, bytes).
fn measured(world: &World, ns: Option<&str>, selector: &LabelSelector) -> Vec<(Value, f64, f64, String)> {
    let mut rows = Vec::new();
    for pod in world.store().list("pods", ns) {
        let Some(track) = world.timeline().pod(uid(&pod)) else { continue };
        let alive =
            track.node.last().and_then(|node| world.timeline().nodes.get(node)).and_then(|node| node.alive.last());
        if track.running.last() == Some(&true) && alive != Some(&false) && selector.matches(&pod) {
            let cores = track.cpu_cores.last().copied().unwrap_or_default().max(0.001);
            let bytes = track.memory.bytes_at(world.now()).unwrap_or(24.0 * 1_048_576.0);
            rows.push((Value::clone(&pod), cores, bytes, track.node.last().cloned().unwrap_or_default()));
        }
    }
    rows
}

fn pods(world: &World, ns: Option<&str>, selector: &LabelSelector) -> Vec<Value> {
    let at = timestamp(world.now() - TimeDelta::seconds(world.now().timestamp().rem_euclid(15)));
    let render = |(pod, cores, bytes, _): (Value, f64, f64, String)| {
        let container = pod.pointer("/spec/containers/0/name").cloned().unwrap_or_default();
        json!({"kind": "PodMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "timestamp": at, "window": "15s",
            "metadata": {"name": name(&pod), "namespace": namespace(&pod), "creationTimestamp": at,
                "labels": pod.pointer("/metadata/labels")},
            "containers": [{"name": container, "usage": usage(cores, bytes)}]})
    };
    measured(world, ns, selector).into_iter().map(render).collect()
}

fn nodes(world: &World, selector: &LabelSelector) -> Vec<Value> {
    let mut used: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for (_, cores, bytes, node) in measured(world, None, &LabelSelector::default()) {
        let sum = used.entry(node).or_default();
        *sum = (sum.0 + cores, sum.1 + bytes);
    }
    let at = timestamp(world.now());
    let mut rows = Vec::new();
    for node in world.store().list("nodes", None) {
        let alive = world.timeline().nodes.get(name(&node)).is_some_and(|track| track.alive.last() == Some(&true));
        if alive && selector.matches(&node) {
            let (cores, bytes) = used.get(name(&node)).copied().unwrap_or_default();
            // The machine's own daemons take their part.
            rows.push(
                json!({"kind": "NodeMetrics", "apiVersion": "metrics.k8s.io/v1beta1", "timestamp": at, "window": "15s",
                "metadata": {"name": name(&node), "creationTimestamp": at, "labels": node.pointer("/metadata/labels")},
                "usage": usage(cores + 0.11, bytes + 620.0 * 1_048_576.0)}),
            );
        }
    }
    rows
}
