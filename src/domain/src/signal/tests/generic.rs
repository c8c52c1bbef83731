//! Webhooks of a declared shape.

use super::now;
use crate::incident::Severity;
use crate::signal::Status;
use crate::signal::generic::{Mapping, Pick, Unreadable, read};
use serde_json::{Value, json};

fn mapping() -> Mapping {
    serde_json::from_value(json!({
        "each": "/items",
        "name": {"pointer": "/check"},
        "status": {"pointer": "/state", "values": {"bad": "firing", "good": "resolved"}},
        "severity": {"pointer": "/how"},
        "environment": {"pointer": "/where", "from_root": true, "values": {"live": "prod"}},
        "object": {"kind": {"constant": "Deployment"}, "namespace": {"constant": "shop"}, "name": {"pointer": "/app"}},
        "text": {"pointer": "/says"},
        "value": {"pointer": "/value"},
        "started_at": {"pointer": "/since"},
        "labels": "/tags",
        "identified_by": ["disk"],
    }))
    .unwrap()
}

fn item() -> Value {
    json!({
        "check": "disk full", "state": "bad", "how": "major", "app": "cart", "says": "90 %", "value": "0.9",
        "since": 1_795_000_000, "tags": {"disk": "sda", "try": 7, "deep": {}},
    })
}

fn take(items: &[Value]) -> (Vec<crate::signal::Signal>, Vec<String>) {
    let body = json!({"where": "live", "items": items}).to_string();
    let (signals, problems) = read(body.as_bytes(), &mapping(), "dev", &["prod"], "probe", now()).unwrap();
    (signals, problems.iter().map(ToString::to_string).collect())
}

#[test]
fn everything_stands_where_the_mapping_says() {
    assert_eq!(mapping().check(), Vec::<String>::new());
    let (signals, problems) = take(&[item()]);
    assert_eq!(problems, Vec::<String>::new());
    let signal = &signals[0];
    assert_eq!((signal.name.as_str(), signal.environment.as_str()), ("disk full", "prod"));
    assert_eq!((signal.status, signal.severity, signal.value), (Status::Firing, Severity::High, Some(0.9)));
    assert_eq!(signal.object.as_ref().unwrap().to_string(), "Deployment shop/cart");
    assert_eq!(signal.started_at.timestamp(), 1_795_000_000);
    assert_eq!(signal.labels.len(), 2);
    assert_eq!(signal.labels["try"], "7");
}

#[test]
fn what_tells_troubles_apart_is_declared() {
    let with = |path: &str, value: Value| {
        let mut item = item();
        *item.pointer_mut(path).unwrap() = value;
        take(&[item]).0[0].fingerprint.clone()
    };
    let same = with("/tags/try", json!(7));
    assert_eq!(with("/tags/try", json!(8)), same);
    assert_eq!(with("/says", json!("91 %")), same);
    assert_eq!(with("/state", json!("good")), same);
    assert_ne!(with("/tags/disk", json!("sdb")), same);
    assert_ne!(with("/app", json!("checkout")), same);
}

#[test]
fn what_an_item_lacks_is_told() {
    let cases = [
        ("/check", json!(null), 0, "it has no name"),
        ("/check", json!({"a": 1}), 0, "it has no name"),
        ("/state", json!("purple"), 0, "its status is `purple`"),
        ("/how", json!("purple"), 1, "not known: taken for medium"),
        ("/app", json!("Not A Name"), 1, "names none of Kubernetes"),
        ("/since", json!("soon"), 1, "taken as beginning now"),
    ];
    for (path, value, kept, expected) in cases {
        let mut item = item();
        *item.pointer_mut(path).unwrap() = value;
        let (signals, problems) = take(&[item]);
        assert_eq!((signals.len(), problems.len()), (kept, 1), "{path} {problems:?}");
        assert!(problems[0].starts_with("alert 1: ") && problems[0].contains(expected), "{problems:?}");
    }
}

#[test]
fn an_environment_that_is_not_declared_is_refused() {
    let body = json!({"where": "moon", "items": [item()]}).to_string();
    let (signals, problems) = read(body.as_bytes(), &mapping(), "dev", &["prod"], "probe", now()).unwrap();
    assert_eq!((signals.len(), problems.len()), (0, 1));
}

#[test]
fn one_item_without_a_list() {
    let name = Pick::always("pinged");
    let mapping = Mapping { name, ..serde_json::from_value(json!({"name": {"constant": "x"}})).unwrap() };
    let (signals, problems) = read(b"{}", &mapping, "dev", &[], "probe", now()).unwrap();
    assert_eq!((signals.len(), problems.len()), (1, 0));
    assert_eq!((signals[0].status, signals[0].started_at), (Status::Firing, now()));
}

#[test]
fn a_body_of_another_shape_is_unreadable() {
    let told = |body: &[u8]| read(body, &mapping(), "dev", &["prod"], "probe", now()).unwrap_err();
    assert!(matches!(told(b"{\"items\": 1}"), Unreadable::Missing { .. }));
    assert!(matches!(told(b"{\"items\": [\xff]}"), Unreadable::NotJson { line: 1, .. }));
    assert_eq!(told(b"[]").to_string(), "the body has no list at `/items`: is this the webhook of the mapping?");
}

#[test]
fn all_mistakes_of_a_mapping_are_told_at_once() {
    let wrong: Mapping = serde_json::from_value(json!({
        "each": "items", "name": {}, "status": {"pointer": "/a", "constant": "b"},
        "text": {"pointer": "/a~2"}, "service": {"constant": "a", "from_root": true}, "identified_by": ["x"],
    }))
    .unwrap();
    assert_eq!(wrong.check().len(), 6, "{:?}", wrong.check());
    assert!(serde_json::from_value::<Mapping>(json!({"name": {"constant": "a"}, "unknown": 1})).is_err());
}
