//! What would have been decided, where nothing is done.

use super::*;
use proptest::prelude::*;

#[test]
fn what_a_level_would_have_done_is_told_beside_what_is_done() {
    let scene = Scene::default();
    let cases = [
        (Autonomy::Observe, EffectClass::W1, Verdict::Deny),
        (Autonomy::Suggest, EffectClass::W1, Verdict::Ask),
        (Autonomy::Safe, EffectClass::W1, Verdict::Allow),
        (Autonomy::Safe, EffectClass::W2, Verdict::Ask),
        (Autonomy::Full, EffectClass::W3, Verdict::Ask),
    ];
    for (level, class, wanted) in cases {
        let situation = Situation { class, ..scene.situation() };
        let decision = decide_in_shadow(&TABLE, &situation, level);
        assert_eq!(decision.verdict, Verdict::Deny, "{level} {class:?}");
        assert!(decision.is_only_watched(), "{level} {class:?}");
        assert_eq!(decision.would().0, wanted, "{level} {class:?}");
        let shadow = decision.shadow.as_deref().unwrap();
        let plainly = decide(&TABLE, &Situation { autonomy: level, ..situation.clone() });
        assert_eq!((shadow.level, &shadow.row, &shadow.gates), (level, &plainly.row, &plainly.gates));
        assert_eq!(decision.would().1, plainly.told);
    }
    let decision = decide(&TABLE, &scene.situation());
    assert_eq!((decision.would(), &decision.shadow), ((Verdict::Allow, decision.told.as_str()), &None));
}

#[test]
fn a_decision_of_before_there_were_shadows_is_read() {
    let text = serde_json::to_string(&decide(&TABLE, &Scene::default().situation())).unwrap();
    assert!(!text.contains("shadow"), "{text}");
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap().shadow, None);
}

proptest! {
    #[test]
    fn no_decision_in_shadow_grants_anything(
        level in prop::sample::select(Autonomy::ALL.to_vec()),
        set in prop::sample::select(Autonomy::ALL.to_vec()),
        score in 0_u16..=1_000,
        earned in any::<bool>(),
    ) {
        let scene = Scene::default();
        let score = Score::even(score);
        let situation = Situation { autonomy: set, score, earned, ..scene.situation() };
        let decision = decide_in_shadow(&TABLE, &situation, level);
        prop_assert_eq!(decision.verdict, Verdict::Deny);
    }
}
