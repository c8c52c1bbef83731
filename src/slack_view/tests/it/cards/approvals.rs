//! Proposals.

use super::{ZONE, at, check, check_view, pending_approval};
use domain::approval::{Choice, Proposer, State, Vote};
use slack_view::approval::{button_value, plan_modal, read_button, render, shown_plan};
use slack_view::text_view;

fn granted() -> domain::approval::Approval {
    let mut approval = pending_approval();
    approval.votes.push(Vote { person: "slack:U03BOB".to_owned(), choice: Choice::Approve, at: at(9, 17, 30) });
    (approval.state, approval.starts_at, approval.changed_at) = (State::Granted, Some(at(9, 17, 40)), at(9, 17, 30));
    approval
}

#[test]
fn a_proposal_that_waits() {
    check("approval_pending", &render(&pending_approval(), at(9, 16, 5), ZONE));
}

#[test]
fn a_countdown_with_a_way_back() {
    check("approval_granted", &render(&granted(), at(9, 17, 33), ZONE));
    let late = text_view::message(&render(&granted(), at(9, 18, 0), ZONE));
    assert!(late.contains("Starts now"), "{late}");
}

#[test]
fn an_end_is_short_and_has_no_buttons() {
    for (state, name) in [
        (State::Started, "started"),
        (State::Rejected, "rejected"),
        (State::Expired, "expired"),
        (State::Withdrawn, "withdrawn"),
    ] {
        let mut approval = granted();
        (approval.state, approval.starts_at) = (state, None);
        approval.ended = (state != State::Started).then(|| format!("How it ended: {name}."));
        if state == State::Rejected {
            approval.votes =
                vec![Vote { person: "slack:U03BOB".to_owned(), choice: Choice::Reject, at: at(9, 17, 30) }];
        }
        let content = render(&approval, at(9, 20, 0), ZONE);
        check(&format!("approval_{name}"), &content);
        assert!(!serde_json::to_string(&content).unwrap().contains("action_id"), "{name}");
        assert_eq!(content, render(&approval, at(23, 0, 0), ZONE), "{name}: an end is edited once");
    }
}

#[test]
fn only_a_countdown_depends_on_when_it_is_looked_at() {
    let pending = pending_approval();
    assert_eq!(render(&pending, at(9, 16, 5), ZONE), render(&pending, at(9, 30, 0), ZONE));
}

#[test]
fn the_message_tells_which_plan_it_shows_in_every_state() {
    let pending = pending_approval();
    let expected = Some((pending.id.clone(), pending.plan.clone()));
    for approval in [pending, granted()] {
        assert_eq!(shown_plan(&render(&approval, at(9, 17, 0), ZONE)), expected);
    }
    assert_eq!(shown_plan(&slack_view::help::note("hello")), None);
}

#[test]
fn a_button_carries_approval_and_digest() {
    let approval = pending_approval();
    assert_eq!(read_button(&button_value(&approval)), Some((approval.id.as_str(), approval.plan.as_str())));
    for strange in ["", "APR-5", "APR-5 ", " digest", "APR-5 digest more"] {
        assert_eq!(read_button(strange), None, "{strange:?}");
    }
}

#[test]
fn the_whole_plan() {
    let mut approval = pending_approval();
    approval.proposer = Proposer::Person("slack:U02ANNA".to_owned());
    check_view("approval_plan", &plan_modal(&approval, at(9, 16, 5), ZONE));
}

#[test]
fn a_long_difference_is_cut_in_the_message_and_whole_behind_the_button() {
    let mut approval = pending_approval();
    approval.shown.diff = (0..300).map(|number| format!("+ line {number} of <some> & other things\n")).collect();
    let message = text_view::message(&render(&approval, at(9, 16, 5), ZONE));
    assert!(message.contains("Cut here") && !message.contains("line 299"), "{message}");
    let plan = plan_modal(&approval, at(9, 16, 5), ZONE);
    super::limits::check_view(&plan);
    let plan = text_view::view(&plan);
    for number in 0..300 {
        assert!(plan.contains(&format!("+ line {number} of &lt;some&gt; &amp; other things\n")), "{number}");
    }
}
