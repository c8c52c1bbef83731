//! A person wants back what was done.

use super::*;
use crate::incident::{Happening, Incident};
use expect_test::expect;

fn wish(seconds: i64) -> TakingBack {
    TakingBack { by: "slack:U2".to_owned(), at: after(seconds), plan: None }
}

fn wished(seconds: i64) -> Sight {
    Sight { taking_back: Some(wish(seconds)), ..sight(State::Verifying) }
}

fn undone(life: &mut Life) -> &mut Life {
    let plan = life.heal.current_plan();
    life.put("undone", Input::Undone { plan, end: UndoEnd::Done })
}

fn shown(heal: &Heal, taking_back: Option<TakingBack>) -> (Option<TakingBack>, Vec<Happening>) {
    let incident = Incident { taking_back, ..rules::incident(State::Verifying) };
    let shown = show(heal, &incident, after(100)).unwrap_or(incident);
    (shown.taking_back, shown.timeline)
}

#[test]
fn what_is_being_verified_is_taken_back_and_left_to_people() {
    let mut life = verifying();
    life.transcript.clear();
    life.at(20).seen("a person wants it back", wished(19)).seen("still shown", wished(19)).at(25);
    undone(&mut life);
    expect![[r#"
        20    s  a person wants it back -> undoing
                   * Undo { plan: "INC-7.1" }
        20    s  still shown -> undoing
        25    s  undone -> escalating
                   “It was taken back.”
                   conclude INC-7.1: Worse
                   learn crash rollout_restart Worse after 5 s
                   “Handed over to people: a person had the last action taken back.”
                   * escalate INC-7.escalation.0: INC-7 in prod needs people: a person had the last action taken back. / • Deployment shop/checkout crashes (confidence 0.82) / Tried or proposed: / • 14:13:21 UTC rollout_restart Deployment shop/checkout: a person had it taken back
    "#]]
    .assert_eq(&life.transcript);
    assert_eq!(life.heal.attempts.last().unwrap().outcome, Ending::Undone);
}

#[test]
fn what_is_being_done_is_taken_back_once_it_is_done() {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow).tick();
    life.at(2).seen("a person wants it back", wished(2));
    assert_eq!(life.heal.stage.name(), "acting");
    life.at(3).ended("done", End::Done { at: after(3) });
    assert_eq!(life.heal.stage.name(), "undoing");
    undone(&mut life);
    assert_eq!(life.heal.stage.name(), "escalating");
}

#[test]
fn an_action_that_nothing_takes_back_is_verified_and_that_is_said() {
    let mut life = verifying();
    life.heal.proposal.as_mut().unwrap().plan.undo = None;
    life.transcript.clear();
    life.seen("a person wants it back", wished(12));
    assert_eq!(life.heal.stage.name(), "verifying");
    assert!(life.transcript.contains("nothing takes this action back"), "{}", life.transcript);
}

#[test]
fn whoever_has_it_keeps_it_after_it_was_taken_back() {
    let mut life = verifying();
    life.seen("owned, and wanted back", Sight { owner: Some("slack:U1".to_owned()), ..wished(12) });
    undone(&mut life);
    assert_eq!(life.heal.stage.name(), "handed");
}

#[test]
fn a_wish_counts_for_the_action_under_way_and_for_none_that_comes_later() {
    let mut life = verifying();
    life.measured(Outcome::Same, "still 2 of 3").at(30);
    assert_eq!(life.heal.stage.name(), "diagnosing");
    life.seen("too late", wished(29));
    life.diagnosed().planned(Action::RolloutUndo { to_revision: Some(3) }, Verdict::Allow).tick();
    life.at(40).ended("done", End::Done { at: after(40) });
    assert_eq!(life.heal.stage.name(), "verifying");
}

#[test]
fn a_wish_is_answered_where_nothing_is_under_way_and_stands_until_it_is_heard_of() {
    let mut life = verifying();
    assert_eq!(shown(&life.heal, Some(wish(12))), (Some(wish(12)), Vec::new()), "not heard of yet");
    life.seen("a person wants it back", wished(12));
    assert_eq!(shown(&life.heal, Some(wish(12))), (None, Vec::new()), "heard of");
    undone(&mut life);
    assert_eq!(shown(&life.heal, Some(wish(12))), (None, Vec::new()), "done");
    let (left, told) = shown(&life.heal, Some(wish(26)));
    assert_eq!((left, told.len()), (None, 1));
    assert!(told[0].text.contains("is not under way any more"), "{told:?}");
}

/// `actions undo INC-7.1` was looked at while the first action was verified, and said when the second was.
#[test]
fn a_wish_for_one_action_took_back_another_that_had_begun_meanwhile() {
    let mut life = verifying();
    let named = |plan: &str| TakingBack { plan: Some(plan.to_owned()), ..wish(12) };
    let seen = |plan: &str| Sight { taking_back: Some(named(plan)), ..sight(State::Verifying) };
    life.seen("of another", seen("INC-7.0"));
    assert_eq!(life.heal.stage.name(), "verifying");
    let (left, told) = shown(&life.heal, Some(named("INC-7.0")));
    assert_eq!((left, told.len()), (None, 1), "that is said");
    assert_eq!(shown(&life.heal, Some(named("INC-7.1"))).0, Some(named("INC-7.1")));
    life.seen("of this", seen("INC-7.1"));
    assert_eq!(life.heal.stage.name(), "undoing");
}
