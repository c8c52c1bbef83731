//! The store that the settings name.
//!
//! Opened only by commands that need it. Whoever looks, copies or removes opens what is there and makes nothing
//! ([`open_existing`]); whoever keeps something makes the store with it ([`open`]).

use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::settings::types::state::{EmbeddedPlace, MongoDbPlace, StoreKind};
use domain::secret::Secret;
use ports::clock::SystemClock;
use ports::store::collections::ALL;
use ports::store::error::StoreError;
use ports::store::{Log, Store};
use std::sync::Arc;
use std::time::Duration;
use store::mongo::{Mongo, Options as MongoOptions};
use store::sqlite::{FILE, Options as SqliteOptions, Sqlite};
use store::upkeep::retention::RetentionDays;

/// An open store.
#[derive(Clone)]
pub struct Kept {
    /// As everything uses it.
    pub store: Arc<dyn Store>,
    /// The embedded store, where it is that.
    pub embedded: Option<Arc<Sqlite>>,
}

/// Opens the store of the settings for a command that looks, copies or removes: where nothing was ever kept it makes
/// nothing, and says so in the place of an empty success.
///
/// # Errors
/// Where there is none, or it cannot be used.
pub async fn open_existing(settings: &Settings) -> Result<Kept, Stop> {
    match not_made_yet(settings) {
        Some(place) => Err(not_there(place)),
        None => open(settings).await,
    }
}

/// The embedded store that is used, as long as nothing was ever kept in it.
pub fn not_made_yet(settings: &Settings) -> Option<&EmbeddedPlace> {
    let store = &settings.state.store;
    store.embedded.as_ref().filter(|place| store.used == Some(StoreKind::Embedded) && is_missing(place))
}

/// Where it cannot be seen whether the file is there, opening it tells why.
fn is_missing(place: &EmbeddedPlace) -> bool {
    let is_missing = matches!(place.folder.join(FILE).try_exists(), Ok(false));
    let logs = Log::ALL.map(|log| place.folder.join(format!("{}.log", log.name())));
    is_missing && !logs.iter().any(|log| log.exists())
}

fn not_there(place: &EmbeddedPlace) -> Stop {
    let folder = place.folder.display();
    let text = format!("no store at {folder} yet (store.folder, XDG_STATE_HOME): nothing was kept there");
    Stop::new(Exit::Unavailable, text)
}

/// Where the store of the settings is, without credentials.
pub fn place(settings: &Settings) -> String {
    let store = &settings.state.store;
    match (store.used, &store.embedded, &store.mongodb) {
        (Some(StoreKind::Embedded), Some(place), _) => place.folder.display().to_string(),
        (Some(StoreKind::MongoDb), _, Some(place)) => place_of(&place.uri),
        _ => "-".to_owned(),
    }
}

/// Where a server is, of a URL whose password may hold anything: what stands after the last `@` and before the options.
pub fn place_of(url: &Secret) -> String {
    let url = url.reveal();
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let place = rest.rsplit('@').next().unwrap_or_default();
    let place = place.split(['?', '#']).next().unwrap_or_default();
    format!("{scheme}://{place}")
}

/// Opens the store of the settings, for a command that keeps something; the embedded one is made where it is not there.
///
/// # Errors
/// Where there is none, or it cannot be used.
pub async fn open(settings: &Settings) -> Result<Kept, Stop> {
    match try_open(settings, settings.state.store.deadline).await {
        Some(opened) => opened.map_err(stop),
        None => {
            Err(Stop::new(Exit::Usage, "nothing is kept: store.kind is \"none\", or no folder is known for the store"))
        }
    }
}

/// Opens the store of the settings, whose operations may then take so long at most; `None` where the settings say that
/// nothing is kept.
pub async fn try_open(settings: &Settings, patience: Duration) -> Option<Result<Kept, StoreError>> {
    let store = &settings.state.store;
    Some(match (store.used?, &store.embedded, &store.mongodb) {
        (StoreKind::Embedded, Some(place), _) => embedded(place).await,
        (StoreKind::MongoDb, _, Some(place)) => mongodb(place, store.deadline.min(patience)).await,
        // The settings are refused where the kind has no place.
        _ => return None,
    })
}

/// The embedded store, whichever is used, for `store migrate`: made where it is not there and shall be.
///
/// # Errors
/// Where it has no place, is not there and shall not be made, or cannot be used.
pub async fn open_embedded(settings: &Settings, is_made: bool) -> Result<Kept, Stop> {
    let place = settings.state.store.embedded.as_ref();
    let missing = "the embedded store has no place: set store.folder, XDG_STATE_HOME or HOME";
    let place = place.ok_or_else(|| Stop::new(Exit::Usage, missing))?;
    if !is_made && is_missing(place) {
        return Err(not_there(place));
    }
    embedded(place).await.map_err(stop)
}

/// MongoDB, whichever is used: for `store migrate`.
///
/// # Errors
/// Where none is named, or it cannot be used.
pub async fn open_mongodb(settings: &Settings) -> Result<Kept, Stop> {
    let store = &settings.state.store;
    let missing = "no MongoDB server is named: set store.mongodb_uri or MONGODB_URI";
    let place = store.mongodb.as_ref().ok_or_else(|| Stop::new(Exit::Usage, missing))?;
    mongodb(place, store.deadline).await.map_err(stop)
}

/// How long things stay.
pub fn retention_days(settings: &Settings) -> RetentionDays {
    let retention = &settings.state.retention;
    RetentionDays {
        conversations: retention.conversations,
        evidence: retention.evidence,
        incidents: retention.incidents,
        audit: retention.audit,
    }
}

/// The early end that a store's failure is, with the exit code of the contract.
pub fn stop(error: StoreError) -> Stop {
    let exit = match error {
        StoreError::Unavailable { .. } | StoreError::Unknown { .. } | StoreError::Full { .. } => Exit::Unavailable,
        StoreError::Newer { .. } | StoreError::Corrupt { .. } => Exit::Unavailable,
        StoreError::Denied { .. } => Exit::NotPermitted,
        StoreError::Conflict { .. } | StoreError::TooLarge { .. } | StoreError::Invalid { .. } => Exit::Failed,
    };
    Stop::new(exit, error.to_string())
}

async fn embedded(place: &EmbeddedPlace) -> Result<Kept, StoreError> {
    let options = SqliteOptions {
        anchors: place.anchors.clone(),
        ..SqliteOptions::new(&place.folder, ALL, Arc::new(SystemClock))
    };
    let opened = Arc::new(Sqlite::open(options).await?);
    Ok(Kept { store: Arc::clone(&opened) as Arc<dyn Store>, embedded: Some(opened) })
}

async fn mongodb(place: &MongoDbPlace, deadline: Duration) -> Result<Kept, StoreError> {
    let options = MongoOptions {
        database: place.database.clone(),
        operation: deadline,
        ..MongoOptions::new(place.uri.clone(), Arc::new(SystemClock))
    };
    Ok(Kept { store: Mongo::connect(options).await?, embedded: None })
}
