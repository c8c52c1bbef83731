//! Thumbs, as reactions or buttons, go to the turn that they stand under. Taking a reaction away takes nothing back: the
//! word stays until the person says another.

use super::names::{answered_entry, person_of, turn_of};
use super::{Talk, later, words};
use crate::inbox::Later;
use crate::incoming::Press;
use domain::conversation::turn::{Feedback, Thumb};
use domain::person::Right;
use slack_view::actions;

impl Talk {
    pub(super) async fn reaction(&self, name: &str, user: &str, channel: &str, message: &str) -> Result<(), Later> {
        let Some(thumb) = thumb(name) else { return Ok(()) };
        if self.me().await?.user == user {
            return Ok(());
        }
        let post = self.parts.outbox.by_message(channel, message).await.map_err(|error| later(&error))?;
        let Some(post) = post else { return Ok(()) };
        let Some(entry) = answered_entry(&post.id) else { return Ok(()) };
        if self.take(&turn_of(entry), thumb, user, None).await? == Taken::Kept {
            self.thank(&turn_of(entry), thumb, user, channel, post.thread.as_deref()).await;
        }
        Ok(())
    }

    pub(super) async fn thumb_pressed(&self, press: &Press) -> Result<(), Later> {
        let thumb = if press.action == actions::HELPFUL { Thumb::Up } else { Thumb::Down };
        match self.take(&press.value, thumb, &press.user, press.team.as_deref()).await? {
            Taken::NotPermitted => {}
            Taken::Gone => self.answer_press(press, &words::gone()).await,
            Taken::Kept => {
                if let Some(channel) = &press.channel {
                    self.thank(&press.value, thumb, &press.user, channel, press.thread.as_deref()).await;
                }
            }
        }
        Ok(())
    }

    async fn take(&self, turn: &str, thumb: Thumb, user: &str, team: Option<&str>) -> Result<Taken, Later> {
        let Some(person) = self.person(user, team).await? else { return Ok(Taken::NotPermitted) };
        if !person.may(Right::Ask) {
            return Ok(Taken::NotPermitted);
        }
        let feedback = Feedback { person: person_of(user), thumb, comment: None, at: self.parts.clock.now() };
        match self.parts.conversations.feedback(turn, feedback).await {
            Ok(true) => Ok(Taken::Kept),
            Ok(false) => Ok(Taken::Gone),
            Err(error) => Err(later(&error)),
        }
    }

    /// Thanks a person quietly, once for each turn.
    async fn thank(&self, turn: &str, thumb: Thumb, user: &str, channel: &str, thread: Option<&str>) {
        if self.first_time(&format!("thanks:{turn}:{}", person_of(user))).await {
            self.whisper(channel, user, thread, &words::thanks(thumb == Thumb::Up)).await;
        }
    }
}

/// What became of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Kept,
    Gone,
    NotPermitted,
}

fn thumb(name: &str) -> Option<Thumb> {
    // A skin tone stands behind two colons: `+1::skin-tone-3`.
    match name.split("::").next().unwrap_or_default() {
        "+1" | "thumbsup" => Some(Thumb::Up),
        "-1" | "thumbsdown" => Some(Thumb::Down),
        _ => None,
    }
}
