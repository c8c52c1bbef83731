//! Every gate: what it lets pass and what it holds back.

use super::super::gates::GATES;
use super::*;

type Tighten = fn(&mut Scene);
type Set = fn(&mut Situation<'_>);

/// Gate, what the case is, what the scene is like, what the situation is like, the verdict (with the number of people where
/// it is not 1). Without any of this the situation is allowed.
#[rustfmt::skip]
const CASES: &[(&str, &str, Tighten, Set, &str)] = &[
    ("score", "whole", |_| (), |s| s.score = Score::even(1_000), "allow"),
    ("score", "one part beyond", |_| (), |s| s.score.history = 1_001, "deny"),
    ("score", "all beyond", |_| (), |s| s.score = Score::even(u16::MAX), "deny"),

    ("safety_review", "no objection", |_| (), |s| s.safety = Ok(()), "allow"),
    ("safety_review", "one objection", |_| (), |s| s.safety = Err(vec!["the diff is empty".to_owned()]), "deny"),
    ("safety_review", "refused without saying why", |_| (), |s| s.safety = Err(Vec::new()), "deny"),

    ("freeze", "none", |_| (), |s| s.frozen = None, "allow"),
    ("freeze", "stands", |_| (), |s| s.frozen = Some("by ann: release".to_owned()), "deny"),
    ("freeze", "stands without words", |_| (), |s| s.frozen = Some(String::new()), "deny"),
    ("freeze", "stands above an ask", |_| (), |s| { s.frozen = Some("x".to_owned()); s.severity = Severity::Critical; }, "deny"),

    ("leader", "leads", |_| (), |s| s.is_leader = true, "allow"),
    ("leader", "does not lead", |_| (), |s| s.is_leader = false, "deny"),
    ("leader", "does not lead, critical", |_| (), |s| { s.is_leader = false; s.severity = Severity::Critical; }, "deny"),

    ("autonomy", "observe", |_| (), |s| s.autonomy = Autonomy::Observe, "deny"),
    ("autonomy", "suggest", |_| (), |s| s.autonomy = Autonomy::Suggest, "ask"),
    ("autonomy", "safe, W1", |_| (), |s| s.autonomy = Autonomy::Safe, "allow"),
    ("autonomy", "safe, W2 that earned it", |_| (), |s| { s.autonomy = Autonomy::Safe; s.class = EffectClass::W2; s.earned = true; }, "ask"),
    ("autonomy", "safe, W3", |_| (), |s| { s.autonomy = Autonomy::Safe; s.class = EffectClass::W3; }, "ask by 2"),
    ("autonomy", "full, W2 that earned it", |_| (), |s| { s.class = EffectClass::W2; s.earned = true; }, "allow"),

    ("protected", "no rule", |_| (), |s| s.is_protected = None, "allow"),
    ("protected", "namespace", |_| (), |s| s.is_protected = Some("the namespace kube-system is protected".to_owned()), "deny"),
    ("protected", "kind, earned", |_| (), |s| { s.is_protected = Some("objects of the kind Secret are protected".to_owned()); s.earned = true; }, "deny"),

    ("failed_heals", "none", |_| (), |s| s.failed_in_a_row = 0, "allow"),
    ("failed_heals", "two", |_| (), |s| s.failed_in_a_row = 2, "allow"),
    ("failed_heals", "three", |_| (), |s| s.failed_in_a_row = 3, "escalate"),
    ("failed_heals", "more", |_| (), |s| s.failed_in_a_row = u32::MAX, "escalate"),

    ("critical_service", "sure", |_| (), |s| { s.is_critical_service = true; s.score = Score::even(900); }, "ask"),
    ("critical_service", "not quite sure", |_| (), |s| { s.is_critical_service = true; s.score = Score::even(899); }, "ask by 2"),
    ("critical_service", "sure, W2 that earned it", |_| (), |s| { s.is_critical_service = true; s.class = EffectClass::W2; s.earned = true; }, "ask"),
    ("critical_service", "score that cannot be", |_| (), |s| { s.is_critical_service = true; s.score.history = 2_000; }, "deny by 2"),

    ("effect_class", "R0", |_| (), |s| s.class = EffectClass::R0, "deny"),
    ("effect_class", "R1", |_| (), |s| s.class = EffectClass::R1, "deny"),
    ("effect_class", "W1", |_| (), |s| s.class = EffectClass::W1, "allow"),
    ("effect_class", "W2", |_| (), |s| s.class = EffectClass::W2, "ask"),
    ("effect_class", "W2 that earned it", |_| (), |s| { s.class = EffectClass::W2; s.earned = true; }, "allow"),
    ("effect_class", "W3 earns nothing", |_| (), |s| { s.class = EffectClass::W3; s.earned = true; }, "ask by 2"),

    ("taint", "none", |_| (), |_| (), "allow"),
    ("taint", "reason", |scene| { scene.tainted.insert(Field::Reason); }, |_| (), "ask"),
    ("taint", "object", |scene| { scene.tainted.insert(Field::Object); }, |_| (), "ask"),
    ("taint", "all of it, at full confidence", |scene| scene.tainted.extend([Field::Object, Field::Action, Field::Arguments, Field::Reason]), |s| s.score = Score::even(1_000), "ask"),

    ("missing_evidence", "none", |_| (), |s| s.missing_evidence = 0, "allow"),
    ("missing_evidence", "one look", |_| (), |s| s.missing_evidence = 1, "ask"),
    ("missing_evidence", "many looks", |_| (), |s| s.missing_evidence = 40, "ask"),

    ("blast_radius", "one fewer for a while", |scene| scene.radius.replicas_left = Some(2), |_| (), "allow"),
    ("blast_radius", "nobody left", |scene| scene.radius.replicas_left = Some(0), |_| (), "ask"),
    ("blast_radius", "none was ready before", |scene| { scene.radius.ready_replicas = Some(0); scene.radius.replicas_left = Some(0); }, |_| (), "allow"),
    ("blast_radius", "none ready, budget used up", |scene| { scene.radius.ready_replicas = Some(0); scene.radius.replicas_left = Some(0); scene.radius.disruptions_allowed = Some(0); }, |_| (), "allow"),
    ("blast_radius", "not known", |scene| scene.radius.replicas_left = None, |_| (), "ask"),
    ("blast_radius", "not known of what has none", |scene| { scene.object = ObjectRef::cluster("Node", "worker-1"); scene.radius.ready_replicas = None; scene.radius.replicas_left = None; }, |_| (), "allow"),
    ("blast_radius", "budget used up", |scene| { scene.radius.replicas_left = Some(2); scene.radius.disruptions_allowed = Some(0); }, |_| (), "ask"),
    ("blast_radius", "budget too small", |scene| { scene.radius.replicas_left = Some(1); scene.radius.disruptions_allowed = Some(1); }, |_| (), "ask"),
    ("blast_radius", "budget large enough", |scene| { scene.radius.replicas_left = Some(2); scene.radius.disruptions_allowed = Some(1); }, |_| (), "allow"),
    ("blast_radius", "budget used up, nothing taken", |scene| scene.radius.disruptions_allowed = Some(0), |_| (), "allow"),
    ("blast_radius", "five dependants", |scene| scene.radius.dependants = vec!["a".to_owned(); 5], |_| (), "allow"),
    ("blast_radius", "six dependants", |scene| scene.radius.dependants = vec!["a".to_owned(); 6], |_| (), "ask"),
    ("blast_radius", "less than a quarter of the traffic", |scene| scene.radius.traffic_share = Some(249), |_| (), "allow"),
    ("blast_radius", "a quarter of the traffic", |scene| scene.radius.traffic_share = Some(250), |_| (), "ask"),

    ("rate", "four of five", |_| (), |s| s.automatic_in_last_hour = 4, "allow"),
    ("rate", "five of five", |_| (), |s| s.automatic_in_last_hour = 5, "ask"),
    ("rate", "a cap of nothing", |_| (), |s| s.cap = 0, "ask"),

    ("business_hours", "W1 within", |_| (), |s| s.business_hours = Some(vec![daily(9, 17)]), "allow"),
    ("business_hours", "W2 within", |_| (), |s| { s.business_hours = Some(vec![daily(9, 17)]); s.class = EffectClass::W2; s.earned = true; }, "ask"),
    ("business_hours", "W2 outside", |_| (), |s| { s.business_hours = Some(vec![daily(17, 9)]); s.class = EffectClass::W2; s.earned = true; }, "allow"),
    ("business_hours", "W2 where none are named", |_| (), |s| { s.business_hours = None; s.class = EffectClass::W2; s.earned = true; }, "allow"),

    ("maintenance", "waits for the window", |_| (), |s| { s.score = Score::even(650); s.maintenance = vec![daily(2, 4)]; }, "schedule until 2026-11-22T02:00:00Z"),
    ("maintenance", "within the window", |_| (), |s| { s.score = Score::even(650); s.maintenance = vec![daily(11, 13)]; }, "allow"),
    ("maintenance", "no window", |_| (), |s| s.score = Score::even(650), "ask"),
    ("maintenance", "window that is over", |_| (), |s| { s.score = Score::even(650); s.maintenance = vec![once(at("2026-11-20T00:00:00Z"), 2)]; }, "ask"),
    ("maintenance", "nothing to wait for", |_| (), |s| s.maintenance = vec![daily(2, 4)], "allow"),

    ("cool_down", "rests", |_| (), |s| s.resting_until = Some(at("2026-11-21T12:07:00Z")), "schedule until 2026-11-21T12:07:00Z"),
    ("cool_down", "rested", |_| (), |s| s.resting_until = Some(noon()), "allow"),
    ("cool_down", "rests, critical", |_| (), |s| { s.resting_until = Some(at("2026-11-21T12:07:00Z")); s.severity = Severity::Critical; }, "ask"),
    ("cool_down", "rests until the window is over", |_| (), |s| { s.resting_until = Some(at("2026-11-21T13:07:00Z")); s.score = Score::even(650); s.maintenance = vec![daily(11, 13)]; }, "schedule until 2026-11-22T11:00:00Z"),

    ("chain", "free", |_| (), |s| s.chain_busy = None, "allow"),
    ("chain", "busy", |_| (), |s| s.chain_busy = Some("scale of Deployment shop/db".to_owned()), "schedule until 2026-11-21T12:01:00Z"),
    ("chain", "busy while it rests", |_| (), |s| { s.chain_busy = Some("x".to_owned()); s.resting_until = Some(at("2026-11-21T12:07:00Z")); }, "schedule until 2026-11-21T12:07:00Z"),
    ("chain", "busy, failed heals", |_| (), |s| { s.chain_busy = Some("x".to_owned()); s.failed_in_a_row = 3; }, "escalate"),
];

fn told(decision: &Decision) -> String {
    let people = if decision.people_needed == 1 { String::new() } else { format!(" by {}", decision.people_needed) };
    let until = decision.opens_at.map(|at| format!(" until {}", at.format("%Y-%m-%dT%H:%M:%SZ")));
    format!("{}{people}{}", decision.verdict, until.unwrap_or_default())
}

#[test]
fn every_gate_holds_back_what_it_is_for() {
    for (gate, case, scenery, set, expected) in CASES {
        let mut scene = Scene::default();
        scenery(&mut scene);
        let mut situation = scene.situation();
        set(&mut situation);
        let decision = decide(&TABLE, &situation);
        assert_eq!(told(&decision), *expected, "{gate}: {case}: {}", decision.told);
        if decision.verdict != Verdict::Allow {
            assert!(decision.gates.iter().any(|finding| finding.gate.name() == *gate), "{gate}: {case} is told");
        }
    }
}

#[test]
fn every_gate_has_at_least_three_cases_and_one_that_it_holds_back() {
    for (name, _) in GATES {
        let cases: Vec<_> = CASES.iter().filter(|(gate, ..)| *gate == name.name()).collect();
        assert!(cases.len() >= 3, "{name}");
        assert!(cases.iter().any(|(.., expected)| *expected != "allow"), "{name}");
    }
    assert!(CASES.iter().all(|(gate, ..)| GATES.iter().any(|(name, _)| name.name() == *gate)));
}
