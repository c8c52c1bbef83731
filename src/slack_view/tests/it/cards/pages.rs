//! App Home, status, help, welcome.

use super::{ZONE, at, check, check_view, links, open_incident, pending_approval};
use domain::conversation::Conversation;
use domain::digest::{Digest, Records, Rhythm, Scope as DigestScope, due};
use domain::guard::{Freeze, Scope};
use domain::person::Role;
use domain::preferences::{Brevity, Preferences, Voice};
use slack_view::actions;
use slack_view::home::{HOUSE, Home, Part, Status, chosen, render, status};
use slack_view::{digest, help, text_view, welcome};

fn freeze() -> Freeze {
    Freeze {
        scope: Scope::Environment("prod".to_owned()),
        since: at(8, 0, 0),
        by: "slack:U02ANNA".to_owned(),
        why: "the bank is away".to_owned(),
    }
}

fn home() -> Home {
    let conversation =
        Conversation::begun("t-1", "slack:C123/1699.42", "slack:U1", "why is checkout slow?", at(7, 0, 0));
    Home {
        role: Some(Role::Approver),
        freezes: Part::There(vec![freeze()]),
        incidents: Part::There(vec![open_incident()]),
        approvals: Part::There(vec![pending_approval()]),
        is_partial: false,
        recent: Part::There(vec![conversation]),
        preferences: Preferences { brevity: Some(Brevity::Short), ..Preferences::default() },
        links: links(),
        workspace: Some("https://acme.slack.com/".to_owned()),
    }
}

#[test]
fn the_home_of_an_approver() {
    check_view("home_approver", &render(&home(), ZONE, at(9, 20, 0)));
}

#[test]
fn a_home_where_nothing_is_open_says_so() {
    let empty = Home {
        role: Some(Role::Viewer),
        freezes: Part::There(Vec::new()),
        incidents: Part::There(Vec::new()),
        approvals: Part::There(Vec::new()),
        recent: Part::There(Vec::new()),
        preferences: Preferences::default(),
        ..home()
    };
    check_view("home_quiet", &render(&empty, ZONE, at(9, 20, 0)));
}

#[test]
fn what_could_not_be_looked_at_is_never_shown_as_none() {
    let away = Home { incidents: Part::Unavailable("the store is away".to_owned()), ..home() };
    let shown = text_view::view(&render(&away, ZONE, at(9, 20, 0)));
    assert!(shown.contains("could not be looked at: the store is away"), "{shown}");
    assert!(!shown.contains("No open incident"), "{shown}");
}

#[test]
fn what_is_hidden_is_not_hinted_at() {
    let hidden = Home { incidents: Part::Hidden, approvals: Part::Hidden, freezes: Part::Hidden, ..home() };
    let shown = text_view::view(&render(&hidden, ZONE, at(9, 20, 0)));
    for word in ["Open incidents", "Waiting for approval", "frozen"] {
        assert!(!shown.contains(word), "{shown}");
    }
}

#[test]
fn without_a_role_there_is_nothing_to_see() {
    let shown = text_view::view(&render(&Home { role: None, ..home() }, ZONE, at(9, 20, 0)));
    assert!(shown.contains("no access") && !shown.contains("checkout"), "{shown}");
}

#[test]
fn preferences_are_read_back_and_nothing_else_is() {
    let none = Preferences { person: "slack:U1".to_owned(), ..Preferences::default() };
    let short = chosen(&none, actions::BREVITY, "short").unwrap();
    assert_eq!(short.brevity, Some(Brevity::Short));
    assert_eq!(chosen(&short, actions::VOICE, "neutral").unwrap().voice, Some(Voice::Neutral));
    assert_eq!(chosen(&short, actions::BREVITY, HOUSE).unwrap(), none);
    assert_eq!(chosen(&none, actions::ZONE, "Asia/Tokyo").unwrap().zone.as_deref(), Some("Asia/Tokyo"));
    for (action, value) in [(actions::BREVITY, "endless"), (actions::ZONE, "Mars/Base"), (actions::CLAIM, "short")] {
        assert!(chosen(&none, action, value).is_err(), "{action} {value}");
    }
}

#[test]
fn how_things_stand() {
    let all = Status {
        freezes: Part::There(vec![freeze()]),
        incidents: Part::There(vec![open_incident()]),
        is_partial: false,
        health: vec!["model: away since 09:00".to_owned(), "store: sqlite, well".to_owned()],
    };
    check("status", &status(&all, &links(), ZONE, at(9, 20, 0)));
    let calm = Status {
        freezes: Part::There(Vec::new()),
        incidents: Part::There(Vec::new()),
        is_partial: false,
        health: Vec::new(),
    };
    check("status_calm", &status(&calm, &links(), ZONE, at(9, 20, 0)));
}

#[test]
fn a_part_is_never_shown_as_all_there_is() {
    let calm =
        Status { freezes: Part::Hidden, incidents: Part::There(Vec::new()), is_partial: true, health: Vec::new() };
    let told = text_view::message(&status(&calm, &links(), ZONE, at(9, 20, 0)));
    let shown = text_view::view(&render(&Home { is_partial: true, ..home() }, ZONE, at(9, 20, 0)));
    for text in [told, shown] {
        assert!(text.contains("not for your role are left out"), "{text}");
    }
}

#[test]
fn help_and_welcome() {
    check("help_admin", &help::message(Some(Role::Admin)));
    check("help_nobody", &help::message(None));
    check("welcome", &welcome::message("C123"));
}

#[test]
fn the_digest_of_a_day() {
    let period = due(Rhythm::Daily, None, at(16, 0, 0), ZONE, 17).unwrap();
    let incident = open_incident();
    let mut rejected = pending_approval();
    rejected.state = domain::approval::State::Rejected;
    let records = Records {
        turns: &[],
        usage: &[],
        incidents: &[incident, super::resolved_incident()],
        approvals: &[pending_approval(), rejected],
    };
    let mut counted = Digest::of(period.clone(), &DigestScope::default(), records);
    check("digest_incidents", &digest::render(&counted));
    counted.questions.answered = 12;
    (counted.questions.people, counted.questions.could_not_look) = (3, 1);
    (counted.questions.thumbs_up, counted.questions.thumbs_down) = (5, 2);
    let asked =
        domain::digest::Asked { turn: "t".to_owned(), question: "why is <!channel> slow?".to_owned(), at: at(9, 0, 0) };
    counted.questions.not_helpful.first.push(asked);
    counted.questions.not_helpful.more = 1;
    check("digest_day", &digest::render(&counted));
    let empty = Records { turns: &[], usage: &[], incidents: &[], approvals: &[] };
    check("digest_empty", &digest::render(&Digest::of(period, &DigestScope::default(), empty)));
}
