//! Proofs: what confirms, what refutes, and what says nothing.

use super::*;
use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::{Evidence, EvidenceId};
use serde_json::{Value, json};

fn look(proof: &Proof, data: Value, truncated: bool) -> Evidence {
    let result = Ok(Envelope { truncated, ..Envelope::whole(data, 1) });
    Evidence { id: EvidenceId(1), call: proof.call.clone(), result }
}

fn pods(rows: &[(&str, u32, u32)]) -> Value {
    let columns = ["namespace", "name", "status", "ready", "containers", "restarts", "created", "owner"];
    let rows: Vec<Value> = rows
        .iter()
        .map(|(owner, ready, restarts)| {
            json!(["shop", "checkout-1", "Running", ready, 1, restarts, "2026-09-20T00:00:00Z", owner])
        })
        .collect();
    json!({"kind": "Pod", "table": {"columns": columns, "rows": rows}})
}

#[test]
fn what_the_second_look_says() {
    let of_pods = proof_of("crash", &checkout(), &checkout(), None);
    let own = "Deployment/checkout";
    let of_health = proof_of("certificate", &checkout(), &checkout(), None);
    let found = json!({"check": "certificate", "severity": "warning", "object": checkout(), "why": "it ends tomorrow", "evidence": [], "next": "renew it"});
    let health =
        |findings: Value, not_checked: Value| json!({"findings": findings, "checked": {}, "not_checked": not_checked});
    let missing = json!([{"check": "certificate", "reason": "forbidden"}]);
    let cases = [
        ("a pod that is not ready", &of_pods, pods(&[(own, 0, 0), (own, 1, 0)]), false, Standing::Confirmed),
        ("a pod that restarted, nobody knows when", &of_pods, pods(&[(own, 1, 3)]), false, Standing::Confirmed),
        ("all ready", &of_pods, pods(&[(own, 1, 0)]), false, Standing::Refuted),
        ("all that were told are ready", &of_pods, pods(&[(own, 1, 0)]), true, Standing::Open),
        ("no pods of it", &of_pods, pods(&[("Deployment/cart", 0, 0)]), false, Standing::Open),
        ("another shape", &of_pods, json!({"oh": "no"}), false, Standing::Open),
        ("a finding", &of_health, health(json!([found]), json!([])), false, Standing::Confirmed),
        ("no finding", &of_health, health(json!([]), json!([])), false, Standing::Refuted),
        ("a check that could not look", &of_health, health(json!([]), missing), false, Standing::Open),
        ("another shape of findings", &of_health, json!(["?"]), false, Standing::Open),
    ];
    for (what, proof, data, truncated, expected) in cases {
        assert_eq!(proof.reads(&look(proof, data, truncated), began()), expected, "{what}");
    }
}

#[test]
fn a_look_that_failed_proves_nothing() {
    for rule in ["crash", "node-not-ready", "volume-filling", "slow-dependency", "certificate", "a rule of tomorrow"] {
        let proof = proof_of(rule, &checkout(), &checkout(), None);
        let failure = Failure::new(FailureKind::Timeout, "no answer");
        let look = Evidence { id: EvidenceId(1), call: proof.call.clone(), result: Err(failure) };
        assert_eq!(proof.reads(&look, began()), Standing::Open, "{rule}");
    }
}
