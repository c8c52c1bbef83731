//! Our own tool servers from the settings.

use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use domain::envelope::Failure;
use toolbox::settings::{ServerSettings, connector};
use tools_common::act::Authority;
use tools_common::serve::{self, Adapter};
use tools_kubernetes::WatchLimits;

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

/// The same for a process that runs long: lists are kept by watches.
///
/// # Errors
/// None at present.
pub fn watching_kubernetes(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    if settings.clusters.is_empty() {
        return Ok(None);
    }
    let mut config = convert::kubernetes(settings);
    config.limits.watch = Some(WatchLimits::default());
    Ok(Some(Adapter::new(tools_kubernetes::Server::new(config))))
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
        .map_err(|failure| unusable("prometheus", &failure))?;
    Ok(Some(Adapter::new(server)))
}

/// The `loki` server, where an instance is configured.
///
/// # Errors
/// A certificate file that cannot be read, or an address that is none.
pub fn loki(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    if settings.loki.is_empty() {
        return Ok(None);
    }
    let server = tools_loki::Server::new(convert::loki(settings)?).map_err(|failure| unusable("loki", &failure))?;
    Ok(Some(Adapter::new(server)))
}

/// The `tempo` server, where an instance is configured.
///
/// # Errors
/// A certificate file that cannot be read, or an address that is none.
pub fn tempo(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    if settings.tempo.is_empty() {
        return Ok(None);
    }
    let server = tools_tempo::Server::new(convert::tempo(settings)?).map_err(|failure| unusable("tempo", &failure))?;
    Ok(Some(Adapter::new(server)))
}

/// The `github` server, where it is configured.
///
/// # Errors
/// A certificate file that cannot be read, or an address that is none.
pub fn github(settings: &Settings) -> Result<Option<Adapter>, Stop> {
    let Some(config) = convert::github(settings)? else { return Ok(None) };
    let server = tools_github::Server::new(config).map_err(|failure| unusable("github", &failure))?;
    Ok(Some(Adapter::new(server)))
}

/// The changes of the `kubernetes` server, with the credentials for changes.
///
/// # Errors
/// When no cluster has such credentials.
pub fn acting_kubernetes(settings: &Settings, authority: Authority) -> Result<Adapter, Stop> {
    if settings.clusters.values().all(|cluster| cluster.act.is_none()) {
        let text = "no cluster has credentials for changes: name them by [clusters.NAME] act_kubeconfig";
        return Err(Stop::new(Exit::Usage, text));
    }
    Ok(Adapter::acting(tools_kubernetes::Server::for_acting(convert::kubernetes(settings)), authority))
}

/// The changes of the `prometheus` server, with the credentials for changes.
///
/// # Errors
/// When no Alertmanager has such credentials.
pub fn acting_prometheus(settings: &Settings, authority: Authority) -> Result<Adapter, Stop> {
    let config = convert::prometheus_for_acting(settings)?;
    if config.instances.is_empty() {
        let text = "no Alertmanager has credentials for changes: name them by [prometheus.NAME] alertmanager_url and act_bearer, or act_user and act_password";
        return Err(Stop::new(Exit::Usage, text));
    }
    let server = tools_prometheus::Server::new(config).map_err(|failure| unusable("prometheus", &failure))?;
    Ok(Adapter::acting(server, authority))
}

fn unusable(section: &str, failure: &Failure) -> Stop {
    Stop::new(Exit::Usage, format!("[{section}]: {failure}"))
}

/// One of our servers inside this process.
pub(super) fn in_process(name: &str, server: Adapter) -> ServerSettings {
    ServerSettings::in_process(name, connector(move || serve::in_process(server.clone())))
}
