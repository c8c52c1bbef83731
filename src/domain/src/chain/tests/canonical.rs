//! What was written is what is read back, whatever it holds.

use super::super::{Anchor, Entry, LINE_BYTES, Line, canonical_json, personal_hash};
use super::at;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Any JSON value.
pub(super) fn value() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<f32>().prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((any::<String>(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn a_record_comes_back_with_its_hash(body in value(), kind in any::<String>(), nanoseconds in 0..2_000_000_000_u32) {
        let at = chrono::DateTime::from_timestamp(1_790_000_039, nanoseconds).unwrap();
        let entry = Entry { at, kind, body, personal: Some("00ff".to_owned()) };
        prop_assert_eq!(entry.check(), Ok(()));
        let line = Line::after(&Anchor::default(), entry);
        let text = line.to_json();
        prop_assert!(!text.contains('\n') && !text.contains('\0'));
        let back = Line::from_json(&text).unwrap();
        prop_assert_eq!(&back.computed_hash(), &back.hash);
        prop_assert_eq!(back.to_json(), text);
        prop_assert_eq!(back, line);
    }
}

#[test]
fn numbers_at_the_edges_keep_their_hash() {
    let numbers = json!([
        u64::MAX,
        i64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -0.0,
        1e16,
        0.1 + 0.2,
        1.0,
        123_456_789.123_456_79,
        2.225_073_858_507_201e-308,
        9_007_199_254_740_993_u64
    ]);
    let line = Line::after(&Anchor::default(), Entry { body: numbers, ..super::entry(1) });
    let back = Line::from_json(&line.to_json()).unwrap();
    assert_eq!((back.computed_hash(), back.to_json()), (line.hash.clone(), line.to_json()));
}

#[test]
fn a_number_that_no_float_holds_is_no_record() {
    let text = super::log(1)[0].to_json().replace("0.1", "1e400");
    assert!(Line::from_json(&text).is_err());
}

#[test]
fn members_are_in_the_order_of_their_names() {
    let (mut one, mut other) = (Map::new(), Map::new());
    for name in ["b", "a", "ä", "B", ""] {
        one.insert(name.to_owned(), json!({"z": 1, "y": [{"d": 1, "c": 2}]}));
    }
    for name in ["", "B", "ä", "a", "b"] {
        other.insert(name.to_owned(), json!({"y": [{"c": 2, "d": 1}], "z": 1}));
    }
    let (one, other) = (Value::Object(one), Value::Object(other));
    let inner = r#"{"y":[{"c":2,"d":1}],"z":1}"#;
    let expected = format!(r#"{{"":{inner},"B":{inner},"a":{inner},"b":{inner},"ä":{inner}}}"#);
    assert_eq!(canonical_json(&one), expected);
    assert_eq!(canonical_json(&other), expected);
    assert_eq!(personal_hash("salt", &one), personal_hash("salt", &other));
    assert_ne!(personal_hash("salt", &one), personal_hash("other", &one));
}

#[test]
fn what_could_not_be_read_back_is_refused() {
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let long = json!("x".repeat(LINE_BYTES));
    for body in [deep, long] {
        let refused = Entry { body, ..super::entry(1) }.check().unwrap_err().to_string();
        assert!(refused.contains("recursion limit") || refused.contains("at most 1048576"), "{refused}");
    }
    assert_eq!(Entry { at: at(0), ..super::entry(1) }.check(), Ok(()));
}
