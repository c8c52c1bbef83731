//! One family at a time: when it speaks and when it keeps silent.

use super::{change, deployment, judgement, names, pod, short_of_pods};
use crate::action::Action;
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;
use crate::plan::{Condition, Field};
use crate::strategy::{Autoscaler, Container, Expectation, Facts, NodeFacts, Raised, Webhook, candidates, preferred};
use std::collections::BTreeSet;

const IMAGE: &str = "containers[app].image: shop/app:1.0 -> shop/app:1.1";
const VARIABLE: &str = "containers[app].env[LEVEL].value: info -> debug";

fn tried(rule: &'static str, edit: impl FnOnce(&mut Facts)) -> Vec<&'static str> {
    let object = deployment("cart");
    let mut facts = short_of_pods(&object, 1, 2);
    edit(&mut facts);
    names(&candidates(&judgement(rule, &object, &object), &facts))
}

#[test]
fn a_restart_is_none_where_it_cannot_help() {
    for rule in ["image-pull", "missing-reference", "unschedulable"] {
        assert_eq!(tried(rule, |_| ()), Vec::<&str>::new(), "{rule}");
    }
    for rule in ["out-of-memory", "crash", "readiness", "errors-after-rollout", "slow-by-itself"] {
        assert_eq!(tried(rule, |_| ()), ["rollout_restart"], "{rule}");
    }
    let probe = "containers[app].readinessProbe.httpGet.path: /a -> /b";
    assert_eq!(tried("readiness", |facts| facts.change = change(true, &[probe])), ["rollout_undo"]);
    assert_eq!(tried("readiness", |facts| facts.change = change(false, &[probe])), ["rollout_restart"]);
}

#[test]
fn a_rollout_of_another_time_is_not_rolled_back_unless_its_pods_cannot_start() {
    assert_eq!(tried("crash", |facts| facts.change = change(false, &[IMAGE])), ["rollout_restart"]);
    assert_eq!(tried("crash", |facts| facts.change = change(true, &[IMAGE])), ["rollout_undo"]);
    assert_eq!(tried("image-pull", |facts| facts.change = change(false, &[IMAGE])), ["rollout_undo"]);
}

#[test]
fn one_bad_pod_among_good_ones_is_the_only_one_made_anew() {
    let object = deployment("cart");
    let pods = |states: &[(&str, u32)]| {
        let pods = states.iter().enumerate();
        pods.map(|(index, (status, ready))| pod(&object, &format!("cart-{index}"), status, *ready)).collect::<Vec<_>>()
    };
    type Case<'a> = (&'a [(&'a str, u32)], &'a [&'a str]);
    let cases: [Case<'_>; 4] = [
        (&[("Running", 1), ("Running", 0), ("Running", 1)], &["delete_pod", "rollout_restart"]),
        (&[("Running", 0), ("Running", 0), ("Running", 1)], &["rollout_restart"]),
        (&[("Running", 0)], &["rollout_restart"]),
        (&[("Terminating", 0), ("Running", 1)], &["rollout_restart"]),
    ];
    for (states, expected) in cases {
        assert_eq!(tried("readiness", |facts| facts.pods = pods(states)), expected, "{states:?}");
    }
    let foreign = pod(&deployment("other"), "other-1", "Running", 0);
    let good = pod(&object, "cart-1", "Running", 1);
    assert_eq!(tried("readiness", |facts| facts.pods = vec![foreign, good]), ["rollout_restart"]);
}

#[test]
fn an_image_alone_is_set_back_only_where_the_rollout_changed_more_and_its_name_is_the_same() {
    let images = |diff: &[&str]| tried("image-pull", |facts| facts.change = change(true, diff));
    assert_eq!(images(&[IMAGE]), ["rollout_undo"]);
    assert_eq!(images(&[IMAGE, VARIABLE]), ["rollout_undo", "set_image"]);
    assert_eq!(images(&["containers[app].image: shop/app:1.0 -> elsewhere/app:1.1", VARIABLE]), ["rollout_undo"]);
    let cut = "containers[app].image: shop/app:1… -> shop/app:1.1";
    assert_eq!(images(&[cut, VARIABLE]), ["rollout_undo"], "a name that was cut is no image");
}

#[test]
fn memory_is_doubled_only_where_it_is_known_whose_it_is_and_a_node_has_room() {
    let container =
        |name: &str, limit: Option<&str>| Container { name: name.to_owned(), memory_limit: limit.map(str::to_owned) };
    let cases = [
        (vec![container("app", Some("1Gi"))], Some(4 << 30), true),
        (vec![container("app", Some("1Gi"))], Some(3 << 30), false),
        (vec![container("app", Some("1Gi"))], None, false),
        (vec![container("app", None)], Some(64 << 30), false),
        (vec![container("app", Some("1Gi")), container("proxy", Some("1Gi"))], Some(64 << 30), false),
    ];
    for (containers, node, expected) in cases {
        let tried = tried("out-of-memory", |facts| {
            facts.containers = containers.clone();
            facts.largest_node_memory_bytes = node;
        });
        assert_eq!(tried.contains(&"set_resources"), expected, "{containers:?} {node:?}");
    }
}

#[test]
fn what_is_busy_gets_more_pods_by_whoever_owns_their_number() {
    let autoscaler = |current: u32| Autoscaler {
        object: ObjectRef::namespaced("HorizontalPodAutoscaler", "shop", "cart"),
        min_replicas: Some(2),
        max_replicas: Some(4),
        current_replicas: Some(current),
    };
    let scaled = |share: f64, autoscaler: Option<Autoscaler>| {
        tried("slow-by-itself", |facts| {
            facts.cpu_of_limit = Some(share);
            facts.autoscaler = autoscaler;
        })
    };
    assert_eq!(scaled(0.95, None), ["rollout_restart", "scale"]);
    assert_eq!(scaled(0.5, None), ["rollout_restart"]);
    assert_eq!(scaled(0.95, Some(autoscaler(4))), ["rollout_restart", "set_hpa_bounds"]);
    assert_eq!(scaled(0.95, Some(autoscaler(3))), ["rollout_restart"]);
}

#[test]
fn a_silent_node_is_not_drained() {
    let node = ObjectRef::cluster("Node", "worker-3");
    let cart = deployment("cart");
    let tried = |is_cordoned: bool, answers: bool, ready: u32| {
        let mut facts = Facts { target: None, ..short_of_pods(&cart, ready, 2) };
        facts.node = Some(NodeFacts { object: node.clone(), is_cordoned, answers });
        names(&candidates(&judgement("node-not-ready", &node, &cart), &facts))
    };
    assert_eq!(tried(false, false, 1), ["cordon"]);
    assert_eq!(tried(false, true, 1), ["cordon", "drain"]);
    assert_eq!(tried(true, false, 1), Vec::<&str>::new());
    assert_eq!(tried(false, false, 2), Vec::<&str>::new(), "nothing is short of pods: nothing could be seen to help");
}

#[test]
fn what_rests_on_free_text_says_so() {
    let object = deployment("cart");
    let mut by_log = judgement("slow-by-itself", &object, &object);
    by_log.typed_per_mille = 0;
    let found = candidates(&by_log, &short_of_pods(&object, 1, 2));
    assert_eq!(names(&found), ["rollout_restart"]);
    let tainted = BTreeSet::from([Field::Object, Field::Action, Field::Reason]);
    assert!(found.iter().all(|candidate| candidate.tainted == tainted));
}

#[test]
fn nothing_is_tried_whose_success_could_not_be_seen() {
    let object = deployment("cart");
    let crash = judgement("crash", &object, &object);
    assert_eq!(names(&candidates(&crash, &short_of_pods(&object, 2, 2))), Vec::<&str>::new());
    let blind = Facts { target: Some(object), ..Facts::default() };
    assert_eq!(names(&candidates(&crash, &blind)), Vec::<&str>::new());
}

#[test]
fn a_declared_webhook_is_called_for_its_symptoms_only() {
    let claim = ObjectRef::namespaced("PersistentVolumeClaim", "data", "data-0");
    let symptoms = BTreeSet::from(["volume-filling".to_owned()]);
    let webhook = Webhook { name: "clean-disk".to_owned(), symptoms, ..Webhook::default() };
    let facts = Facts::default().with_webhooks(vec![webhook]);
    let found = candidates(&judgement("volume-filling", &claim, &deployment("search")), &facts);
    let call = Action::CallWebhook { webhook: "clean-disk".to_owned() };
    assert_eq!(found.iter().map(|one| (&one.object, &one.action)).collect::<Vec<_>>(), [(&claim, &call)]);
    assert_eq!(found[0].success.check(), Ok(()));
    assert_eq!(candidates(&judgement("network-policy", &claim, &deployment("search")), &facts), []);
}

#[test]
fn a_webhook_for_declared_services_is_called_for_no_other_and_its_expectation_is_measured() {
    let webhook = |services: &[&str]| Webhook {
        name: "clear-cache".to_owned(),
        symptoms: BTreeSet::from(["slow-by-itself".to_owned()]),
        services: services.iter().map(|name| (*name).to_owned()).collect(),
        expectation: Some(Expectation {
            query: "cache_hit_ratio < 0.8".to_owned(),
            instance: Some("west".to_owned()),
            at_most: None,
        }),
    };
    let tried = |services: &[&str]| {
        let object = deployment("cart");
        let facts = short_of_pods(&object, 1, 2).with_webhooks(vec![webhook(services)]);
        let found = candidates(&judgement("slow-by-itself", &object, &deployment("search")), &facts);
        found.into_iter().find(|one| matches!(one.action, Action::CallWebhook { .. }))
    };
    for services in [&[][..], &["cart"], &["search", "other"]] {
        let candidate = tried(services).unwrap();
        let expected = Condition::QueryWithin {
            query: "cache_hit_ratio < 0.8".to_owned(),
            instance: Some("west".to_owned()),
            at_most: None,
            baseline: None,
        };
        assert_eq!(candidate.success.conditions.first(), Some(&expected), "{services:?}");
        assert!(candidate.success.conditions.len() > 1, "the trouble itself must be over as well");
    }
    assert_eq!(tried(&["other"]), None);
}

#[test]
fn a_reason_fits_its_tool_however_long_the_names_are() {
    let object = ObjectRef::namespaced("StatefulSet", "n".repeat(63), "x".repeat(253));
    for rule in ["crash", "out-of-memory", "errors-after-rollout", "readiness"] {
        let mut facts = short_of_pods(&object, 1, 2);
        facts.change = change(true, &[IMAGE, VARIABLE]);
        let found = candidates(&judgement(rule, &object, &object), &facts);
        assert!(!found.is_empty(), "{rule}");
        assert!(found.iter().all(|candidate| (3..=500).contains(&candidate.why.len())), "{rule}");
    }
}

#[test]
fn of_causes_about_as_sure_the_one_with_more_victims_is_preferred() {
    let ranked = |entries: &[(&str, u32, &[&str])]| -> Vec<Judgement> {
        let entries = entries.iter().map(|(name, per_mille, victims)| Judgement {
            per_mille: *per_mille,
            typed_per_mille: *per_mille,
            victims: victims.iter().map(|victim| deployment(victim)).collect(),
            ..judgement("slow-by-itself", &deployment(name), &deployment(name))
        });
        entries.collect()
    };
    type Ranked<'a> = &'a [(&'a str, u32, &'a [&'a str])];
    let cases: [(Ranked<'_>, &str); 4] = [
        (&[("a", 950, &[]), ("b", 940, &["c", "d"])], "b"),
        (&[("a", 950, &[]), ("b", 800, &["c", "d"])], "a"),
        (&[("a", 950, &["b"]), ("b", 950, &["c", "d"])], "a"),
        (&[("a", 950, &["c"]), ("b", 950, &["c"])], "a"),
    ];
    for (entries, expected) in cases {
        let judgements = ranked(entries);
        assert_eq!(preferred(&judgements).map(|one| one.cause.name.as_str()), Some(expected), "{entries:?}");
    }
    assert_eq!(preferred(&[]), None);
}

#[test]
fn a_signal_on_a_pod_that_is_replaced_told_of_success_because_the_pod_was_gone() {
    let object = deployment("cart");
    let mut facts = short_of_pods(&object, 1, 2);
    let raised = |fingerprint: &str, is_of_a_pod| Raised { fingerprint: fingerprint.to_owned(), is_of_a_pod };
    facts.raised = vec![raised("of the pod", true), raised("of the workload", false)];
    let signals = |facts: &Facts| {
        let candidates = candidates(&judgement("crash", &object, &object), facts);
        let of = |condition: &Condition| match condition {
            Condition::SignalOver { fingerprint } => Some(fingerprint.clone()),
            _ => None,
        };
        candidates.iter().flat_map(|one| one.success.conditions.iter().filter_map(of)).collect::<Vec<_>>()
    };
    assert_eq!(signals(&facts), ["of the workload"]);
    facts.readiness.clear();
    facts.raised.truncate(1);
    assert_eq!(signals(&facts), ["of the pod"], "where nothing else tells");
}
