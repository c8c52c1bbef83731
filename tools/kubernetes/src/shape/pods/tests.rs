//! The word that kubectl prints, case by case.

use super::*;
use serde_json::{Value, json};

fn pod(spec: Value, status: Value) -> Pod {
    let mut pod = json!({
        "metadata": {"name": "p", "namespace": "shop", "creationTimestamp": "2026-11-21T00:00:00Z"},
        "spec": {"containers": [{"name": "app", "image": "app:1"}]},
        "status": status,
    });
    for (key, value) in spec.as_object().unwrap() {
        pod["spec"][key] = value.clone();
    }
    serde_json::from_value(pod).unwrap()
}

fn container(state: Value) -> Value {
    json!({"name": "app", "ready": false, "restartCount": 3, "state": state})
}

#[test]
fn status_words() {
    let none = json!({});
    let two_init = json!({"initContainers": [{"name": "a"}, {"name": "b"}]});
    let sidecar = json!({"initContainers": [{"name": "proxy", "restartPolicy": "Always"}]});
    let cases: Vec<(&str, Value, Value, u32, u32)> = vec![
        ("Pending", none.clone(), json!({"phase": "Pending"}), 0, 1),
        ("Evicted", none.clone(), json!({"phase": "Failed", "reason": "Evicted"}), 0, 1),
        (
            "CrashLoopBackOff",
            none.clone(),
            json!({"phase": "Running", "containerStatuses": [container(json!({"waiting": {"reason": "CrashLoopBackOff"}}))]}),
            0,
            1,
        ),
        (
            "OOMKilled",
            none.clone(),
            json!({"phase": "Running", "containerStatuses": [container(json!({"terminated": {"reason": "OOMKilled", "exitCode": 137}}))]}),
            0,
            1,
        ),
        (
            "ExitCode:3",
            none.clone(),
            json!({"phase": "Failed", "containerStatuses": [container(json!({"terminated": {"exitCode": 3}}))]}),
            0,
            1,
        ),
        (
            "Signal:9",
            none.clone(),
            json!({"phase": "Failed", "containerStatuses": [container(json!({"terminated": {"exitCode": 0, "signal": 9}}))]}),
            0,
            1,
        ),
        (
            "Init:0/2",
            two_init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [{"name": "a", "state": {"running": {}}}],
                "containerStatuses": [container(json!({"waiting": {"reason": "PodInitializing"}}))]}),
            0,
            1,
        ),
        (
            "Init:CrashLoopBackOff",
            two_init.clone(),
            json!({"phase": "Pending", "initContainerStatuses": [
                {"name": "a", "state": {"terminated": {"exitCode": 0}}},
                {"name": "b", "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]}),
            0,
            1,
        ),
        (
            "Init:Error",
            two_init,
            json!({"phase": "Pending", "initContainerStatuses": [
                {"name": "a", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}),
            0,
            1,
        ),
        (
            "Running",
            sidecar,
            json!({"phase": "Running",
                "initContainerStatuses": [{"name": "proxy", "started": true, "ready": true, "state": {"running": {}}}],
                "containerStatuses": [{"name": "app", "ready": true, "state": {"running": {}}}]}),
            2,
            2,
        ),
        (
            "NotReady",
            json!({"containers": [{"name": "app"}, {"name": "job"}]}),
            json!({"phase": "Running", "containerStatuses": [
                {"name": "app", "ready": true, "state": {"running": {}}},
                {"name": "job", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}),
            1,
            2,
        ),
        (
            "SchedulingGated",
            none,
            json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "SchedulingGated"}]}),
            0,
            1,
        ),
    ];
    for (word, spec, status, ready, containers) in cases {
        let row = row(&pod(spec, status));
        assert_eq!((row.status.as_str(), row.ready, row.containers), (word, ready, containers), "{word}");
    }
}

#[test]
fn deletion_has_the_last_word() {
    let mut dying = pod(json!({}), json!({"phase": "Running"}));
    dying.metadata.deletion_timestamp = Some(Utc::now());
    assert_eq!(status_word(&dying), "Terminating");
    dying.status.reason = "NodeLost".to_owned();
    assert_eq!(status_word(&dying), "Unknown");
}

#[test]
fn the_last_end_and_its_time_are_told() {
    let crashed = json!({"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "restartCount": 2,
        "state": {"running": {"startedAt": "2026-11-21T01:00:00Z"}},
        "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T00:59:50Z"}}}]});
    let row = row(&pod(json!({}), crashed));
    assert_eq!((row.status.as_str(), row.restarts, row.last_exit.as_deref()), ("Running", 2, Some("OOMKilled")));
    assert_eq!(row.last_restart.unwrap().to_rfc3339(), "2026-11-21T00:59:50+00:00");
    assert!(!is_unhealthy(&row, Utc::now()));
}

#[test]
fn what_a_go_server_writes_as_null_is_absent() {
    let text = r#"{"metadata": {"name": "p", "labels": null, "ownerReferences": null, "creationTimestamp": null},
        "spec": {"containers": null}, "status": {"conditions": null, "containerStatuses": null}}"#;
    let pod: Pod = serde_json::from_str(text).unwrap();
    assert_eq!(status_word(&pod), "Unknown");
}
