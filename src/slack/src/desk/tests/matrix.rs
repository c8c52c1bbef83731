//! Slack's side of the approval matrix: who by which way, on what, when; what becomes of the approval, and what they are told.

use super::world::{World, approvers, reaction};
use chrono::TimeDelta;
use domain::approval::{Approval, Choice, Proposer, State, Vote};
use slack_view::approval::button_value;

/// By which way.
#[derive(Clone, Copy)]
enum Way {
    /// A reaction is added.
    Reacts(&'static str),
    /// A reaction is taken away.
    TakesOff(&'static str),
    /// A button is pressed.
    Presses(&'static str),
}

use Way::{Presses, Reacts, TakesOff};

struct Row {
    name: &'static str,
    user: &'static str,
    way: Way,
    /// Changes to the approval, which otherwise waits for one approver and was asked for four minutes ago.
    given: fn(&mut Approval),
    /// Seconds that pass first.
    after: i64,
    state: State,
    /// What the person is told; nothing where it is empty.
    told: &'static str,
}

fn plain(_: &mut Approval) {}

fn two(approval: &mut Approval) {
    approval.permitted.people_needed = 2;
}

fn two_by_anna(approval: &mut Approval) {
    two(approval);
    approval.proposer = Proposer::Person("slack:U1".to_owned());
}

fn vote(approval: &mut Approval, user: &str) {
    let vote = Vote { person: format!("slack:{user}"), choice: Choice::Approve, at: super::world::start() };
    approval.votes.push(vote);
}

fn two_one_said(approval: &mut Approval) {
    two(approval);
    vote(approval, "U1");
}

fn granted(approval: &mut Approval) {
    vote(approval, "U1");
    approval.state = State::Granted;
    approval.changed_at = super::world::start();
    approval.starts_at = Some(super::world::start() + TimeDelta::seconds(10));
}

fn started(approval: &mut Approval) {
    granted(approval);
    approval.state = State::Started;
}

fn ended(state: State) -> fn(&mut Approval) {
    match state {
        State::Rejected => |approval| approval.state = State::Rejected,
        State::Expired => |approval| approval.state = State::Expired,
        _ => |approval| approval.state = State::Withdrawn,
    }
}

fn only_group(approval: &mut Approval) {
    approval.permitted.role = None;
    approval.permitted.groups = ["slack:S1".to_owned()].into();
}

fn only_stranger(approval: &mut Approval) {
    approval.permitted.role = None;
    approval.permitted.people = ["slack:UX".to_owned()].into();
}

fn only_viewer(approval: &mut Approval) {
    approval.permitted.people = ["slack:U4".to_owned()].into();
}

fn row(
    name: &'static str,
    user: &'static str,
    way: Way,
    given: fn(&mut Approval),
    state: State,
    told: &'static str,
) -> Row {
    Row { name, user, way, given, after: 0, state, told }
}

fn late(row: Row, after: i64) -> Row {
    Row { after, ..row }
}

fn rows() -> Vec<Row> {
    use State::{Expired, Granted, Pending, Rejected, Started, Withdrawn};
    let not_permitted = "You may not decide this";
    vec![
        row("an approver's check mark grants", "U1", Reacts("white_check_mark"), plain, Granted, ""),
        row("an approver's plus one grants", "U1", Reacts("+1"), plain, Granted, ""),
        row("a tone of skin changes nothing", "U1", Reacts("thumbsup::skin-tone-4"), plain, Granted, ""),
        row("an approver's button grants", "U1", Presses("approve"), plain, Granted, ""),
        row("an admin approves too", "U3", Reacts("+1"), plain, Granted, ""),
        row("an approver's cross rejects", "U1", Reacts("x"), plain, Rejected, ""),
        row("an approver's minus one rejects", "U1", Reacts("-1"), plain, Rejected, ""),
        row("an approver's button rejects", "U1", Presses("reject"), plain, Rejected, ""),
        row("another sign is no word", "U1", Reacts("heavy_check_mark"), plain, Pending, ""),
        row("eyes are no word on a plan", "U1", Reacts("eyes"), plain, Pending, ""),
        row("a responder may not approve", "U2", Reacts("+1"), plain, Pending, not_permitted),
        row("a viewer may not approve", "U4", Reacts("+1"), plain, Pending, not_permitted),
        row("a viewer may not reject", "U4", Reacts("x"), plain, Pending, not_permitted),
        row("a viewer's button does nothing", "U4", Presses("approve"), plain, Pending, not_permitted),
        row("a viewer who is named may", "U4", Reacts("+1"), only_viewer, Granted, ""),
        row("a guest is told", "UG", Reacts("+1"), plain, Pending, not_permitted),
        row("a stranger is told nothing", "UX", Reacts("+1"), plain, Pending, ""),
        row("a stranger's button is answered with nothing", "UX", Presses("approve"), plain, Pending, ""),
        row("a stranger who is named may", "UX", Reacts("+1"), only_stranger, Granted, ""),
        row("a program's reaction is nothing", "UB", Reacts("+1"), plain, Pending, ""),
        row("a program's cross is nothing", "UB", Reacts("x"), plain, Pending, ""),
        row("a member of the group may", "U2", Reacts("+1"), only_group, Granted, ""),
        row("an approver outside the only group may not", "U1", Reacts("+1"), only_group, Pending, not_permitted),
        row("the first of two counts", "U1", Reacts("+1"), two, Pending, ""),
        row("the second of two grants", "U5", Reacts("+1"), two_one_said, Granted, ""),
        row(
            "the same person twice is one",
            "U1",
            Reacts("white_check_mark"),
            two_one_said,
            Pending,
            "you said the same before",
        ),
        row("the proposer is not both of two", "U1", Presses("approve"), two_by_anna, Pending, ""),
        row("a rejection wins over an approval", "U5", Reacts("x"), two_one_said, Rejected, ""),
        row("a rejection in the countdown wins", "U5", Reacts("x"), granted, Rejected, ""),
        row("one more approval in the countdown is told", "U5", Reacts("+1"), granted, Granted, "approved already"),
        row("taking the reaction off takes it back", "U1", TakesOff("+1"), granted, Pending, ""),
        row("the button takes it back", "U1", Presses("take_back"), granted, Pending, ""),
        row("nobody takes back another's word", "U5", TakesOff("+1"), granted, Granted, "no such word of yours"),
        row(
            "a viewer who takes a reaction off is told",
            "U4",
            TakesOff("+1"),
            granted,
            Granted,
            "no such word of yours",
        ),
        row("a stranger who takes a reaction off learns nothing", "UX", TakesOff("+1"), granted, Granted, ""),
        row(
            "taking off a word of another sort does nothing",
            "U1",
            TakesOff("x"),
            granted,
            Granted,
            "no such word of yours",
        ),
        row("what has begun is not taken back", "U1", TakesOff("+1"), started, Started, "begun already"),
        row("what has begun is not rejected", "U5", Reacts("x"), started, Started, "begun already"),
        row("what was rejected is not approved", "U1", Reacts("+1"), ended(Rejected), Rejected, "rejected already"),
        row(
            "what was withdrawn is not approved",
            "U1",
            Reacts("+1"),
            ended(Withdrawn),
            Withdrawn,
            "replaced or is not needed",
        ),
        row("what has expired is not approved", "U1", Presses("approve"), ended(Expired), Expired, "this has expired"),
        late(row("a minute before the end it is approved", "U1", Reacts("+1"), plain, Granted, ""), 25 * 60),
        late(
            row(
                "five seconds before the end it could not begin",
                "U1",
                Reacts("+1"),
                plain,
                Pending,
                "too late to approve",
            ),
            26 * 60 - 5,
        ),
        late(row("after the end it expires", "U1", Reacts("+1"), plain, Expired, "this has expired"), 26 * 60 + 1),
        late(
            row("after the end it is not rejected either", "U1", Presses("reject"), plain, Expired, "this has expired"),
            26 * 60 + 1,
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn every_row_of_the_matrix() {
    for row in rows() {
        check(&row).await;
    }
}

#[test]
fn the_matrix_has_at_least_forty_rows_each_with_a_name_of_its_own() {
    let names: std::collections::BTreeSet<&str> = rows().iter().map(|row| row.name).collect();
    assert!(names.len() >= 40 && names.len() == rows().len(), "{} of {}", names.len(), rows().len());
}

async fn check(row: &Row) {
    let world = World::new().await;
    world.slack.group_is("S1", &["U2"]);
    let message = world.show_approval().await;
    let mut approval = World::approval();
    (row.given)(&mut approval);
    world.approvals.put(approval);
    world.show_approval().await;
    world.passes(TimeDelta::seconds(row.after));
    match row.way {
        Reacts(name) => world.desk.handle(&reaction("r1", true, name, row.user, "C1", &message)).await.map(|_| ()),
        TakesOff(name) => world.desk.handle(&reaction("r1", false, name, row.user, "C1", &message)).await.map(|_| ()),
        Presses(action) => {
            world.press("p1", action, &button_value(&world.approvals.now("APR-5")), row.user).await;
            Ok(())
        }
    }
    .unwrap_or_else(|later| panic!("{}: {later:?}", row.name));
    let now = world.approvals.now("APR-5");
    assert_eq!(now.state, row.state, "{}: {:?}", row.name, approvers(&now));
    let mut told = world.slack.calls_of("chat.postEphemeral");
    told.extend(world.slack.calls_of("response_url"));
    assert_eq!(told.len(), usize::from(!row.told.is_empty()), "{}: {told:?}", row.name);
    assert!(told.iter().all(|call| call.said.contains(row.told)), "{}: {told:?}", row.name);
    // The message shows what became of it, and only what can still be decided has buttons.
    let wanted = world.wanted("approval:APR-5").await;
    let can_decide = matches!(now.state, State::Pending | State::Granted);
    assert_eq!(wanted.contains("action_id"), can_decide, "{}: {wanted}", row.name);
    assert_eq!(wanted.contains("take_back"), now.state == State::Granted, "{}: {wanted}", row.name);
}
