//! Who answers at the edge of a unit test: it tells what a test scripted, and keeps what it was asked.

use async_trait::async_trait;
use domain::answer::{Answer, Brain, Usage};
use domain::conversation::Conversation;
use domain::conversation::turn::{Feedback, Turn};
use domain::evidence::Evidence;
use ports::conversations::{AskError, Asking, Conversations, Place, Told, TurnError};
use ports::progress::{Progress, TurnEvent};
use ports::store::error::StoreError;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// What was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The question.
    pub question: String,
    /// What it points at.
    pub quoted: Option<String>,
    /// Who.
    pub person: String,
    /// Where.
    pub channel: String,
    /// The conversation.
    pub conversation: Option<String>,
    /// The turn.
    pub turn: Option<String>,
    /// Where to look.
    pub place: Place,
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    feedback: Vec<(String, Feedback)>,
    turns: BTreeMap<String, (Turn, Vec<Evidence>)>,
    signs: Vec<TurnEvent>,
    outcome: Option<Result<Told, AskError>>,
    waits: bool,
    is_away: bool,
}

/// The double. Without a script it answers "All is well."
#[derive(Default)]
pub struct ScriptedConversations {
    state: Mutex<State>,
    begun: Notify,
}

impl ScriptedConversations {
    /// What the next questions get.
    pub fn answers(&self, outcome: Result<Told, AskError>) {
        self.state().outcome = Some(outcome);
    }

    /// What is told while it works.
    pub fn tells(&self, signs: Vec<TurnEvent>) {
        self.state().signs = signs;
    }

    /// From now on a question waits until it is stopped.
    pub fn waits_for_stop(&self) {
        self.state().waits = true;
    }

    /// Waits until a question was asked since the last time.
    pub async fn begun(&self) {
        self.begun.notified().await;
    }

    /// A turn that is kept.
    pub fn keeps(&self, turn: Turn, evidence: Vec<Evidence>) {
        self.state().turns.insert(turn.id.clone(), (turn, evidence));
    }

    /// From now on no kept turn can be read.
    pub fn is_away(&self) {
        self.state().is_away = true;
    }

    /// What was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// The words on turns so far.
    pub fn fed_back(&self) -> Vec<(String, Feedback)> {
        self.state().feedback.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer of the playbooks with this text and nothing under it.
pub fn answer(text: &str) -> Answer {
    Answer {
        answer: text.to_owned(),
        brain: Brain::Playbook,
        model: None,
        claims: Vec::new(),
        evidence: Vec::new(),
        hypotheses: Vec::new(),
        proposals: Vec::new(),
        memory: Vec::new(),
        conversation: None,
        usage: Usage::default(),
    }
}

/// An answered question.
pub fn told(turn: &str, answer: Answer) -> Told {
    Told { answer, conversation: "t-1".to_owned(), turn: turn.to_owned(), number: Some(1), evidence: Vec::new() }
}

#[async_trait]
impl Conversations for ScriptedConversations {
    async fn ask(&self, asking: Asking<'_>, progress: Progress, cancel: CancellationToken) -> Result<Told, AskError> {
        let (signs, outcome, waits) = {
            let mut state = self.state();
            state.asked.push(Asked {
                question: asking.question.to_owned(),
                quoted: asking.quoted.map(str::to_owned),
                person: asking.person.to_owned(),
                channel: asking.channel.to_owned(),
                conversation: asking.conversation.map(str::to_owned),
                turn: asking.turn.map(str::to_owned),
                place: asking.place.clone(),
            });
            (state.signs.clone(), state.outcome.clone(), state.waits)
        };
        signs.into_iter().for_each(|sign| progress.tell(sign));
        self.begun.notify_one();
        if waits {
            cancel.cancelled().await;
        }
        tokio::task::yield_now().await;
        if cancel.is_cancelled() {
            return Err(TurnError::Cancelled.into());
        }
        outcome.unwrap_or_else(|| Ok(told(asking.turn.unwrap_or("drawn"), answer("All is well."))))
    }

    async fn feedback(&self, turn: &str, feedback: Feedback) -> Result<bool, StoreError> {
        self.state().feedback.push((turn.to_owned(), feedback));
        Ok(true)
    }

    async fn turn(&self, id: &str) -> Result<Option<(Turn, Vec<Evidence>)>, StoreError> {
        let state = self.state();
        if state.is_away {
            return Err(StoreError::Unavailable { message: "the store is away".to_owned() });
        }
        Ok(state.turns.get(id).cloned())
    }

    async fn recent(&self, person: &str, most: usize) -> Result<Vec<Conversation>, StoreError> {
        let state = self.state();
        let asked = state.asked.iter().filter(|asked| asked.person == person).take(most);
        Ok(asked
            .map(|asked| {
                let id = asked.conversation.as_deref().unwrap_or("t-1");
                Conversation::begun(id, &asked.channel, person, &asked.question, super::noon())
            })
            .collect())
    }
}
