//! What a plan is bound to: what moves without meaning anything, what makes it stale, and what got worse around it.

use super::*;

type Move = fn(&mut Value);

fn set(manifest: &mut Value, parent: &str, name: &str, value: Value) {
    manifest.pointer_mut(parent).unwrap()[name] = value;
}

/// What happens to the object of which kind of plan, and what differs then.
#[rustfmt::skip]
const MOVES: &[(&str, &str, Move, Option<&str>)] = &[
    ("restart", "its status moves", |seen| {
        set(seen, "/metadata", "resourceVersion", json!("4999"));
        set(seen, "", "status", json!({"readyReplicas": 1}));
    }, None),
    ("scale up", "its status moves", |seen| set(seen, "", "status", json!({"readyReplicas": 1})), None),
    ("autoscaler", "its status moves", |seen| set(seen, "", "status", json!({"currentReplicas": 4})), None),
    ("drain", "its status moves", |seen| set(seen, "", "status", json!({"allocatable": {"cpu": "3"}})), None),
    ("a pod of several", "its status moves", |seen| set(seen, "", "status", json!({"phase": "Running"})), None),
    ("restart", "what is wanted of it changes", |seen| set(seen, "/metadata", "generation", json!(10)), Some("generation 9, and 10 now")),
    ("restart", "the count is gone", |seen| set(seen, "/metadata", "generation", Value::Null), Some("<none>")),
    ("restart", "its template changes unheard", |seen| set(seen, "/spec", "template", json!({})), Some("what the action changes")),
    ("scale up", "its replicas change unheard", |seen| set(seen, "/spec", "replicas", json!(4)), Some("what the action changes")),
    ("autoscaler", "its bounds change", |seen| set(seen, "/spec", "maxReplicas", json!(9)), Some("what the action changes")),
    ("autoscaler", "it is for something else", |seen| set(seen, "/spec", "scaleTargetRef", json!({"name": "web"})), Some("what the action changes")),
    ("drain", "it is cordoned", |seen| set(seen, "/spec", "unschedulable", json!(true)), Some("what the action changes")),
    ("drain", "it is ready again", |seen| set(seen, "", "status", json!({"conditions": [{"type": "Ready", "status": "True"}]})), Some("what the action changes")),
    ("a pod of several", "it is ready again", |seen| set(seen, "", "status", json!({"conditions": [{"type": "Ready", "status": "True"}]})), Some("what the action changes")),
    ("restart", "it was made again", |seen| set(seen, "/metadata", "uid", json!("another")), Some("deleted and made again")),
    ("a pod of several", "it was made again", |seen| set(seen, "/metadata", "uid", json!("another")), Some("deleted and made again")),
    ("restart", "nobody says which it is", |seen| set(seen, "/metadata", "uid", json!("")), Some("<none>")),
];

#[test]
fn what_makes_a_plan_stale_and_what_does_not() {
    for (name, what, happens, expected) in MOVES {
        let case = named(name);
        let pinned = case.plan.pinned.clone().unwrap();
        let mut manifest = case.seen.manifest.clone();
        happens(&mut manifest);
        let difference = match Pinned::of(&case.plan.call, &manifest) {
            Some(now) => pinned.difference(&now),
            None => Some("<none>".to_owned()),
        };
        match expected {
            None => assert_eq!(difference, None, "{name}: {what}"),
            Some(expected) => assert!(
                difference.as_ref().is_some_and(|told| told.contains(expected)),
                "{name}: {what}: {difference:?}"
            ),
        }
        // The second reader reads the same with eyes of its own.
        let seen = safety::Observed { manifest, ..case.seen.clone() };
        let reviewed = safety::review(Drafted::new(case.plan.clone()).unwrap(), &seen, &rules());
        assert_eq!(reviewed.is_ok(), expected.is_none(), "{name}: {what}: {reviewed:?}");
    }
}

#[test]
fn an_object_that_tells_too_little_binds_the_plan_to_its_exact_version() {
    let case = named("restart");
    for (parent, name) in [("/metadata", "uid"), ("/metadata", "generation")] {
        let mut manifest = case.seen.manifest.clone();
        set(&mut manifest, parent, name, Value::Null);
        assert_eq!(Pinned::of(&case.plan.call, &manifest), None, "without {name}");
    }
}

#[test]
fn what_got_worse_around_an_action_is_told_and_what_got_better_is_not() {
    let planned = named("restart").plan.blast_radius;
    let same: [fn(&mut crate::plan::BlastRadius); 6] = [
        |_| (),
        |now| now.ready_replicas = Some(4),
        |now| now.replicas_left = Some(3),
        |now| now.disruptions_allowed = None,
        |now| now.dependants.clear(),
        |now| now.traffic_share = Some(100),
    ];
    for better in same {
        let mut now = planned.clone();
        better(&mut now);
        assert_eq!(now.worse_than(&planned), Vec::<String>::new(), "{now:?}");
    }
    type Change = fn(&mut crate::plan::BlastRadius);
    let worse: [(Change, &str); 7] = [
        (|now| now.ready_replicas = Some(2), "ready replicas: 2, and 3 when it was planned"),
        (|now| now.ready_replicas = None, "not known any more"),
        (|now| now.replicas_left = Some(1), "left at the worst moment: 1, and 2"),
        (|now| now.replicas_left = None, "left at the worst moment: not known any more"),
        (|now| now.disruptions_allowed = Some(0), "allows 0 more to be away"),
        (|now| now.dependants.push("mobile".to_owned()), "it is called by mobile, too"),
        (|now| now.traffic_share = Some(400), "40.0 % of the traffic"),
    ];
    for (worsen, told) in worse {
        let mut now = planned.clone();
        worsen(&mut now);
        let said = now.worse_than(&planned);
        assert!(said.len() == 1 && said[0].contains(told), "{told}: {said:?}");
    }
    let unbudgeted = crate::plan::BlastRadius { disruptions_allowed: None, ..planned.clone() };
    assert_eq!(planned.worse_than(&unbudgeted).len(), 1, "a budget that is new");
}
