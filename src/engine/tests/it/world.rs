//! A small scripted world: one workload that crashes, and the tools that tell of it.

use chrono::{DateTime, Utc};
use domain::answer::Answer;
use engine::conversation::Conversation;
use engine::turn::{Jamie, TurnSettings};
use fakes::toolbox::read_tool;
use fakes::{ManualClock, ScriptedModel, ScriptedToolbox};
use ports::conversations::{Place, TurnError};
use ports::progress::{Progress, TurnEvent};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub fn now() -> DateTime<Utc> {
    "2026-11-20T03:05:00Z".parse().unwrap()
}

pub fn settings() -> TurnSettings {
    TurnSettings { deadline: Duration::from_secs(30), ..TurnSettings::usual().unwrap() }
}

/// A toolbox with the scrape targets of a Prometheus: one of three is down.
pub fn targets() -> ScriptedToolbox {
    let rows = json!({"columns": ["job", "instance", "health", "last_error", "scrape_url"], "rows": [
        ["node", "127.0.0.1:9101", "down", "connection refused", "http://127.0.0.1:9101/metrics"],
        ["node", "127.0.0.1:9100", "up", null, "http://127.0.0.1:9100/metrics"],
        ["prometheus", "127.0.0.1:9090", "up", null, "http://127.0.0.1:9090/metrics"]]});
    let mut envelope = domain::envelope::Envelope::whole(rows, 3);
    envelope.source = Some("prometheus http://127.0.0.1:9090".into());
    ScriptedToolbox::new(vec![tool("prometheus_targets"), tool("prometheus_query")]).on(
        "prometheus_targets",
        Value::Null,
        Ok(envelope),
    )
}

pub fn tool(name: &str) -> ports::toolbox::ToolDescription {
    read_tool(name, "Reads.", json!({"type": "object", "properties": {"namespace": {"type": "string"}}}))
}

pub struct Told {
    pub answer: Result<Answer, TurnError>,
    pub events: Vec<TurnEvent>,
}

pub async fn ask(
    question: &str,
    model: Option<Arc<ScriptedModel>>,
    toolbox: Arc<ScriptedToolbox>,
    settings: TurnSettings,
) -> Told {
    ask_until(question, model, toolbox, settings, CancellationToken::new()).await
}

pub async fn ask_until(
    question: &str,
    model: Option<Arc<ScriptedModel>>,
    toolbox: Arc<ScriptedToolbox>,
    settings: TurnSettings,
    cancel: CancellationToken,
) -> Told {
    let (sender, mut receiver) = mpsc::channel(4_096);
    let clock = Arc::new(ManualClock::at(now()));
    let jamie = Jamie::new(toolbox, model.map(|model| model as Arc<dyn ports::model::Model>), clock, settings);
    let answer = jamie
        .answer(question, &Place::default(), &mut Conversation::default(), Progress::into_channel(sender), cancel)
        .await;
    let mut events = Vec::new();
    while let Ok(event) = receiver.try_recv() {
        events.push(event);
    }
    Told { answer, events }
}
