//! Incidents: who may do what, which state follows which, what is worse, and the draft of the post-mortem.

mod post_mortem;

use super::*;
use crate::person::{Person, Role, Standing};
use chrono::TimeDelta;
use std::collections::BTreeSet;

fn fixture() -> Incident {
    serde_json::from_str(include_str!("../../../slack_view/tests/fixtures/incident_open.json")).unwrap()
}

fn person(id: &str, role: Role) -> Person {
    let (id, groups) = (id.to_owned(), BTreeSet::new());
    Person { name: id.clone(), id, standing: Standing::Member, role: Some(role), groups, zone: None }
}

fn now() -> DateTime<Utc> {
    "2026-09-14T09:30:00Z".parse().unwrap()
}

fn in_state(state: State, owner: Option<&str>) -> Incident {
    Incident { state, owner: owner.map(str::to_owned), ..fixture() }
}

fn why(text: &str) -> String {
    text.to_owned()
}

#[test]
fn only_an_approver_has_an_action_taken_back_and_only_while_one_is_under_way() {
    let wish = Deed::TakeBack { plan: Some("INC-7.1".to_owned()), why: why("the queue\n grows") };
    let done = |state, role| act(&in_state(state, None), &person("bob", role), &wish, now());
    for role in [Role::Viewer, Role::Responder] {
        let refused = Err(Refusal::NotPermitted { person: "bob".to_owned(), role: Role::Approver });
        assert_eq!(done(State::Verifying, role), refused);
    }
    for state in State::ALL {
        let expected = match state {
            State::Acting | State::Verifying | State::Escalated => None,
            State::Resolved | State::Closed => Some(Refusal::Over),
            _ => Some(Refusal::NothingUnderWay),
        };
        assert_eq!(done(state, Role::Approver).err(), expected, "{state:?}");
    }
    let wished = done(State::Verifying, Role::Approver).unwrap();
    let kept = wished.taking_back.as_ref().unwrap();
    assert_eq!((kept.by.as_str(), kept.plan.as_deref()), ("bob", Some("INC-7.1")));
    assert_eq!(wished.timeline.last().unwrap().text, "wants the action taken back: the queue grows");
    assert_eq!(wished.state, State::Verifying, "Scarlet is still at it");
    let again = act(&wished, &person("ann", Role::Approver), &wish, now());
    assert_eq!(again, Err(Refusal::SaidBefore));
}

#[test]
fn only_responders_and_above_of_the_house_do_anything() {
    let deeds = [Deed::Claim, Deed::Release, Deed::Resolve(why("over")), Deed::Escalate(why("help"))];
    let refused = Err(Refusal::NotPermitted { person: "bob".to_owned(), role: Role::Responder });
    for deed in &deeds {
        let incident = in_state(State::Diagnosing, matches!(deed, Deed::Release).then_some("bob"));
        let done = |person: &Person| act(&incident, person, deed, now()).map(|_| ());
        for (role, may) in [(Role::Viewer, false), (Role::Responder, true), (Role::Approver, true), (Role::Admin, true)]
        {
            assert_eq!(done(&person("bob", role)).is_ok(), may, "{deed:?} {role:?}");
        }
        let nobody = [
            Person { role: None, ..person("bob", Role::Viewer) },
            Person { standing: Standing::Bot, ..person("bob", Role::Admin) },
            Person { standing: Standing::Unknown, ..person("bob", Role::Admin) },
        ];
        for person in &nobody {
            assert_eq!(done(person), refused, "{deed:?} {person:?}");
        }
    }
}

#[test]
fn what_is_done_to_whom_it_belongs_to() {
    let bob = person("bob", Role::Responder);
    let admin = person("eve", Role::Admin);
    let has = |owner: &str| Err(Refusal::HasOwner { owner: owner.to_owned() });
    let free = |owner: Option<&str>| Ok(owner.map(str::to_owned));
    let cases = [
        ("a free incident is taken", None, &bob, Deed::Claim, free(Some("bob"))),
        ("one's own is not taken again", Some("bob"), &bob, Deed::Claim, Err(Refusal::SaidBefore)),
        ("another's is not taken", Some("ann"), &bob, Deed::Claim, has("ann")),
        ("nor by an admin", Some("ann"), &admin, Deed::Claim, has("ann")),
        ("one's own is given back", Some("bob"), &bob, Deed::Release, free(None)),
        ("a free one is not given back", None, &bob, Deed::Release, Err(Refusal::SaidBefore)),
        ("another's is not given back", Some("ann"), &bob, Deed::Release, has("ann")),
        ("save by an admin", Some("ann"), &admin, Deed::Release, free(None)),
        ("another's is resolved", Some("ann"), &bob, Deed::Resolve(why("it went away")), free(Some("ann"))),
        ("another's is escalated", Some("ann"), &bob, Deed::Escalate(why("too big")), free(Some("ann"))),
        ("a reason is needed to resolve", None, &bob, Deed::Resolve(why(" \n ")), Err(Refusal::NoReason)),
        ("a reason is needed to escalate", None, &bob, Deed::Escalate(why("")), Err(Refusal::NoReason)),
    ];
    for (name, owner, person, deed, wanted) in cases {
        let done = act(&in_state(State::Open, owner), person, &deed, now());
        assert_eq!(done.map(|next| next.owner), wanted, "{name}");
    }
}

#[test]
fn what_is_over_is_left_alone_and_what_is_escalated_is_still_to_be_ended() {
    let bob = person("bob", Role::Responder);
    for state in State::ALL {
        let done = act(&in_state(state, None), &bob, &Deed::Resolve(why("fixed")), now());
        match state {
            State::Resolved | State::Closed => assert_eq!(done, Err(Refusal::Over)),
            _ => {
                let next = done.unwrap();
                assert_eq!((next.state, next.resolved_at, &next.pending), (State::Resolved, Some(now()), &None));
                assert!(state.may_become(next.state));
            }
        }
        let handed = act(&in_state(state, None), &bob, &Deed::Escalate(why("help")), now());
        match state {
            State::Resolved | State::Closed => assert_eq!(handed, Err(Refusal::Over)),
            State::Escalated => assert_eq!(handed, Err(Refusal::SaidBefore)),
            _ => {
                let next = handed.unwrap();
                assert!(next.state == State::Escalated && next.pending.is_some() && state.may_become(next.state));
            }
        }
    }
}

#[test]
fn the_timeline_tells_who_did_what_on_one_line_and_without_secrets() {
    let bob = person("slack:U9BOB", Role::Responder);
    let reason = "rolled back\n\n# by hand, with token xoxb-123456789012-abcdefghijklmnop";
    let next = act(&fixture(), &bob, &Deed::Resolve(reason.to_owned()), now()).unwrap();
    let told = next.timeline.last().unwrap();
    assert_eq!((told.actor.as_str(), told.at), ("slack:U9BOB", now()));
    assert_eq!(told.text, "resolved it: rolled back # by hand, with token [redacted]");
    assert_eq!(next.timeline.len(), fixture().timeline.len() + 1);
}

#[test]
fn a_clock_that_is_behind_does_not_turn_the_timeline_round() {
    let bob = person("bob", Role::Responder);
    let incident = in_state(State::Open, None);
    let next = act(&incident, &bob, &Deed::Claim, incident.changed_at - TimeDelta::hours(1)).unwrap();
    assert_eq!(next.changed_at, incident.changed_at);
    assert!(next.timeline.is_sorted_by_key(|happening| happening.at));
}

#[test]
fn a_timeline_has_an_end_and_keeps_how_it_began() {
    let mut incident = fixture();
    let first = incident.timeline[0].clone();
    for number in 0..3_000 {
        incident.note("scarlet", &format!("{number}"), now());
    }
    assert_eq!(incident.timeline.len(), 1_000);
    assert_eq!(incident.timeline[0], first);
    assert_eq!(incident.timeline[999].text, "2999");
    incident.note("scarlet", &"x".repeat(100_000), now());
    assert!(incident.timeline[999].text.chars().count() < 700);
}

#[test]
fn which_state_may_follow_which() {
    let told: Vec<String> = State::ALL
        .iter()
        .map(|state| {
            let next: Vec<&str> =
                State::ALL.iter().filter(|next| state.may_become(**next)).map(|next| next.name()).collect();
            let next = if next.is_empty() { "nothing".to_owned() } else { next.join(" ") };
            format!("{} -> {next}\n", state.name())
        })
        .collect();
    expect_test::expect![[r#"
        open -> diagnosing escalated resolved
        diagnosing -> deciding escalated resolved
        deciding -> diagnosing waiting_for_approval acting escalated resolved
        waiting_for_approval -> diagnosing deciding acting escalated resolved
        acting -> deciding verifying escalated resolved
        verifying -> diagnosing escalated resolved
        escalated -> resolved
        resolved -> closed
        closed -> nothing
    "#]]
    .assert_eq(&told.concat());
}

#[test]
fn the_name_of_a_state_is_what_is_stored() {
    for state in State::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.name());
    }
}

#[test]
fn the_worst_is_looked_at_first() {
    let incident = |id: &str, severity, impact, minutes| Incident {
        id: id.to_owned(),
        severity,
        impact,
        opened_at: now() - TimeDelta::minutes(minutes),
        ..fixture()
    };
    let mut all = [
        incident("e", Severity::Low, Impact::High, 90),
        incident("d", Severity::High, Impact::Low, 5),
        incident("c", Severity::High, Impact::High, 5),
        incident("b", Severity::High, Impact::High, 10),
        incident("a", Severity::Critical, Impact::Low, 1),
        incident("f", Severity::Low, Impact::High, 90),
    ];
    all.sort_by(Incident::worst_first);
    assert_eq!(all.map(|incident| incident.id), ["a", "b", "c", "d", "e", "f"]);
}

#[test]
fn a_duration_ends_with_the_incident_and_is_never_negative() {
    let open = fixture();
    assert_eq!(open.duration(now()), TimeDelta::seconds(17 * 60 + 30));
    assert_eq!(open.duration(open.opened_at - TimeDelta::hours(1)), TimeDelta::zero());
    let over = Incident { resolved_at: Some(open.opened_at + TimeDelta::minutes(3)), ..open };
    assert_eq!(over.duration(now()), TimeDelta::minutes(3));
}
