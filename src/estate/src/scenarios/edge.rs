//! Faults at the edges: a certificate that is not renewed, a policy that drops packets.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{Cause, Definition, nothing};
use crate::world::World;
use crate::world::object::{set, timestamp};
use crate::world::writes::WriteOptions;

/// A certificate whose renewal fails.
pub static CERTIFICATE_EXPIRING: Definition = Definition {
    name: "certificate-expiring",
    title: "the shop's certificate expires in two days and is not renewed",
    description: "The Certificate edge/shop-tls names an issuer that does not exist, so its renewal, due two days before its end, fails.",
    cause: Cause { kind: "Certificate", namespace: "edge", name: "shop-tls" },
    affected: &[("edge", "ingress-gateway")],
    questions: &["when do certificates expire?", "what is wrong with shop-tls?"],
    prepare: age_certificate,
    inject: misname_issuer,
};

/// A policy that shuts out a caller.
pub static NETWORK_POLICY: Definition = Definition {
    name: "network-policy",
    title: "a new network policy keeps cart from its Redis",
    description: "The NetworkPolicy data/restrict-ingress lets only pods of its own application reach cart-redis; cart's calls time out.",
    cause: Cause { kind: "NetworkPolicy", namespace: "data", name: "restrict-ingress" },
    affected: &[("shop", "cart"), ("shop", "checkout"), ("shop", "frontend")],
    questions: &["why does cart time out?", "who can reach cart-redis?"],
    prepare: nothing,
    inject: shut_out,
};

fn age_certificate(world: &mut World) {
    // Times of the API have whole seconds: due before the fault, it would be renewed at the last moment.
    let due = world.fault_at() + TimeDelta::milliseconds(999);
    let not_after = due + TimeDelta::days(2);
    if let Some(certificate) = world.get("certificates", "edge", "shop-tls") {
        let mut aged = Value::clone(&certificate);
        set(&mut aged, &["status", "notBefore"], json!(timestamp(not_after - TimeDelta::days(90))));
        set(&mut aged, &["status", "notAfter"], json!(timestamp(not_after)));
        set(&mut aged, &["status", "renewalTime"], json!(timestamp(due)));
        world.put("certificates", aged);
    }
}

fn misname_issuer(world: &mut World) {
    world.edit("certificates", "edge", "shop-tls", "kubectl-edit", |certificate| {
        set(certificate, &["spec", "issuerRef", "name"], json!("letsencrypt-production"));
    });
}

fn shut_out(world: &mut World) {
    let policy = json!({
        "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "restrict-ingress", "namespace": "data"},
        "spec": {"podSelector": {"matchLabels": {"app": "cart-redis"}}, "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "cart-redis"}}}], "ports": [{"port": 6379, "protocol": "TCP"}]}]},
    });
    let _ = world.create("networkpolicies", policy, &WriteOptions::by("kubectl-client-side-apply"));
}
