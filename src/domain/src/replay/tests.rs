//! Two decisions beside each other, and how it is told.

use super::*;
use crate::object::ObjectRef;
use chrono::TimeDelta;
use expect_test::expect;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap() + TimeDelta::seconds(seconds)
}

fn said(gate: &str, verdict: Verdict) -> GateSaid {
    GateSaid { gate: gate.to_owned(), verdict, why: "why".to_owned() }
}

fn plan(action: &str, verdict: Verdict, row: &str, gates: &[GateSaid]) -> Decided {
    Decided::Plan(Box::new(Weighed {
        action: action.to_owned(),
        object: ObjectRef::namespaced("Deployment", "shop", "checkout"),
        verdict,
        people_needed: 1,
        row: row.to_owned(),
        score: 810,
        gates: gates.to_vec(),
        told: "because it is so".to_owned(),
    }))
}

fn cause(rule: &str, per_mille: u16) -> Decided {
    let object = Some(ObjectRef::namespaced("Deployment", "shop", "checkout"));
    Decided::Cause { rule: Some(rule.to_owned()), object, per_mille, told: format!("Most likely: {rule}") }
}

fn report(work: Vec<Compared>) -> Report {
    Report {
        incident: "INC-7".to_owned(),
        environment: "prod".to_owned(),
        title: "checkout\nfails".to_owned(),
        terms: Terms { policy: "strict.toml".to_owned(), autonomy: Autonomy::Safe, environment: "prod".to_owned() },
        work,
        missing: None,
        outcome: vec!["rollout_restart Deployment shop/checkout (INC-7.1): it helped".to_owned()],
    }
}

#[test]
fn a_stricter_policy_is_told_by_its_row_and_its_gates() {
    let then = plan("rollout_restart", Verdict::Allow, "sure", &[said("rate", Verdict::Ask)]);
    let now = plan(
        "rollout_restart",
        Verdict::Ask,
        "strict",
        &[said("rate", Verdict::Escalate), said("chain", Verdict::Schedule)],
    );
    let work = vec![
        Compared::new(at(0), "diagnosis 1".to_owned(), cause("crash", 700), cause("crash", 700), Vec::new()),
        Compared::new(at(5), "plan INC-7.1".to_owned(), then, now, Vec::new()),
    ];
    let report = report(work);
    assert!(report.differs() && !report.has_gaps());
    expect![[r#"
        INC-7 in prod: checkout fails
          decided anew with strict.toml, at the autonomy safe, by the settings of prod
          2026-09-21 14:13:20 UTC diagnosis 1
            then: Most likely: crash
            now:  Most likely: crash
            the same
          2026-09-21 14:13:25 UTC plan INC-7.1
            then: rollout_restart Deployment shop/checkout -> allow; row "sure", confidence 810 per mille: because it is so
            now:  rollout_restart Deployment shop/checkout -> ask; row "strict", confidence 810 per mille: because it is so
            differs: verdict: allow then, ask now
            differs: row: "sure" then, "strict" now
            differs: gate chain: said nothing then, schedule now
            differs: gate rate: ask then, escalate now
          done then: rollout_restart Deployment shop/checkout (INC-7.1): it helped
          would have asked for rollout_restart Deployment shop/checkout (ask)
    "#]]
    .assert_eq(&report.told());
}

#[test]
fn what_is_not_recorded_is_never_taken_for_an_answer() {
    let then = plan("rollout_restart", Verdict::Allow, "sure", &[]);
    let now = plan("rollout_undo", Verdict::Allow, "sure", &[]);
    let missing = vec!["kubernetes_get {}".to_owned(), "kubernetes_get {}".to_owned()];
    let compared = Compared::new(at(0), "plan INC-7.1".to_owned(), then, now, missing);
    assert!(matches!(compared.now, Decided::CannotTell { .. }), "{compared:?}");
    assert_eq!(compared.not_recorded, ["kubernetes_get {}"]);
    let report = report(vec![compared]);
    assert!(report.has_gaps());
    assert_eq!(
        report.summary(),
        "what would have been done cannot be told: 1 of what it would rest on is not recorded"
    );
    let many = (0..50).map(|number| format!("look {number:02}")).collect();
    let compared = Compared::new(at(0), "diagnosis 1".to_owned(), cause("crash", 1), cause("crash", 1), many);
    assert_eq!(compared.not_recorded.len(), 21);
    assert_eq!(compared.not_recorded.last().map(String::as_str), Some("and 30 more"));
}

#[test]
fn every_verdict_is_told_as_what_would_have_been_done() {
    let told: Vec<String> = [Verdict::Allow, Verdict::Schedule, Verdict::Ask, Verdict::Escalate, Verdict::Deny]
        .into_iter()
        .map(|verdict| {
            let Decided::Plan(plan) = plan("drain", verdict, "r", &[]) else { unreachable!("a plan was made") };
            plan.would_have()
        })
        .collect();
    expect![[r#"
        would have done drain Deployment shop/checkout by itself (allow)
        would have waited for its window with drain Deployment shop/checkout (schedule)
        would have asked for drain Deployment shop/checkout (ask)
        would have handed it to people instead of drain Deployment shop/checkout (escalate)
        would not have done drain Deployment shop/checkout (deny)"#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn nothing_to_do_then_and_a_plan_now_differ() {
    let nothing = Decided::Nothing { why: "nothing suits".to_owned() };
    let now = plan("scale", Verdict::Ask, "r", &[]);
    let compared = Compared::new(at(0), "plan INC-7.1".to_owned(), nothing, now, Vec::new());
    assert_eq!(compared.differs, ["nothing to do then, scale Deployment shop/checkout (ask) now"]);
}
