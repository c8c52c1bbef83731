//! One turn: brain, looks, answer.

mod assemble;
mod by_model;
mod by_playbook;
mod offered;
mod room;

use crate::conversation::Conversation;
use crate::event::{Progress, TurnEvent};
use crate::ledger::Ledger;
use crate::prompt::{JAMIE, Prompt, PromptError};
use chrono_tz::Tz;
use domain::answer::{Answer, Brain, Usage};
use domain::disclosure::Disclosure;
use domain::playbook::custom::Extensions;
use domain::question::Question;
use ports::clock::Clock;
use ports::model::{Model, ModelError};
use ports::toolbox::{ToolDescription, Toolbox};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What the playbooks may take after the model used the turn's time up.
const GRACE: Duration = Duration::from_secs(10);

/// How far back to look where neither the question nor a flag tells: long enough for a shift's trouble, short enough
/// that yesterday's rollouts are not suspected.
const SINCE: &str = "3h";

/// The limits of a turn and what it is told about the house.
#[derive(Debug, Clone)]
pub struct TurnSettings {
    /// From the question to the answer.
    pub deadline: Duration,
    /// Requests to the model; the last one carries no tools.
    pub max_steps: usize,
    /// Tools offered to the model at first.
    pub tools_offered: usize,
    /// Calls that go out at once.
    pub parallel_calls: usize,
    /// Tokens of one result in the model's view.
    pub result_tokens: usize,
    /// Tokens of one reply of the model.
    pub reply_tokens: u32,
    /// How far back to look where the question does not tell, `3h`.
    pub since: String,
    /// The person's time zone.
    pub zone: Tz,
    /// What the model may be shown.
    pub disclosure: Disclosure,
    /// The user's own playbooks and checks.
    pub extensions: Extensions,
    /// What the settings say about clusters and environments, for the model.
    pub instructions: String,
    /// The clusters by name: a question that names one is asked there.
    pub clusters: Vec<String>,
    /// The Prometheus servers by name.
    pub metric_servers: Vec<String>,
    /// The system prompt.
    pub prompt: Prompt,
}

impl TurnSettings {
    /// The usual limits with the built-in prompt: a minute, 20 steps, 8 tools, UTC, and nothing kept back.
    ///
    /// # Errors
    /// When the built-in prompt is broken, which a test holds that it is not.
    pub fn usual() -> Result<Self, PromptError> {
        Ok(Self {
            deadline: Duration::from_secs(60),
            max_steps: 20,
            tools_offered: 8,
            parallel_calls: 12,
            result_tokens: 800,
            reply_tokens: 800,
            since: SINCE.to_owned(),
            zone: Tz::UTC,
            disclosure: Disclosure::default(),
            extensions: Extensions::default(),
            instructions: String::new(),
            clusters: Vec::new(),
            metric_servers: Vec::new(),
            prompt: Prompt::parse(JAMIE)?,
        })
    }
}

/// Where a question is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The cluster by name.
    pub cluster: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// How far back to look, over the settings.
    pub since: Option<String>,
}

/// Why there is no answer at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// Stopped by the person.
    #[error("stopped")]
    Cancelled,
    /// Nothing to ask.
    #[error("the question is empty: write one, such as \"how is my cluster?\"")]
    EmptyQuestion,
}

/// Who answers people.
pub struct Jamie {
    toolbox: Arc<dyn Toolbox>,
    model: Option<Arc<dyn Model>>,
    clock: Arc<dyn Clock>,
    settings: TurnSettings,
}

/// What both brains work with.
struct Desk<'a> {
    question: &'a str,
    place: &'a Place,
    conversation: &'a Conversation,
    started: Instant,
    deadline: Instant,
    progress: Progress,
    cancel: CancellationToken,
    ledger: Ledger,
    usage: Usage,
}

impl Desk<'_> {
    /// Waits no longer than the turn may take, and not at all once it is stopped.
    async fn bounded<T>(&self, wait: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => None,
            outcome = tokio::time::timeout_at(self.deadline, wait) => outcome.ok(),
        }
    }
}

impl Jamie {
    /// Jamie with tools and, where there is one, a model.
    pub fn new(
        toolbox: Arc<dyn Toolbox>,
        model: Option<Arc<dyn Model>>,
        clock: Arc<dyn Clock>,
        settings: TurnSettings,
    ) -> Self {
        Self { toolbox, model, clock, settings }
    }

    /// Answers one question and remembers it in the conversation.
    ///
    /// # Errors
    /// Only when there is nothing to answer or the person stopped it; everything else is told in the answer.
    pub async fn answer(
        &self,
        question: &str,
        place: &Place,
        conversation: &mut Conversation,
        progress: Progress,
        cancel: CancellationToken,
    ) -> Result<Answer, TurnError> {
        let question = question.trim();
        if question.is_empty() {
            return Err(TurnError::EmptyQuestion);
        }
        let place = &self.placed(question, place);
        let started = Instant::now();
        let deadline = started + self.settings.deadline;
        let mut desk = Desk {
            question,
            place,
            conversation,
            started,
            deadline,
            progress: progress.clone(),
            cancel: cancel.clone(),
            ledger: Ledger::new(
                Arc::clone(&self.toolbox),
                progress.clone(),
                cancel.clone(),
                deadline,
                self.settings.parallel_calls,
            ),
            usage: Usage::default(),
        };
        let (answer, subject) = match &self.model {
            None => self.by_playbook(&mut desk, None).await,
            Some(model) => match self.by_model(&mut desk, model).await {
                Ok(answer) => (answer, None),
                Err(ModelError::Cancelled) => return Err(TurnError::Cancelled),
                Err(error) => {
                    let notice = format!("The model ({}) gave no answer, so the playbooks did: {error}.", model.name());
                    progress.tell(TurnEvent::TextWithdrawn);
                    progress.tell(TurnEvent::Notice(notice.clone()));
                    let grace = Instant::now() + GRACE;
                    desk.deadline = desk.deadline.max(grace);
                    desk.ledger.extend_deadline(grace);
                    self.by_playbook(&mut desk, Some(notice)).await
                }
            },
        };
        if cancel.is_cancelled() {
            return Err(TurnError::Cancelled);
        }
        let subject = subject.or_else(|| self.subject_of(&answer));
        // What the playbooks saw unrestricted must not reach a restricted model as the conversation so far.
        let for_model = answer.brain == Brain::Model || !self.settings.disclosure.is_restricted();
        conversation.add(question, &answer.answer, for_model, subject);
        Ok(answer)
    }

    /// The place with the cluster that the question itself names.
    fn placed(&self, question: &str, place: &Place) -> Place {
        let words = domain::question::words::split(question);
        let named = self.settings.clusters.iter().find(|cluster| words.contains(&cluster.to_lowercase()));
        Place { cluster: place.cluster.clone().or_else(|| named.cloned()), ..place.clone() }
    }

    /// The tools on offer; none where the servers did not start in time.
    async fn catalogue(&self, desk: &Desk<'_>) -> Vec<ToolDescription> {
        desk.bounded(self.toolbox.catalogue()).await.unwrap_or_default()
    }

    fn read(&self, text: &str) -> Question {
        Question::read(text, self.clock.now(), self.settings.zone)
    }

    /// What a model's answer was about: its first cause.
    fn subject_of(&self, answer: &Answer) -> Option<domain::object::ObjectRef> {
        (answer.brain == Brain::Model)
            .then(|| answer.hypotheses.first().map(|hypothesis| hypothesis.cause.clone()))
            .flatten()
    }
}
