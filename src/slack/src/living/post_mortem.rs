//! The draft of a post-mortem in the thread of an incident that is over.

use super::SlackChat;
use crate::api::Upload;
use crate::reading::all;
use crate::uploads::{self, Place};
use bytes::Bytes;
use domain::approval::Approval;
use domain::incident::Incident;
use ports::store::collections::APPROVALS;
use ports::store::error::StoreError;
use ports::store::query::{Condition, Query};
use slack_view::files::Overflow;
use slack_view::incident;

impl SlackChat {
    /// Shows the draft, and the whole of it as a file where it is longer than a message.
    pub(super) async fn draft(&self, incident: &Incident, place: Place<'_>) -> Result<(), StoreError> {
        // What was asked for an incident was asked after it had begun.
        let since = Condition::AtLeast(incident.opened_at.into());
        let mut approvals: Vec<Approval> =
            all(self.parts.store.as_ref(), Query::of(&APPROVALS).with("changed_at", since)).await?;
        approvals.retain(|approval| approval.incident.as_deref() == Some(incident.id.as_str()));
        let drawn = incident::post_mortem(incident, &domain::incident::post_mortem(incident, &approvals));
        let key = format!("post-mortem:{}:{}", incident.id, place.channel);
        self.parts.outbox.put(&key, place.channel, Some(place.thread), &drawn.content).await?;
        match drawn.file {
            Some(file) => self.upload(&key, place, file).await,
            None => Ok(()),
        }
    }

    /// Uploads a file once. Where Slack refuses it for good, the message stands without it.
    async fn upload(&self, key: &str, place: Place<'_>, file: Overflow) -> Result<(), StoreError> {
        let (slack, store) = (self.parts.slack.as_ref(), self.parts.store.as_ref());
        let known = format!("{key}:{}", file.name);
        if self.is_noted(&known) {
            return Ok(());
        }
        if !uploads::is_there(slack, store, self.parts.clock.as_ref(), place, (key, &file.name)).await {
            let upload = Upload { name: file.name, title: file.title, alt: None, bytes: Bytes::from(file.content) };
            match slack.upload(place.channel, Some(place.thread), &upload).await {
                Ok(()) => {}
                Err(error) if error.may_pass() => return Err(StoreError::Unavailable { message: error.to_string() }),
                Err(error) => tracing::warn!(key, %error, "the whole draft of a post-mortem was not uploaded"),
            }
        }
        self.noted(known);
        Ok(())
    }
}
