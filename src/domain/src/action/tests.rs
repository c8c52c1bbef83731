//! The library against what the act tools take (`tools/kubernetes/src/act`, `tools/prometheus/src/tools/act.rs`).

use super::*;
use crate::effect::{self, EffectClass};
use crate::object::ObjectRef;
use proptest::prelude::*;
use serde_json::json;

fn matcher(name: &str, value: &str) -> Matcher {
    Matcher { name: name.to_owned(), value: value.to_owned() }
}

fn resources(cpu: [Option<&str>; 2], memory: [Option<&str>; 2]) -> Action {
    let text = |value: Option<&str>| value.map(str::to_owned);
    Action::SetResources {
        container: "app".to_owned(),
        cpu_request: text(cpu[0]),
        cpu_limit: text(cpu[1]),
        memory_request: text(memory[0]),
        memory_limit: text(memory[1]),
    }
}

fn image(image: &str) -> Action {
    Action::SetImage { container: "app".to_owned(), image: image.to_owned() }
}

fn silence(matchers: Vec<Matcher>, minutes: u64) -> Action {
    Action::SilenceCreate { matchers, minutes }
}

fn in_shop(kind: &str) -> ObjectRef {
    ObjectRef::namespaced(kind, "shop", "checkout")
}

fn node() -> ObjectRef {
    ObjectRef::cluster("Node", "worker-1")
}

/// Every action once, with its object, its server and what its tool takes of it, the cluster aside.
fn library() -> Vec<(Action, ObjectRef, &'static str, Value)> {
    let workload = |more: Value| {
        let mut all = json!({"kind": "Deployment", "namespace": "shop", "name": "checkout"});
        if let (Some(all), Value::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        all
    };
    let named = || json!({"namespace": "shop", "name": "checkout"});
    let on_node = || json!({"name": "worker-1"});
    let job = || json!({"kind": "CronJob", "namespace": "shop", "name": "checkout"});
    vec![
        (Action::RolloutRestart, in_shop("Deployment"), "kubernetes", workload(json!({}))),
        (Action::DeletePod, in_shop("Pod"), "kubernetes", named()),
        (Action::Scale { replicas: 4 }, in_shop("Deployment"), "kubernetes", workload(json!({"replicas": 4}))),
        (
            Action::RolloutUndo { to_revision: Some(3) },
            in_shop("Deployment"),
            "kubernetes",
            workload(json!({"to_revision": 3})),
        ),
        (Action::RolloutUndo { to_revision: None }, in_shop("Deployment"), "kubernetes", workload(json!({}))),
        (
            resources([Some("500m"), None], [None, Some("1Gi")]),
            in_shop("Deployment"),
            "kubernetes",
            workload(json!({"container": "app", "cpu_request": "500m", "memory_limit": "1Gi"})),
        ),
        (
            resources([None, Some("1")], [Some("512Mi"), None]),
            in_shop("Deployment"),
            "kubernetes",
            workload(json!({"container": "app", "cpu_limit": "1", "memory_request": "512Mi"})),
        ),
        (
            image("registry:5000/shop/checkout:1.4.2"),
            in_shop("Deployment"),
            "kubernetes",
            workload(json!({"container": "app", "image": "registry:5000/shop/checkout:1.4.2"})),
        ),
        (
            Action::SetHpaBounds { min_replicas: 2, max_replicas: 8 },
            in_shop("HorizontalPodAutoscaler"),
            "kubernetes",
            json!({"namespace": "shop", "name": "checkout", "min_replicas": 2, "max_replicas": 8}),
        ),
        (Action::SuspendJob, in_shop("CronJob"), "kubernetes", job()),
        (Action::ResumeJob, in_shop("CronJob"), "kubernetes", job()),
        (Action::DeleteJob, in_shop("Job"), "kubernetes", named()),
        (Action::Cordon, node(), "kubernetes", on_node()),
        (Action::Uncordon, node(), "kubernetes", on_node()),
        (Action::Drain, node(), "kubernetes", on_node()),
        (
            silence(vec![matcher("alertname", "HighErrors"), matcher("app", "a\"b")], 60),
            ObjectRef::cluster("Silence", "new"),
            "prometheus",
            json!({"matchers": ["alertname=\"HighErrors\"", "app=\"a\\\"b\""], "minutes": 60}),
        ),
        (
            Action::SilenceExpire { silence: "3f-9".to_owned() },
            ObjectRef::cluster("Silence", "3f-9"),
            "prometheus",
            json!({"id": "3f-9"}),
        ),
        (
            Action::CallWebhook { webhook: "clear-cache".to_owned() },
            in_shop("Deployment"),
            "webhooks",
            workload(json!({"webhook": "clear-cache"})),
        ),
    ]
}

#[test]
fn calls_are_what_the_act_tools_take() {
    for (action, object, server, mut arguments) in library() {
        assert!(action.problems(&object).is_empty(), "{action:?}: {:?}", action.problems(&object));
        let call = action.call(&object, None);
        assert_eq!((call.server.as_str(), call.tool.as_str()), (server, action.name()));
        assert_eq!(Value::Object(call.arguments), arguments, "{action:?}");
        let call = action.call(&object, Some("main"));
        if server != "prometheus" {
            arguments["cluster"] = json!("main");
        }
        assert_eq!(Value::Object(call.arguments), arguments, "{action:?} with a cluster");
    }
}

#[test]
fn every_action_has_a_graded_tool_and_no_milder_floor_than_a_write() {
    for (action, object, server, _) in library() {
        assert_eq!(effect::of(server, action.name()), Some(action.ceiling()), "{action:?}");
        assert!(!action.floor().is_read() && action.floor() <= action.ceiling(), "{action:?}");
        assert_eq!(
            action.strictest_of(EffectClass::R0),
            action.floor(),
            "a rehearsal that calls it a read is not believed"
        );
        assert_eq!(action.strictest_of(EffectClass::W3), EffectClass::W3, "nor made milder");
        assert_eq!(action.taken_back(&object, EffectClass::W3), TakenBack::Never);
    }
    let writes: Vec<&str> = effect::TABLE.iter().filter(|row| !row.2.is_read()).map(|row| row.1).collect();
    let known: Vec<&str> = library().iter().map(|row| row.0.name()).collect();
    assert!(writes.iter().all(|tool| known.contains(tool)), "{writes:?} beside {known:?}");
}

#[test]
fn an_action_survives_being_stored() {
    for (action, ..) in library() {
        let stored = serde_json::to_string(&action).unwrap();
        assert_eq!(serde_json::from_str::<Action>(&stored).unwrap(), action);
        assert!(stored.contains(&format!("\"action\":\"{}\"", action.name())), "{stored}");
    }
}

#[test]
fn sentences_name_the_object_and_what_is_done() {
    let told: Vec<String> = library().iter().map(|(action, object, ..)| action.sentence(object)).collect();
    expect_test::expect![[r#"
        Restart Deployment shop/checkout, a few pods at a time
        Delete Pod shop/checkout, which its owner makes anew
        Scale Deployment shop/checkout to 4 replicas
        Roll back Deployment shop/checkout to revision 3
        Roll back Deployment shop/checkout to the revision before the current
        Set of container app of Deployment shop/checkout the CPU request to 500m, memory limit to 1Gi
        Set of container app of Deployment shop/checkout the CPU limit to 1, memory request to 512Mi
        Set the image of container app of Deployment shop/checkout to registry:5000/shop/checkout:1.4.2
        Let HorizontalPodAutoscaler shop/checkout choose between 2 and 8 replicas
        Suspend CronJob shop/checkout
        Let CronJob shop/checkout go on
        Delete Job shop/checkout with its pods and their logs
        Keep new pods off Node worker-1
        Let new pods onto Node worker-1 again
        Move the pods of Node worker-1 elsewhere
        Silence alerts with alertname="HighErrors", app="a\"b" for 60 minutes
        End the silence 3f-9
        Call the webhook clear-cache for Deployment shop/checkout"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn what_no_tool_would_take_is_told() {
    let deployment = || in_shop("Deployment");
    let cases: Vec<(Action, ObjectRef, &str)> = vec![
        (
            Action::RolloutRestart,
            in_shop("Pod"),
            "rollout_restart is for Deployment, StatefulSet, DaemonSet, not for a \"Pod\"",
        ),
        (
            Action::RolloutRestart,
            ObjectRef::cluster("Deployment", "checkout"),
            "the namespace of the Deployment is not named",
        ),
        (Action::Drain, ObjectRef::namespaced("Node", "shop", "worker-1"), "a Node is in no namespace"),
        (Action::DeletePod, ObjectRef::namespaced("Pod", "shop", ""), "\"\" is no name of an object"),
        (
            Action::DeletePod,
            ObjectRef::namespaced("Pod", "shop", "deployment/web"),
            "\"deployment/web\" is no name of an object",
        ),
        (Action::DeletePod, ObjectRef::namespaced("Pod", "shop/..", "web"), "\"shop/..\" is no namespace"),
        (Action::DeletePod, ObjectRef::namespaced("Pod", "", "web"), "\"\" is no namespace"),
        (Action::Scale { replicas: 0 }, deployment(), "replicas is 0, and must be 1 to 1000"),
        (Action::Scale { replicas: 1_001 }, deployment(), "replicas is 1001, and must be 1 to 1000"),
        (Action::RolloutUndo { to_revision: Some(0) }, deployment(), "there is no revision 0"),
        (resources([None, None], [None, None]), deployment(), "set_resources sets nothing"),
        (
            resources([Some("unset"), None], [None, None]),
            deployment(),
            "\"unset\" is no amount of cpu such as 500m or 512Mi",
        ),
        (
            resources([None, None], [Some("0"), None]),
            deployment(),
            "\"0\" is no amount of memory such as 500m or 512Mi",
        ),
        (
            resources([None, None], [Some("2Gi"), Some("1Gi")]),
            deployment(),
            "the memory request of 2Gi is over the limit of 1Gi",
        ),
        (image("shop/checkout"), deployment(), "\"shop/checkout\" names neither tag nor digest"),
        (image("registry:5000/checkout"), deployment(), "\"registry:5000/checkout\" names neither tag nor digest"),
        (image("checkout:latest"), deployment(), "\"checkout:latest\" is another image every day: name a version"),
        (image("a b:1"), deployment(), "\"a b:1\" is no image such as REGISTRY/NAME:TAG or REGISTRY/NAME@DIGEST"),
        (
            Action::SetHpaBounds { min_replicas: 5, max_replicas: 2 },
            in_shop("HorizontalPodAutoscaler"),
            "max_replicas is 2, and must be 5 to 1000",
        ),
        (
            silence(Vec::new(), 60),
            ObjectRef::cluster("Silence", "new"),
            "a silence takes 1 to 20 matchers, and this has 0",
        ),
        (silence(vec![matcher("app!", "x")], 60), ObjectRef::cluster("Silence", "new"), "\"app!\" is no label's name"),
        (
            silence(vec![matcher("app", "")], 60),
            ObjectRef::cluster("Silence", "new"),
            "\"app\" must match a text of 1 to 200 bytes without control characters",
        ),
        (
            silence(vec![matcher("app", "x")], 20_000),
            ObjectRef::cluster("Silence", "new"),
            "minutes is 20000, and must be 1 to 10080",
        ),
        (
            Action::SilenceExpire { silence: "a".to_owned() },
            ObjectRef::cluster("Silence", "b"),
            "the silence \"a\" is not the object \"b\"",
        ),
        (Action::CallWebhook { webhook: "../x".to_owned() }, deployment(), "\"../x\" is no webhook's name"),
    ];
    for (action, object, told) in cases {
        assert_eq!(action.problems(&object), [told], "{action:?}");
    }
}

#[test]
fn amounts_are_read_as_the_api_writes_them() {
    let cases = [
        ("500m", Some(500)),
        ("1", Some(1_000)),
        ("1.5", Some(1_500)),
        ("0.0001", Some(1)),
        ("512Mi", Some(512 * 1024 * 1024 * 1_000)),
        ("1Gi", Some(1024 * 1024 * 1024 * 1_000)),
        ("2G", Some(2_000_000_000_000)),
        ("0", Some(0)),
        ("", None),
        ("Gi", None),
        (".5", None),
        ("1.", None),
        ("1e3", None),
        ("-1", None),
        ("1 Gi", None),
        ("1gi", None),
        ("1Gi\n", None),
        ("99999999999999999999Pi", None),
    ];
    for (text, thousandths) in cases {
        assert_eq!(Quantity::parse(text).map(Quantity::thousandths), thousandths, "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_reading_of_amounts(text in "[0-9]{0,40}\\.?[0-9]{0,5}[a-zA-Zé]{0,3}") {
        let quantity = Quantity::parse(&text);
        prop_assert!(quantity.is_none() || text.starts_with(|letter: char| letter.is_ascii_digit()));
    }

    #[test]
    fn a_quoted_matcher_holds_exactly_its_value(value in "\\PC{1,40}") {
        let shown = matcher("app", &value).shown();
        let quoted = shown.strip_prefix("app=").unwrap();
        prop_assert_eq!(serde_json::from_str::<String>(quoted).unwrap(), value);
    }
}
