//! Each kind with values that pass and values that do not.

use super::*;
use crate::settings::origin::Origin;

fn base() -> Base<'static> {
    Base { folder: Path::new("/etc/ad"), home: Some(Path::new("/home/ann")) }
}

fn from_file(toml: &str) -> Raw {
    let (root, problems) =
        crate::settings::raw::parse(&crate::settings::raw::Document::BuiltIn("t"), &format!("v = {toml}"));
    assert!(problems.is_empty(), "{problems:?}");
    let RawValue::Table(mut entries) = root.value else { panic!("no table") };
    entries.remove(0).1
}

fn from_variable(text: &str) -> Raw {
    Raw { origin: Origin::Variable("V".to_owned()), value: RawValue::Untyped(text.to_owned()) }
}

#[test]
fn accepted_values() {
    let cases: Vec<(Kind, Raw, Value)> = vec![
        (Kind::Whole { min: 1, max: 9 }, from_file("9"), Value::Whole(9)),
        (Kind::Seconds { min: 1, max: 90 }, from_variable(" 45 "), Value::Whole(45)),
        (Kind::Flag, from_variable("1"), Value::Flag(true)),
        (Kind::Url, from_file("\"https://x:9/y\""), Value::Text("https://x:9/y".to_owned())),
        (Kind::Endpoint, from_file("\"gpu:11434\""), Value::Text("http://gpu:11434".to_owned())),
        (Kind::Endpoint, from_file("\"127.0.0.1\""), Value::Text("http://127.0.0.1".to_owned())),
        (Kind::File, from_file("\"ca.pem\""), Value::File("/etc/ad/ca.pem".into())),
        (Kind::File, from_file("\"~/ca.pem\""), Value::File("/home/ann/ca.pem".into())),
        (Kind::File, from_file("\"/ca.pem\""), Value::File("/ca.pem".into())),
        (Kind::TextList, from_variable("a, b,"), Value::List(vec!["a".to_owned(), "b".to_owned()])),
        (Kind::TextList, from_variable("[\"a,b\"]"), Value::List(vec!["a,b".to_owned()])),
        (Kind::TimeZone, from_file("\"Europe/Berlin\""), Value::Zone(chrono_tz::Europe::Berlin)),
        (Kind::Date, from_file("2027-03-31"), Value::Date(NaiveDate::from_ymd_opt(2027, 3, 31).unwrap())),
        (Kind::LogFilter, from_file("\"info,kube=debug\""), Value::Text("info,kube=debug".to_owned())),
        (
            Kind::Grades,
            from_file("{ read_it = \"R0\" }"),
            Value::Grades(BTreeMap::from([("read_it".to_owned(), EffectClass::R0)])),
        ),
        (Kind::Secret, from_file("{ file = \"key\" }"), Value::Secret(SecretSource::File("/etc/ad/key".into()))),
    ];
    for (kind, raw, value) in cases {
        assert_eq!(check(kind, &raw, &base()), Ok(value), "{kind:?} {raw:?}");
    }
}

#[test]
fn refused_values_say_what_was_found() {
    let cases: Vec<(Kind, Raw, &str)> = vec![
        (Kind::Whole { min: 1, max: 9 }, from_file("10"), "10"),
        (Kind::Whole { min: 1, max: 9 }, from_file("-1"), "-1"),
        (Kind::Whole { min: 1, max: 9 }, from_file("1.5"), "1.5"),
        (Kind::Whole { min: 1, max: 9 }, from_file("\"3\""), "\"3\""),
        (Kind::Flag, from_file("\"yes\""), "\"yes\""),
        (Kind::Url, from_file("\"prometheus:9090\""), "\"prometheus:9090\""),
        (Kind::Url, from_file("\"ftp://x\""), "\"ftp://x\""),
        (Kind::Url, from_file("\"ftp://u:hunter2@x\""), "\"ftp://[secret]@x\""),
        (Kind::Endpoint, from_file("\"http://\""), "\"http://\""),
        (Kind::Text, from_file("\"  \""), "\"  \""),
        (Kind::TextList, from_file("[1]"), "[1]"),
        (Kind::LogFilter, from_file("\"infos\""), "\"infos\""),
        (Kind::Date, from_file("\"tomorrow\""), "\"tomorrow\""),
        (Kind::Grades, from_file("{ x = \"R9\" }"), "x = \"R9\""),
        (Kind::Secret, from_file("12345"), "a whole number"),
        (Kind::Secret, from_file("{ path = \"x\" }"), "a table with other keys than \"file\""),
        (Kind::SecretMap, from_file("{ Authorization = 7 }"), "\"Authorization\" is a whole number"),
        (Kind::SecretMap, from_variable("{ \"X\" = \"hunter2"), "a text that begins like TOML and is none"),
    ];
    for (kind, raw, found) in cases {
        let mismatch = check(kind, &raw, &base()).unwrap_err();
        assert_eq!(mismatch.found, found, "{kind:?} {raw:?}");
    }
}

#[test]
fn a_near_word_is_proposed() {
    let hint = |kind, toml| check(kind, &from_file(toml), &base()).unwrap_err().hint;
    assert_eq!(hint(Kind::OneOf(&["observe", "safe"]), "\"Observ\"").as_deref(), Some("did you mean \"observe\"?"));
    assert_eq!(hint(Kind::TimeZone, "\"Europe/Berlim\"").as_deref(), Some("did you mean \"Europe/Berlin\"?"));
}
