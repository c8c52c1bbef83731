//! Making a client from a source: lazily, off the runtime's workers, within a deadline.

use super::{Cluster, failure, kubeconfig};
use crate::config::{ClusterConfig, ClusterSource, Limits};
use domain::envelope::{Failure, FailureKind};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// A client and where it leads.
pub struct Connection {
    /// The client.
    pub client: kube::Client,
    /// `https://10.0.0.1:6443`, without a user part.
    pub address: String,
    /// Whether new credentials can be made by connecting again.
    renewable: bool,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Connection").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Connection {
    /// Whether a client certificate that a plugin made has run out.
    fn is_expired(&self) -> bool {
        let until = self.client.valid_until().as_ref().map(ToString::to_string);
        let until = until.and_then(|text| chrono::DateTime::parse_from_rfc3339(&text).ok());
        until.is_some_and(|until| until < chrono::Utc::now() + chrono::TimeDelta::seconds(30))
    }
}

impl Cluster {
    /// The client, made when it is first asked for. A failure is not kept: the next call tries again.
    pub(super) async fn connection(&self) -> Result<Arc<Connection>, Failure> {
        let mut held = self.connection.lock().await;
        if let Some(connection) = held.as_ref().filter(|connection| !connection.is_expired()) {
            return Ok(Arc::clone(connection));
        }
        let made = Arc::new(connect(&self.config, &self.limits).await?);
        *held = Some(Arc::clone(&made));
        Ok(made)
    }

    /// Where the cluster is, for messages.
    pub(super) async fn address(&self) -> String {
        let held = self.connection.lock().await;
        held.as_ref().map_or_else(|| "no address".to_owned(), |connection| connection.address.clone())
    }

    /// Forgets credentials that the server rejected; says whether making them anew may help.
    pub(super) async fn forget_credentials(&self) -> bool {
        let mut held = self.connection.lock().await;
        let renewable = held.as_ref().is_some_and(|connection| connection.renewable);
        if renewable {
            *held = None;
        }
        renewable
    }
}

async fn connect(cluster: &ClusterConfig, limits: &Limits) -> Result<Connection, Failure> {
    match &cluster.source {
        ClusterSource::Client(client) => {
            return Ok(Connection { client: client.clone(), address: "in this process".to_owned(), renewable: false });
        }
        ClusterSource::NoneForActing => return Err(none_for_acting(&cluster.name)),
        _ => {}
    }
    // A second provider is refused, and that is fine: one is there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (owned, limits) = (cluster.clone(), *limits);
    // Reading files and running an exec plugin block; neither may hold up the runtime.
    let work = tokio::task::spawn_blocking(move || connect_blocking(&owned, &limits));
    match timeout(limits.connect_timeout, work).await {
        Ok(Ok(result)) => result,
        Ok(Err(error)) => {
            Err(Failure::new(FailureKind::Unreachable, format!("no client for cluster {}: {error}", cluster.name)))
        }
        Err(_) => Err(Failure::new(
            FailureKind::Timeout,
            format!(
                "making a client for cluster {} took longer than {} s",
                cluster.name,
                limits.connect_timeout.as_secs()
            ),
        )
        .with_hint("an exec plugin that waits for input cannot be answered here: log in first")),
    }
}

fn connect_blocking(cluster: &ClusterConfig, limits: &Limits) -> Result<Connection, Failure> {
    let lookup = |name: &str| std::env::var(name).ok();
    let (mut config, renewable) = match &cluster.source {
        ClusterSource::InCluster => (in_cluster(cluster)?, true),
        ClusterSource::Kubeconfig { paths, context } => {
            let loaded = kubeconfig::Loaded::from_files(paths);
            loaded.config(&cluster.name, context.as_deref())?
        }
        ClusterSource::KubeconfigText { text, context } => {
            let loaded = kubeconfig::Loaded::from_text(text);
            loaded.config(&cluster.name, context.as_deref())?
        }
        ClusterSource::NoneForActing => return Err(none_for_acting(&cluster.name)),
        ClusterSource::Client(_) => {
            return Err(Failure::new(FailureKind::BadRequest, "a cluster with a client needs no connecting"));
        }
    };
    if let Some(proxy) =
        kubeconfig::proxy::for_server(&config.cluster_url, cluster.proxy.as_deref(), config.proxy_url.clone(), &lookup)
            .map_err(|problem| Failure::new(FailureKind::BadRequest, format!("cluster {}: {problem}", cluster.name)))?
    {
        config.proxy_url = Some(proxy);
    }
    config.connect_timeout = Some(Duration::from_secs(5).min(limits.request_timeout));
    // Each request has a deadline of its own; a watch may be silent for longer than any request may take.
    let silence = limits.watch.map_or(Duration::ZERO, |watch| watch.silence + Duration::from_secs(10));
    config.read_timeout = Some(limits.request_timeout.max(silence));
    config.write_timeout = Some(limits.request_timeout);
    config.reset_reader_on_write = true;
    // kube's own retries outlast our deadlines and would hide what the server said.
    config.default_retry = false;
    let address = spoken_address(&config.cluster_url);
    let client = kube::Client::try_from(config).map_err(|error| match &error {
        kube::Error::Auth(auth) => failure::of_auth(&cluster.name, auth),
        other => Failure::new(
            FailureKind::Unreachable,
            format!(
                "no client for cluster {} ({address}): {}",
                cluster.name,
                crate::shape::lines::cut(&other.to_string(), 200)
            ),
        )
        .with_hint("check certificates and keys in the kubeconfig"),
    })?;
    Ok(Connection { client, address, renewable })
}

fn none_for_acting(cluster: &str) -> Failure {
    Failure::new(FailureKind::Unauthenticated, format!("cluster {cluster} has no credentials for acting")).with_hint(
        "give the cluster credentials of their own for acting in the settings; those for reading are not used",
    )
}

fn in_cluster(cluster: &ClusterConfig) -> Result<kube::Config, Failure> {
    kube::Config::incluster().map_err(|error| {
        Failure::new(
            FailureKind::Unreachable,
            format!("cluster {} has no in-cluster credentials: {error}", cluster.name),
        )
        .with_hint("this works only inside a pod with a mounted service account token")
    })
}

fn spoken_address(url: &http::Uri) -> String {
    let host = url.host().unwrap_or_default();
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}://{host}{port}", url.scheme_str().unwrap_or("https"))
}
