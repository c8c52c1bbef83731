//! The rules are valid and their texts can be filled.

use super::super::promql::parse;
use super::super::series::Labels;
use super::{RULES, expand};

#[test]
fn every_rule_can_be_read() {
    for rule in &RULES {
        parse(rule.expression).expect(rule.name);
        assert!(["none", "warning", "critical"].contains(&rule.severity), "{}", rule.name);
    }
}

#[test]
fn texts_are_filled_from_labels_and_value() {
    let labels = Labels::from_pairs([("pod", "checkout-1")]);
    assert_eq!(expand("{{ $labels.pod }} at {{ $value }}!", &labels, 0.12345), "checkout-1 at 0.123!");
    assert_eq!(expand("{{ $labels.absent }}|{{ open", &labels, 1.0), "|{{ open");
}
