//! Incidents, approvals, App Home, modals: as golden files, as text for review, and within Slack's limits whatever stands
//! in the values.

mod approvals;
mod hostile;
mod incidents;
mod limits;
mod modals;
mod pages;

use chrono::{DateTime, TimeZone as _, Utc};
use chrono_tz::Tz;
use domain::approval::Approval;
use domain::incident::Incident;
use expect_test::expect_file;
use slack_morphism::prelude::SlackView;
use slack_view::content::Content;
use slack_view::incident::Links;
use slack_view::text_view;

const ZONE: Tz = Tz::Europe__Berlin;

fn at(hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 9, 14, hour, minute, second).unwrap()
}

fn links() -> Links {
    Links {
        portal: Some("https://ops.example".to_owned()),
        grafana: Some("https://grafana.example/d/shop?from=1&to=2".to_owned()),
    }
}

fn open_incident() -> Incident {
    serde_json::from_str(include_str!("../fixtures/incident_open.json")).unwrap()
}

fn resolved_incident() -> Incident {
    serde_json::from_str(include_str!("../fixtures/incident_resolved.json")).unwrap()
}

fn pending_approval() -> Approval {
    serde_json::from_str(include_str!("../fixtures/approval_pending.json")).unwrap()
}

/// Holds a message to its golden files and to Slack's limits.
fn check(name: &str, content: &Content) {
    limits::check_message(content);
    let json = serde_json::to_string_pretty(content).unwrap();
    expect_file![format!("../goldens/card_{name}.json")].assert_eq(&(json + "\n"));
    expect_file![format!("../goldens/card_{name}.txt")].assert_eq(&text_view::message(content));
}

/// The same for a modal or a home tab.
fn check_view(name: &str, view: &SlackView) {
    limits::check_view(view);
    let json = serde_json::to_string_pretty(view).unwrap();
    expect_file![format!("../goldens/card_{name}.json")].assert_eq(&(json + "\n"));
    expect_file![format!("../goldens/card_{name}.txt")].assert_eq(&text_view::view(view));
}
