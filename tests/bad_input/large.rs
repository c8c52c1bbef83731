//! Answers that are far too large: bounded in memory (measured), and what was left out is told.
//!
//! The backends of these tests run in the same process; what they keep is little, and is measured with the rest. The
//! bounds are those of a debug build with room to spare; the figures are in `docs/limits.md`.

use super::gzip;
use super::memory::Measure;
use super::pods::Pods;
use super::servers::{self, ALL, object};
use super::socket::{Behaviour, Socket, answer, stream};
use domain::envelope::{Envelope, Failure, FailureKind};
use serde_json::{Value, json};
use std::time::Duration;

const DEADLINE: Duration = Duration::from_secs(20);
/// A line of 10 MiB is so many of these: words, as in a dump.
const LINE_PARTS: usize = 10 << 4;

/// 64 KiB of words.
fn words() -> Vec<u8> {
    b"yyyyyyy ".repeat(8_192)
}

async fn call(server: &str, behaviour: Behaviour, tool: &str, arguments: Value) -> Result<Envelope, Failure> {
    let socket = Socket::start(behaviour).await;
    let adapter = servers::reading(server, &socket.url, DEADLINE);
    let context = adapter.context().at("2026-11-21T03:00:00Z".parse().unwrap());
    adapter.call(tool, object(arguments), context).await
}

#[tokio::test]
async fn a_list_of_50_000_pods_is_bounded_and_told() {
    let pods = Pods::new(50_000, |_, _| false);
    let adapter = pods.adapter(500);
    let measure = Measure::begin();
    let envelope = adapter.call("list", object(json!({"kind": "pods"})), adapter.context()).await.unwrap();
    measure.within("kubernetes list of 50,000 pods", 150);
    let told = format!("{:?} {:?}", envelope.hint, envelope.not_looked);
    assert!(
        envelope.truncated && told.contains("30000")
            || told.contains("30,000")
            || told.contains("20000")
            || told.contains("20,000"),
        "{told}"
    );
    assert!(serde_json::to_string(&envelope).unwrap().len() < 40_000);
}

/// Loki's answer with one line of 10 MB.
fn long_line() -> Behaviour {
    let begin = r#"{"status":"success","data":{"resultType":"streams","result":[{"stream":{"app":"cart"},"values":[["1795228200000000000","ERROR "#;
    stream(begin, &words(), LINE_PARTS, r#""]]}]}}"#)
}

#[tokio::test]
async fn a_line_of_10_mb_is_cut_and_told_by_loki() {
    for tool in ["query", "patterns", "new_errors"] {
        let measure = Measure::begin();
        let result = call("loki", long_line(), tool, json!({"labels": {"app": "cart"}})).await;
        measure.within(&format!("loki {tool} of a line of 10 MB"), 120);
        let envelope = result.unwrap_or_else(|failure| panic!("{tool}: {failure}"));
        let text = serde_json::to_string(&envelope).unwrap();
        assert!(text.len() < 20_000, "{tool}: {} bytes", text.len());
        // The window before has the same line, so that it is no new error; that it was read is told.
        let is_shown = envelope.returned > 0 && text.contains("yyyy") && tells_of_a_cut(&text);
        assert!(is_shown || (tool == "new_errors" && text.contains("\"lines_read\":1")), "{tool}: {text}");
    }
}

/// The line was longer than what is shown, and that is said.
fn tells_of_a_cut(text: &str) -> bool {
    text.contains('…') || text.contains("cut") || text.contains("10485")
}

/// A pod with a log whose only line has 10 MB, from a server that does not heed the limit of bytes.
#[tokio::test]
async fn a_line_of_10_mb_is_cut_and_told_by_kubernetes() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n2026-11-21T02:59:00Z ERROR ";
    let log = Behaviour::Streams(
        std::sync::Arc::new(head.as_bytes().to_vec()),
        std::sync::Arc::new(words()),
        LINE_PARTS,
        std::sync::Arc::new(b"\n".to_vec()),
    );
    let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "cart", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-20T00:00:00Z"},
        "spec": {"containers": [{"name": "app", "image": "x:1"}]},
        "status": {"phase": "Running", "containerStatuses": [{"name": "app", "ready": true, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-20T00:00:01Z"}}}]}});
    let json_header = "Content-Type: application/json\r\n";
    let list = json!({"kind": "PodList", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": [pod]});
    let socket = Socket::start_by_path(vec![
        ("/log", log),
        ("/pods/cart", answer("200 OK", json_header, pod.to_string().as_bytes())),
        ("/pods", answer("200 OK", json_header, list.to_string().as_bytes())),
    ])
    .await;
    let adapter = servers::reading("kubernetes", &socket.url, DEADLINE);
    let measure = Measure::begin();
    let arguments = object(json!({"target": "pod/cart", "namespace": "shop"}));
    let envelope = adapter.call("logs", arguments, adapter.context()).await.unwrap();
    measure.within("kubernetes logs of a line of 10 MB", 60);
    let text = serde_json::to_string(&envelope).unwrap();
    assert!(text.len() < 40_000 && text.contains("yyyy"), "{} bytes", text.len());
    assert!(tells_of_a_cut(&text), "{text:.600}");
}

#[tokio::test]
async fn a_job_log_with_a_line_of_10_mb_is_cut_and_told_by_github() {
    let at = "2026-11-20T10:00:00Z";
    let run = json!({"id": 900, "name": "ci", "head_sha": "abc", "status": "completed", "conclusion": "failure", "event": "push",
        "run_number": 1, "run_attempt": 1, "head_branch": "main", "created_at": at, "updated_at": at, "run_started_at": at,
        "path": "x.yml", "display_title": "x", "actor": {"login": "ann"}});
    let jobs = json!({"total_count": 1, "jobs": [{"id": 2, "run_id": 900, "name": "test", "status": "completed", "conclusion": "failure",
        "started_at": at, "completed_at": "2026-11-20T10:01:00Z", "steps": [{"number": 1, "name": "Test", "status": "completed",
        "conclusion": "failure", "started_at": at, "completed_at": "2026-11-20T10:01:00Z"}]}]});
    let json_header = "Content-Type: application/json\r\n";
    let log = stream("2026-11-20T10:00:04.0000000Z ##[error]", &words(), LINE_PARTS, "\n");
    let socket = Socket::start_by_path(vec![
        ("/jobs/2/logs", log),
        ("/runs/900/jobs", answer("200 OK", json_header, jobs.to_string().as_bytes())),
        ("/runs/900", answer("200 OK", json_header, run.to_string().as_bytes())),
    ])
    .await;
    let adapter = servers::reading("github", &socket.url, DEADLINE);
    let measure = Measure::begin();
    let envelope = adapter.call("workflow_runs", object(json!({"run": 900})), adapter.context()).await.unwrap();
    measure.within("github job log with a line of 10 MB", 120);
    let text = serde_json::to_string(&envelope).unwrap();
    assert!(text.len() < 40_000 && text.contains("yyyy"), "{text:.600}");
    assert!(tells_of_a_cut(&text), "{text:.600}");
}

#[tokio::test]
async fn a_wide_query_is_bounded_and_told_by_prometheus() {
    let one = r#"{"metric":{"__name__":"up","job":"node-exporter","instance":"10.0.0.9:9100","namespace":"monitoring"},"value":[1795228200,"1"]},"#;
    let begin = r#"{"status":"success","data":{"resultType":"vector","result":["#;
    let last = one.trim_end_matches(',');
    let end = format!("{last}]}}}}");
    let measure = Measure::begin();
    let result = call("prometheus", stream(begin, one.as_bytes(), 50_000, &end), "query", json!({"query": "up"})).await;
    measure.within("prometheus query of 50,000 series", 150);
    let envelope = result.unwrap();
    assert!(envelope.truncated && envelope.total == Some(50_001), "{:?} {:?}", envelope.total, envelope.hint);
    assert!(serde_json::to_string(&envelope).unwrap().len() < 40_000);
}

#[tokio::test]
async fn a_trace_of_50_000_spans_is_bounded_and_told_by_tempo() {
    let span = r#"{"traceId":"4bf92f3577b34da6a3ce929d0e0e4736","spanId":"00f067aa0ba902b7","name":"GET /cart","kind":"SPAN_KIND_SERVER","startTimeUnixNano":"1795228200000000000","endTimeUnixNano":"1795228201000000000","attributes":[]},"#;
    let begin = r#"{"trace":{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"cart"}}]},"scopeSpans":[{"scope":{},"spans":["#;
    let end = format!("{}]}}]}}]}}}}", span.trim_end_matches(','));
    let measure = Measure::begin();
    let asked = json!({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"});
    let result = call("tempo", stream(begin, span.as_bytes(), 50_000, &end), "trace_summary", asked).await;
    measure.within("tempo trace of 50,000 spans", 250);
    let told = match result {
        Ok(envelope) => serde_json::to_string(&envelope).unwrap(),
        Err(failure) => failure.to_string(),
    };
    assert!(told.len() < 20_000, "{} bytes", told.len());
}

/// Whatever the server, an answer without end is left at the server's bound.
#[tokio::test]
async fn an_answer_without_end_is_left_at_the_bound() {
    for server in ALL {
        let (tool, arguments) = servers::calls(server).into_iter().nth(1).unwrap();
        let measure = Measure::begin();
        let result = call(server, stream("[\"", &[b'x'; 65_536], 16_000, "\"]"), tool, arguments).await;
        measure.within(&format!("{server}: an answer of 1 GB"), 130);
        assert_eq!(result.unwrap_err().kind, FailureKind::TooLarge, "{server}");
    }
}

#[tokio::test]
async fn a_gzip_bomb_is_left_at_the_bound() {
    let bomb = gzip::bomb(512);
    for server in ALL {
        let (tool, arguments) = servers::calls(server).into_iter().nth(1).unwrap();
        let behaviour = answer("200 OK", "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", &bomb);
        let measure = Measure::begin();
        let result = call(server, behaviour, tool, arguments).await;
        measure.within(&format!("{server}: a gzip bomb of 512 MiB"), 130);
        assert!(matches!(result.unwrap_err().kind, FailureKind::TooLarge | FailureKind::BadAnswer), "{server}");
    }
}
