//! A world of the estate with a clock that is stepped, and the tool servers over it, without the wire between.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use domain::action::ActCall;
use domain::effect::EffectClass;
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use domain::observed::acted::Acted;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use ports::clock::Clock;
use ports::toolbox::{ServerStatus, ToolDescription, ToolOutcome, Toolbox};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio_util::sync::CancellationToken;
use tools_common::act::{AuditFile, Authority};
use tools_common::http::InProcessService;
use tools_common::serve::Adapter;
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_prometheus::PrometheusConfig;

/// Name of the only cluster.
pub(super) const CLUSTER: &str = "estate";

/// How long ago the fault began: long enough that alerts fire, short enough that it is an incident of now.
const FAULT_AGE: TimeDelta = TimeDelta::minutes(9);

/// The same of a machine that is away: after five minutes its pods are given up, and nothing is left to heal.
const YOUNGER: (&str, TimeDelta) = ("node-not-ready", TimeDelta::minutes(4));

/// A clock that goes on when it is told to.
#[derive(Debug)]
pub(super) struct Stepped {
    start: DateTime<Utc>,
    milliseconds: AtomicI64,
}

impl Stepped {
    /// The time goes on.
    pub(super) fn step(&self, by: TimeDelta) {
        self.milliseconds.fetch_add(by.num_milliseconds(), Ordering::Relaxed);
    }
}

impl Clock for Stepped {
    fn now(&self) -> DateTime<Utc> {
        self.start + TimeDelta::milliseconds(self.milliseconds.load(Ordering::Relaxed))
    }
}

/// A world, and what looks at it and acts on it.
pub(super) struct Place {
    /// Its time.
    pub(super) clock: Arc<Stepped>,
    /// The read tools.
    pub(super) toolbox: Arc<Servers>,
    acting: Adapter,
}

impl Place {
    /// The world of a seed in which a scenario happened a while ago.
    pub(super) fn of(scenario: Scenario, seed: u64) -> Result<Self, String> {
        let start = DateTime::from_timestamp(super::BEGINS_AT_SECONDS, 0).unwrap_or(DateTime::UNIX_EPOCH);
        let age = if scenario.name == YOUNGER.0 { YOUNGER.1 } else { FAULT_AGE };
        let clock = Arc::new(Stepped { start, milliseconds: AtomicI64::new(0) });
        let world = World::new(seed, start, Some(scenario), start - age);
        let of_world = Arc::clone(&clock);
        let estate = Estate::new(world, Arc::new(move || of_world.now()));
        let of_tools = Arc::clone(&clock);
        let clocked = |adapter: Adapter| {
            let clock = Arc::clone(&of_tools);
            adapter.with_clock(Arc::new(move || clock.now()))
        };
        let servers = BTreeMap::from([
            ("kubernetes", clocked(Adapter::new(kubernetes(&estate)))),
            ("prometheus", clocked(Adapter::new(prometheus(&estate)?))),
            ("loki", clocked(Adapter::new(loki(&estate)?))),
            ("tempo", clocked(Adapter::new(tempo(&estate)?))),
        ]);
        let acting = clocked(Adapter::acting(kubernetes(&estate), Authority::WithoutGrants(audit()?)));
        Ok(Self { clock, toolbox: Arc::new(Servers(servers)), acting })
    }

    /// Makes a call, or rehearses it.
    pub(super) async fn act(&self, call: &ActCall, version: Option<&str>, reason: &str) -> Result<Acted, Failure> {
        if call.server != "kubernetes" {
            return Err(Failure::new(FailureKind::Refused, format!("no act server {} is here", call.server)));
        }
        let mut arguments = call.arguments.clone();
        arguments.insert("reason".to_owned(), json!(reason));
        arguments.insert("dry_run".to_owned(), json!(version.is_none()));
        if let Some(version) = version.filter(|version| !version.is_empty()) {
            arguments.insert("expected_resource_version".to_owned(), json!(version));
        }
        let envelope = self.acting.call(&call.tool, arguments, self.acting.context()).await?;
        serde_json::from_value(envelope.data).map_err(|error| Failure::new(FailureKind::BadAnswer, error.to_string()))
    }
}

fn kubernetes(estate: &Arc<Estate>) -> tools_kubernetes::Server {
    let source = ClusterSource::service(estate::kubernetes::router(Arc::clone(estate)));
    let clusters = vec![ClusterConfig::new(CLUSTER, source)];
    tools_kubernetes::Server::new(KubernetesConfig { clusters, ..KubernetesConfig::default() })
}

fn prometheus(estate: &Arc<Estate>) -> Result<tools_prometheus::Server, String> {
    let mut instance = tools_prometheus::Instance::new(CLUSTER, "http://estate").with_alertmanager("http://estate");
    let (metrics, alerts) = (
        estate::telemetry::prometheus::router(Arc::clone(estate)),
        estate::telemetry::alertmanager::router(Arc::clone(estate)),
    );
    instance.prometheus.in_process = Some(InProcessService::new(metrics));
    if let Some(alertmanager) = &mut instance.alertmanager {
        alertmanager.in_process = Some(InProcessService::new(alerts));
    }
    let config = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("http://estate") };
    tools_prometheus::Server::new(config).map_err(|error| error.to_string())
}

fn loki(estate: &Arc<Estate>) -> Result<tools_loki::Server, String> {
    let mut instance = tools_loki::Instance::new(CLUSTER, "http://estate");
    instance.endpoint.in_process = Some(InProcessService::new(estate::telemetry::loki::router(Arc::clone(estate))));
    let config = tools_loki::LokiConfig { instances: vec![instance], limits: tools_loki::Limits::default() };
    tools_loki::Server::new(config).map_err(|error| error.to_string())
}

fn tempo(estate: &Arc<Estate>) -> Result<tools_tempo::Server, String> {
    let mut instance = tools_tempo::Instance::new(CLUSTER, "http://estate");
    instance.endpoint.in_process = Some(InProcessService::new(estate::telemetry::tempo::router(Arc::clone(estate))));
    let config = tools_tempo::TempoConfig { instances: vec![instance], limits: tools_tempo::Limits::default() };
    tools_tempo::Server::new(config).map_err(|error| error.to_string())
}

/// An audit file that is gone as soon as nobody writes to it.
fn audit() -> Result<AuditFile, String> {
    static NUMBER: AtomicI64 = AtomicI64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("auto-devops-learning-{}-{number}", std::process::id()));
    let file = AuditFile::open(&path).map_err(|error| error.to_string())?;
    std::fs::remove_file(&path).map_err(|error| error.to_string())?;
    Ok(file)
}

/// The read tools of all servers, under the names that the product gives them: `kubernetes_list`.
pub(super) struct Servers(BTreeMap<&'static str, Adapter>);

impl Servers {
    async fn asked(&self, call: ToolCall) -> Result<domain::envelope::Envelope, Failure> {
        let unknown = || Failure::new(FailureKind::BadRequest, format!("no tool {} is on offer", call.tool));
        let (server, tool) = call.tool.split_once('_').ok_or_else(unknown)?;
        let adapter = self.0.get(server).ok_or_else(unknown)?;
        adapter.call(tool, call.arguments.clone(), adapter.context()).await
    }

    /// Asks one tool, and reads its rows or whatever it gives.
    pub(super) async fn ask(&self, tool: &str, arguments: Map<String, Value>) -> Result<Value, Failure> {
        self.asked(ToolCall { tool: tool.to_owned(), arguments }).await.map(|envelope| envelope.data)
    }
}

#[async_trait]
impl Toolbox for Servers {
    async fn catalogue(&self) -> Vec<ToolDescription> {
        let of_server = |(server, adapter): (&&'static str, &Adapter)| {
            let tools = adapter.specs().map(|spec| ToolDescription {
                name: format!("{server}_{}", spec.name),
                server: (*server).to_owned(),
                description: spec.description.clone(),
                input_schema: spec.input_schema.clone(),
                effect: EffectClass::R0,
            });
            tools.collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of_server).collect()
    }

    async fn servers(&self) -> Vec<ServerStatus> {
        Vec::new()
    }

    async fn call(&self, call: ToolCall, _cancel: CancellationToken) -> ToolOutcome {
        let result = self.asked(call).await;
        let bytes = result.as_ref().map_or(0, |envelope| envelope.returned.saturating_mul(100));
        ToolOutcome { result, cached: false, bytes }
    }
}
