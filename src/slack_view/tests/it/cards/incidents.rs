//! The living message of an incident, its notes, groups and post-mortem.

use super::{ZONE, at, check, limits, links, open_incident, pending_approval, resolved_incident};
use domain::incident::{Seen, State, TakingBack};
use slack_view::incident::{Links, grouped, post_mortem, render, thread_notes};
use slack_view::text_view;

#[test]
fn an_open_incident() {
    check("incident_open", &render(&open_incident(), &links(), ZONE));
}

#[test]
fn an_incident_that_nobody_has_and_nothing_is_known_of() {
    let mut incident = open_incident();
    (incident.owner, incident.cause, incident.pending) = (None, None, None);
    incident.state = State::Open;
    incident.affected.clear();
    incident.evidence.clear();
    incident.not_looked.clear();
    incident.timeline.truncate(1);
    incident.signals = 1;
    check("incident_new", &render(&incident, &Links::default(), ZONE));
}

#[test]
fn an_escalated_incident_cannot_be_escalated_again() {
    let mut incident = open_incident();
    (incident.state, incident.pending) = (State::Escalated, None);
    let content = render(&incident, &links(), ZONE);
    check("incident_escalated", &content);
    let shown = text_view::message(&content);
    assert!(shown.contains("[Resolve]") && !shown.contains("[Escalate]"), "{shown}");
}

#[test]
fn while_an_action_is_verified_it_can_be_undone_until_somebody_wants_it_so() {
    let mut incident = open_incident();
    (incident.state, incident.pending) = (State::Verifying, None);
    let content = render(&incident, &links(), ZONE);
    check("incident_verifying", &content);
    assert!(text_view::message(&content).contains("[Undo"));
    incident.taking_back = Some(TakingBack { by: "slack:U1".to_owned(), at: incident.changed_at, plan: None });
    assert!(!text_view::message(&render(&incident, &links(), ZONE)).contains("[Undo"));
}

#[test]
fn a_resolved_incident_is_short_and_has_no_buttons() {
    let content = render(&resolved_incident(), &links(), ZONE);
    check("incident_resolved", &content);
    assert_eq!(content.blocks.len(), 2);
    assert!(!serde_json::to_string(&content).unwrap().contains("action_id"));
}

#[test]
fn what_could_not_be_looked_at_is_told() {
    let shown = text_view::message(&render(&open_incident(), &links(), ZONE));
    assert!(shown.contains("Could not be looked at") && shown.contains("Tempo did not answer"), "{shown}");
}

#[test]
fn each_change_is_a_note_of_its_own_under_a_key_that_stays() {
    let (before, mut after) = (open_incident(), open_incident());
    let all: Vec<String> = thread_notes(None, &before, ZONE).into_iter().map(|(key, _)| key).collect();
    assert_eq!(all.len(), 6, "{all:?}");
    assert_eq!(all, thread_notes(None, &before, ZONE).into_iter().map(|(key, _)| key).collect::<Vec<_>>());
    assert!(thread_notes(Some(&before), &before, ZONE).is_empty());

    after.state = State::Acting;
    let seen = Seen { evidence: None, source: "loki main".to_owned(), text: "new".to_owned(), at: at(9, 20, 0) };
    after.evidence.insert(0, seen);
    let notes = thread_notes(Some(&before), &after, ZONE);
    let keys: Vec<&str> = notes.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), 2, "{keys:?}");
    assert!(keys[0].starts_with("evidence:") && keys[1] == "state:acting", "{keys:?}");
    // Evidence that moves down in the ranking keeps its key.
    let later: Vec<String> = thread_notes(None, &after, ZONE).into_iter().map(|(key, _)| key).collect();
    assert!(all.iter().filter(|key| !key.starts_with("state:")).all(|key| later.contains(key)), "{later:?}");
    let told: Vec<String> = thread_notes(None, &before, ZONE)
        .iter()
        .map(|(key, content)| {
            limits::check_message(content);
            format!("{key}\n{}", text_view::message(content))
        })
        .collect();
    expect_test::expect_file!["../../goldens/card_incident_notes.txt"].assert_eq(&told.join("\n"));
}

#[test]
fn a_group_shows_a_line_each() {
    let mut other = open_incident();
    other.id = "INC-18".to_owned();
    other.title = "disk of postgres-0 is full within 3 hours".to_owned();
    (other.owner, other.state) = (None, State::Diagnosing);
    let group = [open_incident(), other, resolved_incident()];
    check("incident_group", &grouped(&group, "prod", &links(), ZONE));
    check("incident_group_over", &grouped(&[resolved_incident()], "prod", &links(), ZONE));
}

#[test]
fn the_draft_of_a_post_mortem() {
    let incident = resolved_incident();
    let draft = domain::incident::post_mortem(&incident, &[pending_approval()]);
    let rendered = post_mortem(&incident, &draft);
    check("incident_post_mortem", &rendered.content);
    assert_eq!(rendered.file, None, "it fits");
}

#[test]
fn a_long_draft_is_cut_and_comes_whole_as_a_file() {
    let incident = resolved_incident();
    let draft = format!("# Draft\n\n{}", "- a step & its <!channel> outcome\n".repeat(1_000));
    let rendered = post_mortem(&incident, &draft);
    limits::check_message(&rendered.content);
    assert!(text_view::message(&rendered.content).contains("all of it is in the file"));
    let file = rendered.file.unwrap();
    assert_eq!((file.name.as_str(), file.content.as_str()), ("post-mortem-inc-17.md", draft.as_str()));
}
