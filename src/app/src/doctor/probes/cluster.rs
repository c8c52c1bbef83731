//! A cluster: its version, and whether the kinds that every investigation reads may be listed.

use crate::convert;
use crate::doctor::{DEADLINE, Detail, Probe, Sight, Subject};
use crate::settings::{ClusterAccess, ClusterSettings, Settings};
use async_trait::async_trait;
use chrono::Utc;
use domain::envelope::FailureKind;
use futures::future::join_all;
use serde_json::{Map, json};
use std::collections::BTreeMap;
use tools_common::{CallContext, ToolServer};
use tools_kubernetes::Server;

/// What the investigations cannot do without.
const KINDS: &[&str] = &["Pod", "Deployment", "ReplicaSet", "Service", "Event", "Node"];

/// Fits no object: the API server checks the permission and sends an empty list.
const NOTHING: &str = "auto-devops.example/doctor=fits-nothing";

/// The probe of one cluster.
pub struct Cluster {
    name: String,
    target: String,
    server: Server,
}

impl Cluster {
    /// The probe of this one alone, so that it has a connection of its own.
    pub fn new(name: &str, cluster: &ClusterSettings, settings: &Settings) -> Self {
        let alone = BTreeMap::from([(name.to_owned(), cluster.clone())]);
        let settings = Settings { clusters: alone, ..settings.clone() };
        Self { name: name.to_owned(), target: target(cluster), server: Server::new(convert::kubernetes(&settings)) }
    }

    async fn may_list(&self, kind: &str) -> Detail {
        let what = format!("list {kind}");
        let mut arguments = Map::new();
        arguments.insert("kind".to_owned(), json!(kind));
        arguments.insert("selector".to_owned(), json!(NOTHING));
        match self.server.call("list", arguments, CallContext::direct(Utc::now(), DEADLINE)).await {
            Ok(_) => Detail::well(what, "permitted"),
            Err(failure) if failure.kind == FailureKind::Forbidden => Detail::lacking(what, "not permitted"),
            Err(failure) => Detail::lacking(what, failure.message),
        }
    }
}

fn target(cluster: &ClusterSettings) -> String {
    let place = match &cluster.access {
        ClusterAccess::Kubeconfig(files) => {
            files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(":")
        }
        ClusterAccess::InCluster => "in-cluster".to_owned(),
    };
    match &cluster.context {
        Some(context) => format!("{place} ({context})"),
        None => place,
    }
}

#[async_trait]
impl Probe for Cluster {
    fn subject(&self) -> Subject {
        Subject::Cluster
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn target(&self) -> String {
        self.target.clone()
    }

    async fn look(&self) -> Sight {
        match self.server.probe().await.into_iter().next() {
            Some((_, Ok(version))) => {
                let asked = join_all(KINDS.iter().map(|kind| self.may_list(kind))).await;
                Sight::answers(format!("Kubernetes {version}"), permissions(asked))
            }
            Some((_, Err(failure))) => super::away(failure),
            None => Sight::away("the settings name no cluster"),
        }
    }
}

/// One line where everything is permitted, otherwise each that is not.
fn permissions(asked: Vec<Detail>) -> Vec<Detail> {
    let lacking: Vec<Detail> = asked.into_iter().filter(|detail| !detail.well).collect();
    if lacking.is_empty() {
        vec![Detail::well("permissions", format!("may list {}", KINDS.join(", ")))]
    } else {
        lacking
    }
}
