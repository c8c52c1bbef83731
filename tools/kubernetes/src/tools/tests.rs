//! What the offer of tools costs a model.

use super::*;

#[test]
fn the_offer_stays_within_its_budget() {
    let bytes: usize = specs().iter().map(ToolSpec::bytes).sum();
    assert!(bytes <= 8_000, "{bytes} bytes of names, descriptions and schemas");
}

#[test]
fn every_tool_has_its_class() {
    for spec in specs() {
        let class = domain::effect::of("kubernetes", spec.name);
        assert!(class.is_some_and(domain::effect::EffectClass::is_read), "{}", spec.name);
    }
}

#[test]
fn a_kind_longer_than_any_is_refused_before_the_cluster_is_asked_for_its_kinds() {
    let mut bounded = 0;
    for spec in specs() {
        let kind = spec.input_schema.pointer("/properties/kind").filter(|kind| kind.get("enum").is_none());
        if let Some(kind) = kind {
            assert_eq!(kind.get("maxLength"), Some(&serde_json::json!(253)), "{}", spec.name);
            bounded += 1;
        }
    }
    assert!(bounded >= 6, "{bounded}");
}
