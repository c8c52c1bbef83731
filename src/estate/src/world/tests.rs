//! The world: quiet when healthy, each fault shows, and undoing it heals.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::World;
use super::object::{array, condition, integer, name, namespace, set, text};
use crate::scenarios::Scenario;

fn start() -> DateTime<Utc> {
    "2026-03-10T09:00:00Z".parse().unwrap()
}

fn healthy() -> World {
    World::new(1, start(), None, start())
}

fn faulty(scenario: &str, minutes: i64) -> World {
    let mut world = World::new(1, start(), Scenario::named(scenario), start());
    world.advance(start() + TimeDelta::minutes(minutes));
    world
}

fn later(world: &mut World, minutes: i64) {
    let to = world.now() + TimeDelta::minutes(minutes);
    world.advance(to);
}

/// What a person would call unhealthy, one line each.
fn complaints(world: &World) -> Vec<String> {
    let mut complaints = Vec::new();
    for pod in world.store().list("pods", None) {
        if !super::pods::is_finished(&pod) && !super::pods::is_ready(&pod) {
            let reason = text(&pod, "/status/containerStatuses/0/state/waiting/reason");
            complaints.push(format!("pod {}/{} not ready {reason}", namespace(&pod), name(&pod)));
        }
    }
    for deployment in world.store().list("deployments", None) {
        let wanted = integer(&deployment, "/spec/replicas");
        if integer(&deployment, "/status/availableReplicas") != wanted
            || integer(&deployment, "/status/updatedReplicas") != wanted
        {
            complaints.push(format!("deployment {}/{} not complete", namespace(&deployment), name(&deployment)));
        }
    }
    for node in world.store().list("nodes", None) {
        if !super::nodes::is_node_ready(&node) {
            complaints.push(format!("node {} not ready", name(&node)));
        }
    }
    for (key, service) in &world.timeline().services {
        let load = service.load.last().unwrap();
        if load.error_ratio > 0.01 || load.latency_factor > 1.5 {
            complaints.push(format!(
                "service {}/{} errors {} latency {}",
                key.namespace, key.name, load.error_ratio, load.latency_factor
            ));
        }
    }
    for track in world.timeline().certificates.values().filter(|track| track.ready.last() == Some(&false)) {
        complaints.push(format!("certificate {} not ready", track.certificate.name));
    }
    complaints
}

fn warnings(world: &World) -> Vec<String> {
    let events = world.store().list("events", None);
    let warnings = events.iter().filter(|event| text(event, "/type") == "Warning");
    warnings
        .map(|event| {
            format!("{} {}: {}", text(event, "/involvedObject/name"), text(event, "/reason"), text(event, "/message"))
        })
        .collect()
}

fn logs_of(world: &World, ns: &str, app: &str) -> String {
    let mut all = String::new();
    for track in world
        .timeline()
        .pods
        .iter()
        .filter(|track| track.namespace == ns && track.labels.get("app").is_some_and(|own| own == app))
    {
        for line in world.log_lines(&track.uid, world.now() - TimeDelta::minutes(3), world.now()) {
            all.push_str(&line.text);
            all.push('\n');
        }
    }
    all
}

#[test]
fn a_healthy_world_has_no_warning() {
    let mut world = healthy();
    assert_eq!(warnings(&world), Vec::<String>::new());
    assert_eq!(complaints(&world), Vec::<String>::new());
    later(&mut world, 20);
    assert_eq!(complaints(&world), Vec::<String>::new());
    assert!(world.store().list("events", None).len() > 5, "the healthy rollout of shipping left normal events");
    for (ns, app) in [("shop", "checkout"), ("data", "orders-db"), ("shop", "frontend")] {
        let lines = logs_of(&world, ns, app);
        assert!(lines.lines().count() > 50, "{app}: {lines}");
        assert!(!lines.to_lowercase().contains("error"), "{lines}");
    }
    let jobs = world.store().list("jobs", Some("shop"));
    assert!(jobs.iter().any(|job| name(job) == "price-import" && condition(job, "Complete").is_some()));
    assert_eq!(jobs.iter().filter(|job| name(job).starts_with("nightly-report")).count(), 3);
}

struct Case {
    scenario: &'static str,
    complaint: &'static str,
    warning: &'static str,
    log: (&'static str, &'static str, &'static str),
    heal: fn(&mut World),
}

fn undo(world: &mut World, ns: &str, own: &str) {
    let deployment = world.store().get("deployments", ns, own).unwrap();
    let revision: i64 = text(&deployment, "/metadata/annotations/deployment.kubernetes.io~1revision").parse().unwrap();
    let sets = world.store().list("replicasets", Some(ns));
    let before = sets
        .iter()
        .filter(|set| super::object::is_controlled_by(set, super::object::uid(&deployment)))
        .filter(|set| text(set, "/metadata/annotations/deployment.kubernetes.io~1revision") != revision.to_string())
        .max_by_key(|set| text(set, "/metadata/annotations/deployment.kubernetes.io~1revision").parse::<i64>().unwrap())
        .unwrap();
    let mut template = before.pointer("/spec/template").cloned().unwrap();
    super::object::unset(&mut template, &["metadata", "labels", "pod-template-hash"]);
    assert!(world.edit("deployments", ns, own, "kubectl-rollout", |deployment| set(
        deployment,
        &["spec", "template"],
        template
    )));
}

const CASES: &[Case] = &[
    Case {
        scenario: "bad-config",
        complaint: "CrashLoopBackOff",
        warning: "BackOff: Back-off restarting failed container checkout",
        log: ("shop", "checkout", "PAYMENT_TIMEOUT"),
        heal: |world| {
            world.edit("configmaps", "shop", "checkout-config", "me", |config| {
                set(config, &["data", "PAYMENT_TIMEOUT"], json!("5s"))
            });
            world.restart("shop", "checkout", "me");
        },
    },
    Case {
        scenario: "oom-after-rollout",
        complaint: "pod shop/recommendation",
        warning: "BackOff",
        log: ("shop", "recommendation", "memory use is high"),
        heal: |world| undo(world, "shop", "recommendation"),
    },
    Case {
        scenario: "missing-secret",
        complaint: "CreateContainerConfigError",
        warning: "Failed: Error: secret \"payments-provider-key\" not found",
        log: ("shop", "payments", "/v1/charges"),
        heal: |world| {
            let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "payments-provider-key", "namespace": "shop"},
                "stringData": {"api-key": "canary"}});
            world.create("secrets", secret, &super::WriteOptions::by("me")).unwrap();
        },
    },
    Case {
        scenario: "image-pull",
        complaint: "pod shop/search",
        warning: "Failed to pull image",
        log: ("shop", "search", "/v1/s"),
        heal: |world| undo(world, "shop", "search"),
    },
    Case {
        scenario: "pending-resources",
        complaint: "pod shop/catalog",
        warning: "FailedScheduling: 0/4 nodes are available: 4 Insufficient cpu.",
        log: ("shop", "catalog", "/v1/products"),
        heal: |world| undo(world, "shop", "catalog"),
    },
    Case {
        scenario: "failing-readiness",
        complaint: "service edge/ingress-gateway errors",
        warning: "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 404",
        log: ("edge", "ingress-gateway", "frontend.shop"),
        heal: |world| undo(world, "shop", "frontend"),
    },
    Case {
        scenario: "slow-database",
        complaint: "service shop/checkout",
        warning: "orders-db-0 Unhealthy",
        log: ("shop", "checkout", "timeout waiting for orders-db.data:5432"),
        heal: |world| {
            world.delete("pods", "data", "orders-db-0", None, false).unwrap();
        },
    },
    Case {
        scenario: "certificate-expiring",
        complaint: "certificate shop-tls",
        warning: "IssuerNotFound",
        log: ("edge", "cert-manager", "letsencrypt-production"),
        heal: |world| {
            world.edit("certificates", "edge", "shop-tls", "me", |certificate| {
                set(certificate, &["spec", "issuerRef", "name"], json!("letsencrypt"));
            });
        },
    },
    Case {
        scenario: "disk-filling",
        complaint: "service data/search-index",
        warning: "VolumeConditionAbnormal",
        log: ("data", "search-index", "flood stage"),
        heal: |world| {
            world.edit("persistentvolumeclaims", "data", "data-search-index-0", "me", |claim| {
                set(claim, &["spec", "resources", "requests", "storage"], json!("80Gi"));
            });
        },
    },
    Case {
        scenario: "error-burst",
        complaint: "service shop/payments errors 0.3",
        warning: "",
        log: ("shop", "payments", "NullPointerException"),
        heal: |world| undo(world, "shop", "payments"),
    },
    Case {
        scenario: "node-not-ready",
        complaint: "node worker-3",
        warning: "NodeNotReady",
        log: ("shop", "frontend", "GET"),
        heal: |world| world.revive_node("worker-3"),
    },
    Case {
        scenario: "network-policy",
        complaint: "service shop/cart errors",
        warning: "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503",
        log: ("shop", "cart", "cart-redis.data:6379"),
        heal: |world| {
            world.delete("networkpolicies", "data", "restrict-ingress", None, false).unwrap();
        },
    },
];

#[test]
fn every_scenario_shows_within_three_minutes_and_heals_when_undone() {
    assert_eq!(CASES.len(), Scenario::all().count());
    for case in CASES {
        let mut world = faulty(case.scenario, 3);
        let (found, events) = (complaints(&world), warnings(&world));
        assert!(found.iter().any(|found| found.contains(case.complaint)), "{}: {found:#?}", case.scenario);
        assert!(
            case.warning.is_empty() || events.iter().any(|event| event.contains(case.warning)),
            "{}: {events:#?}",
            case.scenario
        );
        let lines = logs_of(&world, case.log.0, case.log.1);
        assert!(lines.contains(case.log.2), "{}: {lines}", case.scenario);
        (case.heal)(&mut world);
        world.settle();
        later(&mut world, 8);
        assert_eq!(complaints(&world), Vec::<String>::new(), "{} does not heal", case.scenario);
    }
}

#[test]
fn checkout_keeps_an_old_pod_while_its_rollout_is_blocked() {
    let world = faulty("bad-config", 10);
    let pods = world.store().list("pods", Some("shop"));
    let ready =
        pods.iter().filter(|pod| text(pod, "/metadata/labels/app") == "checkout" && super::pods::is_ready(pod)).count();
    assert_eq!(ready, 1);
    let crashing = pods
        .iter()
        .find(|pod| text(pod, "/status/containerStatuses/0/state/waiting/reason") == "CrashLoopBackOff")
        .unwrap();
    let previous = world.logs(crashing, None, true).unwrap();
    assert!(previous.iter().any(|line| line.text.contains("unknown unit")), "{previous:#?}");
}

#[test]
fn an_unreachable_node_loses_its_pods_after_five_minutes_and_others_take_over() {
    let world = faulty("node-not-ready", 8);
    let pods = world.store().list("pods", Some("shop"));
    let stuck = pods.iter().filter(|pod| super::object::is_deleting(pod)).count();
    assert!(stuck > 0);
    let deployments = world.store().list("deployments", Some("shop"));
    for deployment in deployments {
        assert_eq!(
            integer(&deployment, "/status/availableReplicas"),
            integer(&deployment, "/spec/replicas"),
            "{deployment}"
        );
    }
}

fn fingerprint(world: &World) -> String {
    let mut whole = String::new();
    for resource in super::resources::RESOURCES {
        for object in world.store().list(resource.plural, None) {
            whole.push_str(&object.to_string());
        }
    }
    whole.push_str(&logs_of(world, "shop", "checkout"));
    whole
}

#[test]
fn the_same_seed_gives_the_same_world_however_time_is_cut() {
    for scenario in Scenario::all() {
        let whole = faulty(scenario.name, 12);
        let mut cut = World::new(1, start(), Some(scenario), start());
        for second in (0..=720).step_by(43) {
            cut.advance(start() + TimeDelta::seconds(second));
        }
        cut.advance(start() + TimeDelta::minutes(12));
        cut.advance(start());
        assert!(fingerprint(&whole) == fingerprint(&cut), "{}", scenario.name);
    }
    let other = World::new(2, start(), None, start());
    assert!(fingerprint(&healthy()) != fingerprint(&other));
}

#[test]
fn a_scaled_deployment_follows_and_a_cordon_keeps_pods_away() {
    let mut world = healthy();
    assert!(world.edit("nodes", "", "worker-2", "me", |node| set(node, &["spec", "unschedulable"], json!(true))));
    assert!(world.edit("deployments", "shop", "shipping", "me", |deployment| set(
        deployment,
        &["spec", "replicas"],
        json!(6)
    )));
    later(&mut world, 2);
    let pods = world.store().list("pods", Some("shop"));
    let mine: Vec<&Value> =
        pods.iter().map(AsRef::as_ref).filter(|pod| text(pod, "/metadata/labels/app") == "shipping").collect();
    assert_eq!(mine.len(), 6);
    let young = |pod: &&&Value| text(pod, "/metadata/creationTimestamp") >= "2026-03-10T09:00:00Z";
    assert!(mine.iter().filter(young).all(|pod| text(pod, "/spec/nodeName") != "worker-2"));
    assert_eq!(array(&world.store().get("endpoints", "shop", "shipping").unwrap(), "/subsets/0/addresses").len(), 6);
    assert!(world.edit("deployments", "shop", "shipping", "me", |deployment| set(
        deployment,
        &["spec", "replicas"],
        json!(0)
    )));
    later(&mut world, 1);
    let load = world
        .timeline()
        .services
        .iter()
        .find(|(key, _)| key.name == "shipping")
        .unwrap()
        .1
        .load
        .last()
        .unwrap()
        .clone();
    assert_eq!(load.error_ratio, 1.0);
}
