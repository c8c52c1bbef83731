//! The recipes as data, and what they choose.

use super::*;
use expect_test::expect;

#[test]
fn every_query_of_every_recipe_is_promql() {
    let recipes = Recipes::embedded().unwrap();
    assert_eq!(recipes.mistake(), None);
    assert!(recipes.each_alone().count() >= 10);
}

#[test]
fn a_recipe_of_ones_own_comes_first_and_a_wrong_one_is_told_with_its_file() {
    let file = |text: &str| RecipeFile { name: "own.toml".to_owned(), text: text.to_owned() };
    let own = "[[requests]]\nname = \"own\"\ncount = \"shop_calls_total\"\nfailed = ['outcome=\"bad\"']\n";
    let recipes = Recipes::with_own(&[file(own)]).unwrap();
    assert_eq!(recipes.requests[0].name, "own");
    let planned = plan(&recipes, &recipes.as_if_all_existed(), &recipes.labels_of_failures(), "15m");
    assert_eq!((planned[0].recipe.as_str(), planned[0].query.contains("shop_calls_total")), ("own", true));
    let wrong = [
        "nonsense = 1",
        "[[requests]]\nname = \"x\"",
        "[[requests]]\nname = \"x\"\ncount = \"a\"\ncount_pattern = \"(\"\nfailed = []",
        "[[saturation]]\nrecipe = \"x\"\nname = \"y\"\nunit = \"z\"\nqueries = [\"sum(«a»\"]",
    ];
    for text in wrong {
        let failure = Recipes::with_own(&[file(text)]).unwrap_err();
        assert!(failure.message.contains("own.toml"), "{}", failure.message);
    }
}

#[test]
fn the_first_recipe_wins_and_the_order_is_that_of_the_signals() {
    let recipes = Recipes::embedded().unwrap();
    let planned = plan(&recipes, &recipes.as_if_all_existed(), &recipes.labels_of_failures(), "15m");
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
        assert!(promql::check(&format!("up{{{matcher}}}")).is_ok(), "{matcher}");
    }
}

#[test]
fn metrics_by_pattern_are_known() {
    let recipes = Recipes::embedded().unwrap();
    let names = ["up", "shop_requests_total", "http_requests_total", "node_cpu_seconds_total"].map(str::to_owned);
    assert_eq!(recipes.known_among(&names), ["shop_requests_total", "http_requests_total"]);
}
