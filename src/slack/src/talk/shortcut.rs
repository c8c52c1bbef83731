//! "Ask Jamie about this" on any message: a modal for the question, the answer in the thread of that message.

use super::ask::{Question, Way};
use super::{Talk, later, text, words};
use crate::inbox::Later;
use crate::incoming::{Body, Received};
use domain::person::Right;
use serde::{Deserialize, Serialize};
use slack_view::modal;
use std::collections::BTreeMap;

/// What the modal carries: the message that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct About {
    channel: String,
    message: String,
    thread: String,
}

impl Talk {
    pub(super) async fn shortcut(&self, received: &Received) -> Result<(), Later> {
        let Body::Shortcut { user, team, message, trigger, response_url, .. } = &received.body else { return Ok(()) };
        let Some(person) = self.person(user, team.as_deref()).await? else { return Ok(()) };
        let answer = async |content| match response_url {
            Some(url) => self.respond(url, content).await,
            None => self.whisper(&message.channel, user, None, content).await,
        };
        if !person.may(Right::Ask) {
            answer(&words::not_for_you()).await;
            return Ok(());
        }
        let thread = message.thread.as_ref().unwrap_or(&message.ts);
        let about = About { channel: message.channel.clone(), message: message.ts.clone(), thread: thread.clone() };
        let private = serde_json::to_string(&about).unwrap_or_default();
        let shown = text::plain(message.text.as_deref().unwrap_or_default(), "", &BTreeMap::new());
        // The trigger is good for three seconds: trying it again later is of no use.
        if let Err(error) = self.parts.slack.open_view(trigger, &modal::ask_about_message(&private, &shown)).await {
            tracing::warn!(%error, "the modal that asks for a question did not open");
            answer(&words::not_now("the window did not open")).await;
        }
        Ok(())
    }

    pub(super) async fn submitted(&self, received: &Received, attempt: u32) -> Result<(), Later> {
        let Body::Submitted { private, values, user, team, .. } = &received.body else { return Ok(()) };
        let Ok(about) = serde_json::from_str::<About>(private) else {
            tracing::warn!("a modal came back with something that is not ours");
            return Ok(());
        };
        let Some(person) = self.person(user, team.as_deref()).await? else { return Ok(()) };
        if !person.may(Right::Ask) {
            return Ok(());
        }
        let Ok(asked) = modal::read_question(values) else {
            tracing::warn!("a modal came back without its question");
            return Ok(());
        };
        let quoted = match self.parts.slack.message(&about.channel, &about.message).await {
            Ok(seen) => seen.map(|seen| seen.text),
            Err(error) if error.may_pass() => return Err(later(&error)),
            Err(_) => return self.tell_to_invite(&received.id, &about.channel, user).await,
        };
        let me = self.me().await?;
        let question = Question {
            entry: &received.id,
            channel: &about.channel,
            way: Way::Thread { thread: &about.thread, is_pane: false },
            text: asked.trim(),
            quoted: quoted.as_deref().filter(|text| !text.trim().is_empty()),
            person: &person,
            user,
            team: team.as_deref().unwrap_or(&me.team),
            asked_at: &about.message,
        };
        self.ask(&question, attempt).await
    }

    /// Tells a person how to get us into a channel: directly, because we cannot write there.
    async fn tell_to_invite(&self, entry: &str, channel: &str, user: &str) -> Result<(), Later> {
        let direct = match self.parts.slack.direct(user).await {
            Ok(direct) => direct,
            Err(error) if error.may_pass() => return Err(later(&error)),
            Err(error) => {
                tracing::warn!(user, %error, "somebody asked where we are not, and cannot be told");
                return Ok(());
            }
        };
        let put = self.parts.outbox.put(&format!("invite:{entry}"), &direct, None, &words::invite(channel)).await;
        put.map(drop).map_err(|error| later(&error))
    }
}
