//! Files that belong to an answer: charts, and what is too long for a message.
//!
//! A file has a name that holds its turn, by which it is found again ([`crate::uploads`]).

use super::Talk;
use super::ask::Question;
use super::names::answer_key;
use crate::api::Upload;
use crate::uploads::{self, Place};

impl Talk {
    /// Uploads what is not there. Answers with why something is missing that may come later.
    pub(super) async fn upload_all(&self, question: &Question<'_>, thread: &str, files: &[Upload]) -> Option<String> {
        let mut missing = None;
        for file in files {
            if self.is_there(question, thread, file).await {
                continue;
            }
            match self.parts.slack.upload(question.channel, Some(thread), file).await {
                Ok(()) => {}
                Err(error) if error.may_pass() => missing = Some(error.to_string()),
                Err(error) => tracing::warn!(name = file.name, %error, "a file of an answer was not uploaded"),
            }
        }
        missing
    }

    async fn is_there(&self, question: &Question<'_>, thread: &str, file: &Upload) -> bool {
        let place = Place { channel: question.channel, thread };
        let parts = &self.parts;
        let (slack, store, clock) = (parts.slack.as_ref(), parts.store.as_ref(), parts.clock.as_ref());
        uploads::is_there(slack, store, clock, place, (&answer_key(question.entry), &file.name)).await
    }
}
