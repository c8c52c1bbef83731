//! What is open again, allowed again, or not waited for any more.

use super::*;

fn taken(life: &mut Life, outcome: Outcome) -> &'static str {
    life.measured(outcome, "as seen");
    life.heal.stage.name()
}

/// A person ended the incident while it was verified; it was open again a moment later, and shown as resolved all the same.
#[test]
fn an_incident_that_was_open_again_while_it_was_verified_was_shown_as_resolved() {
    for ended in [State::Resolved, State::Escalated] {
        let mut life = verifying();
        life.seen("ended", sight(ended)).seen("open again", sight(State::Open)).at(130);
        assert_eq!(taken(&mut life, Outcome::Same), "diagnosing", "{ended:?}");
    }
    let mut owned = sight(State::Open);
    owned.owner = Some("slack:U1".to_owned());
    let mut life = verifying();
    life.seen("ended", sight(State::Resolved)).seen("open again, and somebody has it", owned).at(130);
    assert_eq!(taken(&mut life, Outcome::Same), "handed");
}

#[test]
fn an_incident_that_was_open_again_after_its_healing_had_closed_was_ignored() {
    let mut life = verifying();
    life.measured(Outcome::Better, "3 of 3 pods are ready").put("shown", Input::Shown).at(2_000).tick();
    for over in [State::Resolved, State::Closed] {
        life.seen("over", sight(over));
        assert_eq!(life.heal.stage.name(), "closed");
    }
    life.at(3_000).seen("open again", sight(State::Open));
    assert_eq!((life.heal.stage.name(), life.heal.reopened, life.heal.next_at), ("open", 1, Some(after(3_000))));
    life.tick();
    assert_eq!(life.heal.stage.name(), "diagnosing");
}

#[test]
fn an_environment_that_became_live_was_only_watched_until_its_signals_were_over() {
    for before in [Mode::Observe, Mode::Shadow] {
        let mut life = Life::new(before);
        life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow);
        life.at(60).seen("as before", Sight { mode: before, ..sight(State::Deciding) });
        assert_eq!(life.heal.stage.name(), "watching");
        life.at(120).seen("live", sight(State::Deciding));
        assert_eq!(life.heal.stage.name(), "open", "{before:?}");
        life.tick();
        assert_eq!(life.heal.stage.name(), "diagnosing");
    }
}

/// What a verdict leaves to be watched in an environment that is live is not looked into again at every look.
#[test]
fn what_is_watched_by_a_verdict_is_not_looked_into_for_ever() {
    let mut life = Life::new(Mode::Shadow);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow);
    let quiet = Sight { quiet_since: Some(after(100)), ..sight(State::Deciding) };
    life.at(120).seen("live, and quiet", quiet);
    assert_eq!(life.heal.stage.name(), "quiet");
    let mut life = Life::new(Mode::Live);
    life.tick().heal.stage = Stage::Watching;
    life.seen("live as before", sight(State::Deciding));
    assert_eq!(life.heal.stage.name(), "watching");
}

#[test]
fn people_were_reminded_for_ever_of_an_approval_that_had_ended() {
    let mut heal = waiting().heal;
    let approval = heal.current_plan();
    let reminds = |effects: &[Effect]| {
        let is_reminder = |what: &Owed| matches!(what, Owed::Remind { .. });
        effects.iter().any(|effect| matches!(effect, Effect::Pay { what, .. } if is_reminder(what)))
    };
    let (next, effects) = step(&heal, &Input::Tick, after(950));
    assert!(reminds(&effects), "{effects:?}");
    heal = next;
    let (again, effects) = step(&heal, &Input::TakenOver, after(960));
    assert!(reminds(&effects), "it still waits: {effects:?}");
    let rejected = Some(ApprovalState::Rejected);
    let said_no = Input::Approval { approval, state: rejected, starts_at: None, ended: None };
    let (next, effects) = step(&again, &said_no, after(970));
    assert!(!reminds(&effects), "{effects:?}");
    assert!(!next.owed.iter().any(|debt| matches!(debt.what, Owed::Remind { .. })), "{:?}", next.owed);
}
