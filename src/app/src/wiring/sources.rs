//! Our own tool servers from the settings.

use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use toolbox::settings::{ServerSettings, connector};
use tools_common::serve::{self, Adapter};

/// The `kubernetes` server, where a cluster is configured.
///
/// # Errors
/// None at present; clusters are reached when they are first asked.
pub fn kubernetes(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    if settings.clusters.is_empty() {
        return Ok(None);
    }
    Ok(Some(Adapter::new(tools_kubernetes::Server::new(convert::kubernetes(settings)))))
}

/// The `prometheus` server, where an instance is configured.
///
/// # Errors
/// A certificate file that cannot be read, or an address that is none.
pub fn prometheus(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    if settings.prometheus.is_empty() {
        return Ok(None);
    }
    let server = tools_prometheus::Server::new(convert::prometheus(settings)?)
        .map_err(|failure| Stop::new(Exit::Usage, format!("[prometheus]: {failure}")))?;
    Ok(Some(Adapter::new(server)))
}

/// One of our servers inside this process.
pub(super) fn in_process(name: &str, server: Adapter) -> ServerSettings {
    ServerSettings::in_process(name, connector(move || serve::in_process(server.clone())))
}
