//! Rules over vectors with and without what they should have.

use super::super::tests::{at, origin};
use super::*;
use crate::signal::SourceKind;
use serde_json::json;

fn rule(more: serde_json::Value) -> Rule {
    let mut all = json!({"name": "CartErrors", "query": "errors > 0.05", "severity": "high"});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn vector(samples: serde_json::Value) -> Instant {
    let samples = serde_json::from_value(samples).unwrap();
    Instant { query: "errors > 0.05".to_owned(), at: at(0), result_type: "vector".to_owned(), samples }
}

#[test]
fn each_series_is_a_trouble_with_the_query_that_raised_it() {
    let origin = origin(SourceKind::Rule);
    let rule = rule(json!({"for_seconds": 60, "text": "the cart fails", "about": {"service_label": "app"}}));
    let labels = json!({"namespace": "shop", "deployment": "cart", "app": "cart", "__name__": "errors"});
    let looked = read(&origin, &rule, &vector(json!([{"labels": labels, "value": 0.2}]))).unwrap();
    let trouble = &looked.troubles[0];
    assert_eq!(trouble.query.as_deref(), Some("errors > 0.05"));
    assert_eq!(trouble.object.as_ref().unwrap().to_string(), "Deployment shop/cart");
    assert_eq!((trouble.service.as_deref(), trouble.value, trouble.wait_seconds), (Some("cart"), Some(0.2), 60));
    assert_eq!(trouble.text, "the cart fails (app=cart deployment=cart namespace=shop)");
}

#[test]
fn pods_of_one_trouble_share_the_fingerprint_and_are_told_apart() {
    let origin = origin(SourceKind::Rule);
    let sample = |pod: &str| json!({"labels": {"namespace": "shop", "pod": pod}, "value": 1.0});
    let looked = read(
        &origin,
        &rule(json!({})),
        &vector(json!([sample("cart-7d4b9c6f5d-x2x4q"), sample("cart-7d4b9c6f5d-8hj2k")])),
    )
    .unwrap();
    assert_eq!(looked.troubles[0].fingerprint, looked.troubles[1].fingerprint);
    assert_ne!(looked.troubles[0].key, looked.troubles[1].key);
    let looked =
        read(&origin, &rule(json!({"identity": ["pod"]})), &vector(json!([sample("a"), sample("b")]))).unwrap();
    assert_ne!(looked.troubles[0].fingerprint, looked.troubles[1].fingerprint);
}

#[test]
fn a_rule_that_gives_a_number_is_never_taken_for_all_being_well() {
    let result = Instant { result_type: "scalar".to_owned(), ..vector(json!([])) };
    let failure = read(&origin(SourceKind::Rule), &rule(json!({})), &result).unwrap_err();
    assert_eq!(failure.message, "the rule CartErrors gives a scalar, and a rule must give a vector");
}

#[test]
fn labels_are_bounded() {
    let labels: Labels = (0..100).map(|number| (format!("l{number}"), "x".repeat(9_000))).collect();
    let result = Instant { samples: vec![Sample { labels, value: None }], ..vector(json!([])) };
    let looked = read(&origin(SourceKind::Rule), &rule(json!({})), &result).unwrap();
    assert_eq!(looked.troubles[0].labels.len(), 32);
    assert!(looked.troubles[0].labels.values().all(|value| value.len() == 200));
    assert!(looked.troubles[0].text.chars().count() <= 500);
}
