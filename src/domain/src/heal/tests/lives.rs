//! Whole lives, from the first signal to the end, as a person would tell them.

use super::*;
use expect_test::{Expect, expect};

fn told(life: &Life, expected: &Expect) {
    expected.assert_eq(&life.transcript);
}

#[test]
fn healed_alone() {
    let mut life = verifying();
    life.measured(Outcome::NotYet, "1 of 3 pods are ready").at(17).tick();
    life.at(18).measured(Outcome::Better, "3 of 3 pods are ready").at(19).put("shown", Input::Shown);
    life.at(1_818).tick();
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            1     s  time -> acting
                       * Act { plan: "INC-7.1" }
            3     s  done -> verifying
                       “Did rollout_restart Deployment shop/checkout; looks whether it helps.”
            12    s  time -> verifying
                       * Measure { plan: "INC-7.1" }
            12    s  looked: NotYet -> verifying
            17    s  time -> verifying
                       * Measure { plan: "INC-7.1" }
            18    s  looked: Better -> resolved
                       “Verified, it helped: 3 of 3 pods are ready.”
                       conclude INC-7.1: Better
                       learn crash rollout_restart Better after 16 s
                       write up
            19    s  shown -> resolved
            1818  s  time -> closed
        "#]],
    );
}

#[test]
fn healed_after_a_yes_that_came_after_a_reminder() {
    let mut life = waiting();
    life.at(31).tick().approval(ApprovalState::Pending).at(902).tick().approval(ApprovalState::Pending);
    life.at(920).approval(ApprovalState::Granted).at(930).tick();
    let at = after(931);
    life.ended("done", End::Done { at }).at(941).tick().measured(Outcome::Better, "3 of 3 pods are ready");
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, ask -> waiting
                       “Asks to rollout_restart Deployment shop/checkout: ask by the row confident-and-low.”
                       * Ask { approval: "INC-7.1" }
            1     s  asked -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            31    s  time -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            31    s  the approval is Pending -> waiting
            902   s  time -> waiting
                       remind of INC-7.1
                       * LookAtApproval { approval: "INC-7.1" }
            902   s  the approval is Pending -> waiting
            920   s  the approval is Granted -> granted
                       “Approved; it begins after the countdown.”
            930   s  time -> acting
                       * Act { plan: "INC-7.1" }
            930   s  done -> verifying
                       “Did rollout_restart Deployment shop/checkout; looks whether it helps.”
            941   s  time -> verifying
                       * Measure { plan: "INC-7.1" }
            941   s  looked: Better -> resolved
                       “Verified, it helped: 3 of 3 pods are ready.”
                       conclude INC-7.1: Better
                       learn crash rollout_restart Better after 11 s, approved
                       write up
                       tell everybody who was told under INC-7.1.reminder: INC-7 in prod is over: verified, what was done last helped.
        "#]],
    );
}

#[test]
fn a_yes_that_is_taken_back_in_the_countdown_begins_nothing() {
    let mut life = waiting();
    life.at(10).approval(ApprovalState::Granted).at(15).approval(ApprovalState::Pending).at(21).tick();
    life.approval(ApprovalState::Expired);
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, ask -> waiting
                       “Asks to rollout_restart Deployment shop/checkout: ask by the row confident-and-low.”
                       * Ask { approval: "INC-7.1" }
            1     s  asked -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            10    s  the approval is Granted -> granted
                       “Approved; it begins after the countdown.”
            15    s  the approval is Pending -> waiting
                       “The approval was taken back; it waits again.”
            21    s  time -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            21    s  the approval is Expired -> escalating
                       “Handed over to people: the plan was not approved: Not enough people approved it in time.”
                       * escalate INC-7.escalation.0: INC-7 in prod needs people: the plan was not approved: Not enough people approved it in time. / • Deployment shop/checkout crashes (confidence 0.82) / Tried or proposed: / • 14:13:41 UTC rollout_restart Deployment shop/checkout: Not enough people approved it in time
        "#]],
    );
}

#[test]
fn a_no_is_not_answered_with_the_next_question() {
    let mut life = waiting();
    life.at(20).approval(ApprovalState::Rejected).at(21).put("told", Input::Told { place: "slack:C1".to_owned() });
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, ask -> waiting
                       “Asks to rollout_restart Deployment shop/checkout: ask by the row confident-and-low.”
                       * Ask { approval: "INC-7.1" }
            1     s  asked -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            20    s  the approval is Rejected -> escalating
                       “Handed over to people: the plan was rejected: slack:U1 rejected it.”
                       * escalate INC-7.escalation.0: INC-7 in prod needs people: the plan was rejected: slack:U1 rejected it. / • Deployment shop/checkout crashes (confidence 0.82) / Tried or proposed: / • 14:13:40 UTC rollout_restart Deployment shop/checkout: slack:U1 rejected it
            21    s  told -> escalated
                       “People were told at slack:C1.”
        "#]],
    );
}

#[test]
fn scheduled_looked_at_anew_in_the_window_and_healed() {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Schedule).at(3_600).tick();
    life.at(10_801).tick().diagnosed().planned(Action::RolloutRestart, Verdict::Allow).tick();
    let at = after(10_803);
    life.at(10_803)
        .ended("done", End::Done { at })
        .at(10_813)
        .tick()
        .measured(Outcome::Better, "3 of 3 pods are ready");
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, schedule -> scheduled
                       “Waits for 2026-09-21 17:13 UTC to rollout_restart Deployment shop/checkout: schedule by the row confident-and-low.”
            3600  s  time -> scheduled
            10801 s  time -> diagnosing
                       * Diagnose { round: 2 }
            10801 s  a cause is found -> deciding
                       * Plan { number: 2 }
            10801 s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            10801 s  time -> acting
                       * Act { plan: "INC-7.2" }
            10803 s  done -> verifying
                       “Did rollout_restart Deployment shop/checkout; looks whether it helps.”
            10813 s  time -> verifying
                       * Measure { plan: "INC-7.2" }
            10813 s  looked: Better -> resolved
                       “Verified, it helped: 3 of 3 pods are ready.”
                       conclude INC-7.2: Better
                       learn crash rollout_restart Better after 10 s
                       write up
        "#]],
    );
}

#[test]
fn three_strategies_that_fail_and_people_with_everything_that_was_tried() {
    let mut life = verifying();
    life.at(130).measured(Outcome::Same, "1 of 3 pods are ready");
    for (action, outcome, told) in [
        (Action::RolloutUndo { to_revision: Some(40) }, Outcome::Worse, "0 of 3 pods are ready"),
        (Action::Scale { replicas: 4 }, Outcome::Same, "1 of 4 pods are ready"),
    ] {
        life.diagnosed().planned(action, Verdict::Allow).tick();
        let at = life.now;
        life.ended("done", End::Done { at });
        life.now += TimeDelta::seconds(120);
        life.tick().measured(outcome, told);
        if outcome == Outcome::Worse {
            let plan = life.heal.current_plan();
            life.put("undone", Input::Undone { plan, end: UndoEnd::Done });
        }
    }
    let why = "slack:C1 did not take it".to_owned();
    life.put("nobody was told", Input::NotTold { why });
    life.now += TimeDelta::seconds(5);
    life.tick().put("told", Input::Told { place: "slack:C2".to_owned() });
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            1     s  time -> acting
                       * Act { plan: "INC-7.1" }
            3     s  done -> verifying
                       “Did rollout_restart Deployment shop/checkout; looks whether it helps.”
            12    s  time -> verifying
                       * Measure { plan: "INC-7.1" }
            130   s  looked: Same -> diagnosing
                       “It did not help: 1 of 3 pods are ready.”
                       conclude INC-7.1: Same
                       learn crash rollout_restart Same after 128 s
                       * Diagnose { round: 2 }
            130   s  a cause is found -> deciding
                       * Plan { number: 2 }
            130   s  planned, allow -> granted
                       “Will rollout_undo Deployment shop/checkout: allow by the row confident-and-low.”
            130   s  time -> acting
                       * Act { plan: "INC-7.2" }
            130   s  done -> verifying
                       “Did rollout_undo Deployment shop/checkout; looks whether it helps.”
            250   s  time -> verifying
                       * Measure { plan: "INC-7.2" }
            250   s  looked: Worse -> undoing
                       “It made things worse: 0 of 3 pods are ready.”
                       * Undo { plan: "INC-7.2" }
            250   s  undone -> diagnosing
                       “It was taken back.”
                       conclude INC-7.2: Worse
                       learn crash rollout_undo Worse after 0 s
                       * Diagnose { round: 3 }
            250   s  a cause is found -> deciding
                       * Plan { number: 3 }
            250   s  planned, allow -> granted
                       “Will scale Deployment shop/checkout: allow by the row confident-and-low.”
            250   s  time -> acting
                       * Act { plan: "INC-7.3" }
            250   s  done -> verifying
                       “Did scale Deployment shop/checkout; looks whether it helps.”
            370   s  time -> verifying
                       * Measure { plan: "INC-7.3" }
            370   s  looked: Same -> escalating
                       “It did not help: 1 of 4 pods are ready.”
                       conclude INC-7.3: Same
                       learn crash scale Same after 120 s
                       signal about herself heals-failed: 3 heals of INC-7 failed in a row.
                       “Handed over to people: 3 heals in a row did not help.”
                       * escalate INC-7.escalation.0: INC-7 in prod needs people: 3 heals in a row did not help. / • Deployment shop/checkout crashes (confidence 0.82) / Tried or proposed: / • 14:13:21 UTC rollout_restart Deployment shop/checkout: 1 of 3 pods are ready / • 14:15:30 UTC rollout_undo Deployment shop/checkout: it made things worse and was taken back / • 14:17:30 UTC scale Deployment shop/checkout: 1 of 4 pods are ready
            370   s  nobody was told -> escalating
                       “Nobody could be told yet: slack:C1 did not take it.”
            375   s  time -> escalating
                       * escalate INC-7.escalation.0: INC-7 in prod needs people: 3 heals in a row did not help. / • Deployment shop/checkout crashes (confidence 0.82) / Tried or proposed: / • 14:13:21 UTC rollout_restart Deployment shop/checkout: 1 of 3 pods are ready / • 14:15:30 UTC rollout_undo Deployment shop/checkout: it made things worse and was taken back / • 14:17:30 UTC scale Deployment shop/checkout: 1 of 4 pods are ready
            375   s  told -> escalated
                       “People were told at slack:C2.”
        "#]],
    );
}

#[test]
fn over_by_itself_before_anybody_answered() {
    let mut life = waiting();
    let mut quiet = sight(State::WaitingForApproval);
    quiet.quiet_since = Some(after(40));
    life.at(42).seen("no signal fires", quiet).at(160).tick().put("shown", Input::Shown);
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, ask -> waiting
                       “Asks to rollout_restart Deployment shop/checkout: ask by the row confident-and-low.”
                       * Ask { approval: "INC-7.1" }
            1     s  asked -> waiting
                       * LookAtApproval { approval: "INC-7.1" }
            42    s  no signal fires -> quiet
                       withdraw INC-7.1: The signals are over by themselves.
                       “No signal fires any more; nothing is begun.”
            160   s  time -> resolved
                       “Resolved by itself: nothing was done.”
                       write up
            160   s  shown -> resolved
        "#]],
    );
}

#[test]
fn a_person_takes_it_while_an_action_is_under_way() {
    let mut life = verifying();
    let mut claimed = sight(State::Verifying);
    claimed.owner = Some("slack:U1".to_owned());
    life.seen("claimed", claimed).at(132).measured(Outcome::Same, "1 of 3 pods are ready");
    life.at(140).seen("released", sight(State::Verifying)).tick();
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            1     s  time -> acting
                       * Act { plan: "INC-7.1" }
            3     s  done -> verifying
                       “Did rollout_restart Deployment shop/checkout; looks whether it helps.”
            12    s  time -> verifying
                       * Measure { plan: "INC-7.1" }
            12    s  claimed -> verifying
            132   s  looked: Same -> handed
                       “It did not help: 1 of 3 pods are ready.”
                       conclude INC-7.1: Same
                       learn crash rollout_restart Same after 130 s
            140   s  released -> open
                       “Nobody has it any more.”
            140   s  time -> diagnosing
                       * Diagnose { round: 2 }
        "#]],
    );
}

#[test]
fn a_shadow_tells_and_does_nothing() {
    let mut life = Life::new(Mode::Shadow);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow).at(3_700).tick();
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, allow -> watching
                       “Would rollout_restart Deployment shop/checkout (allow): allow by the row confident-and-low. Nothing is done: Scarlet only watches here.”
            3700  s  time -> watching
        "#]],
    );
}

#[test]
fn what_was_under_way_when_the_process_was_killed_is_asked_after_and_never_repeated() {
    let mut life = Life::new(Mode::Live);
    life.tick().at(1).diagnosed().planned(Action::RolloutRestart, Verdict::Allow).tick();
    life.at(60).put("another process takes over", Input::TakenOver);
    life.ended("it never began", End::NeverBegun { why: "the journal does not know it".to_owned() });
    life.at(71).tick().planned(Action::RolloutRestart, Verdict::Allow).tick();
    told(
        &life,
        &expect![[r#"
            0     s  time -> diagnosing
                       * Diagnose { round: 1 }
            1     s  a cause is found -> deciding
                       “Most likely: Deployment shop/checkout crashes (confidence 0.82).”
                       * Plan { number: 1 }
            1     s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            1     s  time -> acting
                       * Act { plan: "INC-7.1" }
            60    s  another process takes over -> acting
                       * AskAfter { plan: "INC-7.1" }
            60    s  it never began -> resting
                       “Nothing was done: the journal does not know it.”
            71    s  time -> deciding
                       * Plan { number: 2 }
            71    s  planned, allow -> granted
                       “Will rollout_restart Deployment shop/checkout: allow by the row confident-and-low.”
            71    s  time -> acting
                       * Act { plan: "INC-7.2" }
        "#]],
    );
}

#[test]
fn what_had_just_begun_was_handed_to_people_because_the_first_looks_saw_too_little() {
    let mut life = Life::new(Mode::Live);
    life.tick();
    for at in [2, 30, 60, 120] {
        let round = life.heal.diagnoses;
        let found = Ok(Box::new(Diagnosis { hypotheses: Vec::new(), missing: 2, ..*diagnosis(life.now) }));
        life.put("no cause is found", Input::Diagnosed { round, found });
        life.at(at).tick();
    }
    told(
        &life,
        &expect![[r#"
        0     s  time -> diagnosing
                   * Diagnose { round: 1 }
        0     s  no cause is found -> open
                   “No rule knows a cause. 2 looks were not possible.”
        2     s  time -> open
        2     s  no cause is found -> open
        30    s  time -> diagnosing
                   * Diagnose { round: 2 }
        30    s  no cause is found -> open
        60    s  time -> diagnosing
                   * Diagnose { round: 3 }
        60    s  no cause is found -> escalating
                   “Handed over to people: no cause was found.”
                   * escalate INC-7.escalation.0: INC-7 in prod needs people: no cause was found. / Nothing was done.
        120   s  time -> escalating
                   * escalate INC-7.escalation.0: INC-7 in prod needs people: no cause was found. / Nothing was done.
    "#]],
    );
}
