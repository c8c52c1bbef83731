//! Looks and answers that the cases are made of, and the modals that show them.

use crate::golden;
use chrono_tz::Tz;
use domain::answer::{Answer, Brain, EvidenceView, Hypothesis, Usage};
use domain::envelope::{FailureKind, Window};
use domain::evidence::EvidenceId;
use domain::object::ObjectRef;
use serde_json::{Map, Value, json};
use slack_view::{cost, evidence};

pub fn answer(text: &str) -> Answer {
    Answer {
        answer: text.to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: Vec::new(),
        evidence: vec![pods(1)],
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage { tool_calls: 3, tool_bytes: 41_200, wall_ms: 1_840, tool_ms: 1_500, ..Usage::default() },
    }
}

pub fn by_model(text: &str) -> Answer {
    let usage = Usage {
        model_calls: 4,
        tool_calls: 3,
        prompt_tokens: 9_120,
        completion_tokens: 310,
        tool_bytes: 41_200,
        wall_ms: 12_300,
        model_ms: 10_900,
        tool_ms: 900,
    };
    Answer { brain: Brain::Model, model: Some("qwen3:8b at http://ollama:11434".into()), usage, ..answer(text) }
}

pub fn cause(kind: &str, name: &str, confidence: f64, summary: &str, ids: &[u32]) -> Hypothesis {
    let cause: ObjectRef = serde_json::from_value(json!({"kind": kind, "namespace": "shop", "name": name})).unwrap();
    let evidence = ids.iter().copied().map(EvidenceId).collect();
    Hypothesis { cause, summary: summary.to_owned(), confidence, evidence }
}

fn arguments(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

pub fn pods(id: u32) -> EvidenceView {
    EvidenceView {
        id: EvidenceId(id),
        tool: "kubernetes_list".into(),
        source: Some("kubernetes demo".into()),
        arguments: arguments(json!({"kind": "Pod", "namespace": "shop", "limit": 50})),
        window: None,
        returned: 24,
        total: Some(24),
        truncated: false,
        error: None,
        excerpt: "recommendation-h47zp994cx-w2w4r  CrashLoopBackOff  6\ncart-x2hspc4qzw-4jlr9  Running  0".into(),
        failure: None,
        partly: false,
    }
}

pub fn failed(id: u32) -> EvidenceView {
    EvidenceView {
        id: EvidenceId(id),
        tool: "loki_query".into(),
        source: None,
        arguments: arguments(json!({"query": "{app=\"checkout\"} |= `<!channel>`"})),
        returned: 0,
        total: None,
        error: Some("loki http://loki:3100 answered 503: <html>no healthy upstream</html>".into()),
        excerpt: String::new(),
        failure: Some(FailureKind::BadAnswer),
        ..pods(id)
    }
}

fn metrics(id: u32) -> EvidenceView {
    let at = |text: &str| text.parse().unwrap();
    EvidenceView {
        id: EvidenceId(id),
        tool: "prometheus_query_range".into(),
        source: Some("prometheus http://prometheus:9090".into()),
        arguments: arguments(json!({"query": "sum(rate(http_requests_total[5m])) > 0", "step": "30s"})),
        window: Some(Window { start: at("2026-11-20T02:45:00Z"), end: at("2026-11-20T03:00:00Z") }),
        returned: 100,
        total: Some(240),
        truncated: true,
        excerpt: format!("```\n{}", "0.98 0.97 0.40 ".repeat(200)),
        ..pods(id)
    }
}

#[test]
fn evidence_as_a_modal() {
    let answer = Answer { evidence: vec![pods(1), metrics(2), failed(3)], ..answer("**x**") };
    golden::view("evidence", &evidence::modal(&answer, Tz::Europe__Berlin));
    let none = Answer { evidence: Vec::new(), ..answer };
    golden::view("evidence-none", &evidence::modal(&none, Tz::UTC));
}

#[test]
fn evidence_that_does_not_fit_is_counted() {
    let answer = Answer { evidence: (1..=150).map(metrics).collect(), ..answer("**x**") };
    let shown = slack_view::text_view::view(&evidence::modal(&answer, Tz::UTC));
    let looks = shown.matches("`prometheus_query_range`").count();
    assert!(looks > 10 && looks < 99, "{looks}");
    assert!(shown.contains(&format!("({} of 150 looks are left out here", 150 - looks)), "{shown}");
}

#[test]
fn cost_as_a_modal() {
    golden::view("cost", &cost::modal(&by_model("**x**")));
    golden::view("cost-no-model", &cost::modal(&answer("**x**")));
}
