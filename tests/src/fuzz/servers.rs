//! The servers that are fuzzed, each over any backend that a router can play.
//!
//! Guarantee: a server of [`Which`] differs from the one that is shipped only in its address, credentials and
//! deadlines.

use super::corpus::{Call, Calls};
use async_trait::async_trait;
use axum::Router;
use domain::effect::{self, EffectClass};
use domain::envelope::{Envelope, Failure, FailureKind};
use domain::secret::Secret;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use serde_json::{Map, Value};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tools_common::act::{AuditFile, Authority};
use tools_common::http::{Endpoint, HttpSettings, InProcessService};
use tools_common::serve::Adapter;
use tools_common::{CallContext, ServerInfo, ToolServer, ToolSpec};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Limits, WatchLimits};
use tools_prometheus::PrometheusConfig;

/// A server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Kubernetes.
    Kubernetes,
    /// Prometheus and Alertmanager.
    Prometheus,
    /// Loki.
    Loki,
    /// Tempo.
    Tempo,
    /// GitHub.
    Github,
}

impl Which {
    /// All.
    pub const ALL: [Self; 5] = [Self::Kubernetes, Self::Prometheus, Self::Loki, Self::Tempo, Self::Github];

    /// As it is named on the command line and in the corpus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Prometheus => "prometheus",
            Self::Loki => "loki",
            Self::Tempo => "tempo",
            Self::Github => "github",
        }
    }

    /// By name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.name() == name)
    }

    /// The server over a backend; one that can keeps lists by watches. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// The server's own, where it does not take its settings.
    pub fn server(self, backend: Router, keeps_lists: bool) -> Result<Arc<dyn ToolServer>, Failure> {
        Ok(match self {
            Self::Kubernetes => {
                let cluster = ClusterConfig::new("corpus", ClusterSource::service(backend));
                let watch = WatchLimits { settle: Duration::ZERO, ..WatchLimits::default() };
                let limits = Limits { watch: keeps_lists.then_some(watch), ..Limits::default() };
                let config = KubernetesConfig { clusters: vec![cluster], limits, ..KubernetesConfig::default() };
                Arc::new(tools_kubernetes::Server::new(config))
            }
            Self::Prometheus => {
                let instance = tools_prometheus::Instance {
                    name: "corpus".to_owned(),
                    prometheus: endpoint("Prometheus", "http://prometheus", &backend),
                    alertmanager: Some(endpoint("Alertmanager", "http://alertmanager", &backend)),
                };
                let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
                Arc::new(tools_prometheus::Server::new(config)?)
            }
            Self::Loki => {
                let endpoint = endpoint("Loki", "http://loki", &backend);
                let instance = tools_loki::Instance { endpoint, ..tools_loki::Instance::new("corpus", "http://loki") };
                let config =
                    tools_loki::LokiConfig { instances: vec![instance], ..tools_loki::LokiConfig::single("unused") };
                Arc::new(tools_loki::Server::new(config)?)
            }
            Self::Tempo => {
                let endpoint = endpoint("Tempo", "http://tempo", &backend);
                let instance =
                    tools_tempo::Instance { endpoint, ..tools_tempo::Instance::new("corpus", "http://tempo") };
                let config = tools_tempo::TempoConfig {
                    instances: vec![instance],
                    ..tools_tempo::TempoConfig::single("unused")
                };
                Arc::new(tools_tempo::Server::new(config)?)
            }
            Self::Github => {
                let token = Secret::new("ghp_0123456789abcdefghijABCDEFGHIJ012345");
                let mut config = tools_github::GithubConfig::new("https://api.github.test", Some(token));
                config.endpoint.in_process = Some(InProcessService::new(backend));
                config.default_repository = Some("acme/shop".to_owned());
                Arc::new(tools_github::Server::new(config)?)
            }
        })
    }

    /// The routers of the estate that play the backends, by host; none for what the estate does not play.
    pub fn estate(self, calls: &Calls) -> Vec<(&'static str, Router)> {
        use estate::telemetry::{alertmanager, loki, prometheus, tempo};
        const WORLD: u64 = 7;
        let now = calls.now;
        let fault = Scenario::named("bad-config");
        let world = World::new(WORLD, now - Duration::from_secs(7_200), fault, now - Duration::from_secs(1_800));
        let estate = Estate::new(world, Arc::new(move || now));
        match self {
            Self::Kubernetes => vec![("", estate::kubernetes::router(estate))],
            Self::Prometheus => vec![
                ("prometheus", prometheus::router(Arc::clone(&estate))),
                ("alertmanager", alertmanager::router(estate)),
            ],
            Self::Loki => vec![("loki", loki::router(estate))],
            Self::Tempo => vec![("tempo", tempo::router(estate))],
            Self::Github => Vec::new(),
        }
    }
}

/// A server's two doors, for reading and for acting, both through the kit: it holds the last bounds, and it alone gives
/// the permission to act. A panic that it catches is seen by the hook.
#[derive(Clone)]
pub struct Doors {
    name: &'static str,
    reading: Adapter,
    acting: Adapter,
}

impl Doors {
    /// The doors of a server over a backend.
    ///
    /// # Errors
    /// The server does not take its settings, or no audit file can be made.
    pub fn of(which: Which, backend: Router, keeps_lists: bool) -> Result<Self, Failure> {
        let server = which.server(backend, keeps_lists)?;
        let audit =
            audit().map_err(|error| Failure::new(FailureKind::BadRequest, format!("the audit file: {error}")))?;
        let acting = Adapter::acting(Shared(Arc::clone(&server)), Authority::WithoutGrants(audit));
        let reading = Adapter::new(Shared(server));
        Ok(Self { name: which.name(), reading, acting })
    }

    /// One call, by the door that its effect class opens.
    ///
    /// # Errors
    /// The server's own.
    pub async fn call(&self, call: Call, context: CallContext) -> Result<Envelope, Failure> {
        let reads = matches!(effect::of(self.name, &call.tool), Some(EffectClass::R0 | EffectClass::R1));
        if reads {
            self.reading.call(&call.tool, call.arguments, context).await
        } else {
            self.acting.call(&call.tool, call.arguments, context).await
        }
    }
}

/// An audit file that nobody sees: its name is gone before anything is written.
fn audit() -> io::Result<AuditFile> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-fuzz-{}-{number}", std::process::id()));
    let audit = AuditFile::open(&path)?;
    std::fs::remove_file(path)?;
    Ok(audit)
}

/// A server that two doors share.
struct Shared(Arc<dyn ToolServer>);

#[async_trait]
impl ToolServer for Shared {
    fn info(&self) -> ServerInfo {
        self.0.info()
    }

    fn tools(&self) -> Vec<ToolSpec> {
        self.0.tools()
    }

    fn call_deadline(&self) -> Duration {
        self.0.call_deadline()
    }

    fn deadline_of(&self, tool: &str) -> Duration {
        self.0.deadline_of(tool)
    }

    async fn call(&self, tool: &str, arguments: Map<String, Value>, context: CallContext) -> Result<Envelope, Failure> {
        self.0.call(tool, arguments, context).await
    }
}

fn endpoint(backend: &'static str, url: &str, router: &Router) -> Endpoint {
    let service = InProcessService::new(router.clone());
    Endpoint { settings: HttpSettings::new(backend, url), in_process: Some(service) }
}
