//! What the server is started with: clusters, known noise, limits.
//!
//! Guarantee: printing a configuration for debugging shows no kubeconfig text.

use chrono::{DateTime, Utc};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The settings of the `kubernetes` server.
#[derive(Debug, Clone, Default)]
pub struct KubernetesConfig {
    /// The clusters; the first is the one that a call without `cluster` means.
    pub clusters: Vec<ClusterConfig>,
    /// Findings that are known and not wanted.
    pub ignore: Vec<IgnoreRule>,
    /// Bounds.
    pub limits: Limits,
}

/// One cluster.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// The name by which people and tools call it.
    pub name: String,
    /// How to reach it.
    pub source: ClusterSource,
    /// The only namespaces that may be looked into; `None` for all.
    pub namespaces: Option<Vec<String>>,
    /// A proxy that takes the place of the kubeconfig's and of the environment's.
    pub proxy: Option<String>,
    /// How a server for acting reaches it: credentials of their own, never those for reading. `None` where nothing may
    /// be changed; a server for reading never uses it.
    pub act: Option<ClusterSource>,
}

impl ClusterConfig {
    /// A cluster without restrictions.
    pub fn new(name: impl Into<String>, source: ClusterSource) -> Self {
        Self { name: name.into(), source, namespaces: None, proxy: None, act: None }
    }

    /// The same cluster with its credentials for acting in the place of those for reading.
    pub(crate) fn for_acting(mut self) -> Self {
        self.source = self.act.take().unwrap_or(ClusterSource::NoneForActing);
        self
    }

    /// What `kubectl` would use: the files of `KUBECONFIG`, `~/.kube/config`, or the pod's own service account.
    /// `None` where there is none of them. `lookup` reads an environment variable.
    pub fn from_environment(name: impl Into<String>, lookup: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let listed = lookup("KUBECONFIG").filter(|value| !value.is_empty());
        let paths: Vec<PathBuf> = match listed {
            Some(value) => std::env::split_paths(&value).filter(|path| !path.as_os_str().is_empty()).collect(),
            None => {
                let home = lookup("HOME").map(|home| PathBuf::from(home).join(".kube/config"));
                home.filter(|path| path.is_file()).into_iter().collect()
            }
        };
        let source = if !paths.is_empty() {
            ClusterSource::Kubeconfig { paths, context: None }
        } else if lookup("KUBERNETES_SERVICE_HOST").is_some() {
            ClusterSource::InCluster
        } else {
            return None;
        };
        Some(Self::new(name, source))
    }
}

/// How a cluster is reached.
#[derive(Clone)]
pub enum ClusterSource {
    /// Kubeconfig files, merged as `kubectl` merges them.
    Kubeconfig {
        /// In order; the first to set a value wins.
        paths: Vec<PathBuf>,
        /// The context; `None` for the current one.
        context: Option<String>,
    },
    /// The text of a kubeconfig; relative paths in it are relative to the working folder.
    KubeconfigText {
        /// YAML.
        text: String,
        /// The context; `None` for the current one.
        context: Option<String>,
    },
    /// The service account of the pod that this process runs in.
    InCluster,
    /// A client that is already connected, such as one over an in-process service.
    Client(kube::Client),
    /// The place of credentials for acting that the settings do not give: each question is answered with that.
    NoneForActing,
}

impl ClusterSource {
    /// A source over a tower service in this process (a simulated estate). Must be called inside a tokio runtime.
    pub fn service<S, B>(service: S) -> Self
    where
        S: tower::Service<http::Request<kube::client::Body>, Response = http::Response<B>> + Send + 'static,
        S::Future: Send + 'static,
        S::Error: Into<tower::BoxError>,
        B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<tower::BoxError>,
    {
        Self::Client(kube::Client::new(service, "default"))
    }
}

impl fmt::Debug for ClusterSource {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubeconfig { paths, context } => write!(out, "Kubeconfig({paths:?}, context {context:?})"),
            Self::KubeconfigText { context, .. } => write!(out, "KubeconfigText(context {context:?})"),
            Self::InCluster => out.write_str("InCluster"),
            Self::Client(_) => out.write_str("Client"),
            Self::NoneForActing => out.write_str("NoneForActing"),
        }
    }
}

/// Known noise: a finding of this check on such an object is not told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// The check's name, `*` for all.
    pub check: String,
    /// `Deployment shop/checkout`, with `*` for any run of characters.
    pub object: String,
    /// Why it is known.
    pub reason: String,
    /// When the rule stops to hold; `None` for never.
    pub until: Option<DateTime<Utc>>,
}

/// Bounds of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// One call of a tool, over all its requests.
    pub call_deadline: Duration,
    /// One request to an API server.
    pub request_timeout: Duration,
    /// Making a client: exec plugins and certificates.
    pub connect_timeout: Duration,
    /// One answer.
    pub answer_bytes: usize,
    /// Objects of one list, over all its pages.
    pub list_objects: usize,
    /// Objects of one page.
    pub page: u32,
    /// Bytes of one container's log.
    pub log_bytes: u64,
    /// Requests to one cluster at the same time.
    pub parallel: usize,
    /// Lists kept by watches, for a server that runs long; `None` reads each list when it is asked for.
    pub watch: Option<WatchLimits>,
}

/// Bounds of the lists that are kept by watches, for each cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatchLimits {
    /// Lists at the same time: a kind in all namespaces, or in one.
    pub mirrors: usize,
    /// Objects of one list; a longer one is not kept.
    pub objects: usize,
    /// Memory of all lists together, by estimate.
    pub bytes: usize,
    /// A list that nobody has asked for so long is let go.
    pub unasked: Duration,
    /// A watch that has told nothing for so long, not even a bookmark (a server sends one about every minute), is not
    /// believed any more: everything is listed anew. No kept list is further behind than this.
    pub silence: Duration,
    /// How long a watch must have been open before its list counts as in sync: what has happened since the version
    /// that it starts from comes first.
    pub settle: Duration,
    /// When a list that may not be watched, or is too long, is tried again.
    pub rest: Duration,
}

impl Default for WatchLimits {
    fn default() -> Self {
        Self {
            mirrors: 24,
            objects: 20_000,
            bytes: 64 << 20,
            unasked: Duration::from_secs(600),
            silence: Duration::from_secs(90),
            settle: Duration::from_millis(500),
            rest: Duration::from_secs(600),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_deadline: Duration::from_secs(20),
            request_timeout: Duration::from_secs(8),
            connect_timeout: Duration::from_secs(12),
            answer_bytes: 24 << 20,
            list_objects: 20_000,
            page: 500,
            log_bytes: 512 << 10,
            parallel: 16,
            watch: None,
        }
    }
}
