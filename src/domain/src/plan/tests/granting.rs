//! Who makes a granted plan, of what.

use super::*;

fn person(id: &str) -> crate::person::Person {
    let stored = json!({"id": id, "name": id, "standing": "member", "role": "approver", "groups": []});
    serde_json::from_value(stored).unwrap()
}

/// An approval of a plan that so many people have given, and the executor has taken over, unless `is_started` says no.
fn approval(plan: &Plan, people_needed: u32, is_started: bool) -> Approval {
    let asking = Asking {
        id: "a1".to_owned(),
        incident: Some(plan.incident.clone()),
        shown: plan.shown(&decision(Verdict::Ask)),
        proposer: plan.proposer.clone(),
        permitted: Permitted {
            people: BTreeSet::new(),
            groups: BTreeSet::new(),
            role: Some(Role::Approver),
            people_needed,
        },
        expires_at: plan.expires_at,
    };
    let mut approval = Approval::ask(asking, now()).unwrap();
    for id in ["ann", "bob"].iter().take(people_needed as usize) {
        let digest = approval.plan.clone();
        let (next, _) = approval::vote(&approval, &person(id), &digest, approval::Choice::Approve, now());
        approval = next.unwrap();
    }
    if is_started { approval::start(&approval, now() + TimeDelta::seconds(10)).unwrap() } else { approval }
}

#[test]
fn only_an_allowed_plan_is_granted_by_the_policy() {
    let case = named("scale up");
    for verdict in [Verdict::Schedule, Verdict::Ask, Verdict::Escalate, Verdict::Deny] {
        let not = reviewed(&case).grant_by_decision(&decided(&case, verdict)).unwrap_err();
        assert_eq!(not.why, Refusal::NotAllowed(verdict));
        assert_eq!(not.reviewed.plan(), &case.plan);
    }
    let granted = reviewed(&case).grant_by_decision(&decided(&case, Verdict::Allow)).unwrap();
    assert_eq!(granted.by(), &By::Policy("row 7".to_owned()));
    assert_eq!((granted.plan(), granted.digest()), (&case.plan, case.plan.digest().as_str()));
    assert_eq!((granted.forward(), granted.backward()), (Some(&case.plan.call), case.plan.undo.as_ref()));
    assert!(granted.is_automatic());
    assert!(!granted.is_expired(case.plan.expires_at - TimeDelta::seconds(1)));
    assert!(granted.is_expired(case.plan.expires_at));
}

#[test]
fn no_decision_grants_what_is_tainted_or_hard_to_undo() {
    for field in [Field::Object, Field::Action, Field::Arguments, Field::Reason] {
        let mut case = named("scale up");
        case.plan.tainted = BTreeSet::from([field]);
        let not = reviewed(&case).grant_by_decision(&decided(&case, Verdict::Allow)).unwrap_err();
        assert_eq!(not.why, Refusal::Tainted);
    }
    let hard = named("delete a job");
    let not = reviewed(&hard).grant_by_decision(&decided(&hard, Verdict::Allow)).unwrap_err();
    assert_eq!(not.why, Refusal::HardToUndo);
}

#[test]
fn a_decision_whose_gates_say_more_than_its_verdict_grants_nothing() {
    let gate = json!({"gate": "freeze", "verdict": "deny", "why": "frozen", "people_needed": 1});
    let case = named("scale up");
    let mut stored = serde_json::to_value(decided(&case, Verdict::Allow)).unwrap();
    stored["gates"] = json!([gate]);
    let decision: Decision = serde_json::from_value(stored).unwrap();
    let not = reviewed(&case).grant_by_decision(&decision).unwrap_err();
    assert_eq!(not.why, Refusal::NotAllowed(Verdict::Deny));
}

#[test]
fn a_decision_on_another_plan_grants_nothing() {
    let (case, other) = (named("scale up"), named("restart"));
    for decision in [decided(&other, Verdict::Allow), decision(Verdict::Allow)] {
        let not = reviewed(&case).grant_by_decision(&decision).unwrap_err();
        assert_eq!(not.why, Refusal::OtherDecision);
    }
}

#[test]
fn an_approval_grants_the_plan_that_it_was_asked_for() {
    let case = named("scale down");
    let granted = reviewed(&case).grant_by_approval(&approval(&case.plan, 1, true), now()).unwrap();
    assert_eq!(granted.by(), &By::Approval("a1".to_owned()));
    assert!(!granted.is_automatic());
    let job = named("delete a job");
    assert!(reviewed(&job).grant_by_approval(&approval(&job.plan, 2, true), now()).is_ok());
}

#[test]
fn an_approval_of_anything_else_grants_nothing() {
    let case = named("scale down");
    let refused = |approval: &Approval, at| reviewed(&case).grant_by_approval(approval, at).unwrap_err().why;
    let mut other = case.plan.clone();
    other.reason.push('.');
    assert_eq!(refused(&approval(&other, 1, true), now()), Refusal::OtherPlan("a1".to_owned()));
    let mut retold = approval(&case.plan, 1, true);
    retold.shown.summary = "harmless".to_owned();
    assert_eq!(refused(&retold, now()), Refusal::OtherPlan("a1".to_owned()), "what was shown was changed");
    let mut unbound = approval(&case.plan, 1, true);
    unbound.shown.plan = String::new();
    unbound.plan = unbound.shown.digest();
    assert_eq!(refused(&unbound, now()), Refusal::OtherPlan("a1".to_owned()), "an approval that names no plan");
    let waiting = approval(&case.plan, 1, false);
    assert_eq!(refused(&waiting, now()), Refusal::NotStarted { id: "a1".to_owned(), state: State::Granted });
    for state in [State::Pending, State::Rejected, State::Expired, State::Withdrawn] {
        let ended = Approval { state, ..approval(&case.plan, 1, true) };
        assert_eq!(refused(&ended, now()), Refusal::NotStarted { id: "a1".to_owned(), state });
    }
    let forged = Approval { votes: Vec::new(), ..approval(&case.plan, 1, true) };
    let few = Refusal::TooFewPeople { id: "a1".to_owned(), given: 0, needed: 1 };
    assert_eq!(refused(&forged, now()), few);
    let expires_at = case.plan.expires_at;
    assert_eq!(refused(&approval(&case.plan, 1, true), expires_at), Refusal::Expired(expires_at));
}

#[test]
fn what_is_hard_to_undo_takes_two_people_whatever_the_approval_asks() {
    let case = named("delete a job");
    let not = reviewed(&case).grant_by_approval(&approval(&case.plan, 1, true), now()).unwrap_err();
    assert_eq!(not.why, Refusal::TooFewPeople { id: "a1".to_owned(), given: 1, needed: 2 });
}

#[test]
fn after_a_crash_an_action_is_only_taken_back_and_only_by_its_own_record() {
    let plan = named("scale up").plan;
    let open = OpenAction { action: "x1".to_owned(), stage: Stage::Begun, sequence: 7, since: now(), on: None };
    let intent = |action: &str, digest: String| {
        Record::new(now(), Kind::ActionIntent, Actor::default()).of_action(action).with(DIGEST_DETAIL, digest)
    };
    let granted = Granted::to_take_back(plan.clone(), &open, &intent("x1", plan.digest())).unwrap();
    assert_eq!((granted.forward(), granted.backward()), (None, plan.undo.as_ref()));
    assert_eq!(granted.by(), &By::Journal("x1".to_owned()));
    let mut other = plan.clone();
    other.undo.as_mut().unwrap().tool = "drain".to_owned();
    assert!(Granted::to_take_back(other, &open, &intent("x1", plan.digest())).is_none(), "a plan that was changed");
    assert!(Granted::to_take_back(plan.clone(), &open, &intent("x2", plan.digest())).is_none(), "another action");
    let only_meant = OpenAction { stage: Stage::Intended, ..open.clone() };
    assert!(
        Granted::to_take_back(plan.clone(), &only_meant, &intent("x1", plan.digest())).is_none(),
        "no effect had begun"
    );
    let mut ended = intent("x1", plan.digest());
    ended.kind = Kind::ActionEnded;
    assert!(Granted::to_take_back(plan, &open, &ended).is_none(), "a record of another kind");
    let job = named("delete a job").plan;
    let record = intent("x1", job.digest());
    assert!(Granted::to_take_back(job, &open, &record).is_none(), "nothing takes it back");
}
