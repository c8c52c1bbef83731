//! Checks of claims, volumes and classes.

use super::*;

#[test]
fn classes_and_volumes() {
    let claim = |class: Value| json!({"kind": "PersistentVolumeClaim", "metadata": meta("c", OLD), "spec": {"storageClassName": class}, "status": {"phase": "Pending"}});
    let class = |name: &str, default: bool| {
        json!({"kind": "StorageClass", "metadata": {"name": name,
        "annotations": {"storageclass.kubernetes.io/is-default-class": default.to_string()}}})
    };
    let volume = |phase: &str, at: Value, class: &str| {
        json!({"kind": "PersistentVolume", "metadata": {"name": "pv-1"},
        "spec": {"storageClassName": class, "claimRef": {"namespace": "shop", "name": "x"}}, "status": {"phase": phase, "lastPhaseTransitionTime": at}})
    };
    let long_ago = "2026-11-01T00:00:00Z";
    judged(vec![
        (
            "no such class",
            json!([claim(json!("fast")), class("slow", true)]),
            vec!["storage-class-missing Warning PersistentVolumeClaim shop/c x1"],
        ),
        (
            "no default class",
            json!([claim(Value::Null), class("slow", false)]),
            vec!["storage-class-missing Warning PersistentVolumeClaim shop/c x1"],
        ),
        ("the default class", json!([claim(Value::Null), class("slow", true)]), vec![]),
        ("a volume made by hand", json!([claim(json!("")), class("slow", true)]), vec![]),
        (
            "a class that only volumes have",
            json!([claim(json!("manual")), volume("Available", Value::Null, "manual")]),
            vec![],
        ),
        (
            "failed",
            json!([volume("Failed", json!(RECENT), "slow")]),
            vec!["pv-problem Warning PersistentVolume pv-1 x1"],
        ),
        (
            "kept for long",
            json!([volume("Released", json!(long_ago), "slow")]),
            vec!["pv-problem Info PersistentVolume pv-1 x1"],
        ),
        ("kept since today", json!([volume("Released", json!(RECENT), "slow")]), vec![]),
        ("kept, nobody knows since when", json!([volume("Released", Value::Null, "slow")]), vec![]),
        ("in use", json!([volume("Bound", json!(long_ago), "slow")]), vec![]),
    ]);
}

#[test]
fn the_missing_class_is_told_instead_of_the_waiting_claim() {
    let claim = json!({"kind": "PersistentVolumeClaim", "metadata": meta("c", OLD), "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}});
    let mut user = pod("a-0", JUST_NOW, "Pending", json!({}));
    user["spec"]["volumes"] = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "c"}}]);
    assert_eq!(told(&json!([claim, user])), ["storage-class-missing Critical PersistentVolumeClaim shop/c x1"]);
}
