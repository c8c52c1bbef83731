//! The ends of an estate on loopback ports: binding, addresses, a kubeconfig, and a drain when told to stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::{Estate, kubernetes};

/// Where the ends listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The Kubernetes API.
    pub kubernetes: SocketAddr,
    /// Prometheus.
    pub prometheus: SocketAddr,
    /// Alertmanager.
    pub alertmanager: SocketAddr,
    /// Loki.
    pub loki: SocketAddr,
    /// Tempo.
    pub tempo: SocketAddr,
}

impl Addresses {
    /// A kubeconfig whose only context, `demo`, is this estate.
    pub fn kubeconfig(&self) -> String {
        kubeconfig(self.kubernetes)
    }
}

/// A port could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on 127.0.0.1:{port} for the estate's {end}; choose another base port, or 0 for any free ones")]
pub struct BindError {
    end: &'static str,
    port: u16,
    source: std::io::Error,
}

/// The ends, served until the token is cancelled.
#[derive(Debug)]
pub struct Served {
    /// Where they listen.
    pub addresses: Addresses,
    servers: JoinSet<()>,
}

impl Served {
    /// Waits until every end has drained; returns when the token given to `serve` was cancelled and open requests are answered.
    pub async fn finished(mut self) {
        while self.servers.join_next().await.is_some() {}
    }
}

/// A kubeconfig for an estate's API at an address.
pub fn kubeconfig(api: SocketAddr) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: demo\nclusters:\n- name: demo\n  cluster:\n    server: http://{api}\n\
         users:\n- name: demo\n  user: {{}}\ncontexts:\n- name: demo\n  context:\n    cluster: demo\n    user: demo\n    namespace: shop\n"
    )
}

/// Serves all ends on loopback: on any free ports when `base_port` is zero, else on `base_port` and the four after it.
///
/// # Errors
/// When a port is taken; nothing stays bound then.
pub async fn serve(estate: Arc<Estate>, base_port: u16, stop: CancellationToken) -> Result<Served, BindError> {
    let mut servers = JoinSet::new();
    let ends: [(&'static str, Router); 5] = [
        ("Kubernetes API", kubernetes::router(Arc::clone(&estate))),
        ("Prometheus", crate::telemetry::prometheus::router(Arc::clone(&estate))),
        ("Alertmanager", crate::telemetry::alertmanager::router(Arc::clone(&estate))),
        ("Loki", crate::telemetry::loki::router(Arc::clone(&estate))),
        ("Tempo", crate::telemetry::tempo::router(estate)),
    ];
    let mut listeners = Vec::new();
    for (offset, (end, router)) in (0u16..).zip(ends) {
        let port = if base_port == 0 { 0 } else { base_port.saturating_add(offset) };
        let failed = |source| BindError { end, port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listeners.push((address, listener, router));
    }
    let mut bound = Vec::new();
    for (address, listener, router) in listeners {
        bound.push(address);
        let stopped = stop.clone();
        servers.spawn(async move {
            // Watches and followed logs never end by themselves, so a stop does not wait for them beyond the other requests.
            let serving = axum::serve(listener, router).with_graceful_shutdown(stopped.clone().cancelled_owned());
            tokio::select! {
                served = serving => {
                    if let Err(error) = served {
                        tracing::warn!(%error, %address, "an end of the estate stopped serving");
                    }
                }
                () = async {
                    stopped.cancelled().await;
                    tokio::time::sleep(DRAIN).await;
                } => {}
            }
        });
    }
    let at = |index: usize| bound.get(index).copied().unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let addresses = Addresses { kubernetes: at(0), prometheus: at(1), alertmanager: at(2), loki: at(3), tempo: at(4) };
    Ok(Served { addresses, servers })
}

/// How long open requests may take once a stop was asked for.
const DRAIN: std::time::Duration = std::time::Duration::from_secs(2);
