//! The stop button: only who asked, or who handles incidents, may. The message tells who did.

use super::names::person_of;
use super::runs::STOP;
use super::{Talk, kept, words};
use crate::inbox::Later;
use crate::incoming::Press;
use domain::person::Right;
use kept::Stopping;
use serde_json::Value;

impl Talk {
    pub(super) async fn stop_pressed(&self, press: &Press) -> Result<(), Later> {
        let Some(person) = self.person(&press.user, press.team.as_deref()).await? else { return Ok(()) };
        let (id, entry) = (person_of(&press.user), press.value.as_str());
        let may_any = person.may(Right::HandleIncidents);
        let stopping = kept::stop(&*self.parts.store, entry, (&id, &press.user), may_any).await;
        let stopping = stopping.unwrap_or_else(|error| {
            tracing::warn!(entry, %error, "the wish to stop is not kept; it counts in this process only");
            self.at_hand_here(entry, &id, may_any)
        });
        match stopping {
            Stopping::Kept => {
                if !self.runs.stop(entry, &press.user)
                    && let Some(bus) = &self.parts.bus
                {
                    bus.announce(STOP, Value::String(entry.to_owned())).await;
                }
            }
            Stopping::NotPermitted => self.answer_press(press, &words::may_not_stop()).await,
            // A question of which nothing could be kept is known here only.
            Stopping::Over => match self.at_hand_here(entry, &id, may_any) {
                Stopping::Kept => drop(self.runs.stop(entry, &press.user)),
                Stopping::NotPermitted => self.answer_press(press, &words::may_not_stop()).await,
                Stopping::Over => self.answer_press(press, &words::over()).await,
            },
        }
        Ok(())
    }

    /// What the wish meets as far as this process knows.
    fn at_hand_here(&self, entry: &str, person: &str, may_any: bool) -> Stopping {
        match self.runs.asker(entry) {
            Some(asker) if asker == person || may_any => Stopping::Kept,
            Some(_) => Stopping::NotPermitted,
            None => Stopping::Over,
        }
    }
}
