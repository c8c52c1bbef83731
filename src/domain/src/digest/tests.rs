//! Digests of made-up days, and when they are due.

use super::*;
use crate::answer::{Answer, Brain, Usage};
use crate::approval::{Permitted, Proposer, ShownPlan, State as ApprovalState};
use crate::conversation::turn::{Asked as TurnAsked, Feedback, Thumb};
use crate::disclosure::Disclosure;
use crate::incident::State;
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Tz;
use proptest::prelude::*;
use std::collections::BTreeSet;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

#[test]
fn when_a_digest_is_due() {
    use Rhythm::{Daily, Weekly};
    // 2026-11-23 is a Monday. London puts its clocks forward on 29 March 2026 and back on 25 October 2026.
    let cases = [
        ("its hour has not come", Daily, None, "2026-11-21T08:59:59Z", None),
        ("its hour", Daily, None, "2026-11-21T09:00:00Z", Some(("2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z"))),
        ("told today", Daily, Some("2026-11-21"), "2026-11-21T22:00:00Z", None),
        (
            "late, but today",
            Daily,
            Some("2026-11-20"),
            "2026-11-21T22:00:00Z",
            Some(("2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z")),
        ),
        (
            "missed for a week: only the last",
            Daily,
            Some("2026-11-14"),
            "2026-11-21T09:10:00Z",
            Some(("2026-11-20T09:00:00Z", "2026-11-21T09:00:00Z")),
        ),
        (
            "missed before midnight, told after it",
            Daily,
            Some("2026-11-19"),
            "2026-11-21T01:00:00Z",
            Some(("2026-11-19T09:00:00Z", "2026-11-20T09:00:00Z")),
        ),
        ("a clock that ran back", Daily, Some("2026-11-22"), "2026-11-21T22:00:00Z", None),
        (
            "a day of 23 hours",
            Daily,
            None,
            "2026-03-29T08:00:00Z",
            Some(("2026-03-28T09:00:00Z", "2026-03-29T08:00:00Z")),
        ),
        ("a day of 23 hours: not before", Daily, None, "2026-03-29T07:59:59Z", None),
        (
            "a day of 25 hours",
            Daily,
            None,
            "2026-10-25T09:00:00Z",
            Some(("2026-10-24T08:00:00Z", "2026-10-25T09:00:00Z")),
        ),
        ("Monday", Weekly, None, "2026-11-23T09:00:00Z", Some(("2026-11-16T09:00:00Z", "2026-11-23T09:00:00Z"))),
        ("Monday, too early", Weekly, Some("2026-11-16"), "2026-11-23T08:00:00Z", None),
        (
            "missed on Monday",
            Weekly,
            Some("2026-11-16"),
            "2026-11-25T03:00:00Z",
            Some(("2026-11-16T09:00:00Z", "2026-11-23T09:00:00Z")),
        ),
        ("told this week", Weekly, Some("2026-11-23"), "2026-11-25T03:00:00Z", None),
        ("the first waits for a Monday", Weekly, None, "2026-11-25T10:00:00Z", None),
        (
            "a week with 167 hours",
            Weekly,
            None,
            "2026-03-30T08:00:00Z",
            Some(("2026-03-23T09:00:00Z", "2026-03-30T08:00:00Z")),
        ),
    ];
    for (what, rhythm, last, now, expected) in cases {
        let found = due(rhythm, last.map(date), at(now), Tz::Europe__London, 9);
        let found = found.map(|period| (period.from, period.to));
        assert_eq!(found, expected.map(|(from, to)| (at(from), at(to))), "{what}");
    }
}

#[test]
fn an_hour_that_nobody_has_is_the_next_that_there_is() {
    let period = due(Rhythm::Daily, None, at("2026-03-29T01:00:00Z"), Tz::Europe__London, 1).unwrap();
    assert_eq!(period.to, at("2026-03-29T01:00:00Z"), "01:00 is skipped, 02:00 comes at once");
    assert_eq!(period.key(), "digest:daily:2026-03-29");
    // Samoa had no 30 December 2011.
    let period = due(Rhythm::Daily, None, at("2011-12-30T20:00:00Z"), Tz::Pacific__Apia, 9).unwrap();
    assert_eq!((period.date, period.to), (date("2011-12-31"), at("2011-12-30T19:00:00Z")));
    assert_eq!(period.from, at("2011-12-30T10:00:00Z"));
}

fn day() -> Period {
    due(Rhythm::Daily, None, at("2026-11-21T09:00:00Z"), Tz::UTC, 9).unwrap()
}

fn turn(id: &str, person: &str, channel: &str, asked: &str) -> Turn {
    let asked = TurnAsked {
        id: id.to_owned(),
        conversation: "c".to_owned(),
        person: person.to_owned(),
        channel: channel.to_owned(),
        question: format!("question {id}"),
        at: at(asked),
    };
    let answer = Answer {
        answer: "answer".to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: Vec::new(),
        evidence: Vec::new(),
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    };
    let answered_at = asked.at;
    Turn::of(asked, answer, Disclosure::default(), answered_at)
}

fn thumb(person: &str, thumb: Thumb) -> Feedback {
    Feedback { person: person.to_owned(), thumb, comment: None, at: at("2026-11-21T08:00:00Z") }
}

fn nothing() -> Records<'static> {
    Records { turns: &[], usage: &[], incidents: &[], approvals: &[] }
}

#[test]
fn questions_of_a_day() {
    let checkout = || Some(ObjectRef::namespaced("Deployment", "shop", "checkout"));
    let cart = || Some(ObjectRef::namespaced("Deployment", "shop", "cart"));
    let here = "slack:C1/1.1";
    let turns = [
        Turn { subject: cart(), ..turn("before", "anna", here, "2026-11-20T08:59:59Z") },
        Turn { subject: checkout(), could_not_look: true, ..turn("first", "anna", here, "2026-11-20T09:00:00Z") },
        Turn {
            subject: checkout(),
            feedback: vec![thumb("anna", Thumb::Down), thumb("ben", Thumb::Up), thumb("eve", Thumb::Down)],
            ..turn("second", "ben", "slack:C1/2.2", "2026-11-20T12:00:00Z")
        },
        Turn { feedback: vec![thumb("anna", Thumb::Up)], ..turn("third", "anna", here, "2026-11-20T13:00:00Z") },
        Turn {
            feedback: vec![thumb("anna", Thumb::Down)],
            ..turn("direct", "anna", "slack:D9", "2026-11-20T14:00:00Z")
        },
        Turn { subject: cart(), ..turn("after", "anna", here, "2026-11-21T09:00:00Z") },
    ];
    let cost = |place: &str, tokens| {
        let usage = Usage { prompt_tokens: tokens, ..Usage::default() };
        UsageRecord::of("u", "t", "anna", place, at("2026-11-20T12:00:00Z"), &usage, Some(Brain::Model))
    };
    let usage = [cost("slack:C1/1.1", 100), cost("slack:D9", 1_000)];
    let scope = Scope { channel: Some("slack:C1".to_owned()), environment: None };
    let questions = Digest::of(day(), &scope, Records { turns: &turns, usage: &usage, ..nothing() }).questions;
    assert_eq!((questions.answered, questions.people, questions.could_not_look), (3, 2, 1));
    assert_eq!((questions.thumbs_up, questions.thumbs_down), (2, 2));
    let not_helpful: Vec<&str> = questions.not_helpful.first.iter().map(|asked| asked.turn.as_str()).collect();
    assert_eq!(not_helpful, ["second"]);
    assert_eq!(questions.about.first, [(checkout().unwrap(), 2)]);
    assert_eq!((questions.cost.questions, questions.cost.tokens()), (1, 100));

    let everywhere = Digest::of(day(), &Scope::default(), Records { turns: &turns, usage: &usage, ..nothing() });
    assert_eq!((everywhere.questions.answered, everywhere.questions.thumbs_down), (4, 3));
    assert_eq!(everywhere.questions.not_helpful.first, [], "what was asked directly is repeated nowhere");
    assert_eq!(everywhere.questions.cost.tokens(), 1_100);
}

#[test]
fn what_a_list_leaves_out_is_counted() {
    let turns: Vec<Turn> = (0..9)
        .map(|number| Turn {
            feedback: vec![thumb("anna", Thumb::Down)],
            ..turn(&format!("t{number}"), "anna", "slack:C1", &format!("2026-11-20T1{number}:00:00Z"))
        })
        .collect();
    let scope = Scope { channel: Some("slack:C1".to_owned()), environment: None };
    let list = Digest::of(day(), &scope, Records { turns: &turns, ..nothing() }).questions.not_helpful;
    assert_eq!((list.first[0].turn.as_str(), list.first.len(), list.more), ("t8", 5, 4));
}

fn incident(id: &str, environment: &str, severity: Severity, opened: &str, resolved: Option<&str>) -> Incident {
    Incident {
        state: if resolved.is_some() { State::Resolved } else { State::Diagnosing },
        changed_at: at(resolved.unwrap_or(opened)),
        resolved_at: resolved.map(at),
        ..Incident::bare(id, environment, format!("title of {id}"), severity, at(opened))
    }
}

#[test]
fn incidents_of_a_day() {
    use Severity::{Critical, High, Low};
    let incidents = [
        incident("a", "prod", High, "2026-11-19T09:00:00Z", Some("2026-11-20T10:00:00Z")),
        incident("b", "prod", High, "2026-11-20T10:00:00Z", Some("2026-11-20T10:10:00Z")),
        incident("c", "prod", High, "2026-11-20T11:00:00Z", None),
        incident("d", "prod", Critical, "2026-11-20T12:00:00Z", None),
        incident("e", "prod", High, "2026-11-10T12:00:00Z", None),
        incident("f", "prod", Low, "2026-11-10T12:00:00Z", Some("2026-11-11T12:00:00Z")),
        incident("g", "prod", High, "2026-11-20T12:00:00Z", Some("2026-11-21T09:00:00Z")),
        incident("h", "prod", Critical, "2026-11-21T09:30:00Z", None),
        incident("i", "staging", Critical, "2026-11-20T12:00:00Z", None),
    ];
    let scope = Scope { channel: None, environment: Some("prod".to_owned()) };
    let found = Digest::of(day(), &scope, Records { incidents: &incidents, ..nothing() }).incidents;
    let row = |severity, opened, resolved, still_open, median_seconds_to_resolve| BySeverity {
        severity,
        opened,
        resolved,
        still_open,
        median_seconds_to_resolve,
    };
    assert_eq!(
        found.by_severity,
        [row(Critical, 1, 0, 1, None), row(High, 3, 2, 3, Some((90_000 + 600) / 2))],
        "g was over at the first moment after the day, h began after it"
    );
    let open: Vec<&str> = found.open.first.iter().map(|open| open.id.as_str()).collect();
    assert_eq!(open, ["d", "e", "c", "g"]);
}

fn approval(environment: &str, state: ApprovalState, changed: &str) -> Approval {
    Approval {
        id: "a".to_owned(),
        incident: None,
        plan: "0".repeat(64),
        shown: ShownPlan {
            environment: environment.to_owned(),
            object: ObjectRef::cluster("Node", "worker-1"),
            resource_version: "1".to_owned(),
            action: "cordon".to_owned(),
            summary: String::new(),
            arguments: "{}".to_owned(),
            diff: String::new(),
            blast_radius: String::new(),
            success_check: String::new(),
            undo: String::new(),
            confidence: 900,
            rule: String::new(),
            plan: String::new(),
        },
        proposer: Proposer::Scarlet,
        permitted: Permitted { people: BTreeSet::new(), groups: BTreeSet::new(), role: None, people_needed: 1 },
        asked_at: at("2026-11-01T00:00:00Z"),
        expires_at: at("2026-11-30T00:00:00Z"),
        state,
        votes: Vec::new(),
        starts_at: None,
        ended: None,
        changed_at: at(changed),
    }
}

#[test]
fn approvals_of_a_day() {
    use ApprovalState::{Expired, Granted, Pending, Rejected, Started, Withdrawn};
    let inside = "2026-11-20T12:00:00Z";
    let mut approvals: Vec<Approval> = [Granted, Started, Rejected, Expired, Withdrawn, Pending]
        .into_iter()
        .flat_map(|state| {
            [
                approval("prod", state, inside),
                approval("prod", state, "2026-11-19T12:00:00Z"),
                approval("staging", state, inside),
            ]
        })
        .collect();
    approvals
        .push(Approval { asked_at: at("2026-11-21T10:00:00Z"), ..approval("prod", Pending, "2026-11-21T10:00:00Z") });
    let scope = Scope { channel: None, environment: Some("prod".to_owned()) };
    let found = Digest::of(day(), &scope, Records { approvals: &approvals, ..nothing() }).approvals;
    assert_eq!(found, Approvals { granted: 2, rejected: 1, expired: 1, waiting: 2 });
}

#[test]
fn the_median_of_few() {
    for (numbers, expected) in [(vec![], None), (vec![5], Some(5)), (vec![9, 1], Some(5)), (vec![9, 1, 2], Some(2))] {
        assert_eq!(counting::median(numbers), expected);
    }
    assert_eq!(counting::median(vec![u64::MAX, u64::MAX]), Some(u64::MAX));
}

proptest! {
    #[test]
    fn days_follow_each_other_without_gap_and_each_is_told_once(
        zone in prop::sample::select(vec![Tz::UTC, Tz::Europe__London, Tz::America__New_York, Tz::Australia__Lord_Howe]),
        hour in 0..24_u32,
        start in 1_750_000_000..1_800_000_000_i64,
        minutes in prop::collection::vec(1..600_i64, 1..200),
    ) {
        let mut now = DateTime::from_timestamp(start, 0).unwrap();
        let mut told: Vec<Period> = Vec::new();
        for step in minutes {
            now += TimeDelta::minutes(step);
            let last = told.last().map(|period| period.date);
            if let Some(period) = due(Rhythm::Daily, last, now, zone, hour) {
                prop_assert!(period.from < period.to && period.to <= now);
                if let Some(before) = told.last() {
                    prop_assert_eq!(before.to, period.from, "no day is skipped while somebody looks twice a day");
                }
                told.push(period);
            }
        }
    }
}
