//! A turn of the model: it asks for tools, gets their results, and writes the answer; code binds its claims.

use super::offered::{FIND_TOOLS, Offered};
use super::room::Room;
use super::transcript::{self, Answered, Exchange, Fitted, Transcript};
use super::{Desk, Jamie, NoAnswer, assemble, room};
use crate::recalled;
use crate::view;
use domain::answer::{Answer, Brain, Claim, ClaimKind, Hypothesis};
use domain::binding::Binder;
use domain::envelope::FailureKind;
use domain::evidence::{EvidenceId, ToolCall};
use domain::object::ObjectRef;
use domain::usage::budgets::Request;
use futures::StreamExt;
use ports::model::{CallRequest, Model, ModelError, ModelEvent, ModelRequest, OfferedTool, Reply};
use ports::progress::TurnEvent;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::time::Instant;

/// Calls of one reply that are made; the rest is answered with "one step at a time".
const CALLS_PER_STEP: usize = 8;

/// Steps in a row without one call that could be made, after which the model gets no more tools.
const FRUITLESS_STEPS: usize = 3;

/// How often a request that the server refuses as too long is made shorter and sent again.
const NARROWER: usize = 2;

/// What the first request may have, prompt and schemas together, before memory is left out of it.
const FIRST_REQUEST_TOKENS: usize = 2_500;

/// What the wire adds to each schema, and to the messages.
const WRAPPING_TOKENS: usize = 24;

/// A model at work on one turn.
struct Work<'a> {
    model: &'a Arc<dyn Model>,
    transcript: Transcript<'a>,
    room: Room,
    /// Characters of the question that the model was not sent.
    cut_characters: usize,
}

impl Jamie {
    /// Answers by the model.
    ///
    /// # Errors
    /// Whatever keeps the model from a usable answer; the caller then asks the playbooks.
    pub(super) async fn by_model(&self, desk: &mut Desk<'_>, model: &Arc<dyn Model>) -> Result<Answer, NoAnswer> {
        let context_tokens = self.context_tokens(desk, model).await?;
        let question = self.read(desk);
        let catalogue = self.catalogue(desk).await;
        let disclosure = &self.settings.disclosure;
        let mut offered = Offered::choose(catalogue, &question, disclosure, self.settings.tools_offered);
        let mut work = Work {
            model,
            transcript: self.opening(desk, &offered.tools()),
            room: Room::new(context_tokens, self.settings.reply_tokens),
            cut_characters: 0,
        };
        let mut fruitless = 0;
        for step in 1..=self.settings.max_steps {
            let is_last = step == self.settings.max_steps || fruitless >= FRUITLESS_STEPS;
            work.transcript.is_urged = is_last && !work.transcript.exchanges.is_empty();
            let tools = if is_last { Vec::new() } else { offered.tools() };
            desk.progress.tell(TurnEvent::Thinking(step));
            let (reply, had_tools) = self.step(desk, &mut work, tools).await?;
            if reply.calls.is_empty() || !had_tools {
                if reply.text.trim().is_empty() {
                    return Err(ModelError::BadAnswer("it ended without a word".into()).into());
                }
                return Ok(self.bind_text(desk, &work, reply.text.trim()));
            }
            if !reply.text.is_empty() {
                desk.progress.tell(TurnEvent::TextWithdrawn);
            }
            let (answered, made) = self.serve(desk, &mut offered, reply.calls).await;
            work.transcript.exchanges.push(Exchange { text: reply.text, answered });
            fruitless = if made { 0 } else { fruitless + 1 };
        }
        Err(ModelError::BadAnswer("it never came to an answer".into()).into())
    }

    /// The context that the server really gives the model.
    async fn context_tokens(&self, desk: &mut Desk<'_>, model: &Arc<dyn Model>) -> Result<u64, ModelError> {
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
        Ok(capabilities.context_tokens.unwrap_or(room::ASSUMED_CONTEXT_TOKENS))
    }

    fn opening<'d>(&self, desk: &Desk<'d>, tools: &[OfferedTool]) -> Transcript<'d> {
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
            ("now", now.with_timezone(&self.zone(desk)).format("%A %Y-%m-%d %H:%M %Z").to_string()),
            ("place", place),
            ("instructions", self.settings.instructions.clone()),
        ]);
        let system = self.settings.prompt.render(&values);
        let question = desk.asked(&self.settings.disclosure);
        let opening = [&system, &question].map(|text| domain::tokens::estimate(text)).iter().sum::<usize>()
            + room::of_tools(tools)
            + WRAPPING_TOKENS * (tools.len() + 3);
        let for_memory = FIRST_REQUEST_TOKENS.saturating_sub(opening).min(recalled::TOKENS);
        Transcript {
            system,
            conversation: desk.conversation,
            memory: recalled::for_model(desk.recalled, &self.settings.disclosure, for_memory),
            question,
            exchanges: Vec::new(),
            is_urged: false,
        }
    }

    /// One request with its reply, and whether it offered tools: none where the question's budget has room for no more
    /// than this one. A request that the server refuses as too long is made shorter and sent again.
    async fn step(
        &self,
        desk: &mut Desk<'_>,
        work: &mut Work<'_>,
        mut tools: Vec<OfferedTool>,
    ) -> Result<(Reply, bool), NoAnswer> {
        let mut narrower = 0;
        loop {
            let mut fitted = self.fitted(desk, work, &tools)?;
            if self.afford(desk, work, &fitted, &tools) != Request::Affordable && !tools.is_empty() {
                tools.clear();
                work.transcript.is_urged = !work.transcript.exchanges.is_empty();
                fitted = self.fitted(desk, work, &tools)?;
            }
            if self.afford(desk, work, &fitted, &tools) == Request::TooMuch {
                return Err(self.over_budget());
            }
            work.cut_characters = work.cut_characters.max(fitted.cut_characters);
            let estimated = room::estimate(&fitted.messages, &tools);
            let request = ModelRequest {
                messages: fitted.messages,
                tools: tools.clone(),
                max_tokens: self.settings.reply_tokens,
            };
            trace(desk, &request, estimated);
            match self.ask(desk, work.model, request).await {
                Err(ModelError::ContextTooLong(_)) if narrower < NARROWER => {
                    narrower += 1;
                    work.room.narrow();
                }
                Err(error) => {
                    if was_read(&error) {
                        desk.usage.prompt_tokens += work.room.real(estimated);
                    }
                    return Err(error.into());
                }
                Ok(reply) => {
                    work.room.learn(estimated, reply.tokens);
                    return Ok((reply, !tools.is_empty()));
                }
            }
        }
    }

    fn spent(desk: &Desk<'_>) -> u64 {
        desk.usage.prompt_tokens.saturating_add(desk.usage.completion_tokens)
    }

    fn fitted(&self, desk: &Desk<'_>, work: &Work<'_>, tools: &[OfferedTool]) -> Result<Fitted, NoAnswer> {
        let left = self.settings.budget.tokens_left(Self::spent(desk));
        let left = left.map(|left| left.saturating_sub(u64::from(self.settings.reply_tokens)));
        let whole = work.room.tokens(None);
        work.transcript.fit(tools, work.room.tokens(left)).map_err(|least| {
            if least <= whole {
                return self.over_budget();
            }
            let told = format!("its window has room for about {whole} tokens, the shortest request has {least}");
            ModelError::ContextTooLong(told).into()
        })
    }

    fn afford(&self, desk: &Desk<'_>, work: &Work<'_>, fitted: &Fitted, tools: &[OfferedTool]) -> Request {
        let estimated = room::estimate(&fitted.messages, tools);
        let next = work.room.real(estimated).saturating_add(u64::from(self.settings.reply_tokens));
        self.settings.budget.request(Self::spent(desk), next)
    }

    fn over_budget(&self) -> NoAnswer {
        let most = self.settings.budget.tokens.unwrap_or_default();
        NoAnswer::Budget(format!(
            "The {most} model tokens that one question may cost leave no room for an answer of the model, so the playbooks \
             answered."
        ))
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
    async fn serve(
        &self,
        desk: &mut Desk<'_>,
        offered: &mut Offered,
        calls: Vec<CallRequest>,
    ) -> (Vec<Answered>, bool) {
        let mut served: Vec<(CallRequest, Served)> = Vec::new();
        let mut looks = Vec::new();
        for (index, call) in calls.into_iter().enumerate() {
            let answer = if index >= CALLS_PER_STEP {
                Served::Said(format!(
                    "Not made: at most {CALLS_PER_STEP} calls at once. Ask again if you still need it."
                ))
            } else {
                self.one_call(desk, offered, &call, &mut looks)
            };
            served.push((call, answer));
        }
        let ids = desk.ledger.look(looks).await;
        let made = !ids.is_empty() || served.iter().any(|(_, served)| matches!(served, Served::Found(_)));
        let answered = |(call, served)| match served {
            Served::Said(content) | Served::Found(content) => Answered { call, content, id: None },
            Served::Looked(index) => {
                let id = ids.get(index).copied();
                let content = id.map_or_else(String::new, |id| self.result(desk, id));
                Answered { call, content, id }
            }
        };
        (served.into_iter().map(answered).collect(), made)
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

    fn bind_text(&self, desk: &mut Desk<'_>, work: &Work<'_>, text: &str) -> Answer {
        let evidence = desk.ledger.evidence();
        let binder = Binder::new(evidence, self.clock.now(), self.zone(desk));
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
        if work.cut_characters > 0 {
            markdown.push_str(&format!(
                "\n\n_The question is longer than the model can read: {} characters of its middle were left out._",
                work.cut_characters
            ));
        }
        let hypotheses = causes(&bound.claims);
        let mut usage = std::mem::take(&mut desk.usage);
        assemble::add_cost(&mut usage, desk.ledger.spent(), desk.started.elapsed());
        Answer {
            answer: markdown,
            brain: Brain::Model,
            model: Some(work.model.name()),
            claims: bound.claims,
            evidence: assemble::views(evidence),
            hypotheses,
            proposals: Vec::new(),
            memory: Vec::new(),
            conversation: None,
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

/// Whether a request that has no reply may have cost its prompt: it went out, and nobody told that it was not read.
fn was_read(error: &ModelError) -> bool {
    matches!(error, ModelError::Timeout(_) | ModelError::BadAnswer(_) | ModelError::Cancelled)
}

fn trace(desk: &Desk<'_>, request: &ModelRequest, estimated: usize) {
    let tools: Vec<&str> = request.tools.iter().map(|tool| tool.name.as_str()).collect();
    let mut text = format!("request of about {estimated} tokens; tools: {}", tools.join(", "));
    text.extend(request.messages.iter().map(transcript::traced));
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
