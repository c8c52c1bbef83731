//! What Prometheus knows: our own rules, its alerts, series for detectors, and where series go.

use super::Sense;
use super::ask::{Answer, ask, typed};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::envelope::Failure;
use domain::observed::prometheus::{AlertRow, Forecasts as Foretold, Instant, RuleRow, RunsOut};
use domain::sense::about::About;
use domain::sense::declared::AlertWatch;
use domain::sense::forecast::ForecastWatch;
use domain::sense::rule::Rule;
use domain::sense::series::{Detectors, SeriesWatch};
use domain::sense::{Looked, Origin, State, alerts, forecast, rule, series};
use ports::toolbox::Toolbox;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Names of alerts whose rules are remembered at most.
const NAMES: usize = 1_000;

/// Asks for an instant vector, as much of it as the tool gives.
async fn instant(
    tools: &dyn Toolbox,
    query: &str,
    instance: Option<&str>,
    cancel: &CancellationToken,
) -> Result<Answer, Failure> {
    let arguments = json!({"query": query, "instance": instance, "limit": 200, "max_tokens": 8_000});
    ask(tools, "prometheus_query", arguments, cancel).await
}

/// One PromQL rule of our own.
pub(super) struct Rules {
    tools: Arc<dyn Toolbox>,
    rule: Rule,
    origin: Origin,
}

impl Rules {
    pub(super) fn new(tools: &Arc<dyn Toolbox>, rule: &Rule) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, rule) = (Arc::clone(tools), rule.clone());
        move |origin| Self { tools: Arc::clone(&tools), rule: rule.clone(), origin: origin.clone() }
    }
}

#[async_trait]
impl Sense for Rules {
    async fn look(&mut self, _: &State, _: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let instance = self.rule.instance.as_deref();
        let answer = instant(self.tools.as_ref(), &self.rule.query, instance, cancel).await?;
        let result: Instant = typed(serde_json::from_value(answer.data()))?;
        let looked = rule::read(&self.origin, &self.rule, &result)?;
        Ok(answer.fresh(looked.within(&answer.envelope)))
    }
}

/// The series of one query, each with its detector.
pub(super) struct Series {
    tools: Arc<dyn Toolbox>,
    watch: SeriesWatch,
    origin: Origin,
    detectors: Detectors,
}

impl Series {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &SeriesWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self {
            tools: Arc::clone(&tools),
            watch: watch.clone(),
            origin: origin.clone(),
            detectors: Detectors::default(),
        }
    }
}

#[async_trait]
impl Sense for Series {
    async fn look(&mut self, state: &State, _: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let instance = self.watch.instance.as_deref();
        let answer = instant(self.tools.as_ref(), &self.watch.query, instance, cancel).await?;
        let result: Instant = typed(serde_json::from_value(answer.data()))?;
        let looked = series::read(&self.origin, &self.watch, &result, &mut self.detectors, state);
        Ok(answer.fresh(looked.within(&answer.envelope)))
    }

    fn learned(&self) -> Option<Value> {
        serde_json::to_value(&self.detectors).ok()
    }

    fn take_up(&mut self, learned: Value) -> Result<(), String> {
        let kept: Detectors = serde_json::from_value(learned).map_err(|error| error.to_string())?;
        self.detectors = kept.restored(&self.watch.detector);
        Ok(())
    }
}

/// The future of the series of one query. The history is Prometheus': nothing is learned here.
pub(super) struct Forecasts {
    tools: Arc<dyn Toolbox>,
    watch: ForecastWatch,
    origin: Origin,
}

impl Forecasts {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &ForecastWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self { tools: Arc::clone(&tools), watch: watch.clone(), origin: origin.clone() }
    }
}

#[async_trait]
impl Sense for Forecasts {
    async fn look(&mut self, state: &State, now: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let ForecastWatch { query, bound, falls, history_hours, instance, .. } = &self.watch;
        let arguments = json!({
            "query": query, "bound": bound, "falls": falls, "history": format!("{history_hours}h"), "limit": 100,
            "max_tokens": 8_000, "instance": instance
        });
        let answer = ask(self.tools.as_ref(), "prometheus_forecast", arguments, cancel).await?;
        let foretold: Foretold = typed(serde_json::from_value(answer.data()))?;
        let rows: Vec<RunsOut> = typed(foretold.series.typed())?;
        let looked = forecast::read(&self.origin, &self.watch, &rows, state, now);
        Ok(answer.fresh(looked.within(&answer.envelope)))
    }
}

/// The alerts of one Prometheus with its Alertmanager.
pub(super) struct Alerts {
    tools: Arc<dyn Toolbox>,
    watch: AlertWatch,
    origin: Origin,
    /// Expressions of rules by the names of their alerts, and the names that were asked for.
    queries: BTreeMap<String, String>,
    asked: BTreeSet<String>,
}

impl Alerts {
    pub(super) fn new(
        tools: &Arc<dyn Toolbox>,
        watch: &AlertWatch,
    ) -> impl Fn(&Origin) -> Self + Send + Sync + 'static {
        let (tools, watch) = (Arc::clone(tools), watch.clone());
        move |origin| Self {
            tools: Arc::clone(&tools),
            watch: watch.clone(),
            origin: origin.clone(),
            queries: BTreeMap::new(),
            asked: BTreeSet::new(),
        }
    }

    /// Learns the expressions of alerts that fire for the first time: whether it helped is asked of the same expression. Not
    /// to know them hinders nothing else.
    async fn learn_queries(&mut self, alerts: &[AlertRow], cancel: &CancellationToken) {
        let firing = alerts.iter().filter(|alert| alert.state == "firing").map(|alert| &alert.name);
        let unknown: BTreeSet<String> = firing.filter(|name| !self.asked.contains(*name)).cloned().collect();
        if unknown.is_empty() {
            return;
        }
        let arguments = json!({"kind": "alerting", "limit": 500, "instance": self.watch.instance});
        let Ok(answer) = ask(self.tools.as_ref(), "prometheus_rules", arguments, cancel).await else { return };
        let Ok(Ok(rules)) = answer.table().map(|table| table.typed::<RuleRow>()) else { return };
        if self.asked.len() + unknown.len() > NAMES {
            self.asked.clear();
            self.queries.clear();
        }
        self.asked.extend(unknown);
        for name in &self.asked {
            let mut of_name = rules.iter().filter(|rule| rule.name == *name && rule.kind == "alerting");
            // Two rules of one name: nobody knows which one fired.
            if let (Some(only), None) = (of_name.next(), of_name.next()) {
                self.queries.insert(name.clone(), only.query.clone());
            }
        }
    }
}

#[async_trait]
impl Sense for Alerts {
    async fn look(&mut self, _: &State, _: DateTime<Utc>, cancel: &CancellationToken) -> Result<Looked, Failure> {
        let arguments = json!({"instance": self.watch.instance, "limit": 500, "max_tokens": 8_000});
        let answer = ask(self.tools.as_ref(), "prometheus_alerts", arguments, cancel).await?;
        let rows: Vec<AlertRow> = typed(answer.table()?.typed())?;
        self.learn_queries(&rows, cancel).await;
        let looked = alerts::read(&self.origin, &rows, &About::default(), &self.queries);
        Ok(answer.fresh(looked.within(&answer.envelope)))
    }
}
