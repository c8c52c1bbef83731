//! The queue's values: what comes again, what is carried out twice, what two processes know.

use super::*;
use crate::correlation::Rules;
use crate::incident::{Incident, Severity, State};
use crate::signal::{Source, SourceKind, Status};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + minutes * 60, 0).unwrap()
}

fn source(name: &str) -> Source {
    Source { kind: SourceKind::Rule, name: name.to_owned() }
}

fn signal(name: &str, seen_minutes: i64) -> Signal {
    Signal {
        id: format!("{name}-1"),
        fingerprint: crate::signal::fingerprint("prod", name, []),
        source: source("main"),
        environment: "prod".to_owned(),
        name: name.to_owned(),
        status: Status::Firing,
        severity: Severity::High,
        object: None,
        service: None,
        labels: BTreeMap::new(),
        text: String::new(),
        value: None,
        query: None,
        started_at: at(0),
        seen_at: at(seen_minutes),
    }
}

fn grows() -> Fate {
    Fate::Grows { incident: "INC-1".to_owned(), as_what: AsWhat::Repeat }
}

#[test]
fn a_report_is_renewed_only_after_it_was_handled_and_some_minutes_later() {
    let kept = Kept::new(signal("Errors", 0), 1);
    let done = kept.after(3, &grows(), at(0)).unwrap();
    let put_off = kept.after(3, &Fate::PutOff { why: String::new(), until: at(9) }, at(0)).unwrap();
    for (kept, minutes, is_renewed) in [
        (&kept, 9, false),
        (&put_off, 9, false),
        (&done, 0, false),
        (&done, 3, false),
        (&done, 4, true),
        (&done, -9, false),
    ] {
        assert_eq!(kept.renewed(signal("Errors", minutes), 2).is_some(), is_renewed, "{kept:?} {minutes}");
    }
    // Whoever is late with its batch must not take it for undecided.
    let renewed = done.renewed(signal("Errors", 9), 2).unwrap();
    assert_eq!((renewed.stand, renewed.expires_at, renewed.after(3, &grows(), at(9))), (Stand::Waiting, None, None));
    assert!(renewed.after(4, &grows(), at(9)).is_some());
}

#[test]
fn only_what_was_handled_is_ever_forgotten() {
    let kept = Kept::new(signal("Errors", 0), 1);
    let fates = [grows(), Fate::Aside { why: String::new() }, Fate::PutOff { why: String::new(), until: at(1) }];
    let ends =
        fates.map(|fate| kept.after(1, &fate, at(0)).unwrap()).map(|next| (next.stand, next.expires_at.is_some()));
    assert_eq!(ends, [(Stand::Done, true), (Stand::Done, true), (Stand::PutOff, false)]);
    assert_eq!(kept.expires_at, None);
}

#[test]
fn ids_that_no_store_takes_have_another_key_and_others_keep_theirs() {
    let long = "x".repeat(300);
    for (id, is_kept) in [("am:1", true), ("", false), ("a\0b", false), ("a\nb", false), (long.as_str(), false)] {
        let key = key(id);
        assert_eq!(key == id, is_kept, "{id:?}");
        assert!(!key.is_empty() && key.len() <= ID_BYTES, "{id:?}");
    }
    assert_ne!(key("a\0b"), key("a\nb"));
}

#[test]
fn a_batch_that_is_carried_out_twice_grows_an_incident_once() {
    let (one, other) = (signal("Errors", 0), signal("Slow", 0));
    let signals = [(&one, AsWhat::Repeat), (&other, AsWhat::SamePlace)];
    let grow = |found, batch| grown(found, "INC-1", batch, &signals, &Rules::default(), at(1));
    let first = grow(None, 4).unwrap();
    assert_eq!((first.id.as_str(), first.signals, first.batch), ("INC-1", 2, 4));
    assert_eq!((grow(Some(first.clone()), 4), grow(Some(first.clone()), 3)), (None, None));
    assert_eq!(grow(Some(first), 5).map(|next| (next.signals, next.members[0].count)), Some((2, 2)));
    assert_eq!(grown(None, "INC-1", 1, &[], &Rules::default(), at(1)), None);
}

fn incident(id: &str, name: &str) -> Incident {
    grown(None, id, 1, &[(&signal(name, 0), AsWhat::Repeat)], &Rules::default(), at(0)).unwrap()
}

#[test]
fn a_part_is_taken_in_once_and_what_people_have_taken_up_stays_apart() {
    let (whole, part) = (incident("INC-1", "Errors"), incident("INC-2", "Slow"));
    let taken_up = Incident { owner: Some("slack:U1".to_owned()), ..incident("INC-3", "Disk") };
    let parts = [part, taken_up].map(|part| closed(part, &whole, 2, at(1)).unwrap());
    assert_eq!(parts.each_ref().map(|part| (part.state, part.members.len())), [(State::Closed, 1), (State::Open, 1)]);
    for part in &parts {
        assert_eq!(closed(part.clone(), &whole, 2, at(1)), None);
    }
    let together = united(whole, &parts, 2, at(1)).unwrap();
    let names: Vec<&str> = together.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!((names, together.signals), (vec!["Errors", "Slow"], 2));
    assert_eq!(united(together, &parts, 2, at(1)), None);
}

#[test]
fn books_put_together_in_any_order_know_the_newest_of_each_source() {
    let (main, away) = (source("main"), source("away"));
    let mut one = HeardBook::default().expecting([main.clone(), away.clone()]);
    let mut other = HeardBook::default().expecting([main.clone()]);
    one.heard(&main, at(1));
    other.heard(&main, at(2));
    other.trouble(&main, "no answer", at(3));
    one.trouble(&away, "refused", at(1));
    let together = one.clone().with(&other);
    assert_eq!(together, other.clone().with(&one));
    let told: Vec<_> = together
        .sources
        .iter()
        .map(|one| (one.source.name.as_str(), one.last_heard_at, one.problem.as_deref()))
        .collect();
    assert_eq!(told, [("away", None, Some("refused")), ("main", Some(at(2)), Some("no answer"))]);
    assert_eq!(other.clone().informed_by(&one).sources.len(), 1);
    one.heard(&away, at(4));
    assert_eq!(one.sources[0].problem, None);
}

#[test]
fn a_book_is_bounded_and_keeps_no_secret() {
    let mut book = HeardBook::default();
    for number in 0..2_000 {
        book.trouble(&source(&format!("s{number}")), &"long ".repeat(10_000), at(0));
    }
    book.trouble(&source("s0"), "GET https://bob:hunter2hunter2@host/ failed", at(1));
    let text = serde_json::to_string(&book).unwrap();
    assert!(book.sources.len() == 1_000 && text.len() < 1_000_000 && !text.contains("hunter2"), "{}", text.len());
}
