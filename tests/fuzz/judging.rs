//! The judge can fail a server: each thing that may never be is seen.

use acceptance::fuzz::case::kind_of;
use acceptance::fuzz::judge::judge;
use acceptance::fuzz::panics;
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::json;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

fn complaints(result: Result<Envelope, Failure>, took: Duration) -> String {
    judge(&result, took, SECOND).0.join("\n")
}

#[test]
fn what_may_never_be_is_told() {
    let good = || Envelope::whole(json!({"a": 1}), 1);
    let words = "x".repeat(20_000);
    let cases = [
        (Ok(good()), SECOND, ""),
        (Err(Failure::new(FailureKind::BadAnswer, "no JSON")), SECOND, ""),
        (Ok(good()), 9 * SECOND, "it took 9.0 s"),
        (Err(Failure::new(FailureKind::BadAnswer, " ")), SECOND, "without words"),
        (Err(Failure::new(FailureKind::BadAnswer, words.clone())), SECOND, "message of a failure has 20000 bytes"),
        (Ok(Envelope { hint: Some(words.clone()), ..good() }), SECOND, "the hint has 20000 bytes"),
        (Ok(Envelope { not_looked: vec![words.clone()], ..good() }), SECOND, "a line of what could not be looked at"),
        (Ok(Envelope { not_looked: vec!["x".repeat(9_000); 9], ..good() }), SECOND, "has 81000 bytes"),
        (Ok(Envelope { truncated: true, ..good() }), SECOND, "something was left out"),
        (Ok(Envelope::whole(json!("x".repeat(600_000)), 1)), SECOND, "more than any budget"),
        (Ok(Envelope::whole(json!("x".repeat(5 << 20)), 1)), SECOND, "the result is not sent"),
    ];
    for (result, took, expected) in cases {
        let told = complaints(result, took);
        assert!(told.contains(expected) && told.is_empty() == expected.is_empty(), "{expected:?}: {told}");
    }
}

#[tokio::test]
async fn a_panic_is_seen_even_in_a_task_that_nobody_awaits() {
    let _watching = panics::watch().await;
    drop(tokio::spawn(async { panic!("a fault in a background task") }));
    tokio::task::yield_now().await;
    let seen = panics::take().join("\n");
    assert!(seen.contains("judging.rs") && seen.ends_with("a fault in a background task"), "{seen}");
}

#[test]
fn the_same_fault_counts_as_one_sort() {
    let first = r#"list {"kind":"pods"}: the hint has 20001 bytes: a: b"#;
    let second = r#"list {"kind":"nodes","limit":2}: the hint has 77777 bytes: c"#;
    let panic = "list {\"kind\":\"pods\"}: panic at tools/x.rs:1:2: index out of bounds";
    assert_eq!(kind_of(first), kind_of(second));
    assert_ne!(kind_of(first), kind_of(panic));
    assert_ne!(kind_of(panic), kind_of(&panic.replace("x.rs", "y.rs")));
}
