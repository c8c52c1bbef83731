//! The recipes as data, and what they choose.

use super::*;
use crate::query::promql::{Checked, check};
use expect_test::expect;

fn all_selected(recipes: &Recipes) -> Selectors {
    let mut names: Vec<String> = recipes
        .saturation
        .iter()
        .flat_map(|signal| &signal.queries)
        .flat_map(|query| build::metrics_of(query))
        .map(str::to_owned)
        .collect();
    for recipe in &recipes.requests {
        names.push(recipe.count.clone());
        names.extend(recipe.bucket.clone());
    }
    for recipe in &recipes.dependencies {
        names.extend([recipe.count.clone(), recipe.bucket.clone()]);
    }
    names.into_iter().map(|name| (name, "service=\"checkout\"".to_owned())).collect()
}

/// Every label that a recipe tells failures by, on every metric.
fn all_labels(recipes: &Recipes) -> LabelNames {
    let failed = recipes.requests.iter().flat_map(|recipe| &recipe.failed);
    let failed = failed.chain(recipes.dependencies.iter().flat_map(|recipe| &recipe.failed));
    let labels: BTreeSet<String> = failed.map(|matcher| matcher.split(['=', '!']).next().unwrap().to_owned()).collect();
    all_selected(recipes).into_keys().map(|metric| (metric, labels.clone())).collect()
}

#[test]
fn every_query_of_every_recipe_is_promql() {
    let recipes = Recipes::embedded().unwrap();
    let all = all_selected(&recipes);
    let mut queries = 0;
    for recipe in &recipes.requests {
        let mut only = recipes.clone();
        only.requests = vec![recipe.clone()];
        for planned in plan(&only, &all, &all_labels(&recipes), "15m") {
            assert!(matches!(check(&planned.query), Ok(Checked::Parsed(_))), "{}", planned.query);
            queries += 1;
        }
    }
    for signal in &recipes.saturation {
        for query in &signal.queries {
            let mut only = recipes.clone();
            only.saturation = vec![Saturation { queries: vec![query.clone()], ..signal.clone() }];
            for planned in plan(&only, &all, &all_labels(&recipes), "15m") {
                assert!(matches!(check(&planned.query), Ok(Checked::Parsed(_))), "{}", planned.query);
            }
        }
    }
    for peers in plan_peers(&recipes, &all, &all_labels(&recipes), "15m") {
        assert!(check(&peers.latency).is_ok() && check(&peers.errors).is_ok(), "{peers:?}");
    }
    assert!(queries > 20);
}

#[test]
fn the_first_recipe_wins_and_the_order_is_that_of_the_signals() {
    let recipes = Recipes::embedded().unwrap();
    let planned = plan(&recipes, &all_selected(&recipes), &all_labels(&recipes), "15m");
    let signals: Vec<String> = planned.iter().map(|planned| format!("{} {}", planned.signal, planned.recipe)).collect();
    expect![[r#"
        traffic http-histogram
        error_ratio http-histogram
        latency_p50 http-histogram
        latency_p99 http-histogram
        cpu_of_limit cadvisor
        memory_of_limit cadvisor
        throttled cadvisor
        restarts kube-state-metrics
    "#]]
    .assert_eq(&(signals.join("\n") + "\n"));
}

#[test]
fn an_error_ratio_needs_a_status() {
    let recipes = Recipes::embedded().unwrap();
    let metric = "nginx_ingress_controller_requests".to_owned();
    let selectors = Selectors::from([(metric.clone(), "ingress=\"shop\"".to_owned())]);
    let labels =
        |names: &[&str]| LabelNames::from([(metric.clone(), names.iter().map(|name| (*name).to_owned()).collect())]);
    let without = plan(&recipes, &selectors, &labels(&["ingress"]), "5m");
    assert_eq!(without.iter().map(|planned| planned.signal.as_str()).collect::<Vec<_>>(), ["traffic"]);
    let with = plan(&recipes, &selectors, &labels(&["ingress", "status"]), "5m");
    expect![[r#"(sum(rate(nginx_ingress_controller_requests{ingress="shop",status=~"5.."}[5m])) or 0 * sum(rate(nginx_ingress_controller_requests{ingress="shop"}[5m]))) / sum(rate(nginx_ingress_controller_requests{ingress="shop"}[5m]))"#]]
        .assert_eq(&with[1].query);
}

#[test]
fn no_errors_are_told_where_only_failed_calls_carry_the_label() {
    let recipes = Recipes::embedded().unwrap();
    let names = ["db_client_operation_duration_seconds_count", "db_client_operation_duration_seconds_bucket"];
    let selectors: Selectors = names.iter().map(|name| ((*name).to_owned(), "service=\"a\"".to_owned())).collect();
    let peers = plan_peers(&recipes, &selectors, &LabelNames::new(), "5m");
    assert!(peers[0].errors.starts_with("0 * sum by (server_address) (rate("), "{}", peers[0].errors);
}

#[test]
fn names_stay_inside_their_matcher() {
    let recipes = Recipes::embedded().unwrap();
    for identity in &recipes.identity {
        let matcher = identity.matcher("a\"} or vector(1) or up{x=\"a.b");
        assert!(check(&format!("up{{{matcher}}}")).is_ok(), "{matcher}");
    }
}

#[test]
fn metrics_by_pattern_are_known() {
    let recipes = Recipes::embedded().unwrap();
    let names = ["up", "shop_requests_total", "http_requests_total", "node_cpu_seconds_total"].map(str::to_owned);
    assert_eq!(recipes.known_among(&names), ["shop_requests_total", "http_requests_total"]);
}
