//! How much, and how grave: numbers, images and revisions beyond reason, and effects told as milder than they are.

use super::*;

pub(super) const AMOUNTS: &[Row] = &[
    ("scale to 0", "scale down", |case| act(case, Action::Scale { replicas: 0 }), "scaling to 0 stops it"),
    (
        "scale x10",
        "scale up",
        |case| act(case, Action::Scale { replicas: 30 }),
        "replicas: from 3 to 30 is more than 3 times at once",
    ),
    (
        "scale to a tenth",
        "scale down",
        |case| {
            see(case, "/spec/replicas", json!(10));
            act(case, Action::Scale { replicas: 1 });
        },
        "replicas: from 10 to 1 is more than 3 times at once",
    ),
    (
        "scale beyond reason",
        "scale up",
        |case| {
            see(case, "/spec/replicas", json!(900));
            act(case, Action::Scale { replicas: 1_200 });
        },
        "1200 replicas are more than 1000",
    ),
    (
        "wake what somebody stopped",
        "scale up",
        |case| see(case, "/spec/replicas", json!(0)),
        "it is scaled to 0: somebody stopped it",
    ),
    ("scale to what it has", "scale up", |case| see(case, "/spec/replicas", json!(5)), "it has 5 replicas already"),
    (
        "scale what was not counted",
        "scale up",
        |case| drop(case.seen.manifest["spec"].as_object_mut().unwrap().remove("replicas")),
        "how many replicas it has was not seen",
    ),
    (
        "scale what an operator owns",
        "scale up",
        |case| case.seen.manifest["metadata"]["ownerReferences"] = owner(),
        "it is owned by Rollout checkout, which would set it back",
    ),
    (
        "memory times eight",
        "more memory",
        |case| memory(case, None, Some("4Gi")),
        "memory: from 512Mi to 4Gi is more than 4 times up or 2 times down",
    ),
    (
        "memory starved",
        "more memory",
        |case| memory(case, None, Some("64Mi")),
        "memory: from 512Mi to 64Mi is more than 4 times up or 2 times down",
    ),
    (
        "a request over the limit that is there",
        "more memory",
        |case| memory(case, Some("600Mi"), None),
        "the memory request would be over the limit",
    ),
    ("a limit taken away", "more memory", |case| memory(case, None, Some("unset")), "\"unset\" is no amount of memory"),
    ("an amount that is none", "more memory", |case| memory(case, None, Some("1e9")), "\"1e9\" is no amount of memory"),
    (
        "an amount with nothing to compare it with",
        "more memory",
        |case| {
            see(case, "/spec/template/spec/containers/0/resources", json!({}));
        },
        "the container has no memory amount that 512Mi could be compared with",
    ),
    (
        "a container that is not there",
        "more memory",
        |case| see(case, "/spec/template/spec/containers/0/name", json!("web")),
        "the container was not seen in the workload",
    ),
    (
        "image of another repository",
        "image",
        |case| image(case, "registry:5000/evil/checkout:1.4.1"),
        "registry:5000/evil/checkout:1.4.1 is of another repository than registry:5000/shop/checkout:1.4.2",
    ),
    (
        "image of another registry",
        "image",
        |case| image(case, "evil.example/shop/checkout:1.4.1"),
        "evil.example/shop/checkout:1.4.1 is of another repository than registry:5000/shop/checkout:1.4.2",
    ),
    (
        "image :latest",
        "image",
        |case| image(case, "registry:5000/shop/checkout:latest"),
        "registry:5000/shop/checkout:latest is another image every day",
    ),
    (
        "image without a version",
        "image",
        |case| image(case, "registry:5000/shop/checkout"),
        "registry:5000/shop/checkout names neither tag nor digest",
    ),
    (
        "the image that it has",
        "image",
        |case| image(case, "registry:5000/shop/checkout:1.4.2"),
        "it has this image already",
    ),
    (
        "an autoscaler that may stop it",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 0, max_replicas: 12 }),
        "a lower bound of 0 lets it stop",
    ),
    (
        "an autoscaler turned around",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 6, max_replicas: 5 }),
        "the lower bound 6 is over the upper bound 5",
    ),
    (
        "an autoscaler let loose",
        "autoscaler",
        |case| act(case, Action::SetHpaBounds { min_replicas: 2, max_replicas: 60 }),
        "the upper bound: from 6 to 60 is more than 3 times at once",
    ),
    (
        "forward instead of back",
        "roll back",
        |case| act(case, Action::RolloutUndo { to_revision: Some(9) }),
        "revision 9 is not before the current 7",
    ),
    (
        "back to where it is",
        "roll back",
        |case| act(case, Action::RolloutUndo { to_revision: Some(7) }),
        "revision 7 is not before the current 7",
    ),
    (
        "back from a revision that was not seen",
        "roll back",
        |case| see(case, "/metadata/annotations", json!({})),
        "which revision it has was not seen",
    ),
    (
        "a first revision",
        "roll back a set",
        |case| case.seen.revision = Some(1),
        "there is no revision before the current",
    ),
    (
        "a paused rollout",
        "restart",
        |case| case.seen.manifest["spec"]["paused"] = json!(true),
        "its rollout is paused: whoever did it has a reason",
    ),
];

pub(super) const CLASSES: &[Row] = &[
    (
        "scale down told as mild",
        "scale down",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "deletion of a pod without owner told as mild",
        "a pod of nobody",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W3",
    ),
    (
        "the only pod told as one of several",
        "the only pod",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "siblings that were not counted",
        "a pod of several",
        |case| case.seen.siblings = None,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "roll back told as mild",
        "roll back",
        |case| case.plan.rehearsal.class = EffectClass::W1,
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "a webhook told as reversible",
        "a webhook",
        |case| case.plan.rehearsal.class = EffectClass::W2,
        "the plan says W2, and by what is seen it is W3",
    ),
    (
        "a long silence told as a short one",
        "silence",
        |case| silence(case, &[("alertname", "HighErrors")], 121),
        "the plan says W1, and by what is seen it is W2",
    ),
    (
        "a webhook that nobody declared",
        "a webhook",
        |case| act(case, Action::CallWebhook { webhook: "wipe-disk".to_owned() }),
        "the settings declare no webhook \"wipe-disk\"",
    ),
];
