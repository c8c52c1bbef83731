//! A trace of 10,000 spans in at most 4,000 bytes.

use super::mock::{Told, mock, trace};
use super::{ID, call};
use serde_json::json;
use tools_common::wire;

const SPANS: usize = 10_000;

/// A shop's request that fans out to 40 services, asks a database 4,000 times one after another and a cache 3,000 times
/// side by side, fails deep down, has lost some parents, and has a service whose clock is behind.
fn spans() -> Vec<Told> {
    let services: Vec<&'static str> =
        (0..40).map(|n| &*Box::leak(format!("service-with-a-long-name-{n:02}").into_boxed_str())).collect();
    let mut spans = vec![
        Told("frontend", 1, 0, "GET /cart/checkout".into(), 0, 60_000, Some("502 from checkout")),
        Told("checkout", 2, 1, "POST /checkout".into(), 100, 59_000, Some("orders could not be read")),
        Told("orders", 3, 2, "list-orders".into(), 200, 41_000, Some("deadline exceeded")),
        Told("behind", 4, 2, "GET /quote".into(), 20, 80, None),
    ];
    for n in 0..4_000_u64 {
        let failure = (n == 3_999).then_some("could not connect to server: Connection timed out (10.0.0.12:5432)");
        spans.push(Told("orders", 1_000 + n, 3, format!("SELECT order {n}"), 300 + n * 10, 309 + n * 10, failure));
    }
    for n in 0..3_000_u64 {
        spans.push(Told("checkout", 10_000 + n, 2, "cache GET".into(), 42_000, 42_050 + n, None));
    }
    let mut n = 0;
    while spans.len() < SPANS {
        let service = services[n as usize % services.len()];
        let parent = if n % 97 == 0 { 900_000 + n } else { 2 };
        let name = format!("operation of a rather long name {}", n as usize % 90 % 13);
        spans.push(Told(service, 20_000 + n, parent, name, 46_000 + n, 46_400 + n, (n % 301 == 0).then_some("flaky")));
        n += 1;
    }
    spans
}

#[tokio::test]
async fn ten_thousand_spans_are_told_in_a_thousand_tokens() {
    let mock = mock(|_, _| trace(&spans()));
    let result = call(&mock.adapter(), "trace_summary", json!({"trace_id": ID})).await;
    let (text, is_error) = wire::encode(&result);
    assert!(!is_error, "{text}");
    assert!(text.len() <= 4_000, "{} bytes", text.len());
    let envelope = result.unwrap();
    assert_eq!((envelope.data["spans"].as_u64(), envelope.returned), (Some(SPANS as u64), SPANS as u64));
    let shown = serde_json::to_string_pretty(&envelope).unwrap();
    let expected = expect_test::expect_file!["large_summary.json"];
    expected.assert_eq(&format!("{shown}\n"));
}

#[tokio::test]
async fn the_worst_names_still_fit() {
    let mock = mock(|_, _| {
        let mut spans: Vec<Told> = vec![Told("r", 1, 0, "\u{1F600}\"\\".repeat(200), 0, 100_000, None)];
        for n in 0..2_000_u64 {
            let service: &'static str = Box::leak(format!("{n:04}{}", "\"\\\u{1F600}".repeat(90)).into_boxed_str());
            spans.push(Told(
                service,
                10 + n,
                1,
                "\\\"".repeat(300),
                n * 40,
                n * 40 + 39,
                Some("\u{7}\"\\\u{1F600}\u{1}"),
            ));
        }
        trace(&spans)
    });
    let (text, is_error) = wire::encode(&call(&mock.adapter(), "trace_summary", json!({"trace_id": ID})).await);
    assert!(!is_error && text.len() <= 4_000, "{} bytes: {text}", text.len());
}
