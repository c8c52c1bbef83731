//! The parts of the product as the program wires them: the turn's limits from the built-in settings, and both tool
//! servers over a simulated estate at a fixed time, without a socket.

use crate::Fallible;
use app::settings::{Imagined, Request, load};
use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use engine::turn::TurnSettings;
use estate::scenarios::Scenario;
use estate::world::World;
use std::sync::Arc;
use toolbox::Toolbox;
use toolbox::settings::{ServerSettings, ToolboxSettings, connector};
use tools_common::http::{HttpSettings, InProcessService};
use tools_common::serve::{self, Adapter, Clock};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_prometheus::{Endpoint, Instance, PrometheusConfig};

const SEED: u64 = 7;
const FAULT_AGE: TimeDelta = TimeDelta::minutes(12);

/// The moment of every measured turn: 2026-11-20 03:05 UTC.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_143_900, 0).unwrap_or_default()
}

/// The limits that the program has where no setting says otherwise.
pub fn turn_settings() -> Fallible<TurnSettings> {
    let surroundings = Imagined::default().with_variable("OLLAMA_HOST", "127.0.0.1:9");
    let settings = load(&Request::default(), &surroundings)?.settings;
    Ok(TurnSettings {
        deadline: settings.turn.deadline,
        max_steps: settings.turn.max_steps,
        tools_offered: settings.turn.tools_offered,
        result_tokens: settings.turn.result_tokens,
        reply_tokens: settings.model.as_ref().map_or(0, |model| model.reply_tokens),
        parallel_calls: settings.turn.parallel_calls,
        zone: settings.output.time_zone,
        clusters: vec!["demo".to_owned()],
        ..TurnSettings::usual()?
    })
}

/// Our tool servers: `kubernetes` and `prometheus`.
pub fn adapters() -> Fallible<[(&'static str, Adapter); 2]> {
    adapters_over(simulated("bad-config")?)
}

/// An estate in which a scenario has been going on for some minutes.
pub fn simulated(scenario: &str) -> Fallible<Arc<estate::Estate>> {
    let scenario = Scenario::named(scenario).ok_or_else(|| format!("the estate has no scenario {scenario}"))?;
    let world = World::new(SEED, now(), Some(scenario), now() - FAULT_AGE);
    Ok(estate::Estate::new(world, Arc::new(now)))
}

/// The same servers over an estate.
pub fn adapters_over(estate: Arc<estate::Estate>) -> Fallible<[(&'static str, Adapter); 2]> {
    let clock: Clock = Arc::new(now);
    let cluster = ClusterSource::service(estate::kubernetes::router(Arc::clone(&estate)));
    let kubernetes =
        KubernetesConfig { clusters: vec![ClusterConfig::new("demo", cluster)], ..KubernetesConfig::default() };
    let instance = Instance {
        name: "demo".to_owned(),
        prometheus: endpoint("Prometheus", estate::telemetry::prometheus::router(Arc::clone(&estate))),
        alertmanager: Some(endpoint("Alertmanager", estate::telemetry::alertmanager::router(estate))),
    };
    let prometheus = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
    Ok([
        ("kubernetes", Adapter::new(tools_kubernetes::Server::new(kubernetes)).with_clock(Arc::clone(&clock))),
        ("prometheus", Adapter::new(tools_prometheus::Server::new(prometheus)?).with_clock(clock)),
    ])
}

fn endpoint(backend: &'static str, router: Router) -> Endpoint {
    Endpoint { settings: HttpSettings::new(backend, "http://estate"), in_process: Some(InProcessService::new(router)) }
}

/// The toolbox over both servers.
pub fn toolbox() -> Fallible<Toolbox> {
    Ok(toolbox_over(adapters()?))
}

/// A toolbox over these servers.
pub fn toolbox_over(adapters: [(&'static str, Adapter); 2]) -> Toolbox {
    let servers = adapters.into_iter().map(|(name, adapter)| in_process(name, adapter)).collect();
    Toolbox::start(ToolboxSettings::new(servers))
}

/// One of our servers inside this process.
pub fn in_process(name: &str, adapter: Adapter) -> ServerSettings {
    ServerSettings::in_process(name, connector(move || serve::in_process(adapter.clone())))
}
