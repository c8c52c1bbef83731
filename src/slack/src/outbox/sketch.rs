//! Passing progress: edits that are not kept.

use super::{Outbox, value};
use slack_view::content::Content;

impl Outbox {
    /// Shows passing progress in a message that is there: at most once a second, not at all while anything else is under
    /// way for it or a kept edit waits. What is kept stays what shall stand there: the next [`Outbox::edit`] brings it.
    pub async fn sketch(&self, key: &str, content: &Content) {
        let lock = self.paces.lock(key);
        let Ok(_alone) = lock.try_lock() else { return };
        if self.paces.wait(key).is_some() || value(content).is_err() {
            return;
        }
        let Some(post) = self.shelf.remembered(key) else { return };
        let Some(message) = post.standing() else { return };
        if post.waiting != 0 {
            return;
        }
        self.paces.note(key);
        self.paces.set_overdrawn(key, true);
        if let Err(error) = self.slack.update(key, &post.place, message, content).await {
            tracing::debug!(%error, key, "passing progress was not shown");
        }
    }
}
