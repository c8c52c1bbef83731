//! The draft from the fixture incident, to be read in review, and what it must never do.

use super::*;
use crate::approval::{Approval, Choice, start, vote};
use crate::audit::{Actor, Kind, Outcome, PersonReference, Record};
use crate::heal::{Attempt, Diagnosis, Ending, Heal, Hypothesis, Mode, Standing};
use crate::incident::{Story, post_mortem};
use crate::plan::fixtures::all as plans;
use crate::signal::{Source, SourceKind};
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
        taking_back: None,
        resolved_at: None,
        state: State::Open,
        affected: Vec::new(),
        evidence: Vec::new(),
        not_looked: Vec::new(),
        changes: Vec::new(),
        thoughts: None,
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

/// Records as the executor and the guards write them: a change that was begun and ended, one that was taken back, and a
/// pause beside them; and what is about another incident.
fn records() -> Vec<Record> {
    let at =
        |minute: u32, second: u32| format!("2026-09-14T09:{minute:02}:{second:02}Z").parse::<DateTime<Utc>>().unwrap();
    let plan = |undo: bool| {
        let mut plan = plans().into_iter().find(|case| case.name == "scale up").unwrap().plan;
        plan.undo = plan.undo.filter(|_| undo);
        serde_json::to_value(plan).unwrap()
    };
    let of = |record: Record, action: &str, incident: &str| {
        record.of_action(action).on("Deployment shop/checkout").with("incident", incident)
    };
    let new = |at, kind| Record::new(at, kind, Actor::Scarlet);
    let person = Actor::Person(PersonReference::of("salt", "anna"));
    let intent = |at, action: &str, undo: bool| {
        of(new(at, Kind::ActionIntent), action, "INC-17").with("plan", plan(undo)).with("by", "approval APR-5")
    };
    vec![
        Record::new(at(13, 0), Kind::PauseOn, person).on("the environment prod").ended(Outcome::Done),
        intent(at(17, 40), "act-1", false),
        of(new(at(17, 41), Kind::ActionBegun), "act-1", "INC-17"),
        of(new(at(18, 35), Kind::ActionEnded), "act-1", "INC-17").ended(Outcome::Done),
        intent(at(19, 0), "act-2", true).with("undoes", "act-1"),
        of(new(at(19, 2), Kind::ActionBegun), "act-2", "INC-17"),
        of(new(at(19, 5), Kind::ActionEnded), "act-2", "INC-17")
            .ended(Outcome::Unknown("the server went\n# away".to_owned())),
        intent(at(20, 0), "act-3", true),
        of(new(at(20, 1), Kind::ActionBegun), "act-3", "INC-17"),
        of(new(at(18, 0), Kind::ActionIntent), "other", "INC-99"),
        Record::new(at(59, 0), Kind::FreezeOn, Actor::System).on("everything"),
    ]
}

fn heal(incident: &Incident) -> Heal {
    let object = ObjectRef::namespaced("Deployment", "shop", "checkout");
    let attempt = |plan: &str, outcome, told: &str| Attempt {
        plan: plan.to_owned(),
        digest: "d".to_owned(),
        symptom: "crash".to_owned(),
        action: "rollout_undo".to_owned(),
        object: object.clone(),
        approved: true,
        outcome,
        told: told.to_owned(),
        started: incident.opened_at + TimeDelta::minutes(5),
        ended: Some(incident.opened_at + TimeDelta::minutes(11)),
    };
    let hypothesis = |summary: &str, per_mille, standing| Hypothesis {
        rule: "crash".to_owned(),
        cause: object.clone(),
        affected: object.clone(),
        summary: summary.to_owned(),
        per_mille,
        typed_per_mille: per_mille,
        evidence: vec!["INC-17.e1".to_owned()],
        confirmed_by: "pods still crash".to_owned(),
        refuted_by: "no pod crashes any more".to_owned(),
        standing,
    };
    let hypotheses = vec![
        hypothesis("The new pods crash at start", 870, Standing::Confirmed),
        hypothesis("A node is out of memory", 200, Standing::Refuted),
    ];
    let at = incident.opened_at + TimeDelta::minutes(1);
    let diagnosis =
        Diagnosis { at, hypotheses, seen: Vec::new(), not_looked: Vec::new(), missing: 0, changes: Vec::new() };
    Heal {
        diagnosis: Some(diagnosis),
        attempts: vec![
            attempt("INC-17.1", Ending::Same, "3 of 4 ready (3)"),
            attempt("INC-17.2", Ending::Better, "rollout of Deployment shop/checkout: holds (3)"),
        ],
        ..Heal::begin("INC-17", "prod", Mode::Live, incident.opened_at)
    }
}

fn found_by_herself() -> Incident {
    let mut incident = resolved();
    incident.note("scarlet", "Handed over to people: the plan was rejected: not now.", incident.changed_at);
    let member = crate::incident::Member {
        fingerprint: "f".to_owned(),
        source: Source { kind: SourceKind::Kubernetes, name: "prod".to_owned() },
        name: "pod-crash".to_owned(),
        object: None,
        service: Some("checkout".to_owned()),
        is_firing: false,
        since: incident.opened_at,
        last_seen: incident.opened_at,
        count: 1,
        severity: Severity::High,
        query: None,
        places: crate::incident::Instances::default(),
        changes: Vec::new(),
    };
    incident.members = vec![member];
    incident
}

#[test]
fn the_draft_of_everything_that_was_kept() {
    let incident = found_by_herself();
    let (heal, records, approvals) = (heal(&incident), records(), [begun()]);
    let story = Story { incident: &incident, approvals: &approvals, heal: Some(&heal), records: &records };
    let draft = story.post_mortem();
    expect_file!["post_mortem_whole.md"].assert_eq(&draft);
    assert!(!draft.contains("\n# away") && !draft.contains("INC-99") && !draft.contains("froze everything"), "{draft}");
    let times: Vec<&str> = draft
        .split("## Timeline")
        .nth(1)
        .and_then(|rest| rest.split("\n## ").next())
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("- ")?.get(..19))
        .collect();
    assert!(times.len() > 15 && times.is_sorted(), "{times:?}");
}

#[test]
fn what_an_alert_found_needs_no_alert_and_nothing_done_leaves_nothing_to_take_back() {
    let mut incident = found_by_herself();
    incident.members[0].source.kind = SourceKind::Alertmanager;
    incident.timeline.clear();
    let heal = Heal::begin("INC-17", "prod", Mode::Live, incident.opened_at);
    let story = Story { incident: &incident, approvals: &[], heal: Some(&heal), records: &[] };
    let draft = story.post_mortem();
    for not_told in ["Make an alert", "handed to people again", "nothing takes"] {
        assert!(!draft.contains(not_told), "{not_told}: {draft}");
    }
    assert!(draft.contains("no action of this program is verified to have ended it"), "{draft}");
}
