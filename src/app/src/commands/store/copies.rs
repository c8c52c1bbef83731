//! Backup and restore of the embedded store.

use crate::cli::{Exit, Stop};
use crate::output;
use crate::settings::Settings;
use crate::settings::types::state::StoreKind;
use crate::wiring::state::{self, stop};
use std::path::Path;
use store::sqlite::Sqlite;

const ELSEWHERE: &str =
    "MongoDB has its own tools for this (mongodump, snapshots of the volume); `store export` works with every store";

/// `store backup FOLDER`.
pub async fn backup(settings: &Settings, folder: &Path) -> Result<Exit, Stop> {
    let kept = state::open_existing(settings).await?;
    let embedded = kept.embedded.ok_or_else(|| Stop::new(Exit::Usage, ELSEWHERE))?;
    let copied = embedded.backup(folder).await.map_err(stop)?;
    output::print(&format!("{} bytes backed up to {}", copied.bytes, folder.display()))?;
    Ok(Exit::Done)
}

/// `store restore FOLDER`.
pub async fn restore(settings: &Settings, from: &Path) -> Result<Exit, Stop> {
    let place =
        settings.state.store.embedded.as_ref().filter(|_| settings.state.store.used == Some(StoreKind::Embedded));
    let place = place.ok_or_else(|| Stop::new(Exit::Usage, ELSEWHERE))?;
    let copied = Sqlite::restore(from, &place.folder, &place.anchors).await.map_err(stop)?;
    output::print(&format!("{} bytes restored to {}", copied.bytes, place.folder.display()))?;
    Ok(Exit::Done)
}
