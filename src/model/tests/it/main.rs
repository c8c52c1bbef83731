//! The client against a real HTTP server that does as scripted.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of these tests fail like the tests themselves")]

mod ask;
mod embeddings;
mod failures;
mod limits;
mod probe;

use fakes::{ModelServer, Script, ServerStep};
use futures::StreamExt;
use model::{Kind, ModelClient, ModelSettings};
use ports::model::{Message, Model, ModelError, ModelEvent, ModelRequest, OfferedTool, Reply};
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// No test waits longer than this for anything.
const PATIENCE: Duration = Duration::from_secs(30);

async fn server(steps: impl IntoIterator<Item = ServerStep>) -> ModelServer {
    ModelServer::start(Script::steps(steps)).await
}

fn settings(server: &ModelServer) -> ModelSettings {
    let mut settings = ModelSettings::new(server.url.clone(), Kind::Ollama);
    settings.model = Some("scripted:latest".to_owned());
    settings.jitter_seed = Some(7);
    settings.backoff.base = Duration::from_millis(1);
    settings.backoff.cap = Duration::from_millis(5);
    settings
}

fn client(settings: ModelSettings) -> ModelClient {
    ModelClient::new(settings).unwrap()
}

fn tool() -> OfferedTool {
    OfferedTool {
        name: "kubernetes_list".into(),
        description: "Lists objects.".into(),
        parameters: json!({"type": "object", "properties": {"kind": {"type": "string"}, "limit": {"type": "integer"}}}),
    }
}

fn request() -> ModelRequest {
    let messages = vec![Message::System("You help.".into()), Message::User("How is it?".into())];
    ModelRequest { messages, tools: vec![tool()], max_tokens: 200 }
}

#[derive(Debug, Default)]
struct Heard {
    text: String,
    thinking: String,
    queued: Vec<usize>,
    reply: Option<Reply>,
    error: Option<ModelError>,
}

impl Heard {
    fn reply(self) -> Reply {
        match self.reply {
            Some(reply) => reply,
            None => panic!("no reply: {self:?}"),
        }
    }

    fn error(self) -> ModelError {
        match self.error {
            Some(error) => error,
            None => panic!("no error: {self:?}"),
        }
    }
}

async fn ask_with(client: &ModelClient, request: ModelRequest, cancel: CancellationToken) -> Heard {
    let mut heard = Heard::default();
    let mut events = client.ask(request, cancel);
    let listening = async {
        while let Some(event) = events.next().await {
            assert!(heard.reply.is_none() && heard.error.is_none(), "an event after the end: {event:?}");
            match event {
                Ok(ModelEvent::Text(text)) => heard.text.push_str(&text),
                Ok(ModelEvent::Thinking(text)) => heard.thinking.push_str(&text),
                Ok(ModelEvent::Queued(place)) => heard.queued.push(place),
                Ok(ModelEvent::Done(reply)) => heard.reply = Some(reply),
                Err(error) => heard.error = Some(error),
            }
        }
    };
    tokio::time::timeout(PATIENCE, listening).await.unwrap();
    heard
}

async fn ask(client: &ModelClient) -> Heard {
    ask_with(client, request(), CancellationToken::new()).await
}
