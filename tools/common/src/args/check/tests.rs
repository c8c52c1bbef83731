//! Arguments against a schema.

use super::*;
use serde_json::json;

fn schema() -> Value {
    json!({"type": "object", "required": ["query"], "properties": {
        "query": {"type": "string", "description": "PromQL.", "minLength": 1},
        "limit": {"type": "integer", "minimum": 1, "maximum": 50},
        "state": {"type": "string", "enum": ["up", "down", "unknown"]},
        "jobs": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
        "deep": {"type": "boolean"},
        "long": {"type": "string", "maxLength": 20000},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    }})
}

fn checked(arguments: Value) -> Result<Value, String> {
    let Value::Object(arguments) = arguments else { panic!("cases are objects") };
    check(&schema(), arguments).map(Value::Object).map_err(|failure| failure.message)
}

#[test]
fn what_leaves_no_doubt_is_mended() {
    let cases = [
        (json!({"query": "up", "limit": "5"}), json!({"query": "up", "limit": 5})),
        (json!({"query": "up", "limit": 5.0}), json!({"query": "up", "limit": 5})),
        (json!({"query": "up", "state": "Down"}), json!({"query": "up", "state": "down"})),
        (json!({"query": "up", "state": null}), json!({"query": "up"})),
        (json!({"query": "up", "jobs": "node"}), json!({"query": "up", "jobs": ["node"]})),
        (json!({"query": "up", "deep": "true"}), json!({"query": "up", "deep": true})),
        (json!({"query": 1}), json!({"query": "1"})),
    ];
    for (given, wanted) in cases {
        assert_eq!(checked(given.clone()), Ok(wanted), "{given}");
    }
}

#[test]
fn what_is_wrong_is_named_with_what_was_found_and_what_is_accepted() {
    let cases = [
        (json!({}), "argument `query`: found nothing; accepted: a text, at least 1 (PromQL.)"),
        (json!({"query": "up", "limit": 500}), "argument `limit`: found 500; accepted: a whole number, 1 to 50"),
        (
            json!({"query": "up", "limit": "many"}),
            "argument `limit`: found \"many\"; accepted: a whole number, 1 to 50",
        ),
        (
            json!({"query": "up", "state": "donw"}),
            "argument `state`: found \"donw\"; accepted: up, down, unknown; did you mean `down`?",
        ),
        (
            json!({"query": "up", "limits": 5}),
            "argument `limits` is not known, did you mean `limit`? (accepted: deep, jobs, labels, limit, long, query, state)",
        ),
        (json!({"query": "up", "jobs": [{}]}), "argument `jobs[0]`: found {}; accepted: a text"),
        (json!({"query": ["up"]}), "argument `query`: found [\"up\"]; accepted: a text, at least 1"),
    ];
    for (given, wanted) in cases {
        assert_eq!(checked(given.clone()), Err(wanted.to_owned()), "{given}");
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let message = checked(json!({"limit": 0, "stat": "up"})).unwrap_err();
    assert_eq!(message.matches("argument `").count(), 3, "{message}");
}

#[test]
fn a_text_without_a_bound_of_its_own_is_bounded_and_one_with_a_bound_has_that() {
    let long = "x".repeat(17_000);
    for (given, name) in [
        (json!({"query": long}), "`query`"),
        (json!({"query": "up", "jobs": [long]}), "`jobs[0]`"),
        (json!({"query": "up", "labels": {"app": long}}), "`labels.app`"),
    ] {
        let message = checked(given).unwrap_err();
        assert_eq!(message, format!("argument {name}: found a text of 17000 bytes; accepted: at most 16384 bytes"));
    }
    assert!(checked(json!({"query": "up", "labels": {long.clone(): "x"}})).unwrap_err().len() < 200);
    assert!(checked(json!({"query": "up", "long": long})).is_ok());
}

#[test]
fn a_value_of_a_map_that_does_not_fit_is_named() {
    let message = checked(json!({"query": "up", "labels": {"app": {"b": [1]}}})).unwrap_err();
    assert_eq!(message, "argument `labels.app`: found {\"b\":[1]}; accepted: a text");
    let mended = checked(json!({"query": "up", "labels": {"shard": 1}})).unwrap();
    assert_eq!(mended["labels"], json!({"shard": "1"}));
}
