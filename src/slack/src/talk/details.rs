//! What stands behind the buttons of an answer: its evidence, its cost, the whole of it.

use super::{Talk, render, words};
use crate::inbox::Later;
use crate::incoming::Press;
use domain::person::Right;
use slack_view::actions;

impl Talk {
    pub(super) async fn details_pressed(&self, press: &Press) -> Result<(), Later> {
        let Some(person) = self.person(&press.user, press.team.as_deref()).await? else { return Ok(()) };
        if !person.may(Right::Ask) {
            self.answer_press(press, &words::not_for_you()).await;
            return Ok(());
        }
        let Some(trigger) = &press.trigger else { return Ok(()) };
        // The trigger is good for three seconds: what cannot be opened now is not opened later either.
        let found = match self.parts.conversations.turn(&press.value).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "the details of an answer cannot be read");
                self.answer_press(press, &words::not_now("what is kept cannot be read now")).await;
                return Ok(());
            }
        };
        let Some((turn, _)) = found else {
            self.answer_press(press, &words::gone()).await;
            return Ok(());
        };
        let preferences = self.preferences_of(&press.user).await;
        let zone = preferences.zone_or(person.zone.as_deref());
        let look = render::Look { manner: &self.parts.manner, preferences: &preferences, zone };
        let view = match press.action.as_str() {
            actions::EVIDENCE => render::evidence(&turn, &look),
            actions::COST => render::cost(&turn),
            _ => render::whole(&turn, &look),
        };
        // A press that could not be shown is pressed again.
        if let Err(error) = self.parts.slack.open_view(trigger, &view).await {
            tracing::warn!(%error, "the details of an answer did not open");
            self.answer_press(press, &words::not_now("the window did not open")).await;
        }
        Ok(())
    }
}
