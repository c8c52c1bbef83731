//! The generator itself: it changes answers, in every way that it promises, and always in the same way for a seed.

use acceptance::fuzz::answer::{Answer, Asked, Wire};
use acceptance::fuzz::chance::Chance;
use acceptance::fuzz::mutate::{LARGEST_BYTES, mutated};
use serde_json::{Value, json};

fn answer() -> Answer {
    let asked = Asked { method: "GET".to_owned(), path: "/x".to_owned(), query: Vec::new() };
    let body =
        json!({"items": [{"name": "a", "count": 7, "ready": true}, {"name": "b", "at": "2026-11-21T03:00:00Z"}]});
    let wire = Wire {
        status: 200,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: body.to_string().into_bytes(),
        broken_off: false,
    };
    Answer::new(asked, &wire, true)
}

fn some() -> Vec<Wire> {
    (0..3_000).map(|seed| mutated(&answer(), &mut Chance::new(seed))).collect()
}

#[test]
fn a_seed_gives_the_same_answer_again() {
    assert_eq!(some(), some());
}

#[test]
fn every_sort_of_change_comes() {
    let original = answer().wire();
    let seen = some();
    let body = |fits: &dyn Fn(&[u8]) -> bool| seen.iter().filter(|wire| fits(&wire.body)).count();
    let json = |fits: &dyn Fn(&Value) -> bool| {
        body(&|bytes| serde_json::from_slice::<Value>(bytes).is_ok_and(|value| fits(&value)))
    };
    let sorts = [
        ("unchanged at most seldom", seen.iter().filter(|wire| **wire != original).count() * 10 / 9),
        ("other status", seen.iter().filter(|wire| wire.status != 200).count()),
        ("other headers", seen.iter().filter(|wire| wire.headers != original.headers).count()),
        ("broken off", seen.iter().filter(|wire| wire.broken_off).count()),
        ("no UTF-8", body(&|bytes| std::str::from_utf8(bytes).is_err())),
        ("no JSON", body(&|bytes| serde_json::from_slice::<Value>(bytes).is_err())),
        ("a number over the range", body(&|bytes| String::from_utf8_lossy(bytes).contains("1e999"))),
        ("nested deeply", body(&|bytes| String::from_utf8_lossy(bytes).contains(&"[".repeat(100)))),
        ("a field is gone", json(&|value| value.get("items").is_none())),
        ("an empty list", json(&|value| value["items"] == json!([]))),
        ("a longer list", json(&|value| value["items"].as_array().is_some_and(|items| items.len() >= 20))),
        ("another type", json(&|value| value["items"][0]["count"].is_string())),
        ("another number", json(&|value| value["items"][0]["count"].is_number() && value["items"][0]["count"] != 7)),
        ("another text", json(&|value| value["items"][0]["name"].is_string() && value["items"][0]["name"] != "a")),
        ("a field twice", body(&|bytes| String::from_utf8_lossy(bytes).matches("\"count\"").count() == 2)),
    ];
    for (what, times) in sorts {
        assert!(times >= 3, "{what}: {times} of 3000");
    }
    assert!(seen.iter().all(|wire| wire.body.len() <= LARGEST_BYTES));
}

#[test]
fn an_answer_of_any_bytes_survives_its_file() {
    for wire in some() {
        let kept = serde_json::to_string(&Answer::new(answer().asked, &wire, false)).unwrap();
        assert_eq!(serde_json::from_str::<Answer>(&kept).unwrap().wire(), wire);
    }
}
