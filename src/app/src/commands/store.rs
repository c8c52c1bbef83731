//! `store …`: where everything is kept, and moving it.

mod copies;
mod look;
mod removal;
mod transfers;

use crate::cli::state::Store;
use crate::cli::{Exit, Stop};
use crate::settings::Settings;

/// Runs one of them.
///
/// # Errors
/// Why it was not done.
pub async fn run(command: &Store, settings: &Settings) -> Result<Exit, Stop> {
    match command {
        Store::Status { json } => look::status(settings, *json).await,
        Store::Check => look::check(settings).await,
        Store::Export { file } => transfers::export(settings, file).await,
        Store::Import { file } => transfers::import(settings, file).await,
        Store::Migrate { to_mongodb, .. } => transfers::migrate(settings, *to_mongodb).await,
        Store::Backup { folder } => copies::backup(settings, folder).await,
        Store::Restore { folder } => copies::restore(settings, folder).await,
        Store::Sweep => removal::sweep(settings).await,
        Store::ErasePerson { person, yes } => removal::erase_person(settings, person, *yes).await,
    }
}
