//! Files that belong to an answer: charts, and what is too long for a message.
//!
//! A file has a name that holds its turn. Before its first upload that is kept; who finds it kept looks for the name in
//! the thread before uploading. What cannot be known: a file that Slack still works on when it is looked for is uploaded
//! twice.

use super::ask::Question;
use super::names::answer_key;
use super::{Talk, kept};
use crate::api::Upload;

/// Messages of a thread that are looked through for a file.
const LOOKED_THROUGH: usize = 500;

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
        let key = format!("upload:{}:{}", answer_key(question.entry), file.name);
        match kept::first_time(&*self.parts.store, &key, self.parts.clock.now()).await {
            Ok(true) => return false,
            Ok(false) => {}
            Err(error) => tracing::debug!(%error, "it is not known whether a file was uploaded before"),
        }
        match self.parts.slack.replies(question.channel, thread, LOOKED_THROUGH).await {
            Ok(seen) => seen.iter().any(|seen| seen.files.contains(&file.name)),
            Err(error) => {
                tracing::debug!(%error, "a thread cannot be looked through for a file");
                false
            }
        }
    }
}
