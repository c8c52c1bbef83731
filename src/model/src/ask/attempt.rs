//! One request and its streamed answer.

use crate::assembly::Assembly;
use crate::client::Shared;
use crate::dialect::Dialect;
use crate::transport::{HttpFailure, Marks, Transport};
use crate::trouble::Trouble;
use crate::wire::{self, Chunk};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use futures::stream::StreamExt;
use ports::model::{ModelError, ModelEvent, ModelRequest};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Parts that are no JSON, before the answer is given up.
const MOST_GARBAGE: u32 = 20;

/// How long the server may still tell its usage after the reply is complete.
const AFTERWORD: Duration = Duration::from_secs(2);

/// One attempt.
pub(super) struct Attempt<'a> {
    pub(super) shared: &'a Shared,
    /// As the engine made it; says which tools are offered.
    pub(super) request: &'a ModelRequest,
    /// As it is sent.
    pub(super) sent: &'a ModelRequest,
    pub(super) model: &'a str,
    pub(super) dialect: Dialect,
}

/// How an attempt failed.
pub(super) struct Failed {
    pub(super) trouble: Trouble,
    /// Whether visible text was passed on.
    pub(super) shown: bool,
}

enum Next {
    Part(Value),
    Garbage(String),
    End,
}

impl Attempt<'_> {
    /// Sends the request and passes on what comes, the reply last.
    pub(super) async fn run(
        &self,
        sender: &mpsc::Sender<Result<ModelEvent, ModelError>>,
        notes: &[&str],
    ) -> Result<(), Failed> {
        let mut shown = false;
        match self.stream(sender, notes, &mut shown).await {
            Ok(()) => Ok(()),
            Err(trouble) => Err(Failed { trouble, shown }),
        }
    }

    async fn stream(
        &self,
        sender: &mpsc::Sender<Result<ModelEvent, ModelError>>,
        notes: &[&str],
        shown: &mut bool,
    ) -> Result<(), Trouble> {
        let (settings, whom) = (&self.shared.settings, &self.shared.whom);
        let body = wire::body(self.sent, self.model, settings.temperature, &self.dialect);
        let prompt_estimate = domain::tokens::estimate(&body.to_string()) as u64;
        let marks = Arc::new(Marks::default());
        let client = self.client(marks.clone());
        let first_deadline = Instant::now() + settings.first_token_deadline;
        let late = || whom.late("first part of an answer", settings.first_token_deadline);
        let chat = client.chat();
        let opening = chat.create_stream_byot::<Value, Value>(body);
        let opened = timeout_at(first_deadline, opening).await.map_err(|_| late())?;
        let mut parts = opened.map_err(|error| whom.of(error))?;
        let mut assembly = Assembly::new(self.request);
        notes.iter().for_each(|note| assembly.note(*note));
        let mut deadline = first_deadline;
        let mut has_content = false;
        let mut garbage = 0;
        loop {
            let ended = assembly.finish.is_some();
            let next = match timeout_at(deadline, parts.next()).await {
                Ok(next) => next,
                Err(_) if ended => None,
                Err(_) if has_content => return Err(whom.late("next part of the answer", settings.idle_deadline)),
                Err(_) => return Err(late()),
            };
            let chunk = match sort(next) {
                Ok(Next::Part(value)) => Chunk::read(&value),
                Ok(Next::Garbage(part)) => {
                    garbage += 1;
                    if garbage > MOST_GARBAGE {
                        return Err(whom.bad_answer(&format!("{garbage} parts that are no JSON, such as {part}")));
                    }
                    assembly.note("a part of the answer that is no JSON was left out");
                    continue;
                }
                Ok(Next::End) => break,
                // The reply is complete; how the connection ends is of no interest.
                Err(_) if ended => break,
                Err(_) if marks.too_long.load(Ordering::Relaxed) => {
                    return Err(whom.of_http(HttpFailure::TooLong { limit: settings.answer_bytes_limit }));
                }
                Err(error) => return Err(whom.of(error)),
            };
            if let Some(error) = chunk.error {
                return Err(whom.of_stream_error(&error));
            }
            has_content |= chunk.has_content();
            for event in assembly.take(chunk) {
                *shown |= matches!(event, ModelEvent::Text(_));
                // A reader that is gone ends this with the stream.
                let _ = sender.send(Ok(event)).await;
            }
            if assembly.finish.is_some() {
                deadline = Instant::now() + AFTERWORD.min(settings.idle_deadline);
            } else if has_content {
                deadline = Instant::now() + settings.idle_deadline;
            }
        }
        self.check_whole(&assembly, marks.closed.load(Ordering::Relaxed))?;
        let (events, reply) = assembly.finish(prompt_estimate);
        for event in events.into_iter().chain([ModelEvent::Done(reply)]) {
            *shown |= matches!(event, ModelEvent::Text(_));
            let _ = sender.send(Ok(event)).await;
        }
        Ok(())
    }

    fn client(&self, marks: Arc<Marks>) -> Client<OpenAIConfig> {
        let transport =
            Transport { http: self.shared.http.clone(), limit: self.shared.settings.answer_bytes_limit, marks };
        // The key here is a placeholder: the transport takes the crate's headers off and our client adds its own.
        let config = OpenAIConfig::new().with_api_base(self.shared.endpoint.api_base.clone()).with_api_key("unused");
        Client::build(self.shared.http.clone(), config).with_http_service(transport)
    }

    fn check_whole(&self, assembly: &Assembly, closed: bool) -> Result<(), Trouble> {
        let whom = &self.shared.whom;
        match assembly.finish.as_deref() {
            Some("error") => Err(whom.bad_answer("the server ended the answer with an error that it does not explain")),
            None if !assembly.began => {
                Err(whom.bad_answer("the answer holds nothing that belongs to a chat completion"))
            }
            None if !closed => {
                Err(whom.bad_answer("the answer stopped in the middle (neither a reason to finish nor [DONE] came)"))
            }
            _ => Ok(()),
        }
    }
}

fn sort(next: Option<Result<Value, OpenAIError>>) -> Result<Next, OpenAIError> {
    match next {
        None => Ok(Next::End),
        Some(Ok(value)) => Ok(Next::Part(value)),
        Some(Err(OpenAIError::JSONDeserialize(_, content))) => Ok(Next::Garbage(crate::repair::excerpt(&content, 80))),
        Some(Err(error)) => Err(error),
    }
}
