//! A turn of the model: it asks for tools, gets their results, and writes the answer; code binds its claims.

use super::offered::{FIND_TOOLS, Offered};
use super::{Desk, Jamie, assemble, room};
use crate::event::TurnEvent;
use crate::view;
use domain::answer::{Answer, Brain, Claim, ClaimKind, Hypothesis};
use domain::binding::Binder;
use domain::envelope::FailureKind;
use domain::evidence::{EvidenceId, ToolCall};
use domain::object::ObjectRef;
use futures::StreamExt;
use ports::model::{CallRequest, Message, Model, ModelError, ModelEvent, ModelRequest, Reply};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Calls of one reply that are made; the rest is answered with "one step at a time".
const CALLS_PER_STEP: usize = 8;

/// Steps in a row without one call that could be made, after which the model gets no more tools.
const FRUITLESS_STEPS: usize = 3;

impl Jamie {
    /// Answers by the model.
    ///
    /// # Errors
    /// Whatever keeps the model from a usable answer; the caller then asks the playbooks.
    pub(super) async fn by_model(&self, desk: &mut Desk<'_>, model: &Arc<dyn Model>) -> Result<Answer, ModelError> {
        let waited = Instant::now();
        let told = desk.bounded(model.capabilities()).await;
        let capabilities = match told {
            Some(capabilities) => capabilities?,
            None if desk.cancel.is_cancelled() => return Err(ModelError::Cancelled),
            None => {
                return Err(ModelError::Timeout("it did not tell what it can do before the turn's deadline".into()));
            }
        };
        desk.usage.model_ms += assemble::milliseconds(waited.elapsed());
        let context = capabilities.context_tokens.unwrap_or(room::ASSUMED_CONTEXT_TOKENS);
        let room = usize::try_from(context).unwrap_or(usize::MAX).saturating_sub(self.settings.reply_tokens as usize);
        let question = self.read(desk.question);
        let mut offered = Offered::choose(
            self.catalogue(desk).await,
            &question,
            &self.settings.disclosure,
            self.settings.tools_offered,
        );
        let mut messages = self.opening(desk);
        let mut fruitless = 0;
        for step in 1..=self.settings.max_steps {
            let last = step == self.settings.max_steps || fruitless >= FRUITLESS_STEPS;
            let tools = if last { Vec::new() } else { offered.tools() };
            room::fit(&mut messages, &tools, room);
            let request = ModelRequest { messages: messages.clone(), tools, max_tokens: self.settings.reply_tokens };
            desk.progress.tell(TurnEvent::Thinking(step));
            trace(desk, &request);
            let reply = self.ask(desk, model, request).await?;
            if reply.calls.is_empty() || last {
                if reply.text.trim().is_empty() {
                    return Err(ModelError::BadAnswer("it ended without a word".into()));
                }
                return Ok(self.bind_text(desk, model, reply.text.trim()));
            }
            if !reply.text.is_empty() {
                desk.progress.tell(TurnEvent::TextWithdrawn);
            }
            messages.push(Message::Assistant { text: reply.text, calls: reply.calls.clone() });
            let (answers, made) = self.serve(desk, &mut offered, reply.calls).await;
            messages.extend(answers);
            fruitless = if made { 0 } else { fruitless + 1 };
            if fruitless >= FRUITLESS_STEPS || step + 1 == self.settings.max_steps {
                messages
                    .push(Message::User("Answer now from what you have seen. Say what you could not find out.".into()));
            }
        }
        Err(ModelError::BadAnswer("it never came to an answer".into()))
    }

    fn opening(&self, desk: &Desk<'_>) -> Vec<Message> {
        let now = self.clock.now();
        let place = match (&desk.place.cluster, &desk.place.namespace) {
            (None, None) => String::new(),
            (cluster, namespace) => format!(
                "Asked about{}{}.",
                cluster.as_ref().map_or(String::new(), |cluster| format!(" cluster {cluster}")),
                namespace.as_ref().map_or(String::new(), |namespace| format!(" namespace {namespace}"))
            ),
        };
        let values = BTreeMap::from([
            ("now", now.with_timezone(&self.settings.zone).format("%A %Y-%m-%d %H:%M %Z").to_string()),
            ("place", place),
            ("instructions", self.settings.instructions.clone()),
        ]);
        let mut messages = vec![Message::System(self.settings.prompt.render(&values))];
        for exchange in desk.conversation.exchanges() {
            messages.push(Message::User(exchange.question.clone()));
            messages.push(Message::Assistant { text: exchange.answer.clone(), calls: Vec::new() });
        }
        messages.push(Message::User(desk.question.to_owned()));
        messages
    }

    async fn ask(
        &self,
        desk: &mut Desk<'_>,
        model: &Arc<dyn Model>,
        request: ModelRequest,
    ) -> Result<Reply, ModelError> {
        let started = Instant::now();
        desk.usage.model_calls += 1;
        let mut stream = model.ask(request, desk.cancel.child_token());
        let outcome = loop {
            let event = tokio::select! {
                biased;
                () = desk.cancel.cancelled() => break Err(ModelError::Cancelled),
                event = tokio::time::timeout_at(desk.deadline, stream.next()) => event,
            };
            match event {
                Err(_) => {
                    break Err(ModelError::Timeout(format!(
                        "the turn's {} s were over",
                        self.settings.deadline.as_secs()
                    )));
                }
                Ok(None) => break Err(ModelError::BadAnswer("its answer stopped in the middle".into())),
                Ok(Some(Err(error))) => break Err(error),
                Ok(Some(Ok(ModelEvent::Queued(place)))) => desk.progress.tell(TurnEvent::Queued(place)),
                Ok(Some(Ok(ModelEvent::Text(text)))) => desk.progress.tell(TurnEvent::Text(text)),
                Ok(Some(Ok(ModelEvent::Thinking(_)))) => {}
                Ok(Some(Ok(ModelEvent::Done(reply)))) => break Ok(reply),
            }
        };
        desk.usage.model_ms += assemble::milliseconds(started.elapsed());
        if let Ok(reply) = &outcome {
            desk.usage.prompt_tokens += reply.tokens.prompt;
            desk.usage.completion_tokens += reply.tokens.completion;
            for repair in &reply.repairs {
                desk.progress.tell(TurnEvent::Trace(format!("repaired: {repair}")));
            }
        }
        outcome
    }

    /// Answers the calls of one reply, in their order; tells whether one of them could be made.
    async fn serve(&self, desk: &mut Desk<'_>, offered: &mut Offered, calls: Vec<CallRequest>) -> (Vec<Message>, bool) {
        let mut answers: Vec<(String, Served)> = Vec::new();
        let mut looks = Vec::new();
        for (index, call) in calls.into_iter().enumerate() {
            let served = if index >= CALLS_PER_STEP {
                Served::Said(format!(
                    "Not made: at most {CALLS_PER_STEP} calls at once. Ask again if you still need it."
                ))
            } else {
                self.one_call(desk, offered, &call, &mut looks)
            };
            answers.push((call.id, served));
        }
        let ids = desk.ledger.look(looks).await;
        let made = !ids.is_empty() || answers.iter().any(|(_, served)| matches!(served, Served::Found(_)));
        let messages = answers
            .into_iter()
            .map(|(call_id, served)| {
                let content = match served {
                    Served::Said(text) | Served::Found(text) => text,
                    Served::Looked(index) => ids.get(index).map_or_else(String::new, |id| self.result(desk, *id)),
                };
                Message::Tool { call_id, content }
            })
            .collect();
        (messages, made)
    }

    fn one_call(
        &self,
        desk: &mut Desk<'_>,
        offered: &mut Offered,
        call: &CallRequest,
        looks: &mut Vec<ToolCall>,
    ) -> Served {
        let arguments = match &call.arguments {
            Ok(arguments) => arguments.clone(),
            Err(problem) => {
                return Served::Said(format!("The arguments could not be read: {problem}. Send a JSON object."));
            }
        };
        if call.tool == FIND_TOOLS {
            return Served::Found(offered.find(&arguments));
        }
        let Some(tool) = offered.get(&call.tool) else {
            return Served::Said(offered.unknown(&call.tool));
        };
        let server = tool.server.clone();
        let made = self.with_cluster(desk, tool, ToolCall { tool: call.tool.clone(), arguments });
        match self.settings.disclosure.permits(&server, &made) {
            Ok(()) => {
                looks.push(made);
                Served::Looked(looks.len() - 1)
            }
            Err(failure) => {
                let text = failure.to_string();
                desk.ledger.record_refusal(made, failure);
                Served::Said(text)
            }
        }
    }

    /// The person's cluster goes into every call that takes one and names none.
    fn with_cluster(&self, desk: &Desk<'_>, tool: &ports::toolbox::ToolDescription, mut call: ToolCall) -> ToolCall {
        if let Some(cluster) = &desk.place.cluster
            && tool.input_schema.pointer("/properties/cluster").is_some()
            && !call.arguments.contains_key("cluster")
        {
            call.arguments.insert("cluster".to_owned(), Value::String(cluster.clone()));
        }
        call
    }

    /// The result as the model sees it: an id to cite, then data and nothing but data.
    fn result(&self, desk: &Desk<'_>, id: EvidenceId) -> String {
        match desk.ledger.get(id).map(|evidence| &evidence.result) {
            Some(Ok(envelope)) => {
                let (shown, _) = self.settings.disclosure.view(envelope);
                format!("[{id}] {}", view::for_model(&shown, self.settings.result_tokens))
            }
            Some(Err(failure)) if failure.kind == FailureKind::BadRequest => {
                format!("The call is wrong: {}", self.settings.disclosure.text(&failure.to_string()))
            }
            Some(Err(failure)) => {
                format!("[{id}] could not look: {}", self.settings.disclosure.text(&failure.to_string()))
            }
            None => String::new(),
        }
    }

    fn bind_text(&self, desk: &mut Desk<'_>, model: &Arc<dyn Model>, text: &str) -> Answer {
        let evidence = desk.ledger.evidence();
        let binder = Binder::new(evidence, self.clock.now(), self.settings.zone);
        let bound = binder.bind_markdown(text);
        let mut markdown = bound.markdown;
        let failed = assemble::could_not_look(
            &evidence
                .iter()
                .filter(|look| !matches!(&look.result, Err(failure) if failure.kind == FailureKind::BadRequest))
                .cloned()
                .collect::<Vec<_>>(),
        );
        if !failed.is_empty() {
            markdown.push_str("\n\nI could not look:\n- ");
            markdown.push_str(&failed.join("\n- "));
        }
        if !bound.unknown_citations.is_empty() {
            markdown.push_str(&format!("\n\nCited and never looked at: {}.", bound.unknown_citations.join(", ")));
        }
        let hypotheses = causes(&bound.claims);
        let mut usage = std::mem::take(&mut desk.usage);
        assemble::add_cost(&mut usage, desk.ledger.spent(), desk.started.elapsed());
        Answer {
            answer: markdown,
            brain: Brain::Model,
            model: Some(model.name()),
            claims: bound.claims,
            evidence: assemble::views(evidence),
            hypotheses,
            proposals: Vec::new(),
            usage,
        }
    }
}

/// How one call was served.
enum Served {
    /// It could not be made; this says why.
    Said(String),
    /// More tools were found.
    Found(String),
    /// It goes out, at this place among the looks.
    Looked(usize),
}

fn trace(desk: &Desk<'_>, request: &ModelRequest) {
    let tools: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
    let estimated = room::estimate(&request.messages, &request.tools);
    let mut text = format!("request of about {estimated} tokens; tools: {}", tools.join(", "));
    for message in &request.messages {
        text.push_str(&match message {
            Message::System(content) => format!("\nsystem: {content}"),
            Message::User(content) => format!("\nuser: {content}"),
            Message::Assistant { text, calls } => format!(
                "\nassistant: {text} {:?}",
                calls
                    .iter()
                    .map(|call| (
                        &call.tool,
                        call.arguments.as_ref().map(|a: &Map<String, Value>| Value::Object(a.clone()).to_string())
                    ))
                    .collect::<Vec<_>>()
            ),
            Message::Tool { call_id, content } => format!("\ntool {call_id}: {content}"),
        });
    }
    desk.progress.tell(TurnEvent::Trace(text));
}

/// The causes that a model's claims name: an object of a cluster in a sentence that speaks of a cause. How sure is
/// decided by whether the claim is bound, never by how it is worded.
fn causes(claims: &[Claim]) -> Vec<Hypothesis> {
    const CAUSAL: &[&str] = &["root cause", "caused by", "because", "due to", "cause is", "cause:"];
    let mut found: Vec<Hypothesis> = Vec::new();
    for claim in claims {
        let lower = claim.text.to_lowercase();
        if !CAUSAL.iter().any(|word| lower.contains(word)) {
            continue;
        }
        for cause in ObjectRef::find_all(&claim.text) {
            if !found.iter().any(|hypothesis| hypothesis.cause == cause) {
                let confidence = if claim.kind == ClaimKind::Fact { 0.7 } else { 0.3 };
                found.push(Hypothesis {
                    cause,
                    summary: claim.text.clone(),
                    confidence,
                    evidence: claim.evidence.clone(),
                });
            }
        }
    }
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    found
}
