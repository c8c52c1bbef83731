//! What looks show.

use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use crate::object::ObjectRef;
use crate::plan::{Condition, SuccessCheck};
use crate::verification::{Measured, Outcome, judge, looks, measure};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn workload() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

fn query(at_most: Option<f64>) -> Condition {
    Condition::QueryWithin { query: "errors".to_owned(), instance: None, at_most, baseline: Some(4.0) }
}

fn ready() -> Condition {
    Condition::WorkloadReady { object: workload(), baseline_ready: 3 }
}

fn no_finding() -> Condition {
    Condition::NoFinding { object: workload(), baseline_findings: 1 }
}

fn check(conditions: Vec<Condition>) -> SuccessCheck {
    SuccessCheck { conditions, settle_seconds: 30, window_seconds: 300 }
}

fn whole(data: Value) -> Result<Envelope, Failure> {
    Ok(Envelope::whole(data, 1))
}

fn cut(data: Value) -> Result<Envelope, Failure> {
    Ok(Envelope { truncated: true, ..Envelope::whole(data, 1) })
}

fn instant(values: &[Option<f64>]) -> Value {
    let samples: Vec<Value> = values.iter().map(|value| json!({"labels": {}, "value": value})).collect();
    json!({"query": "errors", "at": "2026-09-21T00:00:00Z", "result_type": "vector", "samples": samples})
}

fn rollout(state: &str, desired: u32, ready: u32, old: u32) -> Value {
    json!({"object": workload(), "state": state, "why": "", "desired": desired, "updated": desired, "ready": ready,
        "available": ready, "old": old})
}

fn health(findings: &[&ObjectRef], not_checked: &[&str]) -> Value {
    let findings: Vec<Value> = findings
        .iter()
        .map(|object| {
            json!({"check": "pod-crash-loop", "severity": "critical", "object": object, "why": "", "evidence": [], "next": ""})
        })
        .collect();
    let not_checked: Vec<Value> =
        not_checked.iter().map(|check| json!({"check": check, "reason": "forbidden"})).collect();
    json!({"findings": findings, "checked": {"pod-crash-loop": 3}, "not_checked": not_checked})
}

fn away() -> Result<Envelope, Failure> {
    Err(Failure::new(FailureKind::Unreachable, "no answer from the cluster"))
}

fn one(condition: Condition, result: Result<Envelope, Failure>) -> Measured {
    let mut measured = measure(&check(vec![condition]), &[result], &BTreeMap::new());
    assert_eq!(measured.len(), 1);
    measured.remove(0)
}

fn holds(value: f64) -> Measured {
    Measured::Holds { value: Some(value) }
}

fn fails(value: f64) -> Measured {
    Measured::Fails { value: Some(value) }
}

fn blind(why: &str) -> Measured {
    Measured::CannotTell { why: why.to_owned() }
}

#[test]
fn looks_are_calls_of_read_tools_in_the_order_of_the_conditions() {
    let elsewhere = Condition::QueryWithin {
        query: "errors".to_owned(),
        instance: Some("west".to_owned()),
        at_most: None,
        baseline: None,
    };
    let signal = Condition::SignalOver { fingerprint: "f".to_owned() };
    let conditions = vec![signal, query(None), elsewhere, ready(), no_finding()];
    let made = looks(&check(conditions), Some("main"));
    let expected = [
        ToolCall::new("prometheus_query", json!({"query": "errors"})),
        ToolCall::new("prometheus_query", json!({"instance": "west", "query": "errors"})),
        ToolCall::new(
            "kubernetes_rollout_status",
            json!({"cluster": "main", "kind": "Deployment", "namespace": "shop", "name": "checkout"}),
        ),
        ToolCall::new(
            "kubernetes_cluster_health",
            json!({"cluster": "main", "namespace": "shop", "budget_tokens": 8000}),
        ),
    ];
    assert_eq!(made, expected);
    for call in made {
        let (server, tool) = call.tool.split_once('_').unwrap();
        assert!(crate::effect::of(server, tool).is_some_and(crate::effect::EffectClass::is_read), "{}", call.tool);
    }
}

#[test]
fn queries_are_measured_by_their_highest_value() {
    let bound = || query(Some(1.0));
    let cases = [
        ("below", bound(), whole(instant(&[Some(0.5), Some(0.2)])), holds(0.5)),
        ("at the bound", bound(), whole(instant(&[Some(1.0)])), holds(1.0)),
        ("one above, wherever it stands", bound(), whole(instant(&[Some(0.5), Some(2.0)])), fails(2.0)),
        ("above, though cut", bound(), cut(instant(&[Some(2.0)])), fails(2.0)),
        ("below, and cut", bound(), cut(instant(&[Some(0.5)])), blind("the answer is only part of the whole")),
        (
            "no number beside one below",
            bound(),
            whole(instant(&[None, Some(0.5)])),
            blind("the query gives what is no number"),
        ),
        ("no number beside one above", bound(), whole(instant(&[None, Some(2.0)])), fails(2.0)),
        ("nothing where a value is wanted", bound(), whole(instant(&[])), blind("the query gives no value")),
        ("nothing where nothing is wanted", query(None), whole(instant(&[])), Measured::Holds { value: None }),
        ("something where nothing is wanted", query(None), whole(instant(&[Some(0.0)])), fails(0.0)),
        ("no number where nothing is wanted", query(None), whole(instant(&[None])), Measured::Fails { value: None }),
        ("nothing, and cut", query(None), cut(instant(&[])), blind("the answer is only part of the whole")),
        ("no answer", bound(), away(), blind("no answer from the cluster")),
    ];
    for (name, condition, result, measured) in cases {
        assert_eq!(one(condition, result), measured, "{name}");
    }
    let mut other = instant(&[Some(0.5)]);
    other["query"] = json!("up");
    assert_eq!(one(bound(), whole(other)), blind("the answer is of another query"));
    let mut matrix = instant(&[Some(0.5)]);
    matrix["result_type"] = json!("matrix");
    assert_eq!(one(bound(), whole(matrix)), blind("the query gives a matrix, not values of now"));
    assert!(matches!(one(bound(), whole(json!("x"))), Measured::CannotTell { .. }));
}

#[test]
fn workloads_are_ready_when_the_new_ones_are_and_the_old_are_gone() {
    let cases = [
        ("whole", rollout("complete", 3, 3, 0), holds(3.0)),
        ("old ones left", rollout("complete", 3, 3, 1), fails(3.0)),
        ("too few", rollout("complete", 3, 2, 0), fails(2.0)),
        ("nothing wanted", rollout("complete", 0, 0, 0), fails(0.0)),
        ("on the way", rollout("progressing", 3, 2, 1), Measured::UnderWay { value: Some(2.0) }),
        ("not seen yet", rollout("waiting", 3, 3, 0), Measured::UnderWay { value: Some(3.0) }),
        ("stuck", rollout("stuck", 3, 2, 1), fails(2.0)),
        ("paused", rollout("paused", 3, 3, 0), fails(3.0)),
        ("a word that nobody knows", rollout("new word", 3, 3, 0), fails(3.0)),
    ];
    for (name, data, measured) in cases {
        assert_eq!(one(ready(), whole(data)), measured, "{name}");
    }
    let mut other = rollout("complete", 3, 3, 0);
    other["object"]["name"] = json!("cart");
    assert_eq!(one(ready(), whole(other)), blind("the answer is of Deployment shop/cart"));
    assert_eq!(one(ready(), away()), blind("no answer from the cluster"));
}

#[test]
fn no_finding_means_that_all_checks_looked() {
    let (own, other) = (workload(), ObjectRef::namespaced("Deployment", "shop", "cart"));
    let cases = [
        ("none", whole(health(&[], &[])), holds(0.0)),
        ("of another object", whole(health(&[&other], &[])), holds(0.0)),
        ("two of it", whole(health(&[&own, &own, &other], &[])), fails(2.0)),
        ("one of it, and a check that could not look", whole(health(&[&own], &["pods"])), fails(1.0)),
        (
            "none, and a check that could not look",
            whole(health(&[], &["pods"])),
            blind("the check pods could not look: forbidden"),
        ),
        ("none, and cut", cut(health(&[], &[])), blind("the answer is only part of the whole")),
        ("nothing was looked at", whole(json!({"findings": [], "checked": {}})), blind("no check looked at anything")),
        ("no answer", away(), blind("no answer from the cluster")),
    ];
    for (name, result, measured) in cases {
        assert_eq!(one(no_finding(), result), measured, "{name}");
    }
    let part = Envelope { not_looked: vec!["the pods".to_owned()], ..Envelope::whole(health(&[], &[]), 0) };
    assert_eq!(one(no_finding(), Ok(part)), blind("the answer is only part of the whole"));
}

#[test]
fn warnings_of_before_kept_a_heal_from_being_seen() {
    let mut past = health(&[&workload()], &[]);
    past["findings"][0]["check"] = json!("warning-events");
    assert_eq!(one(no_finding(), whole(past)), holds(0.0));
}

#[test]
fn a_signal_is_over_where_its_source_says_so() {
    let check = check(vec![Condition::SignalOver { fingerprint: "f".to_owned() }]);
    let told = |over: bool| measure(&check, &[], &BTreeMap::from([("f".to_owned(), over)]));
    assert_eq!(told(true), [Measured::Holds { value: None }]);
    assert_eq!(told(false), [Measured::Fails { value: None }]);
    let silent = measure(&check, &[], &BTreeMap::from([("other".to_owned(), true)]));
    assert_eq!(silent, [blind("its source did not say whether the signal is over")]);
}

#[test]
fn results_belong_to_the_conditions_that_look_in_their_order() {
    let signal = Condition::SignalOver { fingerprint: "f".to_owned() };
    let check = check(vec![query(Some(1.0)), signal, ready(), no_finding()]);
    let results = [whole(instant(&[Some(0.5)])), whole(rollout("complete", 3, 3, 0))];
    let measured = measure(&check, &results, &BTreeMap::from([("f".to_owned(), true)]));
    let expected = [holds(0.5), Measured::Holds { value: None }, holds(3.0), blind("it was not looked at")];
    assert_eq!(measured, expected);
    assert_eq!(judge(&check, &measured, 300), Outcome::CannotTell);
}
