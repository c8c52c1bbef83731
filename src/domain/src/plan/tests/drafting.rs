//! What is no plan.

use super::*;

#[test]
fn sane_plans_are_drafted_and_bound_to_their_digest() {
    for case in all() {
        let drafted = Drafted::new(case.plan.clone()).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(drafted.plan(), &case.plan);
        assert_eq!(drafted.digest(), case.plan.digest());
        assert_eq!(drafted.into_plan(), case.plan);
    }
}

#[test]
fn a_plan_that_is_not_whole_is_none() {
    type Change = fn(&mut Plan);
    let cases: Vec<(Change, &str)> = vec![
        (|plan| plan.id.clear(), "the plan does not say its id"),
        (|plan| plan.incident = " ".to_owned(), "the plan does not say its incident"),
        (|plan| plan.environment.clear(), "the plan does not say its environment"),
        (|plan| plan.symptom.clear(), "the plan does not say its symptom"),
        (|plan| plan.cluster = Some(String::new()), "the plan does not say its cluster"),
        (|plan| plan.resource_version.clear(), "the plan does not say its resource_version"),
        (|plan| plan.reason = "ok".to_owned(), "the plan's reason has 2 bytes, and 3 to 500 are taken"),
        (|plan| plan.reason = "x".repeat(501), "the plan's reason has 501 bytes, and 3 to 500 are taken"),
        (
            |plan| plan.object.namespace = None,
            "the plan's action cannot be done: the namespace of the Deployment is not named",
        ),
        (
            |plan| plan.action = Action::Scale { replicas: 0 },
            "the plan's action cannot be done: replicas is 0, and must be 1 to 1000",
        ),
        (|plan| plan.action = Action::Scale { replicas: 6 }, "the plan's call is not the call of its action"),
        (|plan| plan.object.name = "cart".to_owned(), "the plan's call is not the call of its action"),
        (|plan| plan.cluster = None, "the plan's call is not the call of its action"),
        (|plan| plan.rehearsal.class = EffectClass::R1, "the rehearsal says that the call only reads"),
        (|plan| plan.expires_at = plan.made_at, "the plan expires before it is made"),
        (|plan| plan.undo = None, "a W1 scale needs the call that takes it back, and the plan has none"),
        (
            |plan| plan.undo.as_mut().unwrap().server = "webhooks".to_owned(),
            "the call that takes it back is of the server \"webhooks\", not of the action's",
        ),
    ];
    for (change, told) in cases {
        let mut plan = named("scale up").plan;
        change(&mut plan);
        assert_eq!(Drafted::new(plan).unwrap_err().to_string(), told);
    }
}

#[test]
fn a_success_check_that_cannot_be_evaluated_is_none() {
    let object = || named("scale up").plan.object;
    let query = |query: &str, at_most, baseline| Condition::QueryWithin {
        query: query.to_owned(),
        instance: None,
        at_most,
        baseline,
    };
    let pod = ObjectRef::namespaced("Pod", "shop", "checkout");
    let cases: Vec<(Vec<Condition>, u32, u32, &str)> = vec![
        (vec![], 30, 60, "it takes 1 to 16 conditions, and has 0"),
        (vec![query("up", None, None); 17], 30, 60, "it takes 1 to 16 conditions, and has 17"),
        (vec![query("up", None, None)], 60, 60, "its window of 60 s is over before anybody looks, after 60 s"),
        (vec![query("up", None, None)], 60, 3_601, "its window of 3601 s is longer than 3600 s"),
        (vec![query(" ", None, None)], 30, 60, "it asks an empty query"),
        (
            vec![Condition::QueryWithin {
                query: "up".to_owned(),
                instance: Some(String::new()),
                at_most: None,
                baseline: None,
            }],
            30,
            60,
            "it asks a Prometheus server without a name",
        ),
        (vec![query("up", Some(f64::NAN), None)], 30, 60, "a bound of \"up\" is not a number"),
        (vec![query("up", None, Some(f64::INFINITY))], 30, 60, "a bound of \"up\" is not a number"),
        (
            vec![Condition::SignalOver { fingerprint: String::new() }],
            30,
            60,
            "it waits for a signal without a fingerprint",
        ),
        (
            vec![Condition::WorkloadReady { object: pod, baseline_ready: 1 }],
            30,
            60,
            "Pod shop/checkout is no workload that can be ready",
        ),
        (
            vec![Condition::NoFinding { object: ObjectRef { name: String::new(), ..object() }, baseline_findings: 1 }],
            30,
            60,
            "it asks for findings of an object without a name",
        ),
    ];
    for (conditions, settle_seconds, window_seconds, told) in cases {
        let mut plan = named("scale up").plan;
        plan.success_check = SuccessCheck { conditions, settle_seconds, window_seconds };
        assert_eq!(Drafted::new(plan).unwrap_err(), PlanError::SuccessCheck(told.to_owned()));
    }
}

#[test]
fn a_plan_is_never_of_a_milder_class_than_its_action_can_be() {
    let mut plan = named("delete a job").plan;
    plan.rehearsal.class = EffectClass::W1;
    assert_eq!(plan.class(), EffectClass::W3);
    let mut plan = named("scale up").plan;
    plan.rehearsal.class = EffectClass::W3;
    assert_eq!(plan.class(), EffectClass::W3);
}
