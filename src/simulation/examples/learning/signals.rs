//! What the senses tell of a world: the health checks of the cluster and the alerts, as one incident.
//!
//! Nothing else is wrong in these worlds, so that all signals are of one cause: correlation is not asked.

use super::place::Servers;
use chrono::{DateTime, Utc};
use domain::correlation::{apply, open};
use domain::incident::{Incident, Severity};
use domain::observed::Table;
use domain::observed::kubernetes::Health;
use domain::observed::prometheus::{AlertRow, RuleRow};
use domain::sense::about::About;
use domain::sense::{Looked, Origin, State, Telling, alerts, cluster, observe};
use domain::signal::{Signal, Source, SourceKind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The environment that everything belongs to.
pub(super) const ENVIRONMENT: &str = "estate";

/// What the senses remember, and the incident that came of it.
#[derive(Default)]
pub(super) struct Senses {
    of_cluster: State,
    of_alerts: State,
    /// The expressions of alerts, by name; of one name only where one rule has it.
    queries: Option<BTreeMap<String, String>>,
    /// `None` as long as nothing was told.
    pub(super) incident: Option<Incident>,
}

impl Senses {
    /// Looks once.
    pub(super) async fn look(&mut self, servers: &Servers, now: DateTime<Utc>) -> Result<(), String> {
        let health = servers.ask("kubernetes_cluster_health", object(json!({"budget_tokens": 8_000}))).await;
        let health: Health = typed(health)?;
        let origin = origin(SourceKind::Kubernetes, "cluster");
        let looked = cluster::read(&origin, super::place::CLUSTER, &health, Severity::Medium, &self.of_cluster);
        let (state, signals) = observed(&self.of_cluster, &looked, &origin, now);
        self.of_cluster = state;
        self.take(signals, now);
        let rows: Vec<AlertRow> =
            rows(servers, "prometheus_alerts", json!({"limit": 500, "max_tokens": 8_000})).await?;
        if self.queries.is_none() {
            let rules: Vec<RuleRow> =
                self::rows(servers, "prometheus_rules", json!({"kind": "alerting", "limit": 500})).await?;
            self.queries = Some(expressions(&rules));
        }
        let queries = self.queries.clone().unwrap_or_default();
        let origin = self::origin(SourceKind::Alertmanager, "alerts");
        let looked = alerts::read(&origin, &rows, &About::default(), &queries);
        let (state, signals) = observed(&self.of_alerts, &looked, &origin, now);
        self.of_alerts = state;
        self.take(signals, now);
        Ok(())
    }

    fn take(&mut self, signals: Vec<Signal>, now: DateTime<Utc>) {
        for signal in signals {
            self.incident = Some(match self.incident.take() {
                None => open(&signal, "INC-1", now),
                Some(incident) => apply(incident, &signal, now),
            });
        }
    }
}

fn observed(state: &State, looked: &Looked, origin: &Origin, now: DateTime<Utc>) -> (State, Vec<Signal>) {
    // Looks are far apart here: what is missing once is over.
    let telling = Telling { missing_looks: 1, ..Telling::default() };
    observe(state, Ok(looked), origin, &telling, now)
}

fn origin(kind: SourceKind, name: &str) -> Origin {
    Origin { environment: ENVIRONMENT.to_owned(), source: Source { kind, name: name.to_owned() } }
}

async fn rows<T: serde::de::DeserializeOwned>(
    servers: &Servers,
    tool: &str,
    arguments: Value,
) -> Result<Vec<T>, String> {
    let table: Table = typed(servers.ask(tool, object(arguments)).await)?;
    table.typed().map_err(|error| error.to_string())
}

fn expressions(rules: &[RuleRow]) -> BTreeMap<String, String> {
    let is_only = |rule: &&RuleRow| rules.iter().filter(|other| other.name == rule.name).count() == 1;
    rules.iter().filter(is_only).map(|rule| (rule.name.clone(), rule.query.clone())).collect()
}

fn typed<T: serde::de::DeserializeOwned>(answer: Result<Value, domain::envelope::Failure>) -> Result<T, String> {
    let value = answer.map_err(|failure| failure.to_string())?;
    serde_json::from_value(value).map_err(|error| error.to_string())
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
