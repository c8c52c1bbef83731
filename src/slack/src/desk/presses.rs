//! Buttons, menus, and modals that were submitted.

use super::told::Ear;
use super::votes::Way;
use super::{Desk, again, is_answered};
use crate::inbox::Later;
use crate::incoming::{Body, Press, Received};
use domain::approval::Choice;
use domain::incident::{Deed, Incident};
use domain::person::Person;
use slack_morphism::prelude::SlackView;
use slack_view::actions::{self, callbacks};
use slack_view::{approval, modal};

impl Desk {
    /// Handles a press; what has no name of the desk is not its own.
    pub(super) async fn press(&self, received: &Received, press: &Press) -> Result<bool, Later> {
        match press.action.as_str() {
            actions::APPROVE => self.vote_by_press(received, press, Way::Said(Choice::Approve)).await?,
            actions::REJECT => self.vote_by_press(received, press, Way::Said(Choice::Reject)).await?,
            actions::TAKE_BACK => self.vote_by_press(received, press, Way::TakenBack(Choice::Approve)).await?,
            actions::PLAN => self.show_plan(received, press).await?,
            actions::CLAIM => self.deed_by_press(received, press, Deed::Claim).await?,
            actions::RELEASE => self.deed_by_press(received, press, Deed::Release).await?,
            actions::RESOLVE => self.ask_reason(received, press, Deed::Resolve, modal::resolve).await?,
            actions::ESCALATE => self.ask_reason(received, press, Deed::Escalate, modal::escalate).await?,
            actions::UNDO => self.ask_reason(received, press, take_back, modal::undo).await?,
            actions::CONFIGURE => {
                let person = self.person(&press.user, press.team.as_deref()).await?;
                self.open_settings(&received.id, ear(press), &person, &press.value, press.trigger.as_deref()).await?;
            }
            actions::BREVITY | actions::VOICE | actions::ZONE => self.prefer(press).await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn vote_by_press(&self, received: &Received, press: &Press, way: Way) -> Result<(), Later> {
        let Some((id, digest)) = approval::read_button(&press.value) else {
            tracing::error!(action = press.action, "a button of an approval carries no plan; the word was not taken");
            return Ok(());
        };
        let person = self.person(&press.user, press.team.as_deref()).await?;
        self.word(&received.id, ear(press), id, digest, &person, way, "slack button").await
    }

    async fn deed_by_press(&self, received: &Received, press: &Press, deed: Deed) -> Result<(), Later> {
        let person = self.person(&press.user, press.team.as_deref()).await?;
        self.deed(&received.id, ear(press), &press.value, &person, deed).await
    }

    /// The plan, whole, to those who see its environment or may decide on it.
    async fn show_plan(&self, received: &Received, press: &Press) -> Result<(), Later> {
        let person = self.person(&press.user, press.team.as_deref()).await?;
        let found = self.parts.approvals.get(&press.value).await.map_err(again)?;
        let Some(approval) = found.filter(|it| self.sees(&person, it)) else {
            if is_answered(&person) {
                self.tell_text(&received.id, ear(press), "There is no such plan that you may see.").await;
            }
            return Ok(());
        };
        let view = approval::plan_modal(&approval, self.parts.clock.now(), self.zone_of(&person));
        self.open(&received.id, ear(press), press.trigger.as_deref(), &view).await;
        Ok(())
    }

    /// Opens the modal that asks for the reason of a deed.
    async fn ask_reason(
        &self,
        received: &Received,
        press: &Press,
        deed: fn(String) -> Deed,
        modal: fn(&Incident) -> SlackView,
    ) -> Result<(), Later> {
        let person = self.person(&press.user, press.team.as_deref()).await?;
        let right = deed(String::new()).right();
        let Some(incident) = self.handled(&received.id, ear(press), &press.value, &person, right).await? else {
            return Ok(());
        };
        self.open(&received.id, ear(press), press.trigger.as_deref(), &modal(&incident)).await;
        Ok(())
    }

    /// Opens a modal. A trigger is good for three seconds: afterwards only pressing again helps, and the person is told.
    pub(super) async fn open(&self, event: &str, ear: Ear<'_>, trigger: Option<&str>, view: &SlackView) {
        let opened = match trigger {
            Some(trigger) => self.parts.slack.open_view(trigger, view).await.map_err(|error| error.to_string()),
            None => Err("nothing came with it that opens a window".to_owned()),
        };
        if let Err(error) = opened {
            tracing::warn!(user = ear.user, %error, "a window could not be opened");
            self.tell_text(event, ear, "The window could not be opened in time. Please press again.").await;
        }
    }

    /// Handles a submitted modal; the question about a message is not the desk's.
    pub(super) async fn submitted(&self, received: &Received) -> Result<bool, Later> {
        let Body::Submitted { view, private, values, user, team } = &received.body else { return Ok(false) };
        let ear = Ear { user, ..Ear::default() };
        let deed: fn(String) -> Deed = match view.as_str() {
            callbacks::RESOLVE => Deed::Resolve,
            callbacks::ESCALATE => Deed::Escalate,
            callbacks::UNDO => take_back,
            callbacks::CHANNEL => {
                let person = self.person(user, team.as_deref()).await?;
                return self.save_settings(&received.id, &person, private, values, user).await.map(|()| true);
            }
            callbacks::SHOW => return Ok(true),
            _ => return Ok(false),
        };
        let person: Person = self.person(user, team.as_deref()).await?;
        match modal::read_reason(values) {
            Ok(why) => self.deed(&received.id, ear, private, &person, deed(why)).await?,
            Err(error) if is_answered(&person) => self.tell_text(&received.id, ear, &error.to_string()).await,
            Err(_) => {}
        }
        Ok(true)
    }
}

/// Of whatever is under way: the message names no plan.
fn take_back(why: String) -> Deed {
    Deed::TakeBack { plan: None, why }
}

fn ear(press: &Press) -> Ear<'_> {
    Ear {
        user: &press.user,
        response_url: press.response_url.as_deref(),
        channel: press.channel.as_deref(),
        thread: press.thread.as_deref(),
    }
}
