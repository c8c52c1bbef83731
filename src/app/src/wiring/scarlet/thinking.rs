//! The model beside the diagnosis, where the settings name one.
//!
//! It has a client of its own, so that a storm of incidents does not stand in the queue of people's questions.

use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::wiring::model_client;
use engine::scarlet::diagnose::hypotheses::{Parts, Thinker};
use ports::clock::Clock;
use ports::store::Store;
use ports::toolbox::Toolboxes;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Who thinks about incidents; nobody where no model is named.
///
/// # Errors
/// An endpoint that cannot be one.
pub(super) fn thinker(
    settings: &Settings,
    tools: Toolboxes,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<Option<Arc<Thinker>>, Stop> {
    let (Some(client), Some(wanted)) = (model_client(settings)?, &settings.model) else { return Ok(None) };
    let disclosure = wanted.disclosure.clone();
    let thinker = Thinker::new(Parts { model: Arc::new(client), disclosure, tools, store, clock, stop });
    thinker
        .map(Some)
        .map_err(|error| Stop::new(Exit::Failed, format!("the prompt for hypotheses cannot be used: {error}")))
}
