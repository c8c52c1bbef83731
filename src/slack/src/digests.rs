//! The digest of the day and of the week, in the channels that want it.
//!
//! Guarantees: one digest a channel and period, whoever makes it (its post has a key); only the leader makes them; what
//! could not be read makes no digest rather than a wrong one, and is tried again.
//!
//! Deliberately absent: counting (`domain::digest`) and wording (`slack_view::digest`).

mod records;
#[cfg(test)]
mod tests;

use crate::living::places::{bare, settled};
use crate::outbox::Outbox;
use chrono::{Days, NaiveDate};
use chrono_tz::Tz;
use domain::channel::ChannelSettings;
use domain::digest::{Digest, Period, Records, Rhythm, Scope, due};
use ports::clock::Clock;
use ports::store::Store;
use ports::store::error::StoreError;
use records::Gathered;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two looks at the clock.
const PERIOD: Duration = Duration::from_secs(60);

/// Whether this process leads now.
pub type IsLeader = Arc<dyn Fn() -> bool + Send + Sync>;

/// What digests are made with.
pub struct Parts {
    /// The records.
    pub store: Arc<dyn Store>,
    /// What posts.
    pub outbox: Arc<Outbox>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Whether this process leads.
    pub is_leader: IsLeader,
    /// By whose clocks a day ends.
    pub zone: Tz,
    /// The hour at which they are told, 0 to 23.
    pub hour: u32,
}

/// The digests.
pub struct Digests {
    parts: Parts,
}

impl Digests {
    /// Digests of these parts.
    pub fn new(parts: Parts) -> Self {
        Self { parts }
    }

    /// Tells them when they are due, until it is stopped.
    pub async fn run(&self, stop: CancellationToken) {
        loop {
            if (self.parts.is_leader)()
                && let Err(error) = self.tell_due().await
            {
                tracing::warn!(%error, "digests could not be made; they are tried again in a minute");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PERIOD) => {}
            }
        }
    }

    /// Tells what is due now and was not told.
    ///
    /// # Errors
    /// When something could not be read or kept; what was told before is not told again.
    pub async fn tell_due(&self) -> Result<(), StoreError> {
        let channels = settled(self.parts.store.as_ref()).await?;
        for rhythm in [Rhythm::Daily, Rhythm::Weekly] {
            let Some((period, is_late)) = self.period(rhythm) else { continue };
            let mut waiting = Vec::new();
            for settings in channels.iter().filter(|settings| wants(settings, rhythm)) {
                if self.is_waiting(&period, is_late, settings).await? {
                    waiting.push(settings);
                }
            }
            if !waiting.is_empty() {
                let gathered = Gathered::of(self.parts.store.as_ref(), &period).await?;
                for settings in waiting {
                    self.tell(&period, settings, &gathered).await?;
                }
            }
        }
        Ok(())
    }

    /// The period that is due, and whether its own day is over. What was told is known by its posts and not by a date that
    /// somebody keeps, so that each channel is asked for itself.
    fn period(&self, rhythm: Rhythm) -> Option<(Period, bool)> {
        let now = self.parts.clock.now();
        let due = |last| due(rhythm, last, now, self.parts.zone, self.parts.hour);
        match due(None) {
            Some(period) => Some((period, false)),
            None => due(Some(NaiveDate::MIN)).map(|period| (period, true)),
        }
    }

    /// Whether a channel has not had the digest. One that is late comes only where there was one before: who has just
    /// asked for it gets the first on its day.
    async fn is_waiting(&self, period: &Period, is_late: bool, settings: &ChannelSettings) -> Result<bool, StoreError> {
        if self.parts.outbox.find(&key(period, settings)).await?.is_some() {
            return Ok(false);
        }
        if !is_late {
            return Ok(true);
        }
        let Some(date) = period.date.checked_sub_days(Days::new(7)) else { return Ok(false) };
        let before = Period { date, ..period.clone() };
        Ok(self.parts.outbox.find(&key(&before, settings)).await?.is_some())
    }

    async fn tell(&self, period: &Period, settings: &ChannelSettings, gathered: &Gathered) -> Result<(), StoreError> {
        // Whatever falls into quiet hours is told when they are over, on the same day.
        if settings.is_quiet(self.parts.clock.now()) {
            return Ok(());
        }
        let scope = Scope { channel: Some(settings.channel.clone()), environment: settings.environment.clone() };
        let records = Records {
            turns: &gathered.turns,
            usage: &gathered.usage,
            incidents: &gathered.incidents,
            approvals: &gathered.approvals,
        };
        let digest = Digest::of(period.clone(), &scope, records);
        let content = slack_view::digest::render(&digest);
        self.parts.outbox.put(&key(period, settings), bare(&settings.channel), None, &content).await.map(|_| ())
    }
}

fn wants(settings: &ChannelSettings, rhythm: Rhythm) -> bool {
    match rhythm {
        Rhythm::Daily => settings.daily_digest,
        Rhythm::Weekly => settings.weekly_digest,
    }
}

/// `digest:daily:2026-11-21:C1`.
fn key(period: &Period, settings: &ChannelSettings) -> String {
    format!("{}:{}", period.key(), bare(&settings.channel))
}
