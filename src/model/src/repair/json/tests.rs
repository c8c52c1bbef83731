//! What is nearly JSON, case by case, and what must hold for every text.

use super::*;
use proptest::prelude::*;
use serde_json::json;

#[test]
fn mends_what_is_nearly_json() {
    let cases = [
        (r#"{"a": 1}"#, json!({"a": 1}), 0),
        (r#"{"a": 1,}"#, json!({"a": 1}), 1),
        (r#"{"a": [1, 2,], }"#, json!({"a": [1, 2]}), 1),
        (r#"{'a': 'it is', "b": 'x'}"#, json!({"a": "it is", "b": "x"}), 1),
        (r#"{a: 1, b-c: "x"}"#, json!({"a": 1, "b-c": "x"}), 1),
        (r#"{"a": True, "b": None, "c": False}"#, json!({"a": true, "b": null, "c": false}), 3),
        (r#"{"a": {"b": [1, {"c": 2"#, json!({"a": {"b": [1, {"c": 2}]}}), 1),
        (r#"{"a": "never closed"#, json!({"a": "never closed"}), 2),
        (r#"{"a": 1 "b": 2}"#, json!({"a": 1, "b": 2}), 1),
        ("{\"a\": \"two\nlines\"}", json!({"a": "two\nlines"}), 1),
        (r#"{"a": shop, "b": 2}"#, json!({"a": "shop", "b": 2}), 1),
        (r#"{"re": "\d+\.\w"}"#, json!({"re": "\\d+\\.\\w"}), 1),
        ("{\"a\": 1 // why\n, /* x */ \"b\": 2}", json!({"a": 1, "b": 2}), 1),
        (r#"{“a”: “b”}"#, json!({"a": "b"}), 1),
        (r#"{"a" = 1, "b" => 2}"#, json!({"a": 1, "b": 2}), 1),
        (r#"{"a": [1, 2}"#, json!({"a": [1, 2]}), 1),
        (r#"{"a": "\ud83d\ude00\u00e4"}"#, json!({"a": "😀ä"}), 0),
        (r#"{'a': '\ud83d\ude00 \ud83d'}"#, json!({"a": "😀 \u{fffd}"}), 1),
        (r#"{"a":"#, json!({}), 1),
        (r#"{"a"#, json!({}), 2),
        (r#"{"a": 1}}"#, json!({"a": 1}), 1),
    ];
    for (text, expected, notes) in cases {
        let read = read_all(text).unwrap_or_else(|| panic!("{text} was not read"));
        assert_eq!(read.value, expected, "{text}");
        assert_eq!(read.notes.len(), notes, "{text}: {:?}", read.notes);
    }
}

#[test]
fn tells_where_the_value_ends() {
    let read = read_prefix(r#" {"a": 1} and more"#).unwrap();
    assert_eq!((read.value, read.consumed), (json!({"a": 1}), 9));
    let read = read_prefix(r#"{"a": 1,} and more"#).unwrap();
    assert_eq!(read.consumed, 9);
    assert_eq!(read_all("{} {}"), None);
    assert_eq!(read_all(""), None);
}

#[test]
fn depth_is_limited() {
    assert_eq!(read_prefix(&"[".repeat(100_000)), None);
    assert_eq!(read_prefix(&"{a:".repeat(100_000)), None);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map("[a-z_]{1,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = read_all(&text);
    }

    #[test]
    fn nothing_near_json_panics(text in "[\\[\\]{}:,'\"a1\\\\ntu“ \n-]{0,80}") {
        if let Some(read) = read_prefix(&text) {
            prop_assert!(text.is_char_boundary(read.consumed));
        }
    }

    #[test]
    fn strict_json_is_read_as_it_is(value in json_value()) {
        let text = value.to_string();
        let read = read_all(&text).unwrap();
        prop_assert_eq!(read.value, value);
        prop_assert!(read.notes.is_empty());
    }

    #[test]
    fn cut_objects_are_closed(value in json_value(), share in 0.0..1.0_f64) {
        let text = serde_json::json!({"k": value}).to_string();
        let mut end = 1 + ((text.len() - 1) as f64 * share) as usize;
        while !text.is_char_boundary(end) { end -= 1; }
        if let Some(read) = read_prefix(&text[..end.max(1)]) {
            prop_assert!(read.value.is_object());
        }
    }
}
