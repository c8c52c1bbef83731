//! Turns recipes and selectors into queries.

use super::{Dependencies, LabelNames, Recipes, Requests, Selectors};
use std::collections::BTreeSet;

/// One query for one signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Planned {
    pub recipe: String,
    pub signal: String,
    pub unit: String,
    pub query: String,
}

/// The two queries for the peers of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlannedPeers {
    pub recipe: String,
    pub peer_label: String,
    pub latency: String,
    pub errors: String,
}

/// The metrics that a template names.
pub(super) fn metrics_of(template: &str) -> impl Iterator<Item = &str> {
    template
        .split('«')
        .skip(1)
        .filter_map(|part| part.split('»').next())
        .map(|inside| inside.split('|').next().unwrap_or(inside))
}

/// The query of a template; `None` where the service has no series of one of its metrics.
fn expand(template: &str, selectors: &Selectors, window: &str) -> Option<String> {
    let mut parts = template.split('«');
    let mut query = parts.next()?.to_owned();
    for part in parts {
        let (inside, after) = part.split_once('»')?;
        let (metric, extra) = inside.split_once('|').unwrap_or((inside, ""));
        let selector = selectors.get(metric)?;
        let comma = if extra.is_empty() || selector.is_empty() { "" } else { "," };
        query.push_str(&format!("{metric}{{{selector}{comma}{extra}}}{after}"));
    }
    Some(query.replace("$window", window))
}

/// The queries of all signals, in the order traffic, errors, latency, saturation; one query a signal.
pub(crate) fn plan(recipes: &Recipes, selectors: &Selectors, labels: &LabelNames, window: &str) -> Vec<Planned> {
    let mut planned: Vec<Planned> = Vec::new();
    let mut add = |recipe: &str, signal: &str, unit: &str, query: Option<String>| {
        if let Some(query) = query
            && !planned.iter().any(|done| done.signal == signal)
        {
            let (recipe, signal, unit) = (recipe.to_owned(), signal.to_owned(), unit.to_owned());
            planned.push(Planned { recipe, signal, unit, query });
        }
    };
    for recipe in &recipes.requests {
        let Some(count) = count_metric(recipe, selectors) else { continue };
        add(&recipe.name, "traffic", "req/s", expand(&format!("sum(rate(«{count}»[$window]))"), selectors, window));
        let errors = error_ratio(&count, &recipe.failed, "", labels.get(&count));
        add(&recipe.name, "error_ratio", "ratio", errors.and_then(|template| expand(&template, selectors, window)));
    }
    for recipe in &recipes.requests {
        let Some(bucket) = &recipe.bucket else { continue };
        for (signal, quantile) in [("latency_p50", "0.5"), ("latency_p99", "0.99")] {
            let template = latency(bucket, quantile, recipe.seconds_per_unit, "le");
            add(&recipe.name, signal, "s", expand(&template, selectors, window));
        }
    }
    for signal in &recipes.saturation {
        let query = signal.queries.iter().find_map(|template| expand(template, selectors, window));
        add(&signal.recipe, &signal.name, &signal.unit, query);
    }
    planned
}

/// The metrics that count the service's requests, or its calls to others.
pub(crate) fn counters(recipes: &Recipes, selectors: &Selectors) -> BTreeSet<String> {
    let own = recipes.requests.iter().filter_map(|recipe| count_metric(recipe, selectors));
    let calls = recipes.dependencies.iter().map(|recipe| recipe.count.clone());
    own.chain(calls).filter(|count| selectors.contains_key(count)).collect()
}

/// The metric that counts: the recipe's own, or the one that fits its pattern and is found for the service.
fn count_metric(recipe: &Requests, selectors: &Selectors) -> Option<String> {
    if selectors.contains_key(&recipe.count) {
        return Some(recipe.count.clone());
    }
    let pattern = regex::Regex::new(&format!("^(?:{})$", recipe.count_pattern.as_deref()?)).ok()?;
    let is_client = |name: &str| name.contains("client") || name.starts_with("rest_");
    selectors.keys().find(|name| pattern.is_match(name) && !is_client(name)).cloned()
}

/// Failed calls over all calls; `None` where the metric has no label that could tell a failed call, because zero
/// errors are only told where errors could be told. A label that is there only on failed calls (`error_type!=""`)
/// tells them by its absence too.
fn error_ratio(count: &str, failed: &[String], by: &str, labels: Option<&BTreeSet<String>>) -> Option<String> {
    let only_on_failures = failed.iter().any(|matcher| matcher.ends_with("!=\"\""));
    let all = format!("sum{by}(rate(«{count}»[$window]))");
    let usable: Vec<String> = failed
        .iter()
        .filter(|matcher| labels.is_some_and(|labels| labels.contains(label_of(matcher))))
        .map(|matcher| format!("rate(«{count}|{matcher}»[$window])"))
        .collect();
    match (usable.is_empty(), only_on_failures) {
        (true, false) => None,
        (true, true) => Some(format!("0 * {all} / {all}")),
        (false, _) => Some(format!("(sum{by}({}) or 0 * {all}) / {all}", usable.join(" or "))),
    }
}

fn label_of(matcher: &str) -> &str {
    matcher.split(['=', '!']).next().unwrap_or(matcher)
}

fn latency(bucket: &str, quantile: &str, seconds_per_unit: f64, by: &str) -> String {
    let scale = if seconds_per_unit == 1.0 { String::new() } else { format!("{seconds_per_unit} * ") };
    format!("{scale}histogram_quantile({quantile}, sum by ({by}) (rate(«{bucket}»[$window])))")
}

/// The queries for the peers of a service.
pub(crate) fn plan_peers(
    recipes: &Recipes,
    selectors: &Selectors,
    labels: &LabelNames,
    window: &str,
) -> Vec<PlannedPeers> {
    recipes.dependencies.iter().filter_map(|recipe| peers_of(recipe, selectors, labels, window)).collect()
}

fn peers_of(recipe: &Dependencies, selectors: &Selectors, labels: &LabelNames, window: &str) -> Option<PlannedPeers> {
    let by = format!(" by ({}) ", recipe.peer);
    let latency = latency(&recipe.bucket, "0.99", recipe.seconds_per_unit, &format!("le, {}", recipe.peer));
    let errors = error_ratio(&recipe.count, &recipe.failed, &by, labels.get(&recipe.count))?;
    Some(PlannedPeers {
        recipe: recipe.name.clone(),
        peer_label: recipe.peer.clone(),
        latency: expand(&latency, selectors, window)?,
        errors: expand(&errors, selectors, window)?,
    })
}
