//! Act servers for rehearsals: the real one over the estate, what it said written down, and what answers with that.

use crate::Fallible;
use crate::house::now;
use async_trait::async_trait;
use domain::action::ActCall;
use domain::envelope::{Failure, FailureKind};
use domain::observed::acted::Acted;
use domain::plan::Granted;
use estate::Estate;
use fakes::ManualClock;
use ports::hands::{ActError, Hands, Step};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use toolbox::act::{ActServer, ActSessions, ActSettings};
use toolbox::settings::{Transport, connector};
use tools_common::act::{AuditFile, Authority, GrantSigner, GrantVerifier};
use tools_common::serve::{self, Adapter};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig, Server};

/// The environment of the measured signals.
pub const ENVIRONMENT: &str = "prod";

/// The cluster that the tools know.
pub const CLUSTER: &str = "demo";

/// Answers by call.
pub type Rehearsals = BTreeMap<String, Result<Acted, Failure>>;

/// The real act server of `kubernetes`, over the estate.
pub fn acting(estate: Arc<Estate>, folder: &Path) -> Fallible<Arc<dyn Hands>> {
    let signer = || GrantSigner::from_seed(&[7; 32]).ok_or("no signer can be made");
    let source = || ClusterSource::service(estate::kubernetes::router(Arc::clone(&estate)));
    let cluster = ClusterConfig { act: Some(source()), ..ClusterConfig::new(CLUSTER, source()) };
    let server = Server::for_acting(KubernetesConfig { clusters: vec![cluster], ..KubernetesConfig::default() });
    let verifier = GrantVerifier::new(signer()?.public_key(), ENVIRONMENT, now());
    let authority = Authority::grants(verifier, AuditFile::open(folder.join("act-audit.jsonl"))?);
    let adapter = Adapter::acting(server, authority).with_clock(Arc::new(now));
    let server = ActServer {
        environment: ENVIRONMENT.to_owned(),
        server: "kubernetes".to_owned(),
        audience: ENVIRONMENT.to_owned(),
        transport: Transport::InProcess(connector(move || serve::in_process(adapter.clone()))),
        deadline: Duration::from_secs(10),
        deadlines: BTreeMap::new(),
    };
    let settings = ActSettings::new(vec![server], "benchmark");
    Ok(Arc::new(ActSessions::new(settings, signer()?, Arc::new(ManualClock::at(now())))))
}

/// Passes rehearsals on, and keeps what came back.
pub struct RecordingHands {
    inner: Arc<dyn Hands>,
    said: Mutex<Rehearsals>,
}

impl RecordingHands {
    /// In front of the real ones.
    pub fn new(inner: Arc<dyn Hands>) -> Self {
        Self { inner, said: Mutex::default() }
    }

    /// What came back so far.
    pub fn recorded(&self) -> Rehearsals {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Hands for RecordingHands {
    async fn rehearse(&self, environment: &str, call: &ActCall, reason: &str) -> Result<Acted, Failure> {
        let said = self.inner.rehearse(environment, call, reason).await;
        self.said.lock().unwrap_or_else(PoisonError::into_inner).insert(key(call), said.clone());
        said
    }

    async fn act(&self, _: &Granted, _: Step, _: &str) -> Result<Acted, ActError> {
        Err(ActError::Refused(nothing_is_done()))
    }
}

/// Answers from what was recorded.
pub struct InstantHands(pub Rehearsals);

#[async_trait]
impl Hands for InstantHands {
    async fn rehearse(&self, _: &str, call: &ActCall, _: &str) -> Result<Acted, Failure> {
        let unknown = || Err(Failure::new(FailureKind::BadAnswer, format!("never rehearsed: {call:?}")));
        self.0.get(&key(call)).cloned().unwrap_or_else(unknown)
    }

    async fn act(&self, _: &Granted, _: Step, _: &str) -> Result<Acted, ActError> {
        Err(ActError::Refused(nothing_is_done()))
    }
}

fn key(call: &ActCall) -> String {
    format!("{call:?}")
}

fn nothing_is_done() -> Failure {
    Failure::new(FailureKind::Refused, "the benchmark ends with the verdict")
}
