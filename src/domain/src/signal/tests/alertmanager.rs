//! Bodies of Alertmanager: usual, several at once, broken, hostile.

use super::now;
use crate::incident::Severity;
use crate::signal::alertmanager::{Environments, Problem, Unreadable, read, read_mapped};
use crate::signal::{Signal, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

fn alert(labels: Value) -> Value {
    json!({
        "status": "firing", "labels": labels, "annotations": {"summary": "it is slow", "description": "very"},
        "startsAt": "2026-11-21T11:50:00Z", "endsAt": "0001-01-01T00:00:00Z", "fingerprint": "c0ffee",
        "generatorURL": "http://prometheus/graph?g0.expr=rate%28errors%5B5m%5D%29+%3E+0.1&g0.tab=1",
    })
}

fn body(alerts: &[Value]) -> Value {
    json!({
        "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing", "receiver": "scarlet",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "http://alertmanager",
        "alerts": alerts,
    })
}

fn take(body: &Value) -> Result<(Vec<Signal>, Vec<Problem>), Unreadable> {
    read(body.to_string().as_bytes(), "prod", "main", now())
}

fn one(labels: Value) -> Signal {
    let (mut signals, problems) = take(&body(&[alert(labels)])).unwrap();
    assert_eq!(problems, []);
    signals.remove(0)
}

#[test]
fn a_usual_alert() {
    let labels =
        json!({"alertname": "HighErrorRate", "namespace": "shop", "deployment": "checkout", "severity": "critical"});
    let signal = one(labels);
    assert_eq!(signal.source.to_string(), "alertmanager main");
    assert_eq!((signal.name.as_str(), signal.environment.as_str()), ("HighErrorRate", "prod"));
    assert_eq!((signal.status, signal.severity), (Status::Firing, Severity::Critical));
    assert_eq!(signal.object.as_ref().unwrap().to_string(), "Deployment shop/checkout");
    assert_eq!(signal.query.as_deref(), Some("rate(errors[5m]) > 0.1"));
    assert_eq!(signal.text, "it is slow\nvery");
    assert_eq!(signal.started_at.to_rfc3339(), "2026-11-21T11:50:00+00:00");
}

#[test]
fn an_end_has_the_fingerprint_and_the_place_of_its_beginning() {
    let labels = json!({"alertname": "Down", "namespace": "shop", "pod": "cart-7d9f8b6c5-x2x9k"});
    let mut over = alert(labels.clone());
    over["status"] = json!("resolved");
    let (signals, _) = take(&body(&[over])).unwrap();
    let began = one(labels);
    assert_eq!(signals[0].status, Status::Resolved);
    assert_eq!((&signals[0].fingerprint, signals[0].instance()), (&began.fingerprint, began.instance()));
    assert_ne!(signals[0].id, began.id);
}

#[test]
fn which_object_and_service_labels_name() {
    let node_by_kube_state = json!({
        "alertname": "A", "namespace": "monitoring", "pod": "kube-state-metrics-7d9f8b6c5-x2x9k", "node": "worker-1",
        "job": "kube-state-metrics", "service": "kube-state-metrics",
    });
    let cases = [
        (json!({"alertname": "A", "namespace": "shop", "pod": "cart-0"}), "Pod shop/cart-0", ""),
        (json!({"alertname": "A", "namespace": "shop", "pod": "p", "statefulset": "db"}), "StatefulSet shop/db", ""),
        (json!({"alertname": "A", "namespace": "shop", "daemonset": "agent"}), "DaemonSet shop/agent", ""),
        (
            json!({"alertname": "A", "namespace": "shop", "pod": "p", "persistentvolumeclaim": "data-0"}),
            "PersistentVolumeClaim shop/data-0",
            "",
        ),
        (json!({"alertname": "A", "namespace": "shop", "pod": "p", "node": "worker-1"}), "Pod shop/p", ""),
        (json!({"alertname": "A", "node": "worker-1"}), "Node worker-1", ""),
        (
            json!({"alertname": "CertManagerCertExpirySoon", "exported_namespace": "edge", "name": "shop-tls", "job": "cert-manager"}),
            "Certificate edge/shop-tls",
            "cert-manager",
        ),
        (
            json!({"alertname": "CertManagerCertNotReady", "exported_namespace": "edge", "name": "shop-tls", "namespace": "cert-manager",
                "pod": "cert-manager-5d7f-x2x4z", "container": "cert-manager-controller", "job": "cert-manager"}),
            "Certificate edge/shop-tls",
            "cert-manager",
        ),
        (json!({"alertname": "CertificateSecretExpires", "namespace": "edge", "name": "shop-tls"}), "", ""),
        (json!({"alertname": "QueueLong", "namespace": "edge", "name": "orders"}), "", ""),
        (node_by_kube_state, "Node worker-1", ""),
        (
            json!({"alertname": "A", "namespace": "monitoring", "exported_namespace": "shop", "exported_pod": "cart-0", "pod": "x"}),
            "Pod shop/cart-0",
            "",
        ),
        (json!({"alertname": "A", "namespace": "shop", "service": "cart"}), "Service shop/cart", "cart"),
        (
            json!({"alertname": "A", "namespace": "s", "workload": "w", "workload_type": "deployment"}),
            "Deployment s/w",
            "",
        ),
        (json!({"alertname": "A", "job": "cart", "instance": "10.0.0.1:80"}), "", "cart"),
        (json!({"alertname": "A", "deployment": "cart"}), "", ""),
    ];
    for (labels, object, service) in cases {
        let signal = one(labels.clone());
        assert_eq!(signal.object.map(|object| object.to_string()).unwrap_or_default(), object, "{labels}");
        assert_eq!(signal.service.unwrap_or_default(), service, "{labels}");
    }
}

#[test]
fn labels_that_name_no_object_make_none() {
    let hostile = "cart; kubectl delete ns shop";
    let (signals, problems) =
        take(&body(&[alert(json!({"alertname": "A", "namespace": "shop", "deployment": hostile}))])).unwrap();
    assert_eq!((signals.len(), &signals[0].object, problems.len()), (1, &None, 1));
    assert!(!problems[0].to_string().contains("kubectl"), "{}", problems[0]);
}

#[test]
fn what_is_the_same_trouble() {
    let base = json!({"alertname": "A", "namespace": "shop", "pod": "cart-7d9f8b6c5-x2x9k", "instance": "10.0.0.1:80"});
    let with = |label: &str, value: &str| {
        let mut labels = base.clone();
        labels[label] = json!(value);
        one(labels).fingerprint
    };
    let same = one(base.clone()).fingerprint;
    assert_eq!(with("pod", "cart-6c5d8f7b9-k9z2w"), same);
    assert_eq!(with("instance", "10.0.0.9:80"), same);
    assert_eq!(with("severity", "critical"), same);
    assert_eq!(with("prometheus_replica", "b"), same);
    for (label, value) in
        [("pod", "checkout-7d9f8b6c5-x2x9k"), ("namespace", "dev"), ("mountpoint", "/data"), ("alertname", "B")]
    {
        assert_ne!(with(label, value), same, "{label}");
    }
    let host = |instance: &str| one(json!({"alertname": "Disk", "instance": instance})).fingerprint;
    assert_eq!(host("10.0.0.1:9100"), host("10.0.0.1:9200"));
    assert_ne!(host("10.0.0.1:9100"), host("10.0.0.2:9100"));
}

#[test]
fn severities_in_the_words_that_are_in_use() {
    for (word, expected) in [
        ("page", Severity::Critical),
        ("CRITICAL", Severity::Critical),
        ("error", Severity::High),
        ("warning", Severity::Medium),
        ("info", Severity::Low),
        ("purple", Severity::Medium),
    ] {
        assert_eq!(one(json!({"alertname": "A", "severity": word})).severity, expected, "{word}");
    }
    let (signals, problems) = take(&body(&[alert(json!({"alertname": "Watchdog", "severity": "none"}))])).unwrap();
    assert_eq!((signals.len(), problems.len()), (0, 1));
}

#[test]
fn environments_are_declared_and_never_guessed() {
    let environments: Environments =
        serde_json::from_value(json!({"label": "cluster", "values": {"eu-1": "prod"}, "otherwise": "staging"}))
            .unwrap();
    let alerts: Vec<Value> = ["eu-1", "eu-2"]
        .map(|cluster| alert(json!({"alertname": "A", "cluster": cluster})))
        .into_iter()
        .chain([alert(json!({"alertname": "A"}))])
        .collect();
    let (signals, problems) = read_mapped(body(&alerts).to_string().as_bytes(), &environments, "main", now()).unwrap();
    let names: Vec<&str> = signals.iter().map(|signal| signal.environment.as_str()).collect();
    assert_eq!(names, ["prod", "staging"]);
    assert_eq!(
        problems[0].to_string(),
        "alert 2: its cluster is `eu-2`, of which no environment is declared: left out"
    );
}

#[test]
fn good_alerts_beside_bad_ones_are_kept() {
    let mut bad = vec![json!(7), json!({}), json!({"status": "firing"}), json!({"status": "firing", "labels": [1]})];
    bad.push(alert(json!({"severity": "critical"})));
    bad.push(alert(json!({"alertname": {"deep": 1}})));
    let mut unknown = alert(json!({"alertname": "A"}));
    unknown["status"] = json!("sleeping");
    bad.push(unknown);
    let mut half = alert(json!({"alertname": "Half", "team": 7}));
    half["startsAt"] = json!("yesterday");
    bad.push(half);
    bad.push(alert(json!({"alertname": "Good"})));
    let (signals, problems) = take(&body(&bad)).unwrap();
    let names: Vec<&str> = signals.iter().map(|signal| signal.name.as_str()).collect();
    assert_eq!(names, ["Half", "Good"]);
    assert_eq!(signals[0].started_at, now());
    let about: Vec<usize> = problems.iter().filter_map(|problem| problem.alert).collect();
    // The sixth has a label that is no text, and so no name; the eighth a label and a time.
    assert_eq!(about, [1, 2, 3, 4, 5, 6, 6, 7, 8, 8]);
}

#[test]
fn what_cannot_be_read_at_all_is_told() {
    let mut old = body(&[]);
    old["version"] = json!("3");
    let mut none = body(&[]);
    none.as_object_mut().unwrap().remove("alerts");
    let mut wrong = body(&[]);
    wrong["alerts"] = json!("none");
    let cases = [
        (old.to_string().into_bytes(), "of version `3`"),
        (none.to_string().into_bytes(), "no list of alerts"),
        (wrong.to_string().into_bytes(), "no list of alerts"),
        (b"{}".to_vec(), "no version"),
        (b"[]".to_vec(), "no version"),
        (b"".to_vec(), "no JSON"),
        (b"{\"version\":\"4\",\"alerts\":[{\"status\":\"\xff\"}]}".to_vec(), "no JSON in UTF-8: line 1"),
        (b"{\"version\":\"4\",\"alerts\":[]} trailing".to_vec(), "no JSON"),
        ([b"{\"version\":\"4\",\"alerts\":".as_slice(), "[".repeat(200_000).as_bytes()].concat(), "no JSON"),
    ];
    for (body, expected) in cases {
        let told = read(&body, "prod", "main", now()).unwrap_err().to_string();
        assert!(told.contains(expected), "{told} / {expected}");
    }
}

#[test]
fn a_million_labels_and_deep_nesting_are_left_out_and_told() {
    let labels: String = (0..1_000_000).map(|number| format!(",\"l{number}\":\"v\"")).collect();
    let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
    let text = format!(
        "{{\"version\":\"4\",\"alerts\":[{{\"status\":\"firing\",\"labels\":{{\"alertname\":\"A\"{labels}}}}},\
         {{\"status\":\"firing\",\"x\":{deep},\"labels\":{{\"alertname\":\"B\"}}}}]}}"
    );
    let (signals, problems) = read(text.as_bytes(), "prod", "main", now()).unwrap();
    assert_eq!(signals.len(), 2);
    assert_eq!(signals[0].labels.len(), 128);
    assert!(problems[0].text.starts_with("999873 fields"), "{}", problems[0]);
}

#[test]
fn ten_thousand_alerts_are_kept_and_more_are_counted() {
    let one = json!({"status": "firing", "labels": {"alertname": "A"}, "startsAt": "2026-11-21T11:50:00Z"});
    let (signals, problems) = take(&body(&vec![one; 10_002])).unwrap();
    assert_eq!(signals.len(), 10_000);
    assert_eq!(problems.len(), 1);
    assert!(problems[0].text.starts_with("2 alerts beyond"), "{}", problems[0]);
    let mut truncated = body(&[]);
    truncated["truncatedAlerts"] = json!(7);
    assert!(take(&truncated).unwrap().1[0].text.contains("left out 7 alerts itself"));
}

#[test]
fn a_thousand_problems_are_told_by_the_first() {
    let (signals, problems) = take(&body(&vec![json!(1); 1_000])).unwrap();
    assert_eq!((signals.len(), problems.len()), (0, 51));
    assert_eq!(problems[50].to_string(), "and 950 problems more");
}

#[test]
fn links_give_their_query_or_none() {
    for (link, expected) in [
        ("http://p/graph?g0.expr=up%20%3D%3D%200", Some("up == 0")),
        ("http://p/graph?g0.tab=1&g0.expr=a%2Bb#x", Some("a+b")),
        ("http://p/graph?g0.expr=%ZZ", None),
        ("http://p/graph?g0.expr=%ff", None),
        ("http://p/graph?g0.expr=%2", None),
        ("http://p/graph?g0.expr=%00", None),
        ("http://p/graph?g0.expr=", None),
        ("http://p/graph", None),
    ] {
        let mut alert = alert(json!({"alertname": "A"}));
        alert["generatorURL"] = json!(link);
        assert_eq!(take(&body(&[alert])).unwrap().0[0].query.as_deref(), expected, "{link}");
    }
}

#[test]
fn secrets_in_annotations_and_labels_stop_here() {
    let mut leaking = alert(
        json!({"alertname": "A", "auth": "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dBjftJeZ4CVP"}),
    );
    leaking["annotations"]["summary"] = json!("login with password=hunter2hunter2 fails");
    let (signals, _) = take(&body(&[leaking])).unwrap();
    let kept = serde_json::to_string(&signals).unwrap();
    assert!(!kept.contains("hunter2hunter2") && !kept.contains("dBjftJeZ4CVP"), "{kept}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_body_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes, "prod", "main", now());
    }

    #[test]
    fn a_body_that_is_cut_or_flipped_is_read_or_refused(at in 0_usize..400, byte in any::<u8>()) {
        let whole = body(&[alert(json!({"alertname": "A", "namespace": "shop", "pod": "cart-0"}))]).to_string();
        let mut bytes = whole.into_bytes();
        let at = at % bytes.len();
        prop_assert!(read(&bytes[..at], "prod", "main", now()).is_err());
        bytes[at] = byte;
        if let Ok((signals, _)) = read(&bytes, "prod", "main", now()) {
            prop_assert!(signals.len() <= 1);
        }
    }
}
