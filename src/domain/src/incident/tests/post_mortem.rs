//! The draft from the fixture incident, to be read in review, and what it must never do.

use super::*;
use crate::approval::{Approval, Choice, start, vote};
use crate::incident::post_mortem;
use expect_test::{expect, expect_file};

fn resolved() -> Incident {
    serde_json::from_str(include_str!("../../../../slack_view/tests/fixtures/incident_resolved.json")).unwrap()
}

fn approval() -> Approval {
    serde_json::from_str(include_str!("../../../../slack_view/tests/fixtures/approval_pending.json")).unwrap()
}

/// As it came to be begun.
fn begun() -> Approval {
    let pending = approval();
    let ben = Person { groups: ["slack:S05ONCALL".to_owned()].into(), ..person("slack:U03BEN", Role::Viewer) };
    let at = |seconds: i64| pending.asked_at + TimeDelta::seconds(seconds);
    let (granted, outcome) = vote(&pending, &ben, &pending.plan, Choice::Approve, at(90));
    let granted = granted.unwrap_or_else(|| panic!("{outcome:?}"));
    start(&granted, at(100)).unwrap()
}

#[test]
fn the_draft_of_a_resolved_incident() {
    expect_file!["post_mortem_resolved.md"].assert_eq(&post_mortem(&resolved(), &[begun()]));
}

#[test]
fn what_is_not_known_is_said_to_be_unknown() {
    let bare = Incident {
        cause: None,
        owner: None,
        resolved_at: None,
        state: State::Open,
        affected: Vec::new(),
        evidence: Vec::new(),
        not_looked: Vec::new(),
        timeline: Vec::new(),
        pending: None,
        signals: 1,
        ..resolved()
    };
    let other = Approval { incident: Some("INC-99".to_owned()), ..approval() };
    expect_file!["post_mortem_bare.md"].assert_eq(&post_mortem(&bare, &[other]));
}

#[test]
fn a_doubtful_cause_is_called_a_hypothesis() {
    let mut incident = resolved();
    incident.cause.as_mut().unwrap().confidence = 615;
    let draft = post_mortem(&incident, &[]);
    let told: Vec<&str> = draft.lines().filter(|line| line.contains("hypothesis")).collect();
    expect![[r#"
        - Confidence: 61.5 %. This is a hypothesis, not a finding.
        - [ ] Confirm or refute the hypothesis about Deployment shop/checkout."#]]
    .assert_eq(&told.join("\n"));
}

#[test]
fn text_from_outside_opens_nothing_and_holds_no_secret() {
    let mut incident = resolved();
    let foreign = "bad\n# Heading\n```\ncode\u{1b}[31m password=hunter22hunter22\r\n- item";
    incident.title = foreign.to_owned();
    incident.evidence[0].text = foreign.to_owned();
    incident.timeline[0].text = foreign.to_owned();
    incident.not_looked[0] = foreign.to_owned();
    let mut approval = begun();
    approval.shown.summary = foreign.to_owned();
    approval.shown.undo = foreign.to_owned();
    let draft = post_mortem(&incident, &[approval]);
    assert!(!draft.contains("\n# Heading") && !draft.contains("\n- item") && !draft.contains("```"), "{draft}");
    assert!(!draft.contains("hunter22") && !draft.contains('\u{1b}') && !draft.contains('\r'), "{draft}");
}

#[test]
fn a_long_timeline_is_cut_and_says_so() {
    let mut incident = resolved();
    (0..500).for_each(|_| incident.note("scarlet", "again", now()));
    let draft = post_mortem(&incident, &[]);
    let told: Vec<&str> = draft.lines().filter(|line| line.contains("not shown")).collect();
    let left = incident.timeline.len() - 200;
    assert_eq!(told, [format!("- {left} more are not shown here")]);
}
