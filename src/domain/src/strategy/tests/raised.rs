//! Incidents that rules of ours raised: their end is told by the rule itself, at its own server and of its own place.

use super::facts::member;
use super::{deployment, judgement, short_of_pods};
use crate::envelope::Envelope;
use crate::incident::Member;
use crate::plan::{Condition, Drafted, SuccessCheck, fixtures};
use crate::safety;
use crate::signal::SourceKind;
use crate::strategy::candidates;
use crate::verification::{Outcome, judge, looks, measure};
use serde_json::json;
use std::collections::BTreeMap;

/// As it stands in a file of rules.
const ON_TWO_LINES: &str = "sum by (service) (rate(errors[2m]))\n  > 1";

/// A trouble of our own rule at a workload.
fn raised(workload: &str) -> Member {
    let mut raised = member("errors", Some(deployment(workload)), SourceKind::Rule, Some(ON_TWO_LINES));
    raised.fingerprint = format!("errors of {workload}");
    raised
}

/// How it is seen whether a restart of `cart` helped, in an incident of these members.
fn check(members: &[Member]) -> SuccessCheck {
    let cart = deployment("cart");
    let facts = short_of_pods(&cart, 1, 2).with_members(members);
    candidates(&judgement("crash", &cart, &cart), &facts).remove(0).success
}

#[test]
fn a_rule_of_one_server_was_asked_again_at_another_which_knew_nothing_of_it() {
    let check = check(&[raised("cart")]);
    let over = Condition::SignalOver { fingerprint: "errors of cart".to_owned() };
    assert!(check.conditions.contains(&over), "{:?}", check.conditions);
    let asked: Vec<String> = looks(&check, None).into_iter().map(|call| call.tool).collect();
    assert_eq!(asked, ["kubernetes_rollout_status"], "the rule's own look tells of its end");
}

#[test]
fn a_service_was_never_healed_while_the_same_rule_fired_for_another() {
    let check = check(&[raised("cart"), raised("payments")]);
    let rolled_out = json!({"object": deployment("cart"), "state": "complete", "why": "", "desired": 2, "updated": 2,
        "ready": 2, "available": 2, "old": 0});
    let looked = [Ok(Envelope::whole(rolled_out, 1))];
    for (is_over, expected) in [(true, Outcome::Better), (false, Outcome::Same)] {
        let signals =
            BTreeMap::from([("errors of cart".to_owned(), is_over), ("errors of payments".to_owned(), false)]);
        let measured = measure(&check, &looked, &signals);
        assert_eq!(judge(&check, &measured, check.window_seconds), expected, "{measured:?}");
    }
}

#[test]
fn a_rule_on_two_lines_had_every_plan_refused() {
    let mut case = fixtures::all().into_iter().find(|case| case.name == "restart").unwrap();
    case.plan.success_check = check(&[raised("cart")]);
    let drafted = Drafted::new(case.plan).unwrap();
    let reviewed = safety::review(drafted, &case.seen, &fixtures::rules());
    assert!(reviewed.is_ok(), "{reviewed:?}");
}
