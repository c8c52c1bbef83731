//! Every rule of a healing once.

use super::*;
use crate::heal::GuardRefusal;
use crate::incident::{Incident, Severity};
use crate::policy::Gate;

/// The stage after one input, of a life at some moment.
fn next(life: &mut Life, input: Input) -> &'static str {
    life.put("", input);
    life.heal.stage.name()
}

fn ended(life: &mut Life, end: End) -> &'static str {
    let plan = life.heal.current_plan();
    next(life, Input::Ended { plan, end })
}

fn acting() -> Life {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow).tick();
    assert_eq!(life.heal.stage.name(), "acting");
    life
}

#[test]
fn what_follows_of_how_the_executor_ended() {
    let why = || "why".to_owned();
    let cases = [
        (End::Done { at: after(2) }, "verifying", 0),
        (End::Refused { by: GuardRefusal::Until(after(600)), why: why() }, "resting", 0),
        (End::Refused { by: GuardRefusal::DecideAnew, why: why() }, "resting", 0),
        (End::Refused { by: GuardRefusal::NotLeader, why: why() }, "resting", 0),
        (End::Refused { by: GuardRefusal::People, why: why() }, "escalating", 0),
        (End::Stale { why: why() }, "resting", 0),
        (End::NeverBegun { why: why() }, "resting", 0),
        (End::StillUnderWay, "acting", 0),
        (End::Failed { why: why() }, "diagnosing", 1),
        (End::Unknown { why: why() }, "escalating", 1),
    ];
    for (end, stage, failed) in cases {
        let mut life = acting();
        assert_eq!(ended(&mut life, end.clone()), stage, "{end:?}");
        assert_eq!(life.heal.failed_in_a_row, failed, "{end:?}");
    }
}

#[test]
fn what_follows_of_what_was_measured_at_the_end_of_the_window() {
    let cases = [
        (Outcome::Better, "resolved", 0),
        (Outcome::NotYet, "diagnosing", 1),
        (Outcome::Same, "diagnosing", 1),
        (Outcome::Worse, "undoing", 0),
        (Outcome::CannotTell, "escalating", 1),
    ];
    for (outcome, stage, failed) in cases {
        let mut life = verifying();
        life.at(130).measured(outcome, "as seen");
        assert_eq!(life.heal.stage.name(), stage, "{outcome:?}");
        assert_eq!(life.heal.failed_in_a_row, failed, "{outcome:?}");
    }
}

#[test]
fn what_cannot_be_told_within_the_window_is_looked_at_again() {
    let mut life = verifying();
    life.measured(Outcome::CannotTell, "prometheus is away");
    assert_eq!(life.heal.stage.name(), "verifying");
}

#[test]
fn an_undo_that_never_began_is_wanted_again_and_one_that_cannot_begin_goes_to_people() {
    let mut life = verifying();
    life.measured(Outcome::Worse, "0 of 3 pods are ready");
    let plan = life.heal.current_plan();
    let wanted = |life: &mut Life, input| {
        let (next, effects) = step(&life.heal, &input, life.now);
        life.heal = next;
        effects.iter().any(|effect| matches!(effect, Effect::Undo { .. }))
    };
    let taken_over = wanted(&mut life, Input::TakenOver);
    assert!(!taken_over, "it is asked after first");
    let end = |end: UndoEnd| Input::Undone { plan: plan.clone(), end };
    assert!(!wanted(&mut life, end(UndoEnd::StillUnderWay)));
    assert!(wanted(&mut life, end(UndoEnd::NeverBegun)));
    for tries in 1.. {
        assert!(tries < 10, "it is tried for ever");
        assert!(!wanted(&mut life, end(UndoEnd::NotNow("the store is away".to_owned()))));
        life.now = life.heal.next_at.unwrap();
        assert!(!wanted(&mut life, Input::Tick), "it is asked after first");
        if life.heal.stage.name() == "escalating" {
            assert_eq!(tries, 3);
            break;
        }
        assert!(wanted(&mut life, end(UndoEnd::NeverBegun)));
    }
}

#[test]
fn an_undo_that_is_not_known_to_have_worked_goes_to_people() {
    let mut life = verifying();
    life.measured(Outcome::Worse, "0 of 3 pods are ready");
    let plan = life.heal.current_plan();
    assert_eq!(next(&mut life, Input::Undone { plan, end: UndoEnd::Failed("timed out".to_owned()) }), "escalating");
    assert_eq!(life.heal.attempts.last().unwrap().outcome, Ending::Worse);
}

#[test]
fn what_people_do_before_anything_has_begun_stops_it() {
    let owned = |state| Sight { owner: Some("slack:U1".to_owned()), ..sight(state) };
    let cases = [
        (owned(State::WaitingForApproval), "handed"),
        (sight(State::Resolved), "resolved"),
        (sight(State::Escalated), "escalating"),
    ];
    for (sight, stage) in cases {
        let mut life = waiting();
        life.transcript.clear();
        assert_eq!(next(&mut life, Input::Seen(sight.clone())), stage, "{sight:?}");
        assert!(life.transcript.contains("withdraw INC-7.1"), "{}", life.transcript);
    }
}

#[test]
fn what_people_do_while_it_is_under_way_lets_it_end_and_begins_nothing_more() {
    let owned = |state| Sight { owner: Some("slack:U1".to_owned()), ..sight(state) };
    let cases = [
        (owned(State::Verifying), "handed", "resolved"),
        (sight(State::Resolved), "resolved", "resolved"),
        (sight(State::Escalated), "escalating", "escalating"),
    ];
    for (sight, after_same, after_better) in cases {
        for (outcome, expected) in [(Outcome::Same, after_same), (Outcome::Better, after_better)] {
            let mut life = verifying();
            assert_eq!(next(&mut life, Input::Seen(sight.clone())), "verifying", "{sight:?}");
            life.measured(outcome, "as seen");
            assert_eq!(life.heal.stage.name(), expected, "{sight:?} {outcome:?}");
        }
    }
}

#[test]
fn whoever_claims_it_early_still_hears_the_cause() {
    let mut life = Life::new(Mode::Live);
    let owned = Sight { owner: Some("slack:U1".to_owned()), ..sight(State::Open) };
    life.tick().seen("claimed", owned).diagnosed();
    assert_eq!(life.heal.stage.name(), "handed");
    assert!(life.heal.diagnosis.is_some());
}

#[test]
fn a_mode_that_becomes_milder_drops_what_stands_ready() {
    for mode in [Mode::Observe, Mode::Shadow] {
        let mut life = waiting();
        life.approval(ApprovalState::Granted);
        let seen = Sight { mode, ..sight(State::WaitingForApproval) };
        assert_eq!(next(&mut life, Input::Seen(seen)), "watching");
        assert!(life.transcript.contains("withdraw"), "{}", life.transcript);
    }
}

#[test]
fn a_cap_that_is_reached_is_told_once_and_a_lead_that_is_lost_hands_nothing_over() {
    let held_by = |gate: Gate| {
        serde_json::from_value(serde_json::json!({"gate": gate, "verdict": "ask", "why": "it says so"})).unwrap()
    };
    let mut life = Life::new(Mode::Live);
    life.tick().diagnosed();
    let mut asked = proposal(&life.heal, Verdict::Ask, began());
    asked.decision.gates = vec![held_by(Gate::Rate)];
    life.put("", Input::Planned { number: 1, proposal: asked });
    assert_eq!((life.heal.stage.name(), life.heal.alerts.contains("cap-reached")), ("waiting", true));
    let mut life = Life::new(Mode::Live);
    life.tick().diagnosed();
    let mut denied = proposal(&life.heal, Verdict::Deny, began());
    denied.decision.gates = vec![held_by(Gate::Leader)];
    life.put("", Input::Planned { number: 1, proposal: denied });
    assert_eq!(life.heal.stage.name(), "resting");
}

#[test]
fn nobody_is_told_where_scarlet_only_watches() {
    let mut life = Life::new(Mode::Shadow);
    life.tick().diagnosed();
    let number = life.heal.plans;
    assert_eq!(next(&mut life, Input::NothingToDo { number, why: "no action suits".to_owned() }), "watching");
}

/// A plan that could not be made was never tried again: resting was taken for an action that stands ready.
#[test]
fn in_shadow_a_plan_that_could_not_be_made_is_made_later() {
    let mut life = Life::new(Mode::Shadow);
    life.tick().diagnosed();
    let number = life.heal.plans;
    assert_eq!(next(&mut life, Input::NotPlanned { number, why: "the act server is away".to_owned() }), "resting");
    let watching = Sight { mode: Mode::Shadow, ..sight(State::Deciding) };
    assert_eq!(next(&mut life, Input::Seen(watching.clone())), "resting");
    let observing = Sight { mode: Mode::Observe, ..watching };
    assert_eq!(next(&mut life, Input::Seen(observing)), "watching");
}

#[test]
fn what_came_back_after_it_was_healed_counts_as_failed() {
    let mut life = verifying();
    life.measured(Outcome::Better, "3 of 3 pods are ready");
    // Not yet shown: the incident still stands as it was, which says nothing.
    assert_eq!(next(&mut life, Input::Seen(sight(State::Verifying))), "resolved");
    life.put("", Input::Shown);
    assert_eq!(next(&mut life, Input::Seen(sight(State::Open))), "open");
    assert_eq!(life.heal.failed_in_a_row, 1);
}

#[test]
fn what_comes_back_again_and_again_goes_to_people() {
    let mut life = Life::new(Mode::Live);
    for round in 0..=limits::REOPENED {
        life.seen("over", sight(State::Resolved)).put("", Input::Shown);
        let stage = next(&mut life, Input::Seen(sight(State::Open)));
        assert_eq!(stage, if round < limits::REOPENED { "open" } else { "escalating" });
    }
}

#[test]
fn an_answer_for_another_plan_does_nothing() {
    let mut life = acting();
    let before = life.heal.clone();
    for input in [
        Input::Ended { plan: "INC-7.9".to_owned(), end: End::Done { at: after(1) } },
        Input::Planned { number: 1, proposal: proposal(&life.heal, Verdict::Allow, after(1)) },
        Input::Diagnosed { round: 1, found: Ok(diagnosis(after(1))) },
        Input::Told { place: "slack:C1".to_owned() },
    ] {
        let (next, effects) = step(&life.heal, &input, after(5));
        assert_eq!((&next, effects.len()), (&before, 0), "{input:?}");
    }
    assert_eq!(ended(&mut life, End::Done { at: after(2) }), "verifying");
}

#[test]
fn what_is_owed_is_asked_for_until_it_is_paid() {
    let mut heal = verifying().heal;
    let (plan, told) = (heal.current_plan(), "3 of 3 pods are ready".to_owned());
    let measured = Input::Measured { plan, outcome: Outcome::Better, told };
    heal = step(&heal, &measured, after(15)).0;
    assert!(heal.owed.iter().any(|debt| matches!(debt.what, Owed::Learn(_))));
    let (heal, effects) = step(&heal, &Input::TakenOver, after(20));
    assert_eq!(effects.len(), heal.owed.len());
    let closes = after(15 + 1_800);
    let (mut heal, _) = step(&heal, &Input::Tick, closes);
    assert_eq!(heal.stage.name(), "resolved", "closed although something is owed");
    for debt in heal.owed.clone() {
        heal = step(&heal, &Input::Paid { key: debt.key }, closes).0;
    }
    let heal = step(&heal, &Input::Tick, closes + TimeDelta::minutes(5)).0;
    assert_eq!(heal.stage.name(), "closed");
}

/// People were told at a place that the incident needs them.
fn told_at(place: &str) -> Life {
    let mut life = waiting();
    life.at(20).approval(ApprovalState::Rejected).at(21).put("told", Input::Told { place: place.to_owned() });
    life
}

/// Under which keys people are owed the word that it is over, with where they were told.
fn to_hear_the_end(heal: &Heal) -> Vec<(String, Option<String>)> {
    let pages = heal.owed.iter().filter_map(|debt| match &debt.what {
        Owed::TellOver { pages, .. } => Some(pages.clone()),
        _ => None,
    });
    pages.flatten().map(|page| (page.key, page.place)).collect()
}

fn paid(heal: &Heal, now: DateTime<Utc>) -> Heal {
    heal.owed.iter().fold(heal.clone(), |heal, debt| step(&heal, &Input::Paid { key: debt.key.clone() }, now).0)
}

#[test]
fn whoever_was_told_of_an_incident_never_heard_that_it_was_over() {
    let told = told_at("webhook:pager").heal;
    let (over, effects) = step(&told, &Input::Seen(sight(State::Resolved)), after(60));
    let page = ("INC-7.escalation.0".to_owned(), Some("webhook:pager".to_owned()));
    assert_eq!(to_hear_the_end(&over), std::slice::from_ref(&page));
    assert!(effects.iter().any(
        |effect| matches!(effect, Effect::Pay { what: Owed::TellOver { text, .. }, .. } if text == "INC-7 in prod is over.")
    ));
    // Once it was told, nothing of it is owed any more.
    let paid = step(&paid(&over, after(61)), &Input::Seen(sight(State::Resolved)), after(62)).0;
    assert_eq!((to_hear_the_end(&paid), paid.pages.clone()), (Vec::new(), Vec::new()));
    let nobody = step(&waiting().heal, &Input::Seen(sight(State::Resolved)), after(60)).0;
    assert_eq!(to_hear_the_end(&nobody), Vec::new(), "nobody was told");
}

/// It was told to be over, while it went on in the incident that it had become a part of.
#[test]
fn whoever_was_told_of_what_became_a_part_of_another_incident_hears_where_it_goes_on() {
    let told = told_at("webhook:pager").heal;
    let part = Sight { part_of: Some("INC-5".to_owned()), ..sight(State::Closed) };
    let (_, effects) = step(&told, &Input::Seen(part), after(60));
    let text = effects.iter().find_map(|effect| match effect {
        Effect::Pay { what: Owed::TellOver { text, .. }, .. } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(text, Some("INC-7 in prod is part of INC-5, and goes on there."));
}

/// A page said that nobody knows the cause, and of what it said nothing.
#[test]
fn people_are_told_what_it_is_about_and_nothing_in_it_formats_the_message() {
    let hostile = Incident { title: "Backup`Missing\n<!channel>: prod".to_owned(), ..incident(State::Open) };
    let text = crate::heal::with_what("INC-7 needs people: no cause was found.\nNothing was done.", &hostile);
    assert_eq!(
        text,
        "INC-7 needs people: no cause was found.\nhigh: `Backup'Missing <!channel>: prod`\nNothing was done."
    );
}

#[test]
fn whoever_may_have_been_told_hears_the_end_too() {
    let mut life = waiting();
    life.at(20).approval(ApprovalState::Rejected).put("no", Input::NotTold { why: "no answer".to_owned() });
    let over = step(&life.heal, &Input::Seen(sight(State::Resolved)), after(60)).0;
    assert_eq!(to_hear_the_end(&over), [("INC-7.escalation.0".to_owned(), None)]);
}

#[test]
fn what_comes_back_before_people_heard_the_end_is_told_to_be_over_once_it_is() {
    let told = told_at("webhook:pager").heal;
    let over = step(&told, &Input::Seen(sight(State::Resolved)), after(60)).0;
    let shown = step(&over, &Input::Shown, after(60)).0;
    let back = step(&shown, &Input::Seen(sight(State::Open)), after(70)).0;
    assert_eq!((back.stage.name(), to_hear_the_end(&back)), ("open", Vec::new()));
    let again = step(&back, &Input::Seen(sight(State::Escalated)), after(80)).0;
    let again = step(&again, &Input::Told { place: "slack:C1".to_owned() }, after(81)).0;
    let over = step(&again, &Input::Seen(sight(State::Resolved)), after(90)).0;
    let page = |key: &str, place: &str| (key.to_owned(), Some(place.to_owned()));
    let both = [page("INC-7.escalation.0", "webhook:pager"), page("INC-7.escalation.1", "slack:C1")];
    assert_eq!(to_hear_the_end(&over), both);
}

pub(super) fn incident(state: State) -> Incident {
    Incident { state, ..Incident::bare("INC-7", "prod", "checkout fails", Severity::High, began()) }
}

#[test]
fn an_incident_shows_how_its_healing_stands_and_then_nothing_changes() {
    let life = waiting();
    let shown = show(&life.heal, &incident(State::Open), after(5)).unwrap();
    assert_eq!(shown.state, State::WaitingForApproval);
    assert_eq!(shown.cause.as_ref().unwrap().confidence, 820);
    assert_eq!(shown.symptom.as_deref(), Some("crash"));
    assert_eq!(shown.pending.as_ref().unwrap().approval, "INC-7.1");
    assert_eq!(show(&life.heal, &shown, after(9)), None);
}

#[test]
fn what_people_ended_is_not_shown_otherwise() {
    let life = acting();
    for state in [State::Resolved, State::Closed] {
        assert_eq!(show(&life.heal, &incident(state), after(5)), None);
    }
    let shown = show(&life.heal, &incident(State::Escalated), after(5)).unwrap();
    assert_eq!(shown.state, State::Escalated);
}
