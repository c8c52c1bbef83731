//! What the tools make of a healthy Loki's answers.

use super::call_at;
use super::fake::{Line, NOW, NOW_NS, fake};
use domain::envelope::FailureKind;
use domain::observed::Table;
use domain::observed::loki::{LineRow, Lines, NewErrorRow, NewErrors, PatternRow, Patterns, Stats, VolumeRow};
use serde_json::json;
use tools_loki::Limits;

fn lines_of(data: &serde_json::Value) -> (Lines, Vec<LineRow>) {
    let lines: Lines = serde_json::from_value(data.clone()).unwrap();
    let rows = lines.lines.typed().unwrap();
    (lines, rows)
}

/// Lines that share nanoseconds in heaps, within a stream and over streams.
fn crowded() -> Vec<Line> {
    let pods = ["p1", "p2", "p3"];
    (0..97_i64)
        .map(|n| (NOW_NS - 1_000_000_000 * (n / 13), "cart", pods[(n % 3) as usize], format!("line {n}")))
        .collect()
}

#[tokio::test]
async fn pages_give_every_line_once_though_many_share_a_nanosecond() {
    for (limit, oldest_first) in [(5, false), (7, true), (20, false), (1, false)] {
        let adapter = fake(crowded(), |_| None).adapter();
        let mut arguments = json!({"labels": {"app": "cart"}, "limit": limit, "oldest_first": oldest_first});
        let (mut seen, mut times) = (Vec::new(), Vec::new());
        for _ in 0..200 {
            let envelope = call_at(&adapter, "query", arguments.clone(), NOW).await.unwrap();
            let (_, rows) = lines_of(&envelope.data);
            times.extend(rows.iter().map(|row| row.at.clone()));
            seen.extend(rows.into_iter().map(|row| row.line));
            let Some(cursor) = envelope.next_cursor else { break };
            arguments["cursor"] = json!(cursor);
        }
        let ordered = times.windows(2).all(|pair| if oldest_first { pair[0] <= pair[1] } else { pair[0] >= pair[1] });
        assert!(ordered, "{limit}: {times:?}");
        assert_eq!(seen.len(), 97, "limit {limit}");
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 97, "limit {limit}");
    }
}

#[tokio::test]
async fn lines_come_with_labels_once_their_fields_and_their_level() {
    let fake = fake(
        vec![
            (NOW_NS - 2_000_000_000, "cart", "p1", "\u{1b}[31mERROR\u{1b}[0m no stock".to_owned()),
            (NOW_NS - 1_000_000_000, "cart", "p2", "GET /".to_owned()),
        ],
        |_| None,
    );
    let envelope = call_at(&fake.adapter(), "query", json!({"labels": {"app": "cart"}}), NOW).await.unwrap();
    let (lines, rows) = lines_of(&envelope.data);
    assert_eq!(lines.shared, [("app".to_owned(), "cart".to_owned())].into());
    assert_eq!((rows[1].line.as_str(), rows[1].level.as_deref()), ("ERROR no stock", Some("error")));
    assert_eq!(rows[0].fields.as_ref().unwrap()["trace_id"], "4bf92f35");
    assert_eq!(lines.levels, [("error".to_owned(), 1)].into());
    assert_eq!((envelope.returned, envelope.total, envelope.truncated), (2, Some(2), false));
    assert_eq!(envelope.source.as_deref(), Some("loki http://loki:3100"));
    let asked = &fake.asked("/loki/api/v1/query_range")[0];
    assert_eq!(asked.headers["x-loki-response-encoding-flags"], "categorize-labels");
    assert_eq!(asked.get("query"), "{app=\"cart\"}");
}

#[tokio::test]
async fn what_is_over_the_budget_is_refused_before_lines_are_read() {
    let lines: Vec<Line> = (0..100)
        .map(|n| (NOW_NS - n * 30_000_000_000, "cart", if n < 20 { "p1" } else { "p2" }, "x".repeat(1_000)))
        .collect();
    let fake = fake(lines, |_| None);
    let limits = Limits { budget_bytes: 20_000, ..Limits::default() };
    let adapter = fake.adapter_with(limits, &[]);
    let asked = json!({"labels": {"app": "cart"}, "contains": ["x"]});
    let failure = call_at(&adapter, "query", asked, NOW).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TooLarge);
    let text = failure.to_string();
    for word in [
        "97.7 KiB in 1h",
        "may read 19.5 KiB",
        "since: 9m",
        "by pod \"p2\" 78.1 KiB, \"p1\" 19.5 KiB",
        "nothing was read",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert!(fake.asked("/loki/api/v1/query_range").is_empty());
    let asked = json!({"labels": {"app": "cart"}, "contains": ["x"], "fit_window": true});
    let envelope = call_at(&adapter, "query", asked, NOW).await.unwrap();
    assert!(envelope.returned > 5 && envelope.hint.unwrap().contains("newest 9m"), "a shorter window");
    let tail = call_at(&adapter, "query", json!({"labels": {"app": "cart"}, "limit": 3}), NOW).await.unwrap();
    assert_eq!(tail.returned, 3, "the newest lines of a stream need no whole window");
}

#[tokio::test]
async fn patterns_are_honest_about_a_sample() {
    let lines: Vec<Line> = (0..400)
        .map(|n| {
            let text =
                if n % 4 == 0 { format!("ERROR order {n} failed") } else { format!("served request {n} in 5 ms") };
            (NOW_NS - n * 1_000_000_000, "cart", "p1", text)
        })
        .collect();
    let fake = fake(lines, |asked| {
        (asked.path == "/loki/api/v1/query").then(|| {
            assert!(asked.get("query").starts_with("sum(count_over_time({app=\"cart\"}"), "{asked:?}");
            let data = json!({"resultType": "vector", "result": [{"metric": {}, "value": [1, "400"]}]});
            (200, json!({"status": "success", "data": data}).to_string())
        })
    });
    let asked = json!({"labels": {"app": "cart"}, "since": "400s"});
    let whole = call_at(&fake.adapter(), "patterns", asked.clone(), NOW).await.unwrap();
    let patterns: Patterns = serde_json::from_value(whole.data.clone()).unwrap();
    let rows: Vec<PatternRow> = patterns.patterns.typed().unwrap();
    assert_eq!((patterns.lines_read, patterns.lines_there), (400, Some(400)));
    assert_eq!((rows[0].count, rows[0].level.as_deref()), (100, Some("error")), "{rows:?}");
    assert_eq!(rows[0].pattern, "ERROR order <*> failed");
    assert!(whole.not_looked.is_empty());
    let limits = Limits { sample_lines: 100, ..Limits::default() };
    let part = call_at(&fake.adapter_with(limits, &[]), "patterns", asked, NOW).await.unwrap();
    assert!(part.not_looked[0].starts_with("100 of 400 lines were read"), "{:?}", part.not_looked);
}

fn errors(since: i64, until: i64, every: i64, text: &str) -> Vec<Line> {
    (since..until)
        .step_by(every as usize)
        .map(|n| (NOW_NS - n * 1_000_000_000, "cart", "p1", format!("ERROR {text} {n}")))
        .collect()
}

#[tokio::test]
async fn new_errors_are_those_that_the_time_before_did_not_have() {
    let mut lines = errors(60, 600, 60, "no stock for item");
    lines.extend(errors(0, 10_000, 100, "timeout of payment"));
    lines.extend(errors(10, 900, 10, "cache away after ms"));
    lines.extend(errors(950, 10_000, 1_000, "cache away after ms"));
    let fake = fake(lines, |_| None);
    let envelope =
        call_at(&fake.adapter(), "new_errors", json!({"labels": {"app": "cart"}, "since": "15m"}), NOW).await.unwrap();
    let data: NewErrors = serde_json::from_value(envelope.data.clone()).unwrap();
    let rows: Vec<NewErrorRow> = data.errors.typed().unwrap();
    let told: Vec<(&str, &str, u64)> =
        rows.iter().map(|row| (row.change.as_str(), row.pattern.as_str(), row.count)).collect();
    assert_eq!(
        told,
        [("new", "ERROR no stock for item <*>", 9), ("burst", "ERROR cache away after ms <*>", 89)],
        "{rows:?}"
    );
    assert_eq!((data.steady, rows[0].first.as_str()), (1, "2026-11-21T01:51:00Z"));
    assert!(envelope.not_looked.is_empty(), "{:?}", envelope.not_looked);
    let query = &fake.asked("/loki/api/v1/query_range")[0];
    assert!(query.get("query").contains("(?i)(error|fatal"), "{query:?}");
}

#[tokio::test]
async fn errors_of_streams_without_a_past_are_told_as_not_comparable() {
    let adapter = fake(errors(0, 100, 10, "first words"), |_| None).adapter();
    let envelope = call_at(&adapter, "new_errors", json!({"labels": {"app": "cart"}}), NOW).await.unwrap();
    assert_eq!(envelope.returned, 1);
    assert!(envelope.not_looked[0].contains("no line at all in the baseline"), "{:?}", envelope.not_looked);
}

#[tokio::test]
async fn an_old_error_whose_lines_were_not_read_is_not_told_as_new() {
    let mut lines = errors(0, 900, 10, "seen long ago");
    lines.extend(errors(900, 10_000, 2, "something else that is frequent"));
    let fake = fake(lines, |asked| {
        (asked.path == "/loki/api/v1/query").then(|| {
            let value = if asked.get("query").contains("[10800s]") { "1080" } else { "90" };
            let data = json!({"resultType": "vector", "result": [{"metric": {}, "value": [1, value]}]});
            (200, json!({"status": "success", "data": data}).to_string())
        })
    });
    let limits = Limits { sample_lines: 500, ..Limits::default() };
    let arguments = json!({"labels": {"app": "cart"}, "since": "15m"});
    let envelope = call_at(&fake.adapter_with(limits, &[]), "new_errors", arguments, NOW).await.unwrap();
    assert_eq!(envelope.returned, 0, "{:?}", envelope.data);
    assert!(envelope.not_looked.iter().any(|missed| missed.contains("more error lines than")), "{envelope:?}");
}

#[tokio::test]
async fn an_empty_result_says_why() {
    let lines = vec![(NOW_NS - 10_000_000_000, "checkout", "p1", "x".to_owned())];
    let adapter = fake(lines, |asked| {
        let filtered = asked.path == "/loki/api/v1/query_range" && asked.get("query").contains("|~");
        filtered
            .then(|| (200, json!({"status": "success", "data": {"resultType": "streams", "result": []}}).to_string()))
    })
    .adapter();
    let cases = [
        (
            json!({"labels": {"app": "chekout"}}),
            "No stream has app=\"chekout\" in this window; did you mean \"checkout\"?",
        ),
        (json!({"labels": {"ap": "checkout"}}), "No stream has a label `ap`; did you mean `app`?"),
        (json!({"labels": {"app": "checkout"}, "contains": ["zzz"]}), "the filters let none through"),
        (json!({"labels": {"app": "checkout"}, "at": "2020-01-01T00:00:00Z"}), "no stream at all"),
    ];
    for (arguments, wanted) in cases {
        let envelope = call_at(&adapter, "query", arguments.clone(), NOW).await.unwrap();
        let hint = envelope.hint.unwrap();
        assert!(hint.contains(wanted), "{arguments}: {hint}");
    }
}

#[tokio::test]
async fn a_silent_stream_is_looked_for_in_the_last_day() {
    let lines = vec![(NOW_NS - 7_200_000_000_000, "cart", "p1", "the last words".to_owned())];
    let adapter = fake(lines, |_| None).adapter();
    let envelope = call_at(&adapter, "query", json!({"labels": {"app": "cart"}}), NOW).await.unwrap();
    assert_eq!(envelope.returned, 1);
    assert!(envelope.hint.unwrap().contains("last 24 hours"));
}

#[tokio::test]
async fn stats_labels_and_values_are_told_from_the_index() {
    let fake = fake(crowded(), |_| None);
    let adapter = fake.adapter();
    let envelope = call_at(&adapter, "stats", json!({"by": "pod"}), NOW).await.unwrap();
    let stats: Stats = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(stats.selector, "{app=~\".+\"}");
    assert_eq!(stats.size.unwrap().entries, 97);
    assert_eq!(stats.volumes.typed::<VolumeRow>().unwrap().len(), 3);
    let envelope = call_at(&adapter, "labels", json!({}), NOW).await.unwrap();
    let labels: Table = serde_json::from_value(envelope.data).unwrap();
    assert_eq!(labels.rows.len(), 2);
    let envelope = call_at(&adapter, "label_values", json!({"label": "app"}), NOW).await.unwrap();
    assert_eq!(envelope.data["values"], json!(["cart"]));
    assert!(fake.asked("/loki/api/v1/query_range").is_empty());
}

#[tokio::test]
async fn metric_queries_come_back_as_numbers() {
    let fake = fake(crowded(), |asked| {
        let kind = match (asked.path.as_str(), asked.get("step")) {
            ("/loki/api/v1/query", _) => json!({"resultType": "vector", "result": [
                {"metric": {"app": "a"}, "value": [1, "1"]}, {"metric": {"app": "b"}, "value": [1, "2.5"]}], "stats": {}}),
            ("/loki/api/v1/query_range", "60") => json!({"resultType": "matrix", "result": [
                {"metric": {"app": "a"}, "values": [[1, "1"], [2, "NaN"], [3, "3"]]}]}),
            _ => return None,
        };
        Some((200, json!({"status": "success", "data": kind}).to_string()))
    });
    let adapter = fake.adapter();
    let query = "sum by (app) (rate({app=\"cart\"}[5m]))";
    let envelope = call_at(&adapter, "query", json!({"query": query}), NOW).await.unwrap();
    assert_eq!(envelope.data["samples"][0]["value"], json!(2.5));
    let size = &fake.asked("/loki/api/v1/index/stats")[0];
    let read: i64 = size.get("end").parse::<i64>().unwrap() - size.get("start").parse::<i64>().unwrap();
    assert_eq!(read, 300_000_000_000, "an instant reads its range");
    let envelope = call_at(&adapter, "query", json!({"query": query, "step": "1m"}), NOW).await.unwrap();
    assert_eq!(envelope.data["series"][0]["mean"], json!(2.0));
}
