//! What is told of the looks.

use super::*;
use domain::object::ObjectRef;
use serde_json::json;

fn incident(opened_at: DateTime<Utc>) -> Incident {
    serde_json::from_value(json!({
        "id": "INC-1", "title": "it crashes", "environment": "prod", "state": "open", "severity": "high",
        "impact": "medium", "signals": 1, "opened_at": opened_at, "changed_at": opened_at,
    }))
    .unwrap()
}

fn change(at: DateTime<Utc>) -> Change {
    let object = ObjectRef::namespaced("Deployment", "shop", "checkout");
    Change { at, category: "rollout".to_owned(), object, summary: "a new image".to_owned(), by: None }
}

/// Whether a change so many seconds after the incident's beginning is told.
fn is_told(opened_at: DateTime<Utc>, seconds: i64) -> bool {
    let changed = opened_at.checked_add_signed(TimeDelta::seconds(seconds)).unwrap();
    let mut incident = incident(DateTime::UNIX_EPOCH);
    incident.opened_at = opened_at;
    let book = Book::of(&incident, 1, DateTime::UNIX_EPOCH, Vec::new(), Vec::new());
    !book.seen(None, &[change(changed)], &incident).is_empty()
}

#[test]
fn an_imported_incident_at_the_end_of_time_broke_the_diagnosis() {
    assert!(is_told(DateTime::<Utc>::MAX_UTC, 0));
    assert!(!is_told(DateTime::<Utc>::MAX_UTC, -3_600));
    assert!(is_told(DateTime::<Utc>::MIN_UTC, 120));
}

#[test]
fn a_change_is_told_from_an_hour_before_the_beginning_to_two_minutes_after_it() {
    let opened_at = DateTime::UNIX_EPOCH;
    for (seconds, expected) in [(-3_600, false), (-3_599, true), (0, true), (120, true), (121, false)] {
        assert_eq!(is_told(opened_at, seconds), expected, "{seconds}");
    }
}
