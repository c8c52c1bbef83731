//! The sentences that people are told, to be read in review.

use super::*;
use expect_test::expect;

#[test]
fn every_outcome_says_what_happened_or_why_nothing_did() {
    let one_of_two = said(&pending(2), "ann", Choice::Approve, 60_000);
    let granted = granted(1, 60_000);
    let rejected = said(&pending(1), "ann", Choice::Reject, 60_000);
    let started = start(&granted, after(90_000)).unwrap();
    let expired = expire(&pending(1), after(LASTS)).unwrap();
    let withdrawn = withdraw(&pending(1), "replaced", after(1)).unwrap();
    let cases = [
        (Outcome::Counted, &one_of_two),
        (Outcome::Granted, &granted),
        (Outcome::Rejected, &rejected),
        (Outcome::TakenBack, &pending(2)),
        (Outcome::SaidBefore, &one_of_two),
        (Outcome::NothingToTakeBack, &one_of_two),
        (Outcome::IsProgram, &one_of_two),
        (Outcome::NotPermitted, &one_of_two),
        (Outcome::IsProposer, &one_of_two),
        (Outcome::OtherPlan, &one_of_two),
        (Outcome::Expired, &expired),
        (Outcome::Expired, &one_of_two),
        (Outcome::Decided, &granted),
        (Outcome::Decided, &started),
        (Outcome::Decided, &rejected),
        (Outcome::Decided, &withdrawn),
        (Outcome::ClockBehind, &one_of_two),
    ];
    let told: Vec<String> =
        cases.iter().map(|(outcome, approval)| format!("{outcome:?}: {}\n", outcome.told(approval))).collect();
    expect![[r#"
        Counted: Your approval counts. 1 of 2 approvals are given; one more person is needed.
        Granted: Approved. It begins 10 seconds after this approval; until it has begun you can take your word back.
        Rejected: Rejected: it will not be done. A new plan would be asked for anew.
        TakenBack: Your approval is taken back: nothing begins. 0 of 2 approvals are given; 2 more people are needed.
        SaidBefore: Nothing was changed: you said the same before, and each person has one word.
        NothingToTakeBack: Nothing was changed: there is no such word of yours on this plan that could be taken back.
        IsProgram: Nothing was changed: programs may not decide.
        NotPermitted: You may not decide this: it takes approvers or people who are named for it or members of groups that are named for it. Nothing was changed.
        IsProposer: Nothing was changed: you proposed this and approved it already; the other approval must come from somebody else.
        OtherPlan: Nothing was changed: the plan that you were shown is not the one that would be carried out. Look at the newest message about it.
        Expired: Nothing was changed: this has expired. If it is still needed, it must be planned and asked for anew.
        Expired: Nothing was changed: it is too late to approve this: it would expire before it could begin. It can still be rejected.
        Decided: Nothing was changed: this is approved already and begins in a moment. It can still be rejected.
        Decided: Nothing was changed: this has begun already and cannot be taken back here any more.
        Decided: Nothing was changed: this was rejected already, and stays so.
        Decided: Nothing was changed: this plan was replaced or is not needed any more.
        ClockBehind: Nothing was changed: the clock of the machine that runs me is behind. Ask an operator to look at its time, or try again in a minute.
    "#]].assert_eq(&told.concat());
}

#[test]
fn who_may_is_told_as_it_is_set() {
    let mut approval = pending(1);
    let mut told = |change: fn(&mut Permitted)| {
        change(&mut approval.permitted);
        Outcome::NotPermitted.told(&approval)
    };
    assert_eq!(
        told(|permitted| permitted.groups.clear()),
        "You may not decide this: it takes approvers or people who are named for it. Nothing was changed."
    );
    assert_eq!(
        told(|permitted| permitted.people.clear()),
        "You may not decide this: it takes approvers. Nothing was changed."
    );
    assert_eq!(
        told(|permitted| permitted.role = Some(Role::Admin)),
        "You may not decide this: it takes admins. Nothing was changed."
    );
    assert_eq!(
        told(|permitted| permitted.role = None),
        "You may not decide this: nobody is named for it. Nothing was changed."
    );
}
