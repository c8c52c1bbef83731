//! What is settled for a channel, as questions need it.

use super::Talk;
use crate::talk::names::person_of;
use chrono_tz::Tz;
use domain::channel::ChannelSettings;
use domain::preferences::Preferences;
use ports::conversations::Place;
use ports::store::error::StoreError;
use ports::store::record::load;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Channels whose last known settings are held.
const HELD: usize = 2_000;

/// The settings as they were read last, for when the store is away. A channel that had none is known, too.
#[derive(Debug, Default)]
pub struct Known(Mutex<BTreeMap<String, ChannelSettings>>);

impl Known {
    fn keep(&self, settings: &ChannelSettings) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= HELD && !known.contains_key(&settings.channel) {
            known.pop_first();
        }
        known.insert(settings.channel.clone(), settings.clone());
    }

    fn last(&self, channel: &str) -> Option<ChannelSettings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(channel).cloned()
    }
}

impl Talk {
    /// The settings of a channel, read now or known from before. They restrict what a question may look at: where they
    /// are not known at all, that is told and nothing is guessed.
    pub(super) async fn settings_of(&self, channel: &str) -> Result<ChannelSettings, StoreError> {
        let id = format!("slack:{channel}");
        match load::<ChannelSettings>(&*self.parts.store, &id).await {
            Ok(found) => {
                let none = || ChannelSettings { channel: id.clone(), ..ChannelSettings::default() };
                let settings = found.map_or_else(none, |found| found.value);
                self.channels.keep(&settings);
                Ok(settings)
            }
            Err(error) => self.channels.last(&id).ok_or(error),
        }
    }

    /// What a person prefers; nothing where it is not to be found out.
    pub(super) async fn preferences_of(&self, user: &str) -> Preferences {
        let found = load::<Preferences>(&*self.parts.store, &person_of(user)).await;
        found.ok().flatten().map(|found| found.value).unwrap_or_default()
    }
}

/// Where a question of this person in this channel looks.
pub fn place(settings: &ChannelSettings, zone: Option<Tz>) -> Place {
    Place {
        environment: settings.environment.clone(),
        cluster: settings.cluster.clone(),
        servers: settings.servers.clone(),
        zone,
        ..Place::default()
    }
}
