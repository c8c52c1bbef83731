//! What passes: plans for sane facts.

use super::*;
use crate::action::{Action, Quantity};
use crate::effect::{self, EffectClass};
use crate::object::ObjectRef;
use crate::plan::fixtures::{case, workload};
use crate::safety::amount;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn sane_plans_pass_with_their_digest() {
    for case in all() {
        let drafted = Drafted::new(case.plan.clone()).unwrap();
        let reviewed =
            review(drafted, &case.seen, &rules()).unwrap_or_else(|refused| panic!("{}: {refused:#?}", case.name));
        assert_eq!((reviewed.plan(), reviewed.digest()), (&case.plan, case.plan.digest().as_str()));
        assert_eq!(reviewed.into_plan(), case.plan);
    }
}

#[test]
fn one_cluster_need_not_be_named_and_the_undo_may_name_the_one_that_answered() {
    let mut only = rules();
    only.has_several_clusters = false;
    let mut case = named("scale up");
    case.plan.cluster = None;
    case.plan.call.arguments.remove("cluster");
    assert!(objections(&case.plan, &case.seen, &only).is_empty());
    case.seen.cluster = None;
    assert_eq!(objections(&case.plan, &case.seen, &only), ["the undo names another cluster"], "nobody knows which");
    case.plan.undo.as_mut().unwrap().arguments.remove("cluster");
    assert!(objections(&case.plan, &case.seen, &only).is_empty());
}

fn deployment() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "checkout")
}

proptest! {
    #[test]
    fn replicas_within_the_factor_pass_and_others_do_not(from in 1_u32..400, to in 0_u32..1_100) {
        let mut manifest = workload();
        manifest["spec"]["replicas"] = json!(from);
        let class = effect::of_scale(from, to);
        let back = Some(("scale", json!({"replicas": from})));
        let case = case("scale", (Action::Scale { replicas: to }, deployment()), class, back, manifest);
        let is_sane = to > 0 && to != from && to <= 1_000 && to <= from * 3 && from <= to * 3;
        prop_assert_eq!(said_of(&case).is_empty(), is_sane, "{} to {}: {:?}", from, to, said_of(&case));
        prop_assert!(!is_sane || Drafted::new(case.plan).is_ok());
    }

    #[test]
    fn memory_within_the_factor_passes_and_other_does_not(from in 16_u64..4_096, to in 1_u64..20_000) {
        let mut manifest = workload();
        manifest["spec"]["template"]["spec"]["containers"][0]["resources"] =
            json!({"limits": {"memory": format!("{from}Mi")}});
        let action = Action::SetResources {
            container: "app".to_owned(),
            cpu_request: None,
            cpu_limit: None,
            memory_request: None,
            memory_limit: Some(format!("{to}Mi")),
        };
        let back = Some(("set_resources", json!({"container": "app", "memory_limit": format!("{from}Mi")})));
        let case = case("memory", (action, deployment()), EffectClass::W2, back, manifest);
        let is_sane = to <= from * 4 && from <= to * 2;
        prop_assert_eq!(said_of(&case).is_empty(), is_sane, "{} to {}: {:?}", from, to, said_of(&case));
        prop_assert!(Drafted::new(case.plan).is_ok());
    }

    #[test]
    fn earlier_revisions_pass_and_others_do_not(current in 1_u64..50, to in 1_u64..60) {
        let mut manifest = workload();
        manifest["metadata"]["annotations"] = json!({"deployment.kubernetes.io/revision": current.to_string()});
        let action = Action::RolloutUndo { to_revision: Some(to) };
        let back = Some(("rollout_undo", json!({"to_revision": current})));
        let case = case("roll back", (action, deployment()), EffectClass::W2, back, manifest);
        prop_assert_eq!(said_of(&case).is_empty(), to < current, "{} to {}: {:?}", current, to, said_of(&case));
    }

    #[test]
    fn an_undo_passes_only_with_the_replicas_that_are_seen(from in 2_u32..100, back in 0_u32..200) {
        let mut manifest = workload();
        manifest["spec"]["replicas"] = json!(from);
        let undo = Some(("scale", json!({"replicas": back})));
        let action = Action::Scale { replicas: from + 1 };
        let case = case("scale", (action, deployment()), EffectClass::W1, undo, manifest);
        prop_assert_eq!(said_of(&case).is_empty(), back == from);
    }

    #[test]
    fn both_readers_of_amounts_read_the_same(text in "[0-9]{0,20}(\\.[0-9]{0,6})?(|m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi|x|e3| )") {
        let planner = Quantity::parse(&text).map(Quantity::thousandths);
        let reader = amount::thousandths(&text);
        // What only one of them reads is refused by the other; what both read is the same amount.
        if let (Some(planner), Some(reader)) = (planner, reader) {
            prop_assert_eq!(planner, reader, "{}", text);
        }
    }

    #[test]
    fn no_amount_breaks_the_second_reader(text in "\\PC{0,50}") {
        let _ = amount::thousandths(&text);
    }
}

#[test]
fn amounts_are_read_by_the_second_reader() {
    let cases = [
        ("500m", Some(500)),
        ("1", Some(1_000)),
        ("1.5Gi", Some(3 * 512 * 1024 * 1024 * 1_000)),
        ("0.0001", Some(1)),
        ("2G", Some(2_000_000_000_000)),
        ("", None),
        ("Gi", None),
        (".5", None),
        ("1.", None),
        ("1.2.3", None),
        ("1e3", None),
        ("-1", None),
        ("1 Gi", None),
        ("999999999999999999999999999999999999999999", None),
    ];
    for (text, thousandths) in cases {
        assert_eq!(amount::thousandths(text), thousandths, "{text:?}");
    }
}
