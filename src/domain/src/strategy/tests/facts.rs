//! Facts out of cases and scenes that are made by hand.

use super::{at, deployment, judgement, names, pod};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::rank::rank;
use crate::diagnosis::rules;
use crate::evidence::EvidenceId;
use crate::incident::Member;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Health, LogPattern, Logs, NodeRow, Object, Revision, WorkloadRow};
use crate::observed::prometheus::{GoldenSignals, Signal};
use crate::playbook::looks::{Look, Looks, Seen};
use crate::signal::{self, Source, SourceKind, Status};
use crate::strategy::{Facts, Measure, Readiness, candidates};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const NOW: &str = "2026-11-20T03:00:00Z";
const RESTART: &str = "metadata.annotations[kubectl.kubernetes.io/restartedAt]: added 2026-11-20T02:58:00Z";
const IMAGE: &str = "containers[payments].image: shop/payments:2.7.3 -> shop/payments:2.8.0";

fn seen<T>(data: T) -> Look<T> {
    Look::Seen(Seen { id: EvidenceId(1), data, truncated: false, total: None, hint: None, source: None })
}

fn revision(number: u64, created: &str, current: bool, diff: &[&str]) -> Revision {
    let diff = diff.iter().map(|line| (*line).to_owned()).collect();
    let images = "shop/payments:2.8.0".to_owned();
    Revision { revision: number, created: at(created), current, images, ready: Some(2), change_cause: None, diff }
}

fn scene(ready: u32) -> Scene {
    let row = WorkloadRow {
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: "payments".to_owned(),
        status: "ok".to_owned(),
        desired: 2,
        ready,
        updated: 2,
        images: "shop/payments:2.8.0".to_owned(),
        created: at("2026-11-01T00:00:00Z"),
    };
    let node = NodeRow {
        name: "worker-3".to_owned(),
        status: "NotReady".to_owned(),
        version: "v1.34.0".to_owned(),
        cpu: "4".to_owned(),
        memory: "16384Mi".to_owned(),
        created: at("2026-11-01T00:00:00Z"),
    };
    Scene {
        now: at(NOW),
        zone: chrono_tz::UTC,
        cluster: None,
        since: "3h".to_owned(),
        at: None,
        health: seen(Health::default()),
        alerts: Look::NoTool,
        workloads: seen(vec![row]),
        nodes: seen(vec![node]),
        volumes: Look::NoTool,
        changes: Look::NoTool,
    }
}

fn case(revisions: Vec<Revision>) -> Case {
    let subject = deployment("payments");
    let mut healthy = pod(&subject, "payments-7d9f8b6c4-x2x1z", "Running", 1);
    healthy.node = Some("worker-1".to_owned());
    let errors = Signal {
        name: "error_ratio".to_owned(),
        unit: "ratio".to_owned(),
        now: Some(0.24),
        before: Some(0.0),
        query: "errors[15m] / all[15m]".to_owned(),
    };
    Case {
        pods: seen(vec![healthy]),
        tree: Look::NoTool,
        events: Look::NoTool,
        revisions: seen(revisions),
        signals: seen(GoldenSignals { signals: vec![errors], ..GoldenSignals::default() }),
        logs: Look::NoTool,
        previous_logs: Look::NoTool,
        configuration: Vec::new(),
        peers: Vec::new(),
        blamed: Vec::new(),
        subject,
    }
}

fn rolled_back_to(revisions: Vec<Revision>) -> Option<u64> {
    let (case, scene) = (case(revisions), scene(2));
    let judged = rules::judge(&scene, &case);
    let first = judged.iter().find(|judgement| judgement.rule == "errors-after-rollout").unwrap();
    Facts::of(&case, &scene, first).change.map(|change| change.before)
}

#[test]
fn the_revision_before_the_rollout_is_gone_back_to() {
    let first = revision(1, "2026-11-10T00:00:00Z", false, &[]);
    let bad = |current| revision(2, "2026-11-20T02:53:00Z", current, &[IMAGE]);
    assert_eq!(rolled_back_to(vec![bad(true), first.clone()]), Some(1));
    assert_eq!(rolled_back_to(vec![bad(true)]), None, "nothing ran before");
    let old = revision(2, "2026-11-18T00:00:00Z", true, &[IMAGE]);
    assert_eq!(rolled_back_to(vec![old, first]), None, "two days ago");
}

#[test]
fn a_restart_in_between_does_not_hide_the_bad_rollout() {
    let restarts = [
        revision(4, "2026-11-20T02:59:00Z", true, &[RESTART]),
        revision(3, "2026-11-20T02:58:00Z", false, &[RESTART]),
        revision(2, "2026-11-20T02:53:00Z", false, &[IMAGE]),
        revision(1, "2026-11-10T00:00:00Z", false, &[]),
    ];
    assert_eq!(rolled_back_to(restarts.to_vec()), Some(1), "2 and 3 have the template that is bad");
}

#[test]
fn what_was_rolled_back_from_is_not_gone_back_to() {
    // A roll back gives the old template a new number, and its ReplicaSet keeps its age.
    let again = revision(3, "2026-11-20T01:00:00Z", true, &["containers[payments].image: shop/payments:2.8.0 -> x"]);
    let bad = revision(2, "2026-11-20T02:53:00Z", false, &[IMAGE]);
    assert_eq!(rolled_back_to(vec![again, bad]), None);
}

#[test]
fn errors_are_measured_over_a_short_time_and_no_free_text_gets_in() {
    let revisions =
        vec![revision(2, "2026-11-20T02:53:00Z", true, &[IMAGE]), revision(1, "2026-11-10T00:00:00Z", false, &[])];
    let (case, scene) = (case(revisions), scene(2));
    let judged = rules::judge(&scene, &case);
    let facts = Facts::of(&case, &scene, &judged[0]);
    assert_eq!(facts.measures[0].query, "errors[2m] / all[2m]");
    assert_eq!((facts.measures[0].now, facts.measures[0].at_most), (0.24, 0.02));
    assert!(facts.pods.iter().all(|pod| pod.message.is_none()));
    assert_eq!(facts.largest_node_memory_bytes, Some(16 << 30));
    assert_eq!(names(&candidates(&judged[0], &facts)), ["rollout_undo"]);
    let again: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(again, facts);
}

#[test]
fn a_log_line_makes_a_judgement_surer_for_people_and_not_for_acting() {
    let revisions =
        vec![revision(2, "2026-11-20T02:53:00Z", true, &[IMAGE]), revision(1, "2026-11-10T00:00:00Z", false, &[])];
    let quiet = case(revisions);
    let mut loud = quiet.clone();
    let line =
        LogPattern { template: "boom".to_owned(), level: "error".to_owned(), count: 9, example: "boom".to_owned() };
    loud.logs = seen(Logs { patterns: vec![line], ..Logs::default() });
    let judged = |case: &Case| {
        let ranked = rank(rules::judge(&scene(2), case));
        ranked.first().map(|first| (first.rule, first.per_mille, first.typed_per_mille)).unwrap()
    };
    assert_eq!(judged(&quiet), ("errors-after-rollout", 820, 820));
    assert_eq!(judged(&loud), ("errors-after-rollout", 900, 820));
}

#[test]
fn of_a_node_all_that_is_short_of_pods_is_watched() {
    let node = ObjectRef::cluster("Node", "worker-3");
    let judged = rules::judge_scene(&scene(1));
    let found = judged.iter().find(|judgement| judgement.cause == node).unwrap();
    let facts = Facts::of(&case(Vec::new()), &scene(1), found);
    assert_eq!(facts.readiness, [Readiness { object: deployment("payments"), ready: 1, desired: 2 }]);
    assert_eq!(names(&candidates(found, &facts)), ["cordon"], "nothing says that its kubelet answers");
}

pub(super) fn member(name: &str, object: Option<ObjectRef>, kind: SourceKind, query: Option<&str>) -> Member {
    Member::of(&signal::Signal {
        id: name.to_owned(),
        fingerprint: format!("print-{name}"),
        source: Source { kind, name: "main".to_owned() },
        environment: "demo".to_owned(),
        name: name.to_owned(),
        status: Status::Firing,
        severity: crate::incident::Severity::High,
        object,
        service: None,
        labels: BTreeMap::new(),
        text: "free text".to_owned(),
        value: None,
        query: query.map(str::to_owned),
        started_at: at(NOW),
        seen_at: at(NOW),
    })
}

#[test]
fn signals_of_others_are_no_condition() {
    let facts =
        Facts::of(&case(Vec::new()), &scene(1), &judgement("crash", &deployment("payments"), &deployment("payments")));
    let own = Some(deployment("payments"));
    let facts = facts.with_members(&[
        member("alert", own.clone(), SourceKind::Alertmanager, Some("rate(x[2m]) > 1")),
        member("rule", own, SourceKind::Rule, Some("errors > 1")),
        member("other", Some(deployment("cart")), SourceKind::Rule, None),
        member(
            "pod",
            Some(ObjectRef::namespaced("Pod", "shop", "payments-7d9f8b6c4-x2x1z")),
            SourceKind::Alertmanager,
            None,
        ),
    ]);
    let raised: Vec<_> = facts.raised.iter().map(|one| (one.fingerprint.as_str(), one.is_of_a_pod)).collect();
    assert_eq!(raised, [("print-alert", false), ("print-rule", false), ("print-pod", true)]);
}

#[test]
fn a_shift_in_traces_held_up_the_end_that_the_same_signal_measured_told_minutes_before() {
    let object = deployment("payments");
    let members = [
        member("shift", Some(object.clone()), SourceKind::Traces, None),
        member("alert", Some(object.clone()), SourceKind::Alertmanager, None),
    ];
    let mut facts = Facts::of(&case(Vec::new()), &scene(1), &judgement("crash", &object, &object));
    let raised = |facts: &Facts| facts.clone().with_members(&members).raised.len();
    assert_eq!(raised(&facts), 2, "where nothing is measured, its source tells");
    facts.measures = vec![Measure { query: "errors".to_owned(), now: 0.3, at_most: 0.02 }];
    assert_eq!(raised(&facts), 1);
}

#[test]
fn the_manifest_is_looked_at_where_memory_is_the_trouble() {
    let tools = BTreeSet::from(["kubernetes_get".to_owned()]);
    let object = deployment("payments");
    let (case, scene) = (case(Vec::new()), scene(1));
    for (rule, expected) in [("out-of-memory", 1), ("crash", 0)] {
        let mut looks = Looks::new(&[], &tools);
        let facts = Facts::gather(&mut looks, &case, &scene, &judgement(rule, &object, &object));
        assert_eq!(facts.containers, []);
        assert_eq!(looks.into_wanted().len(), expected, "{rule}");
    }
    let manifest = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "payments", "resources": {"limits": {"memory": "512Mi"}}}]}}}});
    let seen = Object { object: object.clone(), manifest: manifest.clone() };
    let facts = Facts::of(&case, &scene, &judgement("out-of-memory", &object, &object)).with_manifest(&seen);
    assert_eq!(facts.containers[0].memory_limit.as_deref(), Some("512Mi"));
    let other = Facts::of(&case, &scene, &judgement("out-of-memory", &object, &object))
        .with_manifest(&Object { object: deployment("cart"), manifest });
    assert_eq!(other.containers, [], "a manifest of another object says nothing");
}
