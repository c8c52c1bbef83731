//! Plans as people are shown them.

use super::*;
use expect_test::expect;

#[test]
fn a_person_is_shown_what_counts_and_the_digest_of_all_of_it() {
    let plan = named("scale down").plan;
    let mut shown = plan.shown(&decision(Verdict::Ask));
    assert_eq!(std::mem::take(&mut shown.plan), plan.digest());
    expect![[r#"
        {
          "environment": "prod",
          "object": {
            "kind": "Deployment",
            "namespace": "shop",
            "name": "checkout"
          },
          "resource_version": "4711, generation 9",
          "action": "scale",
          "summary": "Scale Deployment shop/checkout to 2 replicas: its pods crash since the last rollout",
          "arguments": "{\"cluster\":\"main\",\"kind\":\"Deployment\",\"name\":\"checkout\",\"namespace\":\"shop\",\"replicas\":2}",
          "diff": "spec: a -> b",
          "blast_radius": "2 of 3 ready replicas are left at the worst moment. Its disruption budget allows 1 more to be away. Called by web. It has 12.5 % of the traffic.",
          "success_check": "Between 30 s and 600 s after it: `errors` is at most 0.5; Deployment shop/checkout is rolled out and ready.",
          "undo": "scale {\"cluster\":\"main\",\"kind\":\"Deployment\",\"name\":\"checkout\",\"namespace\":\"shop\",\"replicas\":3}",
          "confidence": 870,
          "rule": "acts by itself"
        }"#]].assert_eq(&serde_json::to_string_pretty(&shown).unwrap());
}

#[test]
fn what_is_not_known_is_said_to_be_so() {
    let radius = BlastRadius {
        ready_replicas: None,
        replicas_left: None,
        disruptions_allowed: None,
        dependants: (1..=10).map(|number| format!("s{number}")).collect(),
        traffic_share: None,
    };
    expect![
        "Ready replicas are not known, or there are none of it. Called by s1, s2, s3, s4, s5, s6, s7, s8 and 2 more."
    ]
    .assert_eq(&radius.told());
    let undone: Vec<String> = ["a pod of several", "delete a job", "silence"]
        .into_iter()
        .map(|name| named(name).plan.shown(&decision(Verdict::Ask)).undo)
        .collect();
    expect![[r#"
        There is nothing to take back: it makes itself good.
        Nothing takes it back.
        There is nothing to take back: it makes itself good."#]]
    .assert_eq(&undone.join("\n"));
    let conditions = [
        Condition::SignalOver { fingerprint: "f".to_owned() },
        Condition::QueryWithin { query: "up == 0".to_owned(), instance: None, at_most: None, baseline: None },
        Condition::QueryWithin {
            query: "errors".to_owned(),
            instance: Some("west".to_owned()),
            at_most: Some(0.5),
            baseline: None,
        },
        Condition::NoFinding { object: ObjectRef::cluster("Node", "worker-1"), baseline_findings: 1 },
    ];
    let told: Vec<String> = conditions.iter().map(Condition::told).collect();
    expect![[r#"
        the signal that raised the incident is over
        `up == 0` gives no result
        `errors` at the Prometheus server west is at most 0.5
        the health checks find nothing at Node worker-1"#]]
    .assert_eq(&told.join("\n"));
}
