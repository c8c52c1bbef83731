//! What decisions tell.

use super::*;
use expect_test::{Expect, expect};

fn check(scene: &Scene, set: impl Fn(&mut Situation<'_>), expected: Expect) -> Decision {
    let mut situation = scene.situation();
    set(&mut situation);
    let decision = decide(&TABLE, &situation);
    expected.assert_eq(&decision.told);
    decision
}

#[test]
fn a_critical_service_tells_what_would_have_acted_elsewhere() {
    let scene = Scene { elsewhere: vec![Elsewhere { impact: Impact::Medium, ..staging() }], ..Scene::default() };
    let decision = check(
        &scene,
        |s| {
            s.is_critical_service = true;
            s.service = Some("payment");
            s.class = EffectClass::W2;
            s.earned = true;
            s.severity = Severity::High;
            s.impact = Impact::High;
            s.score = Score::new(1_000, 500, 1, Impact::High);
        },
        expect![
            "asked of 2 people, because no row of the table matches confidence 0.75, severity high and impact high; and W2 on a critical service (payment); would have acted at confidence 0.9 in staging"
        ],
    );
    assert_eq!((decision.verdict, decision.people_needed), (Verdict::Ask, 2));
    assert_eq!(decision.would_have_acted, [Change::Confidence(900), Change::Environment("staging".to_owned())]);
}

#[test]
fn what_acts_tells_its_row() {
    check(
        &Scene::default(),
        |_| (),
        expect![[
            r#"acts by itself, because of confidence 0.95, severity low and impact low (row "sure enough, harmless": the cause is fairly sure, and a mistake would cost little), and no gate speaks against it"#
        ]],
    );
    check(
        &Scene::default(),
        |s| {
            s.score = Score::even(650);
            s.maintenance = vec![daily(11, 13)];
        },
        expect![[
            r#"acts by itself, because of confidence 0.65, severity low and impact low, within a maintenance window (row "unsure, harmless": little is lost by waiting, and a maintenance window is the time to be mistaken in), and no gate speaks against it"#
        ]],
    );
}

#[test]
fn what_is_only_watched_tells_what_it_would_have_taken() {
    let decision = check(
        &Scene::default(),
        |s| s.autonomy = Autonomy::Observe,
        expect![
            "only watched, because prod is at the autonomy level observe; would have acted at the autonomy level safe"
        ],
    );
    assert!(decision.is_only_watched());
    let decision = check(
        &Scene::default(),
        |s| {
            s.autonomy = Autonomy::Observe;
            s.class = EffectClass::W2;
        },
        expect![
            "only watched, because prod is at the autonomy level observe; would have acted at the autonomy level full and with earned autonomy"
        ],
    );
    assert_eq!(decision.would_have_acted, [Change::Autonomy(Autonomy::Full), Change::Earned]);
    let frozen = check(
        &Scene::default(),
        |s| s.frozen = Some("by ann: release".to_owned()),
        expect!["not done, because nothing may begin (by ann: release); would have acted without the freeze or pause"],
    );
    assert!(!frozen.is_only_watched());
}

#[test]
fn what_nothing_would_have_let_act_says_so() {
    let critical = check(
        &Scene::default(),
        |s| s.severity = Severity::Critical,
        expect![[
            r#"asked, because of confidence 0.95, severity critical and impact low (row "critical": users are hurt: nothing is done to what is critical without a person's yes); no change of confidence, time or settings would have let it act by itself (against it: row "critical")"#
        ]],
    );
    assert!(critical.would_have_acted.is_empty());
    check(
        &Scene::default(),
        |s| s.class = EffectClass::W3,
        expect![
            "asked of 2 people, because W3 is hard to undo and always takes two people; no change of confidence, time or settings would have let it act by itself (against it: gate effect_class)"
        ],
    );
    check(
        &Scene::default(),
        |s| {
            s.severity = Severity::Critical;
            s.impact = Impact::High;
        },
        expect![[
            r#"escalated, because of confidence 0.95, severity critical and impact high (row "critical where the business loses much": users are hurt and much is at stake: people take it over at once, however sure the diagnosis); no change of confidence, time or settings would have let it act by itself (against it: row "critical where the business loses much")"#
        ]],
    );
}

#[test]
fn what_waits_tells_until_when() {
    check(
        &Scene::default(),
        |s| {
            s.score = Score::even(745);
            s.impact = Impact::Medium;
            s.maintenance = vec![daily(2, 4)];
        },
        expect![[
            r#"scheduled for 2026-11-22 02:00:00 UTC, because of confidence 0.745, severity low and impact medium (row "fairly sure, something at stake": it is not urgent, and what it touches matters: the maintenance window is soon enough); and it can wait for the maintenance window; would have acted at confidence 0.8"#
        ]],
    );
    check(
        &Scene::default(),
        |s| s.resting_until = Some(at("2026-11-21T12:07:00Z")),
        expect![
            "scheduled for 2026-11-21 12:07:00 UTC, because Deployment shop/cart rests after the last action on it until 2026-11-21 12:07:00 UTC; would have acted after the object's rest"
        ],
    );
}

#[test]
fn a_cell_without_a_row_and_low_confidence_are_told() {
    check(
        &Scene::default(),
        |s| {
            s.severity = Severity::High;
            s.impact = Impact::Medium;
            s.score = Score::even(850);
        },
        expect![
            "asked, because no row of the table matches confidence 0.85, severity high and impact medium; would have acted at confidence 0.9"
        ],
    );
    check(
        &Scene::default(),
        |s| s.score = Score::even(410),
        expect![[
            r#"escalated, because of confidence 0.41, severity low and impact low (row "low confidence": the cause is not known well enough for any proposal to be worth a yes or a no: people look); would have acted at confidence 0.7"#
        ]],
    );
}

#[test]
fn several_gates_are_told_together() {
    let mut scene = Scene::default();
    scene.tainted.insert(Field::Arguments);
    check(
        &scene,
        |s| {
            s.missing_evidence = 2;
            s.automatic_in_last_hour = 5;
        },
        expect![
            "asked, because free text from outside got into the plan's arguments; and 2 looks failed, so that evidence is missing; and prod had 5 automatic actions within the last hour, of 5; would have acted with fewer automatic actions within the hour, with no look failed and without free text in the plan"
        ],
    );
    check(
        &Scene::default(),
        |s| s.safety = Err(vec!["a".into(), "b".into(), "c".into(), "d".into()]),
        expect![
            "not done, because the safety review objects (a; b; c; and 1 more); no change of confidence, time or settings would have let it act by itself (against it: gate safety_review)"
        ],
    );
}

/// The same cell in other environments does not count where less is needed here.
#[test]
fn here_comes_before_elsewhere() {
    let scene = Scene { elsewhere: vec![staging()], ..Scene::default() };
    let decision = check(
        &scene,
        |s| s.autonomy = Autonomy::Suggest,
        expect!["asked, because prod is at the autonomy level suggest; would have acted at the autonomy level safe"],
    );
    assert_eq!(decision.would_have_acted, [Change::Autonomy(Autonomy::Safe)]);
}

#[test]
fn a_judge_that_is_missing_means_that_nothing_is_done() {
    let decision = Decision::denied("the policy table could not be read");
    assert_eq!(decision.verdict, Verdict::Deny);
    assert_eq!(decision.told, "not done, because the policy table could not be read");
    assert!(!decision.is_only_watched());
}

#[test]
fn a_decision_is_read_back_as_it_was_kept() {
    let scene = Scene { elsewhere: vec![staging()], ..Scene::default() };
    let mut situation = scene.situation();
    (situation.is_critical_service, situation.resting_until) = (true, Some(at("2026-11-21T12:07:00Z")));
    let decision = decide(&TABLE, &situation);
    let text = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
}
