//! Whole turns over a simulated estate at a fixed time, without a socket: the same seed gives the same transcript.

use axum::Router;
use chrono::{DateTime, TimeDelta, Utc};
use domain::answer::Answer;
use engine::conversation::Conversation;
use engine::turn::{Jamie, TurnSettings};
use estate::Estate;
use estate::scenarios::Scenario;
use estate::world::World;
use fakes::ManualClock;
use ports::conversations::Place;
use ports::progress::Progress;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use toolbox::Toolbox;
use toolbox::settings::{ServerSettings, ToolboxSettings, connector};
use tools_common::http::{HttpSettings, InProcessService};
use tools_common::serve::{self, Adapter};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_prometheus::{Endpoint, Instance, PrometheusConfig};

/// The moment at which the transcripts are taken.
pub fn now() -> DateTime<Utc> {
    "2026-11-20T03:05:00Z".parse().unwrap()
}

/// How long ago the fault began then.
pub const FAULT_AGE: TimeDelta = TimeDelta::minutes(12);

/// Jamie over an estate in which a scenario has been going on.
pub struct Bench {
    pub jamie: Jamie,
    pub conversation: Conversation,
}

impl Bench {
    /// A world with a fault, or a healthy one. Must be called inside a runtime.
    pub fn new(scenario: Option<Scenario>) -> Self {
        let world = World::new(7, now(), scenario, now() - FAULT_AGE);
        let estate = Estate::new(world, Arc::new(now));
        let clock: tools_common::serve::Clock = Arc::new(now);
        let kubernetes = KubernetesConfig {
            clusters: vec![ClusterConfig::new(
                "demo",
                ClusterSource::service(estate::kubernetes::router(Arc::clone(&estate))),
            )],
            ..KubernetesConfig::default()
        };
        let kubernetes = Adapter::new(tools_kubernetes::Server::new(kubernetes)).with_clock(Arc::clone(&clock));
        let instance = Instance {
            name: "demo".into(),
            prometheus: endpoint("Prometheus", estate::telemetry::prometheus::router(Arc::clone(&estate))),
            alertmanager: Some(endpoint("Alertmanager", estate::telemetry::alertmanager::router(Arc::clone(&estate)))),
        };
        let prometheus = PrometheusConfig { instances: vec![instance], ..PrometheusConfig::single("unused") };
        let prometheus = Adapter::new(tools_prometheus::Server::new(prometheus).unwrap()).with_clock(clock);
        let toolbox = Toolbox::start(ToolboxSettings::new(vec![
            in_process("kubernetes", kubernetes),
            in_process("prometheus", prometheus),
        ]));
        let jamie = Jamie::new(Arc::new(toolbox), None, Arc::new(ManualClock::at(now())), settings());
        Self { jamie, conversation: Conversation::default() }
    }

    /// One question.
    pub async fn ask(&mut self, question: &str) -> Answer {
        let place = Place::default();
        let turn =
            self.jamie.answer(question, &place, &mut self.conversation, Progress::silent(), CancellationToken::new());
        turn.await.unwrap()
    }
}

fn endpoint(backend: &'static str, router: Router) -> Endpoint {
    Endpoint { settings: HttpSettings::new(backend, "http://estate"), in_process: Some(InProcessService::new(router)) }
}

fn in_process(name: &str, server: Adapter) -> ServerSettings {
    ServerSettings::in_process(name, connector(move || serve::in_process(server.clone())))
}

fn settings() -> TurnSettings {
    TurnSettings { clusters: vec!["demo".into()], ..TurnSettings::usual().unwrap() }
}
