//! Wrong arguments are told with field, found and accepted.

use super::*;
use expect_test::{Expect, expect};
use serde_json::json;

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["kind"],
        "additionalProperties": false,
        "properties": {
            "kind": {"$ref": "#/$defs/Kind"},
            "limit": {"type": "integer", "minimum": 1, "maximum": 500},
            "namespace": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
            "filters": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string", "pattern": "^[a-z]+$"}}}},
        },
        "$defs": {"Kind": {"type": "string", "enum": ["pods", "services"]}},
    })
}

fn check(cases: &[Value], expected: Expect) {
    let mut told = String::new();
    for case in cases {
        let arguments = case.as_object().cloned().unwrap();
        let outcome = match Arguments::new(schema()).check("kubernetes_list", arguments) {
            Ok(_) => "accepted".to_owned(),
            Err(failure) => format!("{:?}: {}", failure.kind, failure.message.replace("; ", ";\n    ")),
        };
        told.push_str(&format!("{case}\n  {outcome}\n"));
    }
    expected.assert_eq(&told);
}

#[test]
fn each_wrong_field_is_named_with_what_was_found_and_what_is_accepted() {
    let cases = [
        json!({"kind": "pods", "limit": 5, "namespace": null}),
        json!({}),
        json!({"kind": "pod"}),
        json!({"kind": "pods", "limit": "10"}),
        json!({"kind": "pods", "limit": 0}),
        json!({"kind": "pods", "namespace": "far too long"}),
        json!({"kind": "pods", "filters": [{"name": "A"}]}),
        json!({"kind": "pods", "lmit": 3, "x": 1}),
    ];
    check(
        &cases,
        expect![[r#"
        {"kind":"pods","limit":5,"namespace":null}
          accepted
        {}
          BadRequest: wrong arguments for kubernetes_list: `kind` is missing;
            accepted: one of "pods", "services"
        {"kind":"pod"}
          BadRequest: wrong arguments for kubernetes_list: `kind`: found "pod" (string), accepted: one of "pods", "services"
        {"kind":"pods","limit":"10"}
          BadRequest: wrong arguments for kubernetes_list: `limit`: found "10" (string), accepted: integer from 1 to 500
        {"kind":"pods","limit":0}
          BadRequest: wrong arguments for kubernetes_list: `limit`: found 0 (number), accepted: integer from 1 to 500
        {"kind":"pods","namespace":"far too long"}
          BadRequest: wrong arguments for kubernetes_list: `namespace`: found "far too long" (string), accepted: string of at most 5 characters or null
        {"filters":[{"name":"A"}],"kind":"pods"}
          BadRequest: wrong arguments for kubernetes_list: `filters.0.name`: found "A" (string), accepted: string matching ^[a-z]+$
        {"kind":"pods","lmit":3,"x":1}
          BadRequest: wrong arguments for kubernetes_list: `lmit` is not known (`limit` is);
            `x` is not known
    "#]],
    );
}

#[test]
fn the_hint_lists_what_the_tool_takes() {
    let failure = Arguments::new(schema()).check("kubernetes_list", Map::new()).expect_err("kind is missing");
    expect!["kubernetes_list takes `kind` (required), `filters`, `limit`, `namespace`"]
        .assert_eq(&failure.hint.unwrap_or_default());
}

#[test]
fn many_problems_are_cut() {
    let mut arguments = Map::new();
    for number in 0..40 {
        arguments.insert(format!("field{number}"), json!(1));
    }
    let failure = Arguments::new(schema()).check("kubernetes_list", arguments).expect_err("nothing fits");
    assert!(failure.message.ends_with("; and 36 more"), "{}", failure.message);
}

#[test]
fn an_unusable_schema_refuses_the_call() {
    for schema in
        [json!({"type": "nonsense"}), json!({"$ref": "http://127.0.0.1:1/schema.json"}), json!({"pattern": "("})]
    {
        let failure = Arguments::new(schema.clone()).check("x_y", Map::new()).expect_err("unusable");
        assert_eq!(failure.kind, FailureKind::Refused, "{schema}: {failure}");
    }
}

#[test]
fn a_circular_schema_ends() {
    let circular =
        json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"$ref": "#/$defs/A"}}});
    assert!(part(&circular, "/a/b").is_none());
    assert_eq!(accepted(&circular, &json!({"$ref": "#/$defs/A"})), "any value");
}
