//! Telling people by a declared webhook: a page, a ticket, a chat of another kind.
//!
//! Guarantees: what is sent again has the same key, in the body where it is declared and as `Idempotency-Key`, so that a
//! receiver that knows keys tells people once; an answer that was not expected is a failure, and never taken for told.
//! Deliberately absent: sending again, and to whom next (the engine).

use crate::declared::Webhook;
use crate::parameter::{Source, Use};
use crate::sending::{Letter, Line, Sent, body};
use crate::status::Statuses;
use domain::envelope::{Failure, FailureKind};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tools_common::http::HttpSettings;

/// The longest title, in characters.
const TITLE: usize = 200;

/// The longest text, in characters.
const TEXT: usize = 3_900;

/// What people are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The same however often it is sent.
    pub key: String,
    /// What it is about: the same when it begins and when it is over.
    pub about: String,
    /// Of which environment.
    pub environment: String,
    /// In Markdown.
    pub text: String,
    /// Whether it is over.
    pub is_over: bool,
}

/// A webhook that tells people.
pub struct Notifier {
    webhook: Webhook,
    line: Line,
    probe: Option<Line>,
}

impl Notifier {
    /// Makes the clients; nothing is sent yet. `probe` answers a GET with a success while the other side is there.
    ///
    /// # Errors
    /// `BadRequest` that names what is wrong with it.
    pub fn new(webhook: Webhook, probe: Option<&HttpSettings>) -> Result<Self, Failure> {
        let mistakes = webhook.mistakes(Use::Notification);
        if !mistakes.is_empty() {
            let message = format!("webhook {}: {}", webhook.name, mistakes.join("; "));
            return Err(Failure::new(FailureKind::BadRequest, message));
        }
        let line = Line::new(&webhook.name, &webhook.http)?;
        let probe = probe.map(|http| Line::new(&webhook.name, http)).transpose()?;
        Ok(Self { webhook, line, probe })
    }

    /// Sends a notice once. Answers with what came back, in words.
    ///
    /// # Errors
    /// It is not known that people were told.
    pub async fn notify(&self, notice: &Notice) -> Result<String, Failure> {
        let body = body(&self.webhook, &known(notice))?;
        let letter = Letter {
            method: Some(self.webhook.method),
            body,
            key: Some(&notice.key),
            expected: &self.webhook.expected,
            timeout: self.webhook.timeout,
        };
        self.line.send(letter).await.map_err(Sent::into_failure)
    }

    /// Looks whether the other side is there, without telling anybody anything. `None` where nothing is declared to ask.
    ///
    /// # Errors
    /// It is not there, or does not let us in.
    pub async fn probe(&self) -> Result<Option<String>, Failure> {
        let Some(probe) = &self.probe else { return Ok(None) };
        let expected = Statuses::default();
        let letter = Letter { method: None, body: None, key: None, expected: &expected, timeout: self.webhook.timeout };
        probe.send(letter).await.map(Some).map_err(Sent::into_failure)
    }
}

fn known(notice: &Notice) -> BTreeMap<Source, Value> {
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    let title = notice.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    BTreeMap::from([
        (Source::Key, json!(cut(&notice.key, TITLE))),
        (Source::About, json!(cut(&notice.about, TITLE))),
        (Source::Environment, json!(notice.environment)),
        (Source::Title, json!(cut(title, TITLE))),
        (Source::Text, json!(cut(&notice.text, TEXT))),
        (Source::State, json!(if notice.is_over { "resolve" } else { "trigger" })),
    ])
}
