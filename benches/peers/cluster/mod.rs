//! A Kubernetes API with as many pods as are wanted, the same for every server that is measured.
//!
//! Generated objects are served from memory, ready written after the first request, so that little of a measured time is
//! the backend's own. What is not generated (discovery, OpenAPI, version, access reviews) is answered by the estate's API.
//! Deliberately absent: writes, compression, TLS, a throttle of the server's own.

mod api;
mod events;
mod layout;
mod objects;
mod pods;
mod troubles;

use crate::Fallible;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::net::TcpListener;

pub use layout::Layout;

/// One object and the cells of its row in a table.
struct Stored {
    object: Value,
    cells: Vec<Value>,
}

/// The objects of each resource, in the order of the API: by namespace and name.
type Objects = BTreeMap<&'static str, Vec<Stored>>;

/// A pod that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unhealthy {
    /// Its name, the only one of its kind.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// What `kubectl get pods` prints as its status.
    pub status: &'static str,
    /// Its phase, which the API can select by.
    pub phase: &'static str,
}

/// What was planted, so that answers can be held to it.
#[derive(Debug, Clone, Default)]
pub struct Planted {
    /// Pods altogether.
    pub pods: usize,
    /// Those in trouble.
    pub unhealthy: Vec<Unhealthy>,
    /// Events altogether.
    pub events: usize,
    /// Warnings of which no two are of the same object and reason: the names of their pods, one each.
    pub warnings: Vec<String>,
    /// A healthy pod: namespace and name.
    pub one: (String, String),
    /// The image of that pod.
    pub image: String,
}

/// The API, while the program runs.
pub struct Cluster {
    /// Where a kubeconfig for it lies.
    pub kubeconfig: PathBuf,
    /// What it holds.
    pub planted: Planted,
    /// Requests that were answered.
    pub requests: Arc<AtomicU64>,
}

impl Cluster {
    /// Generates the objects and serves them on a free port.
    pub async fn serve(layout: Layout, folder: &Path) -> Fallible<Self> {
        let (objects, planted) = generate(layout, Utc::now());
        let requests = Arc::new(AtomicU64::new(0));
        let router = api::router(objects, Arc::clone(&requests));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        let kubeconfig = folder.join(format!("kubeconfig-{}", layout.pods()));
        std::fs::write(&kubeconfig, estate::serve::kubeconfig(address))?;
        Ok(Self { kubeconfig, planted, requests })
    }
}

fn generate(layout: Layout, now: DateTime<Utc>) -> (Objects, Planted) {
    let mut objects = Objects::new();
    let mut planted = Planted { pods: layout.pods(), ..Planted::default() };
    let pods = pods::all(layout, now);
    planted.unhealthy = pods.iter().filter_map(|pod| pod.unhealthy()).collect();
    if let Some(pod) = pods.iter().rev().find(|pod| pod.trouble.is_none()) {
        planted.one = (pod.namespace.clone(), pod.name.clone());
        planted.image.clone_from(&pod.image);
    }
    let (events, warnings) = events::all(&pods, now);
    (planted.events, planted.warnings) = (events.len(), warnings);
    objects.insert("pods", pods.iter().map(|pod| pod.stored(now)).collect());
    objects.insert("events", events);
    objects::fill(&mut objects, layout, now);
    (objects, planted)
}
