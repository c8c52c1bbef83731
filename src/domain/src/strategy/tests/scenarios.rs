//! The twelve troubles that the house knows, each with what is tried and how it is seen whether it helped.

use super::{change, deployment, judgement, short_of_pods};
use crate::diagnosis::Judgement;
use crate::object::ObjectRef;
use crate::strategy::{Container, Facts, Measure, NodeFacts, Readiness, candidates};
use expect_test::expect;
use std::fmt::Write as _;

const IMAGE: &str = "containers[app].image: registry.example.com/shop/app:1.0 -> registry.example.com/shop/app:1.1";

fn measured(mut facts: Facts, query: &str, now: f64, at_most: f64) -> Facts {
    facts.measures = vec![Measure { query: query.to_owned(), now, at_most }];
    facts
}

fn changed(mut facts: Facts, diff: &[&str]) -> Facts {
    facts.change = change(true, diff);
    facts
}

fn out_of_memory() -> (Judgement, Facts) {
    let object = deployment("recommendation");
    let mut facts = changed(short_of_pods(&object, 0, 2), &[IMAGE]);
    facts.containers = vec![Container { name: "app".to_owned(), memory_limit: Some("512Mi".to_owned()) }];
    facts.largest_node_memory_bytes = Some(16 << 30);
    (judgement("out-of-memory", &object, &object), facts)
}

fn slow_database() -> (Judgement, Facts) {
    let (database, caller) = (ObjectRef::namespaced("StatefulSet", "data", "orders-db"), deployment("checkout"));
    let mut facts = short_of_pods(&database, 1, 1);
    facts.readiness.push(Readiness { object: caller.clone(), ready: 3, desired: 3 });
    let facts = measured(facts, "latency of checkout", 9.9, 0.1);
    (judgement("slow-dependency", &database, &caller), facts)
}

fn node_not_ready() -> (Judgement, Facts) {
    let (node, cart) = (ObjectRef::cluster("Node", "worker-3"), deployment("cart"));
    let mut facts = Facts { target: None, ..short_of_pods(&cart, 1, 2) };
    facts.node = Some(NodeFacts { object: node.clone(), is_cordoned: false, answers: false });
    facts.findings = vec![(cart.clone(), 1)];
    (judgement("node-not-ready", &node, &cart), facts)
}

fn untouchable(rule: &'static str, kind: &str, name: &str) -> (Judgement, Facts) {
    (judgement(rule, &ObjectRef::namespaced(kind, "shop", name), &deployment("checkout")), Facts::default())
}

fn of_rollout(rule: &'static str, name: &str, diff: &[&str]) -> (Judgement, Facts) {
    let object = deployment(name);
    (judgement(rule, &object, &object), changed(short_of_pods(&object, 1, 2), diff))
}

fn all() -> Vec<(&'static str, (Judgement, Facts))> {
    let missing = {
        let (mut judgement, facts) = of_rollout(
            "missing-reference",
            "payments",
            &["containers[app].env[K].valueFrom.secretKeyRef.name: a -> b"],
        );
        judgement.cause = ObjectRef::namespaced("Secret", "shop", "b");
        (judgement, facts)
    };
    let errors = {
        let (judgement, mut facts) = of_rollout("errors-after-rollout", "payments", &[IMAGE]);
        facts.readiness = vec![Readiness { object: deployment("payments"), ready: 2, desired: 2 }];
        (judgement, measured(facts, "errors of payments", 0.24, 0.02))
    };
    vec![
        ("oom-after-rollout", out_of_memory()),
        ("image-pull", of_rollout("image-pull", "search", &[IMAGE])),
        ("missing-secret", missing),
        (
            "pending-resources",
            of_rollout("unschedulable", "catalog", &["containers[app].resources.requests.cpu: 250m -> 6"]),
        ),
        (
            "failing-readiness",
            of_rollout("readiness", "frontend", &[IMAGE, "containers[app].readinessProbe.httpGet.path: /a -> /b"]),
        ),
        ("error-burst", errors),
        ("slow-database", slow_database()),
        ("node-not-ready", node_not_ready()),
        ("bad-config", untouchable("crash-on-configuration", "ConfigMap", "checkout-config")),
        ("certificate-expiring", untouchable("certificate", "Certificate", "shop-tls")),
        ("network-policy", untouchable("network-policy", "NetworkPolicy", "restrict-ingress")),
        ("disk-filling", untouchable("volume-filling", "PersistentVolumeClaim", "data-search-index-0")),
    ]
}

#[test]
fn each_scenario_is_met_by_what_suits_it() {
    let mut told = String::new();
    for (scenario, (judgement, facts)) in all() {
        writeln!(told, "{scenario}").unwrap();
        for candidate in candidates(&judgement, &facts) {
            let success = &candidate.success;
            let action = serde_json::to_string(&candidate.action).unwrap();
            writeln!(told, "  {} {action}", candidate.object).unwrap();
            writeln!(told, "    {}", candidate.why).unwrap();
            writeln!(told, "    after {} s, within {} s", success.settle_seconds, success.window_seconds).unwrap();
            for condition in &success.conditions {
                writeln!(told, "    {}", serde_json::to_string(condition).unwrap()).unwrap();
            }
            assert!(candidate.tainted.is_empty(), "{scenario}");
            assert_eq!(success.check(), Ok(()), "{scenario}");
            assert_eq!(candidate.action.problems(&candidate.object), Vec::<String>::new(), "{scenario}");
        }
    }
    expect![[r#"
        oom-after-rollout
          Deployment shop/recommendation {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/recommendation came with the trouble (rule out-of-memory); revision 1 ran before it
            after 180 s, within 360 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"recommendation"},"baseline_ready":0}
          Deployment shop/recommendation {"action":"set_resources","container":"app","memory_limit":"1024Mi"}
            Deployment shop/recommendation goes over its memory limit: twice as much shows whether it needs it or leaks
            after 180 s, within 360 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"recommendation"},"baseline_ready":0}
        image-pull
          Deployment shop/search {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/search came with the trouble (rule image-pull); revision 1 ran before it
            after 30 s, within 340 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"search"},"baseline_ready":1}
        missing-secret
          Deployment shop/payments {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/payments came with the trouble (rule missing-reference); revision 1 ran before it
            after 30 s, within 340 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"payments"},"baseline_ready":1}
        pending-resources
          Deployment shop/catalog {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/catalog came with the trouble (rule unschedulable); revision 1 ran before it
            after 30 s, within 340 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"catalog"},"baseline_ready":1}
        failing-readiness
          Deployment shop/frontend {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/frontend came with the trouble (rule readiness); revision 1 ran before it
            after 60 s, within 340 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"frontend"},"baseline_ready":1}
        error-burst
          Deployment shop/payments {"action":"rollout_undo","to_revision":1}
            Revision 2 of Deployment shop/payments came with the trouble (rule errors-after-rollout); revision 1 ran before it
            after 150 s, within 340 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"payments"},"baseline_ready":2}
            {"check":"query_within","query":"errors of payments","at_most":0.02,"baseline":0.24}
        slow-database
          StatefulSet data/orders-db {"action":"rollout_restart"}
            Pods of StatefulSet data/orders-db may have got into a state that new ones do not have (rule slow-dependency)
            after 150 s, within 360 s
            {"check":"workload_ready","object":{"kind":"StatefulSet","namespace":"data","name":"orders-db"},"baseline_ready":1}
            {"check":"query_within","query":"latency of checkout","at_most":0.1,"baseline":9.9}
        node-not-ready
          Node worker-3 {"action":"cordon"}
            Node worker-3 is not ready: no new pod is to be placed there while what ran there comes back elsewhere
            after 30 s, within 940 s
            {"check":"workload_ready","object":{"kind":"Deployment","namespace":"shop","name":"cart"},"baseline_ready":1}
        bad-config
        certificate-expiring
        network-policy
        disk-filling
    "#]].assert_eq(&told);
}

#[test]
fn what_the_rules_know_nothing_of_goes_to_people() {
    let object = deployment("cart");
    let facts = changed(short_of_pods(&object, 0, 2), &[IMAGE]);
    assert_eq!(candidates(&judgement("a-rule-of-tomorrow", &object, &object), &facts), []);
}
