//! Talking to API servers: clients, requests, pages, discovery.
//!
//! Guarantees: every request has a deadline, every answer a size limit, and a cluster that is away harms no other.
//! A failure names the cluster and its address, never a credential.

mod connect;
mod discovery;
mod failure;
mod fetch;
pub mod kubeconfig;
mod paging;
mod review;
mod watch;
mod write;

pub use paging::Listing;
pub use review::Review;
pub use watch::told;
pub use write::{FIELD_MANAGER, WriteForm, WriteRequest};

use crate::config::{ClusterConfig, Limits};
use crate::query::kinds::Kind;
use connect::Connection;
use domain::envelope::{Failure, FailureKind};
use std::sync::{Arc, Weak};
use tokio::sync::{Mutex, Semaphore};
use tokio::time::Instant;
use watch::Watches;

/// One cluster, connected when it is first asked.
#[derive(Debug)]
pub struct Cluster {
    config: ClusterConfig,
    limits: Limits,
    connection: Mutex<Option<Arc<Connection>>>,
    discovered: Mutex<Option<(Instant, Arc<Vec<Kind>>)>>,
    requests: Semaphore,
    watches: Option<Watches>,
    /// Itself, for what goes on between calls; leads nowhere in a cluster that is not shared.
    own: Weak<Self>,
}

impl Cluster {
    /// A cluster that nobody has asked anything yet.
    pub fn new(config: ClusterConfig, limits: Limits) -> Self {
        Self {
            config,
            limits,
            connection: Mutex::new(None),
            discovered: Mutex::new(None),
            requests: Semaphore::new(limits.parallel.max(1)),
            watches: limits.watch.map(Watches::new),
            own: Weak::new(),
        }
    }

    /// The same, for calls that share it; only such a cluster can keep lists by watches.
    pub fn shared(config: ClusterConfig, limits: Limits) -> Arc<Self> {
        Arc::new_cyclic(|own| Self { own: Weak::clone(own), ..Self::new(config, limits) })
    }

    /// Its name in the settings.
    pub fn name(&self) -> &str {
        &self.config.name
    }

    /// How results name their source.
    pub fn source(&self) -> String {
        format!("kubernetes {}", self.config.name)
    }

    /// Bounds.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The namespaces to look into for an argument: one, or all, or the permitted ones each by itself.
    ///
    /// # Errors
    /// `Refused` for a namespace that the settings keep closed.
    pub fn scopes(&self, kind: &Kind, namespace: Option<&str>) -> Result<Vec<Option<String>>, Failure> {
        if !kind.namespaced {
            return Ok(vec![None]);
        }
        match (namespace, &self.config.namespaces) {
            (Some(namespace), None) => Ok(vec![Some(namespace.to_owned())]),
            (None, None) => Ok(vec![None]),
            (None, Some(permitted)) => Ok(permitted.iter().cloned().map(Some).collect()),
            (Some(namespace), Some(permitted)) => {
                if permitted.iter().any(|name| name == namespace) {
                    return Ok(vec![Some(namespace.to_owned())]);
                }
                Err(Failure::new(
                    FailureKind::Refused,
                    format!("namespace {namespace} of cluster {} is closed by the settings", self.config.name),
                )
                .with_hint(format!("open are: {}", permitted.join(", "))))
            }
        }
    }

    /// The first of the namespaces that the settings open; `None` where all are.
    pub fn first_namespace(&self) -> Option<&str> {
        self.config.namespaces.as_ref()?.first().map(String::as_str)
    }

    /// Whether an object of this namespace may be looked at.
    ///
    /// # Errors
    /// `Refused` for a namespace that the settings keep closed.
    pub fn permit(&self, kind: &Kind, namespace: Option<&str>) -> Result<(), Failure> {
        self.scopes(kind, namespace).map(drop)
    }
}
