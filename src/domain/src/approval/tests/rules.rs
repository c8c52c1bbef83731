//! Rules that are no word of a person: asking, the digest, starting, expiring, withdrawing.

use super::*;

#[test]
fn the_digest_is_over_every_part_of_the_plan() {
    type Change = (&'static str, fn(&mut ShownPlan));
    let changes: [Change; 15] = [
        ("environment", |plan| plan.environment = "staging".to_owned()),
        ("kind", |plan| plan.object.kind = "StatefulSet".to_owned()),
        ("namespace", |plan| plan.object.namespace = None),
        ("name", |plan| plan.object.name = "cart".to_owned()),
        ("resource_version", |plan| plan.resource_version = "8".to_owned()),
        ("action", |plan| plan.action = "restart".to_owned()),
        ("summary", |plan| plan.summary.push('.')),
        ("arguments", |plan| plan.arguments = "{}".to_owned()),
        ("diff", |plan| plan.diff.clear()),
        ("blast_radius", |plan| plan.blast_radius = "4 pods".to_owned()),
        ("success_check", |plan| plan.success_check.clear()),
        ("undo", |plan| plan.undo.clear()),
        ("confidence", |plan| plan.confidence = 871),
        ("rule", |plan| plan.rule = "row 8".to_owned()),
        ("plan", |plan| plan.plan = "0".repeat(64)),
    ];
    let mut digests = BTreeSet::from([plan("7").digest()]);
    for (name, change) in changes {
        let mut other = plan("7");
        change(&mut other);
        assert!(digests.insert(other.digest()), "{name} is not in the digest");
    }
    assert!(digests.iter().all(|digest| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())));
}

#[test]
fn the_digest_is_of_the_plan_as_it_is_stored() {
    let stored = serde_json::to_value(plan("7")).unwrap();
    let text = crate::chain::canonical_json(&stored);
    use sha2::Digest as _;
    assert_eq!(plan("7").digest(), crate::chain::hexadecimal(&sha2::Sha256::digest(text)));
}

#[test]
fn a_fixture_of_the_views_is_an_approval_that_holds() {
    let text = include_str!("../../../../slack_view/tests/fixtures/approval_pending.json");
    let approval: Approval = serde_json::from_str(text).unwrap();
    assert_eq!(approval.shown.digest(), approval.plan);
    assert_eq!(approval.missing(), 1);
}

#[test]
fn nobody_is_asked_what_nobody_could_grant_or_nobody_would_have_to() {
    let with = |change: fn(&mut Asking)| {
        let mut asked = asking(2);
        change(&mut asked);
        Approval::ask(asked, asked_at()).map(|approval| approval.state)
    };
    let few = |permitted| Err(AskError::TooFewPermitted { needed: 2, permitted });
    assert_eq!(with(|_| ()), Ok(State::Pending));
    assert_eq!(with(|asked| asked.id.clear()), Err(AskError::NoId));
    assert_eq!(with(|asked| asked.permitted.people_needed = 0), Err(AskError::NobodyNeeded));
    assert_eq!(
        with(|asked| asked.permitted =
            Permitted { people: BTreeSet::new(), groups: BTreeSet::new(), role: None, people_needed: 2 }),
        few(0)
    );
    assert_eq!(
        with(|asked| {
            asked.permitted.groups.clear();
            asked.permitted.role = None;
            asked.permitted.people = ["ann".to_owned()].into();
        }),
        few(1)
    );
    assert_eq!(with(|asked| asked.permitted.people.clear()), Ok(State::Pending), "a group or a role may have many");
    assert_eq!(with(|asked| asked.expires_at = after(COUNTDOWN)), Err(AskError::TooShort { seconds: 10 }));
    assert_eq!(with(|asked| asked.expires_at = after(-1_000)), Err(AskError::TooShort { seconds: -1 }));
    assert_eq!(with(|asked| asked.expires_at = after(COUNTDOWN + 1)), Ok(State::Pending));
}

#[test]
fn a_start_needs_all_that_was_granted() {
    let at = COUNTDOWN + 60_000;
    let good = granted(2, 60_000);
    let with = |change: fn(&mut Approval), now: i64| {
        let mut approval = good.clone();
        change(&mut approval);
        start(&approval, after(now))
    };
    assert_eq!(
        with(|_| (), at).map(|started| (started.state, started.starts_at)),
        Ok((State::Started, good.starts_at))
    );
    assert_eq!(with(|_| (), at - 1), Err(NotStarted::TooEarly { starts_at: after(at) }));
    assert_eq!(with(|_| (), LASTS - 1).map(|started| started.state), Ok(State::Started));
    assert_eq!(with(|_| (), LASTS), Err(NotStarted::Expired { expires_at: after(LASTS) }));
    assert_eq!(with(|_| (), 54_999), Err(NotStarted::ClockBehind { seen_at: after(60_000) }));
    assert_eq!(with(|approval| approval.votes.truncate(1), at), Err(NotStarted::NotEnough));
    assert_eq!(with(|approval| approval.votes[1].person = "ann".to_owned(), at), Err(NotStarted::NotEnough));
    assert_eq!(with(|approval| approval.votes[1].choice = Choice::Reject, at), Err(NotStarted::NotEnough));
    assert_eq!(
        with(
            |approval| approval.votes.push(Vote { person: "cat".to_owned(), choice: Choice::Reject, at: after(0) }),
            at
        ),
        Err(NotStarted::NotEnough)
    );
    assert_eq!(with(|approval| approval.shown.diff.clear(), at), Err(NotStarted::OtherPlan));
    assert_eq!(with(|approval| approval.starts_at = None, at), Err(NotStarted::NotGranted { state: State::Granted }));
    for state in [State::Pending, State::Started, State::Rejected, State::Expired, State::Withdrawn] {
        let approval = Approval { state, ..good.clone() };
        assert_eq!(start(&approval, after(at)), Err(NotStarted::NotGranted { state }));
    }
}

#[test]
fn a_plan_that_was_changed_where_it_is_kept_is_approved_by_nobody() {
    let mut approval = pending(1);
    approval.shown.arguments = r#"{"name":"payment"}"#.to_owned();
    for digest in [approval.plan.clone(), approval.shown.digest()] {
        let told = vote(&approval, &person("ann"), &digest, Choice::Approve, after(1_000));
        assert_eq!(told, (None, Outcome::OtherPlan));
    }
}

#[test]
fn it_expires_at_its_end_and_only_from_where_it_can_still_be_decided() {
    for (approval, why) in [
        (pending(1), "Not enough people approved it in time."),
        (granted(1, 60_000), "It was approved, but did not begin in time."),
    ] {
        assert_eq!(expire(&approval, after(LASTS - 1)), None);
        let expired = expire(&approval, after(LASTS)).unwrap();
        assert_eq!((expired.state, expired.starts_at, expired.ended.as_deref()), (State::Expired, None, Some(why)));
        assert_eq!(expire(&expired, after(LASTS)), None);
    }
    let started = start(&granted(1, 60_000), after(90_000)).unwrap();
    assert_eq!(expire(&started, after(LASTS)), None);
}

#[test]
fn what_has_begun_is_not_withdrawn_and_a_reason_holds_no_secret() {
    let started = start(&granted(1, 60_000), after(90_000)).unwrap();
    assert_eq!(withdraw(&started, "too late", after(91_000)), None);
    let withdrawn = withdraw(&granted(1, 60_000), " password=hunter22hunter22 was in it ", after(61_000)).unwrap();
    assert_eq!((withdrawn.state, withdrawn.starts_at), (State::Withdrawn, None));
    let why = withdrawn.ended.unwrap();
    assert!(why.ends_with("was in it") && !why.contains("hunter22"), "{why}");
}

#[test]
fn a_yes_that_is_taken_back_leaves_the_others_and_can_be_said_again() {
    let granted = granted(2, 60_000);
    let (back, _) = take_back(&granted, &person("ann"), &granted.plan, Choice::Approve, after(61_000));
    let back = back.unwrap();
    assert_eq!((back.state, back.starts_at, back.approvers()), (State::Pending, None, vec!["ben"]));
    let again = said(&back, "ann", Choice::Approve, 70_000);
    assert_eq!((again.state, again.starts_at), (State::Granted, Some(after(70_000 + COUNTDOWN))));
    assert_eq!(again.approvers(), ["ben", "ann"]);
}

#[test]
fn whoever_lost_the_permission_still_takes_their_yes_back() {
    let mut granted = granted(1, 60_000);
    granted.permitted.people.clear();
    let (back, outcome) = take_back(&granted, &person("ann"), &granted.plan, Choice::Approve, after(61_000));
    assert_eq!((back.map(|back| back.state), outcome), (Some(State::Pending), Outcome::TakenBack));
}

#[test]
fn a_role_below_that_of_an_approver_does_not_approve_even_where_it_is_named() {
    let mut approval = pending(1);
    approval.permitted =
        Permitted { people: BTreeSet::new(), groups: BTreeSet::new(), role: Some(Role::Viewer), people_needed: 1 };
    for (role, may) in [(Role::Viewer, false), (Role::Responder, false), (Role::Approver, true), (Role::Admin, true)] {
        let person = Person { role: Some(role), ..person("dan") };
        assert_eq!(approval.permitted.permits(&person), may, "{role:?}");
    }
}

#[test]
fn only_those_who_are_named_may_where_no_role_is() {
    let mut approval = pending(1);
    approval.permitted.role = None;
    let admin = Person { role: Some(Role::Admin), ..person("eve") };
    assert_eq!(vote(&approval, &admin, &approval.plan, Choice::Approve, after(1_000)), (None, Outcome::NotPermitted));
}

#[test]
fn nobody_needed_in_a_stored_value_is_one_person_needed() {
    let mut approval = pending(1);
    approval.permitted.people_needed = 0;
    assert_eq!(
        start(&Approval { state: State::Granted, starts_at: Some(after(0)), ..approval.clone() }, after(1_000)),
        Err(NotStarted::NotEnough)
    );
    assert_eq!(said(&approval, "ann", Choice::Approve, 1_000).state, State::Granted);
}
