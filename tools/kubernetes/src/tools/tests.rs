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
