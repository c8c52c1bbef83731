//! `/jamie question …`, and `/jamie …` with anything that is no subcommand of the desk.

use super::ask::{Question, Way};
use super::message::ASKED;
use super::{AGAIN, Talk, later, text, words};
use crate::inbox::Later;
use crate::incoming::{Body, Received};
use domain::person::Right;
use domain::post::Sending;
use slack_view::content::Content;
use std::collections::BTreeMap;

impl Talk {
    pub(super) async fn command(&self, received: &Received, attempt: u32) -> Result<(), Later> {
        let Body::Command { text, user, team, channel, response_url, .. } = &received.body else { return Ok(()) };
        let Some(person) = self.person(user, team.as_deref()).await? else { return Ok(()) };
        if !person.may(Right::Ask) {
            self.respond(response_url, &words::not_for_you()).await;
            return Ok(());
        }
        let me = self.me().await?;
        let asked = text::plain(without_subcommand(text), &me.user, &BTreeMap::new());
        if asked.is_empty() {
            self.respond(response_url, &words::help()).await;
            return Ok(());
        }
        let ts = match self.is_member(channel).await? {
            true => self.told_in(channel, received, &words::asked(&person.name, &asked)).await?,
            false => None,
        };
        let way = match &ts {
            Some(thread) => Way::Thread { thread, is_pane: false },
            None => Way::Respond { url: response_url },
        };
        let question = Question {
            entry: &received.id,
            channel,
            way,
            text: &asked,
            quoted: None,
            person: &person,
            user,
            team: team.as_deref().unwrap_or(&me.team),
            asked_at: ts.as_deref().unwrap_or_default(),
        };
        self.ask(&question, attempt).await
    }

    /// Whether we are in a channel: only members read it.
    async fn is_member(&self, channel: &str) -> Result<bool, Later> {
        match self.parts.slack.history(channel, None, 1).await {
            Ok(_) => Ok(true),
            Err(error) if error.may_pass() => Err(later(&error)),
            Err(_) => Ok(false),
        }
    }

    /// The message that the answer stands below. Where it waits for Slack, the question waits with it; `None` where Slack
    /// takes no message of ours there.
    async fn told_in(&self, channel: &str, received: &Received, content: &Content) -> Result<Option<String>, Later> {
        let key = format!("{ASKED}{}", received.id);
        let put = self.parts.outbox.put(&key, channel, None, content).await.map_err(|error| later(&error))?;
        if put.is_some() {
            return Ok(put);
        }
        let post = self.parts.outbox.find(&key).await.map_err(|error| later(&error))?;
        match post.map(|post| post.sending) {
            Some(Sending::Refused { .. } | Sending::Gone { .. }) => Ok(None),
            _ => Err(Later { after: AGAIN, why: "Slack did not take the message yet".to_owned() }),
        }
    }
}

/// The question behind `question`, `ask` or nothing.
fn without_subcommand(text: &str) -> &str {
    let text = text.trim();
    match text.split_once(char::is_whitespace) {
        Some(("question" | "ask", rest)) => rest.trim(),
        _ if matches!(text, "question" | "ask") => "",
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::without_subcommand;

    #[test]
    fn the_question_is_what_stands_behind_the_subcommand() {
        for (text, expected) in [
            ("question how is it?", "how is it?"),
            ("  question   how is it?  ", "how is it?"),
            ("ask how is it?", "how is it?"),
            ("how is it?", "how is it?"),
            ("questionable pods?", "questionable pods?"),
            ("question", ""),
            ("", ""),
        ] {
            assert_eq!(without_subcommand(text), expected, "{text}");
        }
    }
}
