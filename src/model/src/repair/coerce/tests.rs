//! Types put right by a schema, case by case, and what must hold for every value.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["kind"],
        "properties": {
            "kind": {"type": "string", "enum": ["Pod", "Node", "DaemonSet"]},
            "limit": {"type": "integer"},
            "ratio": {"type": "number"},
            "previous": {"type": "boolean"},
            "name": {"type": ["string", "null"]},
            "labels": {"type": "object", "properties": {"tier": {"type": "string"}}},
            "names": {"type": "array", "items": {"type": "string"}},
            "numbers": {"type": "array", "items": {"type": "integer"}},
            "window": {"anyOf": [{"$ref": "#/$defs/Window"}, {"type": "null"}]},
            "step": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "free": {},
        },
        "$defs": {"Window": {"type": "object", "properties": {"minutes": {"type": "integer"}}}},
    })
}

#[test]
fn types_are_put_right_by_the_schema() {
    let cases = [
        (json!({"limit": "5"}), json!({"limit": 5})),
        (json!({"limit": 5.0}), json!({"limit": 5})),
        (json!({"limit": "5.0"}), json!({"limit": 5})),
        (json!({"limit": 5.5}), json!({"limit": 5.5})),
        (json!({"limit": "five"}), json!({"limit": "five"})),
        (json!({"ratio": "0.25"}), json!({"ratio": 0.25})),
        (json!({"previous": "True"}), json!({"previous": true})),
        (json!({"previous": 0}), json!({"previous": false})),
        (json!({"previous": "maybe"}), json!({"previous": "maybe"})),
        (json!({"name": 404}), json!({"name": "404"})),
        (json!({"name": null}), json!({"name": null})),
        (json!({"kind": "pod"}), json!({"kind": "Pod"})),
        (json!({"kind": "daemonset"}), json!({"kind": "DaemonSet"})),
        (json!({"kind": "Widget"}), json!({"kind": "Widget"})),
        (json!({"names": "a"}), json!({"names": ["a"]})),
        (json!({"names": "[\"a\", \"b\"]"}), json!({"names": ["a", "b"]})),
        (json!({"numbers": ["1", 2]}), json!({"numbers": [1, 2]})),
        (json!({"labels": "{'tier': 1}"}), json!({"labels": {"tier": "1"}})),
        (json!({"limit": null}), json!({})),
        (json!({"limit": "null", "previous": ""}), json!({})),
        (json!({"kind": null}), json!({"kind": null})),
        (json!({"window": {"minutes": "15"}}), json!({"window": {"minutes": 15}})),
        (json!({"window": "{\"minutes\": 15}"}), json!({"window": {"minutes": 15}})),
        (json!({"window": null}), json!({"window": null})),
        (json!({"step": "30"}), json!({"step": 30})),
        (json!({"free": "5", "unknown": "6"}), json!({"free": "5", "unknown": "6"})),
        (json!("5"), json!("5")),
    ];
    for (given, expected) in cases {
        let (value, notes) = coerce(&schema(), given.clone());
        assert_eq!(value, expected, "{given}");
        assert_eq!(notes.is_empty(), given == expected, "{given}: {notes:?}");
    }
}

#[test]
fn a_schema_that_refers_to_itself_ends() {
    let schema = json!({"$ref": "#"});
    assert_eq!(coerce(&schema, json!({"a": 1})).0, json!({"a": 1}));
    let schema = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"next": deep});
    }
    assert_eq!(coerce(&schema, deep.clone()).0, deep);
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[0-9tfn.\\[{\"]{0,6}".prop_map(Value::from),
        "(true|None|null|pod|[1, 2]|\\{\"minutes\": \"3\"\\})".prop_map(Value::from),
        proptest::collection::vec("[0-9a]{0,3}", 0..3).prop_map(Value::from),
    ]
}

proptest! {
    #[test]
    fn twice_is_as_good_as_once(members in proptest::collection::btree_map(
        "(kind|limit|ratio|previous|name|labels|names|numbers|window|step|free)", anything(), 0..6)
    ) {
        let value = Value::Object(members.into_iter().collect());
        let once = coerce(&schema(), value).0;
        let (twice, notes) = coerce(&schema(), once.clone());
        prop_assert_eq!(&twice, &once);
        prop_assert!(notes.is_empty(), "{:?}", notes);
    }

    #[test]
    fn a_broken_schema_never_panics(schema in anything(), value in anything()) {
        let _ = coerce(&serde_json::json!({"type": schema.clone(), "properties": schema, "items": 1}), value);
    }
}
