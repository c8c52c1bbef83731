//! Finds by which label each metric names the service.

use super::Times;
use crate::backend::{Backend, Told};
use crate::query::api::QueryData;
use crate::query::promql::quoted;
use crate::query::requests;
use crate::recipes::{LabelNames, Recipes, Selectors};
use crate::tools::shared::side_by_side;
use chrono::{DateTime, Utc};
use domain::envelope::{Failure, Window};
use futures::future::BoxFuture;
use std::collections::{BTreeMap, BTreeSet};
use tools_common::CallContext;

/// The selectors of the service, and what a reader must know about them.
#[derive(Debug, Default)]
pub(super) struct Identified {
    pub selectors: Selectors,
    pub notes: Vec<String>,
    /// What could not be looked at beside what was found.
    pub not_looked: Vec<String>,
}

/// Which metrics have series of the service under one label, and in which namespaces.
type Found = BTreeMap<String, BTreeSet<String>>;

pub(super) async fn identify(
    backend: &Backend,
    recipes: &Recipes,
    known: &[String],
    service: &str,
    namespace: Option<&str>,
    times: Times,
    context: &CallContext,
) -> Result<Identified, Failure> {
    if known.is_empty() {
        return Ok(Identified::default());
    }
    let now = look(backend, recipes, known, service, namespace, times.now, context).await?;
    if !now.selectors.is_empty() {
        return Ok(now);
    }
    // A service that is gone now may have been there before, and that is worth telling.
    let mut before = look(backend, recipes, known, service, namespace, times.before, context).await?;
    if !before.selectors.is_empty() {
        before.notes.push(
            "the service has no series at the end of the window; its metrics were found in the window before"
                .to_owned(),
        );
    }
    Ok(before)
}

async fn look(
    backend: &Backend,
    recipes: &Recipes,
    known: &[String],
    service: &str,
    namespace: Option<&str>,
    at: DateTime<Utc>,
    context: &CallContext,
) -> Result<Identified, Failure> {
    let escaped: Vec<String> = known.iter().map(|name| regex::escape(name)).collect();
    let metrics = quoted(&escaped.join("|"));
    let matchers: Vec<String> = recipes.identity.iter().map(|identity| identity.matcher(service)).collect();
    let mut looks: Vec<BoxFuture<'_, Result<Found, Failure>>> = Vec::new();
    for matcher in &matchers {
        let query = format!("count by (__name__, namespace) ({{__name__=~{metrics},{matcher}}})");
        looks.push(Box::pin(async move { backend.instant(&query, at, context).await.map(|told| found(told.data)) }));
    }
    let mut identified = Identified::default();
    let mut namespaces = BTreeSet::new();
    let mut failures = Vec::new();
    for (matcher, result) in matchers.iter().zip(side_by_side(looks).await) {
        match result {
            Ok(found) => take(&mut identified.selectors, &mut namespaces, found, matcher, namespace),
            Err(failure) => failures.push(failure),
        }
    }
    match (failures.pop(), identified.selectors.is_empty()) {
        (Some(failure), true) => return Err(failure),
        (Some(failure), false) => {
            identified.not_looked.push(format!("some labels could not be looked at ({})", failure.message))
        }
        (None, _) => {}
    }
    if namespace.is_none() && namespaces.len() > 1 {
        let names: Vec<&str> = namespaces.iter().map(String::as_str).collect();
        identified.notes.push(format!(
            "the numbers are of several namespaces together ({}); pass namespace for one",
            names.join(", ")
        ));
    }
    Ok(identified)
}

fn found(data: QueryData) -> Found {
    let mut found = Found::new();
    let QueryData::Vector(samples) = data else { return found };
    for sample in samples {
        if let Some(name) = sample.metric.get("__name__") {
            let namespace = sample.metric.get("namespace").cloned().unwrap_or_default();
            found.entry(name.clone()).or_default().insert(namespace);
        }
    }
    found
}

/// Takes the metrics that an earlier label did not already find. A metric without the label `namespace` cannot be
/// narrowed by it; one that has it in other namespaces only is of another service.
fn take(
    selectors: &mut Selectors,
    namespaces: &mut BTreeSet<String>,
    found: Found,
    matcher: &str,
    wanted: Option<&str>,
) {
    for (metric, seen) in found {
        if selectors.contains_key(&metric) {
            continue;
        }
        let selector = match wanted {
            Some(wanted) if seen.contains(wanted) => format!("{matcher},namespace={}", quoted(wanted)),
            Some(_) if !seen.contains("") => continue,
            Some(_) | None => matcher.to_owned(),
        };
        namespaces.extend(seen.into_iter().filter(|name| !name.is_empty()));
        selectors.insert(metric, selector);
    }
}

/// The labels of the service's series of these metrics, in both windows. What cannot be looked up is noted.
pub(super) async fn label_names(
    backend: &Backend,
    metrics: &BTreeSet<String>,
    identified: &mut Identified,
    times: Times,
    context: &CallContext,
) -> LabelNames {
    let window =
        Window { start: times.before.checked_sub_signed(times.length).unwrap_or(times.before), end: times.now };
    let mut looks: Vec<BoxFuture<'_, Result<Told<Vec<String>>, Failure>>> = Vec::new();
    for metric in metrics {
        let selector = identified.selectors.get(metric).map(String::as_str).unwrap_or_default();
        let request = requests::label_names(&format!("{metric}{{{selector}}}"), window);
        looks.push(Box::pin(backend.ask(request, context)));
    }
    let mut names = LabelNames::new();
    for (metric, told) in metrics.iter().zip(side_by_side(looks).await) {
        match told {
            Ok(told) => {
                names.insert(metric.clone(), told.data.into_iter().collect());
            }
            Err(failure) => identified
                .not_looked
                .push(format!("the labels of {metric} could not be looked up ({})", failure.message)),
        }
    }
    names
}

/// What services there are, those with a similar name first.
pub(super) async fn similar_services(backend: &Backend, service: &str, context: &CallContext) -> String {
    const LABELS: &[&str] = &["service", "service_name", "app", "job", "deployment", "container"];
    const MOST: usize = 12;
    let mut looks: Vec<BoxFuture<'_, Vec<String>>> = Vec::new();
    for label in LABELS {
        looks.push(Box::pin(async move {
            let told: Result<Told<Vec<String>>, Failure> =
                backend.ask(requests::label_values(label, &[], None), context).await;
            told.map(|told| told.data).unwrap_or_default()
        }));
    }
    let names: BTreeSet<String> =
        side_by_side(looks).await.into_iter().flatten().filter(|name| !name.is_empty()).collect();
    let near = tools_common::args::nearest(service, names.iter().map(String::as_str));
    match (near, names.len()) {
        (Some(near), _) => format!("Did you mean `{near}`?"),
        (None, 0) => "No service, app or job label has any value here".to_owned(),
        (None, count) => {
            let some: Vec<&str> = names.iter().map(String::as_str).take(MOST).collect();
            format!("Names there are ({count}): {}", some.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(seen: &[&str], wanted: Option<&str>) -> Option<String> {
        let mut selectors = Selectors::new();
        let found = Found::from([("m".to_owned(), seen.iter().map(|name| (*name).to_owned()).collect())]);
        take(&mut selectors, &mut BTreeSet::new(), found, "app=\"x\"", wanted);
        selectors.remove("m")
    }

    #[test]
    fn a_namespace_narrows_where_the_metric_has_one() {
        assert_eq!(taken(&["shop", "data"], None).as_deref(), Some("app=\"x\""));
        assert_eq!(taken(&["shop", "data"], Some("shop")).as_deref(), Some("app=\"x\",namespace=\"shop\""));
        assert_eq!(taken(&[""], Some("shop")).as_deref(), Some("app=\"x\""));
        assert_eq!(taken(&["data"], Some("shop")), None);
    }
}
