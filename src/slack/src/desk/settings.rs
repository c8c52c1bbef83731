//! The settings of a channel: by admins only.

use super::told::Ear;
use super::{Desk, again, is_answered};
use crate::inbox::Later;
use domain::channel::ChannelSettings;
use domain::person::{Person, Right};
use ports::store::record::{change, load};
use serde_json::Value;
use slack_view::modal;

impl Desk {
    /// Opens the modal of a channel (`C123`).
    pub(super) async fn open_settings(
        &self,
        event: &str,
        ear: Ear<'_>,
        person: &Person,
        channel: &str,
        trigger: Option<&str>,
    ) -> Result<(), Later> {
        if let Some(why) = refused(person, channel) {
            if is_answered(person) {
                self.tell_text(event, ear, why).await;
            }
            return Ok(());
        }
        let id = format!("slack:{channel}");
        let kept = load::<ChannelSettings>(self.parts.store.as_ref(), &id).await.map_err(again)?;
        let fresh = || ChannelSettings { channel: id.clone(), ..ChannelSettings::default() };
        let settings = kept.map_or_else(fresh, |kept| kept.value);
        let view = modal::channel_settings(&settings, &self.parts.offer);
        self.open(event, ear, trigger, &view).await;
        Ok(())
    }

    /// Keeps what was submitted. The role is looked at again: the modal may have stood open for a day.
    pub(super) async fn save_settings(
        &self,
        event: &str,
        person: &Person,
        channel: &str,
        values: &Value,
        user: &str,
    ) -> Result<(), Later> {
        let ear = Ear { user, channel: Some(channel), ..Ear::default() };
        if let Some(why) = refused(person, channel) {
            if is_answered(person) {
                self.tell_text(event, ear, why).await;
            }
            return Ok(());
        }
        let text = match modal::read_channel_settings(channel, values, &self.parts.offer) {
            Ok(settings) => {
                let kept = change(self.parts.store.as_ref(), &settings.channel, |_: Option<ChannelSettings>| {
                    (Some(settings.clone()), ())
                });
                kept.await.map_err(again)?;
                tracing::info!(channel, person = person.id, "the settings of a channel were changed");
                "The settings of this channel are kept. They hold from the next question on.".to_owned()
            }
            Err(error) => format!("Nothing was changed: {error}."),
        };
        self.tell_text(event, ear, &text).await;
        Ok(())
    }
}

/// Why a person may not change the settings of a channel, where they may not.
fn refused(person: &Person, channel: &str) -> Option<&'static str> {
    if !person.may(Right::Configure) {
        return Some("Nothing was changed: it takes an admin to change the settings of a channel.");
    }
    let is_channel = channel.starts_with(['C', 'G']) && channel.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (!is_channel).then_some("Settings belong to a channel; use `/jamie settings` there. Your own are in the Home tab.")
}
