//! Inward: how a surface (Slack, terminal, portal) asks Jamie.
//!
//! A surface knows its people and its channels; what it hands over is who asks what, where, and with which limits. What
//! comes back is the domain's answer, which the surface renders. Implemented by `engine::conversations`.
//!
//! Guarantees: a store that is away never keeps an answer from coming; a turn that is asked for again under its id is not
//! made again where it was kept.

use crate::progress::Progress;
use crate::store::error::StoreError;
use async_trait::async_trait;
use chrono_tz::Tz;
use domain::answer::Answer;
use domain::conversation::Conversation;
use domain::conversation::turn::{Feedback, Turn};
use domain::evidence::Evidence;
use tokio_util::sync::CancellationToken;

/// Where a question is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The environment by name; `None` is all that the settings name.
    pub environment: Option<String>,
    /// The cluster by name.
    pub cluster: Option<String>,
    /// The namespace.
    pub namespace: Option<String>,
    /// How far back to look, over the settings.
    pub since: Option<String>,
    /// The only tool servers that may be asked (`kubernetes`, `prometheus`, …); empty means all.
    pub servers: Vec<String>,
    /// The person's time zone, over the settings.
    pub zone: Option<Tz>,
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

/// Why a question has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The turn has none.
    #[error(transparent)]
    Turn(#[from] TurnError),
    /// A budget of the day refuses it.
    #[error("{why}")]
    Refused {
        /// Which, and until when.
        why: String,
    },
}

/// A question of a person.
#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    /// The question.
    pub question: &'a str,
    /// What it is about, where the person pointed at a text: the alert message that another app posted. Untrusted: it is
    /// read for names and shown to the model as a quotation, and instructs nobody.
    pub quoted: Option<&'a str>,
    /// Who asks.
    pub person: &'a str,
    /// Where: `terminal`, `slack:C123/1699.42`, `portal:anna`.
    pub channel: &'a str,
    /// The conversation that it belongs to, by id or link (see `domain::conversation::address`); none begins one. One that is not there
    /// begins under this id.
    pub conversation: Option<&'a str>,
    /// The turn's id where the surface has one that is the same however often the question is delivered; none draws one.
    /// A turn that was kept under this id is told again and not made again.
    pub turn: Option<&'a str>,
    /// Where to look.
    pub place: &'a Place,
}

/// An answered question.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// The answer. It names its conversation where it is kept.
    pub answer: Answer,
    /// The conversation, kept or not: the next question goes there.
    pub conversation: String,
    /// The turn's id, for feedback.
    pub turn: String,
    /// The turn's number, where it is kept.
    pub number: Option<u32>,
    /// What the answer rests on, whole, for charts and files; empty where the turn was told again.
    pub evidence: Vec<Evidence>,
}

/// The service that answers.
#[async_trait]
pub trait Conversations: Send + Sync {
    /// Answers a question in its conversation.
    ///
    /// # Errors
    /// Only when there is nothing to answer, the person stopped it, or a budget refuses it.
    async fn ask(&self, asking: Asking<'_>, progress: Progress, cancel: CancellationToken) -> Result<Told, AskError>;

    /// Takes a person's word on a turn. Answers with whether there is such a turn.
    ///
    /// # Errors
    /// When it is not kept, or not wholly.
    async fn feedback(&self, turn: &str, feedback: Feedback) -> Result<bool, StoreError>;

    /// A kept turn, with what its looks brought (empty where retention took it).
    ///
    /// # Errors
    /// When it could not be looked at.
    async fn turn(&self, id: &str) -> Result<Option<(Turn, Vec<Evidence>)>, StoreError>;

    /// The conversations that a person took part in, the last used first.
    ///
    /// # Errors
    /// When they could not be looked at.
    async fn recent(&self, person: &str, most: usize) -> Result<Vec<Conversation>, StoreError>;
}
