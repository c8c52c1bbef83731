//! Where things are kept: engine, layout and size, and how far journal and audit are anchored.
//!
//! Opens the store as every command does, so that it tells what they would meet. Deliberately absent: making an embedded
//! store that is not there yet; looking must not leave anything behind.

use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::Settings;
use crate::settings::types::state::StoreKind;
use crate::wiring::state::{self, Kept};
use async_trait::async_trait;
use ports::store::error::StoreError;
use ports::store::{Log, StoreHealth};
use std::time::Duration;

/// How long one operation may take: opening and looking together end before the probe is given up, with a better reason.
const PATIENCE: Duration = Duration::from_secs(4);

/// The probe of the store that is used.
pub struct KeptStore {
    settings: Settings,
    kind: StoreKind,
}

impl KeptStore {
    /// The probe of this one.
    pub fn new(settings: &Settings, kind: StoreKind) -> Self {
        Self { settings: settings.clone(), kind }
    }
}

#[async_trait]
impl Probe for KeptStore {
    fn subject(&self) -> Subject {
        Subject::Store
    }

    fn name(&self) -> String {
        match self.kind {
            StoreKind::Embedded => "embedded".to_owned(),
            StoreKind::MongoDb => "mongodb".to_owned(),
        }
    }

    fn target(&self) -> String {
        state::place(&self.settings)
    }

    async fn look(&self) -> Sight {
        if let Some(place) = state::not_made_yet(&self.settings) {
            let hint = format!("{} is made when something is first kept", place.folder.display());
            return Sight::absent("not made yet").with_hint(hint);
        }
        let kept = match state::try_open(&self.settings, PATIENCE).await {
            Some(Ok(kept)) => kept,
            Some(Err(error)) => return away(&error),
            None => return Sight::absent("nothing is kept"),
        };
        match kept.store.health().await {
            Ok(health) => answers(&kept, health).await,
            Err(error) => away(&error),
        }
    }
}

async fn answers(kept: &Kept, health: StoreHealth) -> Sight {
    let mut details = Vec::new();
    details.extend(health.bytes.map(|bytes| Detail::well("size", format!("{} kB", bytes.div_ceil(1_000)))));
    if health.waiting > 0 {
        details.push(Detail::lacking("waiting", format!("{} writes, until the server is back", health.waiting)));
    }
    for log in Log::ALL {
        details.push(match kept.store.anchor(log).await {
            Ok(anchor) => Detail::well(log.name(), format!("{} records, anchored", anchor.count)),
            Err(error) => Detail::lacking(log.name(), error.to_string()),
        });
    }
    Sight::answers(format!("{}, layout {}", health.engine, health.layout), details)
}

/// The message says what to do already; what it means for answers is ours to tell.
fn away(error: &StoreError) -> Sight {
    Sight::away(error.to_string())
        .with_hint("questions are answered all the same, but nothing of them is kept and nothing is remembered")
}
