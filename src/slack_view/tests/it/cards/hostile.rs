//! Values that are as bad as they can be: whatever stands in them, messages stay within the limits and ping nobody.

use super::{ZONE, at, limits, links, open_incident, pending_approval};
use domain::approval::{Choice, State, Vote};
use domain::incident::{Incident, State as IncidentState};
use domain::object::ObjectRef;
use slack_view::home::{Home, Part};
use slack_view::incident::{grouped, post_mortem, render, thread_notes};
use slack_view::{approval, home, modal};

/// Texts that come from logs, people and models: each longer than a text object, and one longer than what is looked at.
fn texts() -> Vec<String> {
    vec![
        "<!channel> <@U1> <https://evil.example|click> @here".to_owned(),
        "&<>`".repeat(800),
        "```\n".repeat(800),
        "😀".repeat(3_200),
        "\u{202e}\u{0}\u{1b}[31m\n\n\n".repeat(500),
        String::new(),
        "x".repeat(20_000),
    ]
}

fn incident(text: &str) -> Incident {
    let mut incident = open_incident();
    let object = ObjectRef::namespaced(text, text, text);
    incident.title = text.to_owned();
    incident.environment = text.to_owned();
    incident.affected = vec![object.clone(); 6];
    incident.not_looked = vec![text.to_owned(); 50];
    for seen in &mut incident.evidence {
        (seen.text, seen.source, seen.evidence) = (text.to_owned(), text.to_owned(), Some(text.to_owned()));
    }
    incident.evidence = incident.evidence.iter().cloned().cycle().take(45).collect();
    for happening in &mut incident.timeline {
        (happening.text, happening.actor) = (text.to_owned(), text.to_owned());
    }
    incident.timeline = incident.timeline.iter().cloned().cycle().take(30).collect();
    incident.owner = Some(format!("slack:{text}"));
    if let Some(cause) = &mut incident.cause {
        (cause.object, cause.summary, cause.confidence) = (object, text.to_owned(), u16::MAX);
    }
    if let Some(pending) = &mut incident.pending {
        pending.summary = text.to_owned();
    }
    incident
}

/// The same without what a list does not look at, so that hundreds of them fit into memory.
fn short(text: &str) -> Incident {
    let mut short = incident(text);
    short.evidence.clear();
    short.timeline.clear();
    short.not_looked.clear();
    short
}

#[test]
fn no_incident_breaks_its_messages() {
    for text in texts() {
        for state in [IncidentState::Open, IncidentState::Escalated, IncidentState::Resolved] {
            let mut incident = incident(&text);
            incident.state = state;
            limits::check_message(&render(&incident, &links(), ZONE));
        }
        let incident = incident(&text);
        let draft = domain::incident::post_mortem(&incident, &[]);
        limits::check_message(&post_mortem(&incident, &draft).content);
        limits::check_message(&grouped(&vec![short(&text); 25], &text, &links(), ZONE));
        thread_notes(None, &incident, ZONE).iter().for_each(|(_, content)| limits::check_message(content));
        limits::check_view(&modal::resolve(&incident));
        limits::check_view(&modal::escalate(&incident));
        limits::check_view(&modal::ask_about_message("C1/1.2", &text));
    }
}

#[test]
fn no_plan_breaks_its_messages() {
    for text in texts() {
        for state in [State::Pending, State::Granted, State::Started, State::Rejected, State::Expired, State::Withdrawn]
        {
            let mut it = pending_approval();
            it.state = state;
            let shown = &mut it.shown;
            shown.object = ObjectRef::namespaced(&text, &text, &text);
            for field in [
                &mut shown.environment,
                &mut shown.action,
                &mut shown.summary,
                &mut shown.arguments,
                &mut shown.diff,
                &mut shown.blast_radius,
                &mut shown.success_check,
                &mut shown.undo,
                &mut shown.rule,
                &mut shown.resource_version,
            ] {
                field.clone_from(&text);
            }
            it.ended = Some(text.clone());
            it.permitted.people = (0..60).map(|number| format!("slack:U{number:010}")).collect();
            it.permitted.groups = (0..60).map(|number| format!("{text}{number}")).collect();
            let vote = |number| Vote { person: format!("{text}{number}"), choice: Choice::Approve, at: at(9, 17, 0) };
            it.votes = (0..60).map(vote).collect();
            limits::check_message(&approval::render(&it, at(9, 17, 0), ZONE));
            limits::check_view(&approval::plan_modal(&it, at(9, 17, 0), ZONE));
        }
    }
}

#[test]
fn no_amount_of_things_breaks_app_home() {
    for text in texts() {
        let home = Home {
            role: Some(domain::person::Role::Admin),
            freezes: Part::Unavailable(text.clone()),
            incidents: Part::There(vec![short(&text); 300]),
            approvals: Part::There(vec![pending_approval(); 300]),
            is_partial: true,
            recent: Part::Unavailable(text.clone()),
            preferences: domain::preferences::Preferences::default(),
            links: links(),
            workspace: Some("https://acme.slack.com/".to_owned()),
        };
        limits::check_view(&home::render(&home, ZONE, at(10, 0, 0)));
    }
}
