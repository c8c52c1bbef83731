//! Names, places, walks, roots.

use super::*;
use crate::incident::Member;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{OwnerTree, PodRow, Reference, ServiceRow, WorkloadRow};
use crate::observed::tempo::EdgeRow;
use crate::signal::tests::{now, signal};
use proptest::prelude::*;

pub(crate) fn call(caller: &str, callee: &str) -> EdgeRow {
    let (caller, callee) = (caller.to_owned(), callee.to_owned());
    EdgeRow { caller, callee, calls: 1, error_ratio: 0.0, p50_ms: 1.0, p95_ms: 1.0, no_spans: false }
}

pub(crate) fn deployment(name: &str) -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", name)
}

pub(crate) fn workload(name: &str) -> WorkloadRow {
    WorkloadRow {
        kind: "Deployment".to_owned(),
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        status: "ok".to_owned(),
        desired: 1,
        ready: 1,
        updated: 1,
        images: String::new(),
        created: now(),
    }
}

fn pod(name: &str, owner: &str, node: &str) -> PodRow {
    PodRow {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        status: "Running".to_owned(),
        ready: 1,
        containers: 1,
        restarts: 0,
        last_restart: None,
        last_exit: None,
        message: None,
        created: now(),
        node: Some(node.to_owned()),
        owner: Some(format!("Deployment/{owner}")),
    }
}

fn service(name: &str, selector: &str) -> ServiceRow {
    ServiceRow {
        namespace: "shop".to_owned(),
        name: name.to_owned(),
        service_type: "ClusterIP".to_owned(),
        ports: String::new(),
        selector: Some(selector.to_owned()),
        ready_endpoints: None,
        created: now(),
    }
}

/// web calls checkout, which calls payments and cart; payments calls a database that only traces know.
fn shop() -> Topology {
    let workloads = ["web", "checkout", "payments", "cart"].map(workload);
    let calls =
        [call("web", "checkout"), call("checkout", "pay"), call("checkout", "cart"), call("payments", "ledger")];
    let pods = [pod("web-7d9f8b6c5-x2x9k", "web", "n1"), pod("cart-7d9f8b6c5-b2b9b", "cart", "n1")];
    let services = [service("pay", "app=payments,tier=back")];
    Topology::of(&Rows { workloads: &workloads, calls: &calls, pods: &pods, services: &services, trees: &[] })
}

#[test]
fn random_ends_of_names() {
    for (name, expected) in [
        ("checkout-7d9f8b6c5-x2x9k", "checkout"),
        ("agent-x2x9k", "agent"),
        ("backup-29123456-x7k2c", "backup"),
        ("backup-29123456", "backup"),
        ("orders-db-0", "orders-db-0"),
        ("redis-cache", "redis-cache"),
        ("listener-27429", "listener-27429"),
        ("x2x9k", "x2x9k"),
        ("-x2x9k", "-x2x9k"),
        ("", ""),
        ("web-é2x9k", "web-é2x9k"),
    ] {
        assert_eq!(stable(name), expected, "{name}");
    }
}

#[test]
fn names_of_one_place() {
    let shop = shop();
    for object in [
        deployment("payments"),
        ObjectRef::namespaced("Pod", "shop", "payments-6c5d8f7b9-k9z2w"),
        ObjectRef::namespaced("ReplicaSet", "shop", "payments-6c5d8f7b9"),
        ObjectRef::namespaced("Service", "shop", "pay"),
    ] {
        assert_eq!(shop.object_place(&object), "shop/payments", "{object}");
    }
    assert_eq!(shop.service_place("pay"), "shop/payments");
    assert_eq!(shop.service_place("shop/pay"), "shop/payments");
    assert_eq!(shop.service_place("ledger"), "service ledger");
    assert_eq!(shop.object_place(&ObjectRef::namespaced("Pod", "shop", "orders-db-0")), "shop/orders-db");
    assert_eq!(shop.object_place(&ObjectRef::cluster("Node", "n1")), "Node n1");
}

#[test]
fn a_bare_name_of_two_namespaces_is_nobodys() {
    let other = WorkloadRow { namespace: "test".to_owned(), ..workload("cart") };
    let rows = [workload("cart"), other];
    let graph = Topology::of(&Rows { workloads: &rows, ..Rows::default() });
    assert_eq!(graph.service_place("cart"), "service cart");
}

#[test]
fn who_depends_on_whom() {
    let shop = shop();
    assert!(shop.depends("shop/web", "service ledger"));
    assert!(!shop.depends("service ledger", "shop/web"));
    assert!(shop.depends("shop/web", "Node n1"));
    assert!(!shop.is_one_chain("shop/payments", "shop/cart"));
    assert_eq!(shop.distance(&deployment("web"), &deployment("payments")), Some(2));
    assert_eq!(shop.distance(&deployment("payments"), &deployment("cart")), Some(2));
    assert_eq!(shop.distance(&deployment("cart"), &deployment("cart")), Some(0));
    assert_eq!(shop.distance(&deployment("cart"), &deployment("unknown")), None);
    assert_eq!(shop.dependants("pay"), ["shop/checkout"]);
    assert_eq!(shop.dependants_of(&ObjectRef::cluster("Node", "n1")), ["shop/cart", "shop/web"]);
}

#[test]
fn two_of_one_chain_share_a_key_and_siblings_do_not() {
    let shop = shop();
    let chain = |object: &ObjectRef| shop.chain(object);
    let shares = |one: &ObjectRef, other: &ObjectRef| !chain(one).is_disjoint(&chain(other));
    assert!(shares(&deployment("web"), &deployment("payments")));
    assert!(!shares(&deployment("cart"), &deployment("payments")));
    assert!(shares(&ObjectRef::cluster("Node", "n1"), &deployment("cart")), "a drain moves what runs there");
    assert!(!shares(&ObjectRef::cluster("Node", "n2"), &deployment("cart")));
    assert_eq!(chain(&deployment("unknown")).into_iter().collect::<Vec<_>>(), ["shop/unknown"]);
}

#[test]
fn references_of_a_tree_are_below_its_root() {
    let reference = |kind: &str, name: &str, how: &str| Reference {
        object: ObjectRef::namespaced(kind, "shop", name),
        how: how.to_owned(),
        exists: Some(true),
        changed: None,
    };
    let tree = OwnerTree {
        object: deployment("checkout"),
        root: deployment("checkout"),
        members: Vec::new(),
        refers_to: vec![
            reference("ConfigMap", "settings", "envFrom"),
            reference("Service", "orders", "env DB names it"),
        ],
        referred_by: vec![
            reference("Service", "front", "selects its pods"),
            reference("Ingress", "www", "routes to it"),
        ],
    };
    let graph = Topology::of(&Rows { trees: &[tree], ..Rows::default() });
    assert!(graph.depends("shop/checkout", "ConfigMap shop/settings"));
    assert!(graph.depends("shop/checkout", "shop/orders"));
    assert!(graph.depends("Ingress shop/www", "shop/checkout"));
    assert_eq!(graph.service_place("shop/front"), "shop/checkout");
    assert!(!graph.chain(&deployment("checkout")).contains("ConfigMap shop/settings"), "settings are nobody's chain");
}

#[test]
fn the_root_is_what_the_others_stand_on() {
    let member = |name: &str| Member::of(&signal("Slow", Some(deployment(name))));
    let root = |members: &[Member]| {
        shop().root_of(members).and_then(|member| member.object.as_ref()).map(|object| object.name.clone())
    };
    assert_eq!(root(&[member("web"), member("payments"), member("checkout")]).as_deref(), Some("payments"));
    assert_eq!(root(&[member("cart"), member("web"), member("checkout")]).as_deref(), Some("cart"));
    assert_eq!(root(&[]), None);
    assert_eq!(root(&[Member::of(&signal("Slow", None))]), None);
}

#[test]
fn of_a_circle_the_root_is_what_began_first() {
    let calls = [call("a", "b"), call("b", "c"), call("c", "a")];
    let circle = Topology::of(&Rows { calls: &calls, ..Rows::default() });
    assert!(circle.depends("service a", "service c") && circle.depends("service c", "service a"));
    assert!(!circle.depends("service a", "service a"));
    let member = |service: &str, minutes: i64| {
        let mut signal = signal("Slow", None);
        signal.service = Some(service.to_owned());
        signal.started_at -= chrono::TimeDelta::minutes(minutes);
        Member::of(&signal)
    };
    let members = [member("a", 1), member("b", 3), member("c", 2)];
    assert_eq!(circle.root_of(&members).unwrap().service.as_deref(), Some("b"));
}

#[test]
fn a_graph_without_room_counts_what_it_leaves_out() {
    let calls: Vec<EdgeRow> = (0..50_010).map(|number| call("a", &format!("b{number}"))).collect();
    let graph = Topology::of(&Rows { calls: &calls, ..Rows::default() });
    assert_eq!(graph.left_out(), 10);
    assert!(graph.chain(&deployment("x")).len() == 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_in_any_order_make_one_graph(edges in proptest::collection::vec((0_u8..6, 0_u8..6), 0..20)) {
        let mut calls: Vec<EdgeRow> = edges.iter().map(|(a, b)| call(&format!("s{a}"), &format!("s{b}"))).collect();
        let one = Topology::of(&Rows { calls: &calls, ..Rows::default() });
        calls.reverse();
        prop_assert_eq!(&one, &Topology::of(&Rows { calls: &calls, ..Rows::default() }));
        for (a, b) in edges {
            let (a, b) = (ObjectRef::cluster("service", format!("s{a}")), ObjectRef::cluster("service", format!("s{b}")));
            prop_assert!(one.distance(&a, &b).is_some());
            prop_assert_eq!(one.distance(&a, &b), one.distance(&b, &a));
        }
    }
}
