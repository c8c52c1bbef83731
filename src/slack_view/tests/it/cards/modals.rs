//! Modals, and what comes back from them.

use super::{check_view, open_incident};
use domain::channel::{ChannelSettings, IncidentRule, QuietHours};
use domain::incident::Severity;
use serde_json::{Value, json};
use slack_morphism::prelude::SlackView;
use slack_view::modal::{
    Offer, ask_about_message, channel_settings, escalate, read_channel_settings, read_question, read_reason, resolve,
    undo,
};

fn offer() -> Offer {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Offer {
        environments: names(&["prod", "staging", "all"]),
        clusters: names(&["eu-1", "us-1"]),
        servers: names(&["kubernetes", "prometheus", "loki"]),
    }
}

fn settings() -> ChannelSettings {
    ChannelSettings {
        channel: "slack:C123".to_owned(),
        environment: Some("all".to_owned()),
        cluster: None,
        servers: vec!["kubernetes".to_owned(), "loki".to_owned()],
        quiet: Some(QuietHours { from: 22 * 60, to: 7 * 60 + 5, zone: "Europe/Berlin".to_owned() }),
        answers_alerts: true,
        incidents: IncidentRule::Grouped,
        least_severity: Some(Severity::High),
        daily_digest: false,
        weekly_digest: true,
    }
}

/// What Slack sends when a person submits a modal without touching anything: the initial values, as `state.values`.
fn untouched(view: &SlackView) -> Value {
    let view = serde_json::to_value(view).unwrap();
    let mut values = serde_json::Map::new();
    for block in view["blocks"].as_array().unwrap().iter().filter(|block| block["type"] == "input") {
        let element = &block["element"];
        let (id, action) = (block["block_id"].as_str().unwrap(), element["action_id"].as_str().unwrap());
        let mut state = json!({"type": element["type"]});
        match element["type"].as_str().unwrap() {
            "static_select" => state["selected_option"] = element["initial_option"].clone(),
            "timepicker" => state["selected_time"] = element["initial_time"].clone(),
            "plain_text_input" => state["value"] = element["initial_value"].clone(),
            _ => state["selected_options"] = element.get("initial_options").cloned().unwrap_or_else(|| json!([])),
        }
        values.insert(id.to_owned(), json!({action: state}));
    }
    Value::Object(values)
}

#[test]
fn the_settings_of_a_channel() {
    check_view("modal_channel", &channel_settings(&settings(), &offer()));
}

#[test]
fn settings_come_back_as_they_were_shown() {
    let fresh = ChannelSettings { channel: "slack:C123".to_owned(), ..ChannelSettings::default() };
    for settings in [settings(), fresh] {
        let view = channel_settings(&settings, &offer());
        assert_eq!(read_channel_settings("C123", &untouched(&view), &offer()), Ok(settings));
    }
    // Without tool servers there is no field for them.
    let fresh = ChannelSettings { channel: "slack:C123".to_owned(), ..ChannelSettings::default() };
    let view = channel_settings(&fresh, &Offer::default());
    assert_eq!(read_channel_settings("C123", &untouched(&view), &Offer::default()), Ok(fresh));
}

#[test]
fn an_environment_that_is_named_all_is_not_all_environments() {
    let view = channel_settings(&settings(), &offer());
    let mut values = untouched(&view);
    values["environment"]["environment"]["selected_option"] = json!({"value": "all"});
    assert_eq!(read_channel_settings("C123", &values, &offer()).unwrap().environment, None);
}

#[test]
fn what_was_not_offered_is_refused_with_its_field() {
    let untouched = untouched(&channel_settings(&settings(), &offer()));
    let with = |field: &str, state: Value| {
        let mut values = untouched.clone();
        values[field] = json!({field: state});
        values
    };
    for (field, state) in [
        ("environment", json!({"selected_option": {"value": "named:moon"}})),
        ("environment", json!({"selected_option": null})),
        ("cluster", json!({"selected_option": {"value": "eu-1"}})),
        ("servers", json!({"selected_options": [{"value": "shell"}]})),
        ("servers", json!({"selected_options": "all"})),
        ("incidents", json!({"selected_option": {"value": "always"}})),
        ("least_severity", json!({"selected_option": {"text": "High"}})),
        ("unasked", json!({"selected_options": [{"value": "everything"}]})),
        ("quiet_from", json!({"selected_time": "24:00"})),
        ("quiet_from", json!({"selected_time": "+9:00"})),
        ("quiet_to", json!({"selected_time": null})),
        ("quiet_zone", json!({"selected_option": {"value": "Mars/Base"}})),
    ] {
        let told = read_channel_settings("C123", &with(field, state.clone()), &offer());
        let told = told.expect_err(&format!("{field} {state}")).to_string();
        assert!(told.contains(field), "{field} {state}: {told}");
    }
    for strange in [json!(null), json!([]), json!({}), json!({"strange": {}})] {
        assert!(read_channel_settings("C123", &strange, &offer()).is_err(), "{strange}");
    }
}

#[test]
fn every_mistake_is_told_in_one_reading() {
    let told = read_channel_settings("C123", &json!({"strange": {}}), &offer()).unwrap_err();
    for field in ["strange", "environment", "incidents", "quiet_from", "unasked"] {
        assert!(told.problems.iter().any(|problem| problem.contains(field)), "{field}: {told}");
    }
}

#[test]
fn reasons_and_questions() {
    check_view("modal_resolve", &resolve(&open_incident()));
    check_view("modal_escalate", &escalate(&open_incident()));
    check_view("modal_undo", &undo(&open_incident()));
    let ask = ask_about_message("C1/1699.42", "FIRING: CheckoutErrorRateHigh <!channel>");
    check_view("modal_ask", &ask);
    assert_eq!(read_question(&untouched(&ask)).unwrap(), "What does this mean, and what should I do?");
    let reason = |text: &str| json!({"reason": {"reason": {"type": "plain_text_input", "value": text}}});
    assert_eq!(read_reason(&reason("  rolled back ")).unwrap(), "rolled back");
    assert!(read_reason(&reason("  ")).is_err());
    assert!(read_reason(&untouched(&ask)).is_err());
}
