//! The act servers of each environment, inside this process, and the key that signs their grants.
//!
//! The key is drawn anew at each start and never leaves the process: the servers that it is for end with it. An environment
//! whose clusters and sources have no credentials for changes has no act server, and nothing can be changed there.

use super::rooms::{self, Room};
use super::webhooks;
use crate::cli::{Exit, Stop};
use crate::settings::Settings;
use crate::wiring::{acting, acting_kubernetes, acting_prometheus};
use chrono::Utc;
use ports::clock::Clock;
use ports::hands::Hands;
use ring::rand::{SecureRandom as _, SystemRandom};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use toolbox::act::{ActServer, ActSessions, ActSettings};
use toolbox::settings::{Transport, connector};
use tools_common::act::{AuditFile, Authority, GrantSigner, GrantVerifier};
use tools_common::serve::{self, Adapter};

/// How long a call may take; the executor waits longer.
const CALL: Duration = Duration::from_secs(45);

/// A drain waits for pods to end.
const DRAIN: Duration = Duration::from_secs(960);

/// The hands of all environments.
///
/// # Errors
/// No random key can be drawn, the audit file cannot be opened, or a file of the settings cannot be used.
pub fn hands(
    settings: &Settings,
    environments: &BTreeMap<String, Room>,
    process: &str,
    clock: Arc<dyn Clock>,
) -> Result<Arc<dyn Hands>, Stop> {
    let signer = signer()?;
    let mut servers = Vec::new();
    let mut audit = None;
    for name in environments.keys() {
        let focused = rooms::focused(settings, name);
        if focused.clusters.values().any(|cluster| cluster.act.is_some()) {
            let authority = authority(settings, &signer, name, &mut audit)?;
            servers.push(server(name, "kubernetes", acting_kubernetes(&focused, authority)?));
        }
        if focused.prometheus.values().any(|one| one.act_credentials.is_some()) {
            let authority = authority(settings, &signer, name, &mut audit)?;
            servers.push(server(name, "prometheus", acting_prometheus(&focused, authority)?));
        }
        if let Some(declared) = webhooks::server(settings, name)? {
            let authority = authority(settings, &signer, name, &mut audit)?;
            servers.push(server(name, "webhooks", Adapter::acting(declared, authority)));
        }
    }
    Ok(Arc::new(ActSessions::new(ActSettings::new(servers, process), signer, clock)))
}

fn signer() -> Result<GrantSigner, Stop> {
    let mut seed = [0_u8; 32];
    let drawn = SystemRandom::new().fill(&mut seed).ok().and_then(|()| GrantSigner::from_seed(&seed));
    drawn.ok_or_else(|| Stop::new(Exit::Failed, "this machine gives no random numbers: no grant can be signed"))
}

fn authority(
    settings: &Settings,
    signer: &GrantSigner,
    audience: &str,
    audit: &mut Option<AuditFile>,
) -> Result<Authority, Stop> {
    let file = match audit {
        Some(file) => file.clone(),
        None => audit.insert(acting::audit_file(settings)?.0).clone(),
    };
    Ok(Authority::grants(GrantVerifier::new(signer.public_key(), audience, Utc::now()), file))
}

fn server(environment: &str, name: &str, adapter: Adapter) -> ActServer {
    ActServer {
        environment: environment.to_owned(),
        server: name.to_owned(),
        audience: environment.to_owned(),
        transport: Transport::InProcess(connector(move || serve::in_process(adapter.clone()))),
        deadline: CALL,
        deadlines: BTreeMap::from([("drain".to_owned(), DRAIN)]),
    }
}
