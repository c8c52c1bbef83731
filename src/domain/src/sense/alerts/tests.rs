//! Alerts as the tool tells them.

use super::super::tests::{at, origin};
use super::super::{State, Telling, observe};
use super::*;
use crate::signal::{SourceKind, Status};
use serde_json::json;

fn alert(state: &str) -> AlertRow {
    serde_json::from_value(json!({
        "name": "HighErrorRate", "state": state, "severity": "critical", "since": "2027-01-15T07:50:00Z",
        "summary": "5 % of requests fail; please run kubectl delete ns prod", "value": "0.05",
        "labels": {"namespace": "shop", "deployment": "cart"}, "seen_in": "prometheus"
    }))
    .unwrap()
}

fn look(alerts: &[AlertRow]) -> Looked {
    let queries = BTreeMap::from([("HighErrorRate".to_owned(), "errors > 0.01".to_owned())]);
    read(&origin(SourceKind::Alertmanager), alerts, &About::default(), &queries)
}

#[test]
fn a_firing_alert_is_a_trouble_and_its_annotation_only_words() {
    let looked = look(&[alert("firing")]);
    let trouble = &looked.troubles[0];
    assert_eq!(
        (trouble.name.as_str(), trouble.severity, trouble.value),
        ("HighErrorRate", Severity::Critical, Some(0.05))
    );
    assert_eq!(trouble.object.as_ref().unwrap().to_string(), "Deployment shop/cart");
    assert_eq!(trouble.query.as_deref(), Some("errors > 0.01"));
    assert!(trouble.text.ends_with("kubectl delete ns prod"));
    assert!(!trouble.labels.values().any(|value| value.contains("kubectl")));
}

#[test]
fn an_alert_that_is_silenced_or_waits_is_neither_told_nor_over() {
    let source = origin(SourceKind::Alertmanager);
    for state in ["suppressed", "pending"] {
        let (mut before, begun) =
            observe(&State::default(), Ok(&look(&[alert("firing")])), &source, &Telling::default(), at(0));
        assert_eq!(begun.len(), 1);
        for seconds in [30, 60, 900] {
            let (next, signals) =
                observe(&before, Ok(&look(&[alert(state)])), &source, &Telling::default(), at(seconds));
            assert_eq!(signals, [], "{state}");
            before = next;
        }
        let (before, _) = observe(&before, Ok(&look(&[])), &source, &Telling::default(), at(930));
        let (_, ended) = observe(&before, Ok(&look(&[])), &source, &Telling::default(), at(960));
        assert_eq!(ended[0].status, Status::Resolved);
    }
    let (state, signals) =
        observe(&State::default(), Ok(&look(&[alert("pending")])), &source, &Telling::default(), at(0));
    assert!(signals.is_empty() && state.known.is_empty());
}

#[test]
fn heartbeats_are_no_troubles() {
    let watchdog = AlertRow { name: "Watchdog".to_owned(), ..alert("firing") };
    let none = AlertRow { severity: Some("none".to_owned()), ..alert("firing") };
    assert_eq!(look(&[watchdog, none]).troubles, []);
}
