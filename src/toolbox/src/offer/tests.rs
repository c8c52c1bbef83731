//! Which tools are offered, and why others are withheld.

use super::*;
use crate::settings::{HttpSettings, Transport};
use expect_test::{Expect, expect};
use rmcp::model::ToolAnnotations;
use serde_json::json;
use std::collections::BTreeSet;

fn foreign() -> ServerSettings {
    let place = HttpSettings { url: "http://127.0.0.1:1/mcp".to_owned(), headers: BTreeMap::new() };
    ServerSettings::foreign("time", Transport::StreamableHttp(place))
}

fn tool(name: &str, schema: &Value) -> Tool {
    let schema = schema.as_object().cloned().unwrap_or_default();
    // The hint claims that everything is harmless, and nothing may come of it.
    Tool::new(name.to_owned(), format!("does {name}"), schema).with_annotations(ToolAnnotations::new().read_only(true))
}

fn check(settings: &ServerSettings, tools: &[(&str, Value)], expected: Expect) {
    let tools = tools.iter().map(|(name, schema)| tool(name, schema)).collect();
    let offer = Offer::sorted(settings, &CacheSettings::usual(), tools);
    let mut text = String::new();
    for offered in &offer.offered {
        text.push_str(&format!("{} {:?} cached {:?}\n", offered.tool, offered.effect, offered.cache_ttl));
    }
    for (name, reason) in &offer.withheld {
        text.push_str(&format!("- {name}: {reason}\n"));
    }
    expected.assert_eq(&text);
}

#[test]
fn a_foreign_tool_needs_a_read_grade_from_the_settings() {
    let mut settings = foreign();
    settings.grades = BTreeMap::from([
        ("now".to_owned(), EffectClass::R0),
        ("set clock".to_owned(), EffectClass::W2),
        ("broken".to_owned(), EffectClass::R0),
        ("off".to_owned(), EffectClass::R1),
    ]);
    settings.cache_ttl = BTreeMap::from([("now".to_owned(), Duration::from_secs(1))]);
    settings.grades.insert("huge".to_owned(), EffectClass::R0);
    let names = ["now", "set clock", "broken", "on.demand", "other", "huge", "line\nbreak"].map(str::to_owned);
    settings.enabled_tools = Some(BTreeSet::from(names));
    let object = json!({"type": "object"});
    let tools = [
        ("other", object.clone()),
        ("now", object.clone()),
        ("now", object.clone()),
        ("set clock", object.clone()),
        ("broken", json!({"type": "nonsense"})),
        ("on.demand", object.clone()),
        ("off", object),
    ];
    check(
        &settings,
        &tools,
        expect![[r#"
        now R0 cached Some(1s)
        - broken: its input schema cannot be used: "nonsense" is not valid under any of the schemas listed in the 'anyOf' keyword
        - now: the server lists this name twice
        - off: not among enabled_tools of [mcp_servers.time] in the settings
        - on.demand: it has no effect class; if it only reads, say so in the settings: [mcp_servers.time.grades] "on.demand" = "R0"
        - other: it has no effect class; if it only reads, say so in the settings: [mcp_servers.time.grades] other = "R0"
        - set clock: graded W2: it changes something, and nothing that changes anything is called from here
    "#]],
    );
}

#[test]
fn our_own_tools_are_graded_by_our_table_only() {
    let mut settings = ServerSettings { ours: true, ..foreign() };
    settings.name = "kubernetes".to_owned();
    settings.grades = BTreeMap::from([("delete_pod".to_owned(), EffectClass::R0)]);
    let object = json!({"type": "object"});
    let tools = [("list", object.clone()), ("logs", object.clone()), ("delete_pod", object)];
    check(
        &settings,
        &tools,
        expect![[r#"
            list R0 cached Some(10s)
            logs R1 cached None
            - delete_pod: graded W3: it changes something, and nothing that changes anything is called from here
        "#]],
    );
}

#[test]
fn a_changed_definition_is_noticed() {
    let sorted = |schema: Value| {
        Offer::sorted(&foreign(), &CacheSettings::usual(), vec![tool("a", &schema), tool("b", &json!({}))])
    };
    let before = sorted(json!({"type": "object"}));
    let after = sorted(json!({"type": "object", "required": ["x"]}));
    assert_eq!(after.changed_since(&before), ["a"]);
    assert!(after.changed_since(&after).is_empty());
}
