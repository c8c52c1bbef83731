//! A cluster: its version, and the verbs that the credentials lack of what the tools need.

use crate::convert;
use crate::doctor::{Detail, Probe, Sight, Subject};
use crate::settings::{ClusterAccess, ClusterSettings, Settings};
use async_trait::async_trait;
use std::collections::BTreeMap;
use tools_kubernetes::Server;

/// The probe of one cluster.
pub struct Cluster {
    name: String,
    target: String,
    server: Server,
    acting: Option<Server>,
}

impl Cluster {
    /// The probe of this one alone, so that it has a connection of its own.
    pub fn new(name: &str, cluster: &ClusterSettings, settings: &Settings) -> Self {
        let alone = BTreeMap::from([(name.to_owned(), cluster.clone())]);
        let settings = Settings { clusters: alone, ..settings.clone() };
        Self {
            name: name.to_owned(),
            target: target(cluster),
            server: Server::new(convert::kubernetes(&settings)),
            acting: cluster.act.as_ref().map(|_| Server::for_acting(convert::kubernetes(&settings))),
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
                let mut details = vec![permissions("permissions", "read", &self.server).await];
                if let Some(acting) = &self.acting {
                    details.push(permissions("permissions for changes", "act", acting).await);
                }
                Sight::answers(format!("Kubernetes {version}"), details)
            }
            Some((_, Err(failure))) => super::away(failure),
            None => Sight::away("the settings name no cluster"),
        }
    }
}

/// The verbs that the credentials lack; `file` of `config/rbac` grants them.
async fn permissions(what: &str, file: &str, server: &Server) -> Detail {
    match server.missing_permissions().await.into_iter().next() {
        Some((_, Ok(permissions))) if permissions.missing.is_empty() => {
            Detail::well(what, format!("all {} that the tools need", permissions.asked))
        }
        Some((_, Ok(permissions))) => {
            let missing = permissions.missing.join(", ");
            Detail::lacking(what, format!("missing: {missing}; config/rbac/{file}.yaml grants them"))
        }
        Some((_, Err(failure))) => Detail::lacking(what, format!("could not be looked up: {}", failure.message)),
        None => Detail::lacking(what, "could not be looked up: the settings name no cluster"),
    }
}
