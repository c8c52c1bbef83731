//! The model client from the settings.

use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use model::ModelClient;

/// The client, where the settings name an endpoint.
///
/// # Errors
/// An endpoint that cannot be one.
pub fn client(settings: &Settings) -> Result<Option<ModelClient>, Stop> {
    let Some(wanted) = &settings.model else { return Ok(None) };
    let client = ModelClient::new(convert::model(wanted));
    client.map(Some).map_err(|error| Stop::new(Exit::Usage, format!("[model]: {error}")))
}
