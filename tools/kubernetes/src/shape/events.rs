//! Events, with repeats folded into one row.

use super::api::Event;
use super::lines;
use domain::object::ObjectRef;
use domain::observed::kubernetes::EventRow;
use std::collections::BTreeMap;

/// One row for each object, type, reason and message that differ in more than numbers; newest first.
pub fn fold(events: &[Event]) -> Vec<EventRow> {
    let mut rows: BTreeMap<(ObjectRef, String, String, String), EventRow> = BTreeMap::new();
    for event in events {
        let key = (event.object(), event.kind.clone(), event.reason.clone(), lines::template(&event.message));
        match rows.get_mut(&key) {
            Some(row) => merge(row, event),
            None => {
                rows.insert(key, row(event));
            }
        }
    }
    let mut rows: Vec<EventRow> = rows.into_values().collect();
    rows.sort_by(|left, right| right.last_seen.cmp(&left.last_seen).then_with(|| left.object.cmp(&right.object)));
    rows
}

/// One event as a row.
pub fn row(event: &Event) -> EventRow {
    let (first, last) = (event.first_seen(), event.last_seen());
    EventRow {
        last_seen: last,
        first_seen: (first < last).then_some(first),
        event_type: event.kind.clone(),
        reason: event.reason.clone(),
        object: event.object(),
        message: lines::cut(&event.message, 300),
        count: event.times(),
    }
}

fn merge(row: &mut EventRow, event: &Event) {
    let first = row.first_seen.unwrap_or(row.last_seen).min(event.first_seen());
    if event.last_seen() > row.last_seen {
        row.last_seen = event.last_seen();
        row.message = lines::cut(&event.message, 300);
    }
    row.first_seen = (first < row.last_seen).then_some(first);
    row.count += event.times();
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_forms_of_events_fold() {
        let object = json!({"kind": "Pod", "namespace": "shop", "name": "checkout-1"});
        let events: Vec<Event> = serde_json::from_value(json!([
            {"involvedObject": object, "type": "Warning", "reason": "BackOff", "count": 7,
             "message": "Back-off restarting failed container app in pod checkout-1_shop(1)",
             "firstTimestamp": "2026-11-21T01:00:00Z", "lastTimestamp": "2026-11-21T02:00:00Z"},
            {"involvedObject": object, "type": "Warning", "reason": "BackOff", "eventTime": "2026-11-21T02:30:00.000000Z",
             "firstTimestamp": null, "lastTimestamp": null,
             "message": "Back-off restarting failed container app in pod checkout-1_shop(2)",
             "series": {"count": 3, "lastObservedTime": "2026-11-21T02:40:00.000000Z"}},
            {"involvedObject": object, "type": "Normal", "reason": "Pulled", "message": "ok",
             "lastTimestamp": "2026-11-21T02:41:00Z"}
        ]))
        .unwrap();
        let rows = fold(&events);
        let told: Vec<(&str, u64, String)> = rows
            .iter()
            .map(|row| (row.reason.as_str(), row.count, row.last_seen.format("%H:%M").to_string()))
            .collect();
        assert_eq!(told, [("Pulled", 1, "02:41".to_owned()), ("BackOff", 10, "02:40".to_owned())]);
        assert_eq!(rows.last().and_then(|row| row.first_seen).unwrap().format("%H:%M").to_string(), "01:00");
    }
}
