//! Reactions on messages of ours.

use super::told::Ear;
use super::votes::Way;
use super::words::Word;
use super::{Desk, Shown, again};
use crate::inbox::Later;
use crate::incoming::{Body, Received};
use domain::approval::Choice;
use domain::incident::Deed;
use domain::person::{Person, Standing};
use domain::post::Post;
use slack_view::content::Content;

impl Desk {
    /// Handles a reaction; it is not the desk's where its message is not.
    pub(super) async fn reaction(&self, received: &Received) -> Result<bool, Later> {
        let Body::Reaction { is_added, name, user, channel, message } = &received.body else { return Ok(false) };
        let Some(word) = Word::of(name) else { return Ok(false) };
        let Some(post) = self.parts.outbox.by_message(channel, message).await.map_err(again)? else { return Ok(false) };
        let Some(shown) = Shown::read(&post.id) else { return Ok(false) };
        let person = self.person(user, None).await?;
        if person.standing == Standing::Bot {
            return Ok(true);
        }
        let ear = Ear { user, channel: Some(channel), ..Ear::default() };
        match (shown, word) {
            (Shown::Incident { id, .. }, Word::Claim) => {
                let deed = if *is_added { Deed::Claim } else { Deed::Release };
                self.deed(&received.id, ear, &id, &person, deed).await?;
            }
            (Shown::Approval { id }, Word::Vote(choice)) => {
                self.vote_by_reaction(received, ear, &post, &id, &person, (choice, *is_added)).await?;
            }
            // On the wrong sort of message a reaction is what it is everywhere else.
            (Shown::Incident { .. }, Word::Vote(_)) | (Shown::Approval { .. }, Word::Claim) => {}
        }
        Ok(true)
    }

    async fn vote_by_reaction(
        &self,
        received: &Received,
        ear: Ear<'_>,
        post: &Post,
        id: &str,
        person: &Person,
        (choice, is_added): (Choice, bool),
    ) -> Result<(), Later> {
        let Some(digest) = digest_shown(post, id) else {
            tracing::error!(
                key = post.id,
                "the message of an approval does not tell which plan it shows; the word was not taken"
            );
            return Ok(());
        };
        let way = if is_added { Way::Said(choice) } else { Way::TakenBack(choice) };
        self.word(&received.id, ear, id, &digest, person, way, "slack reaction").await
    }
}

/// The digest of the plan that a message shows, where it shows this approval.
fn digest_shown(post: &Post, id: &str) -> Option<String> {
    let content: Content = serde_json::from_value(post.wanted.clone()).ok()?;
    let (approval, digest) = slack_view::approval::shown_plan(&content)?;
    (approval == id).then_some(digest)
}
