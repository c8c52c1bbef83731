//! Every tool of our own servers has an effect class in `domain::effect`, and nothing stands there twice.

use super::house::hold;
use domain::effect;
use tools_common::ToolServer;

fn without_class(server: &str, tools: &[&str]) -> Vec<String> {
    let unknown = tools.iter().filter(|tool| effect::of(server, tool).is_none());
    unknown
        .map(|tool| format!("{server}: {tool} has no effect class: add it to TABLE in src/domain/src/effect.rs"))
        .collect()
}

fn twice(table: &[(&str, &str)]) -> Vec<String> {
    let mut names = table.to_vec();
    names.sort_unstable();
    let pairs = names.windows(2).filter(|pair| pair[0] == pair[1]);
    pairs.map(|pair| format!("{} {} stands twice in TABLE of src/domain/src/effect.rs", pair[0].0, pair[0].1)).collect()
}

fn of(server: &impl ToolServer) -> Vec<String> {
    let tools: Vec<&str> = server.tools().iter().map(|tool| tool.name).collect();
    assert!(!tools.is_empty(), "the server {} has no tools", server.info().name);
    without_class(server.info().name, &tools)
}

#[test]
fn every_tool_has_an_effect_class() {
    hold(&of(&tools_kubernetes::Server::new(tools_kubernetes::KubernetesConfig::default())));
    let prometheus = tools_prometheus::PrometheusConfig::single("http://127.0.0.1:9");
    hold(&of(&tools_prometheus::Server::new(prometheus).expect("an address of this machine")));
    let loki = tools_loki::LokiConfig::single("http://127.0.0.1:9");
    hold(&of(&tools_loki::Server::new(loki).expect("an address of this machine")));
    let tempo = tools_tempo::TempoConfig::single("http://127.0.0.1:9");
    hold(&of(&tools_tempo::Server::new(tempo).expect("an address of this machine")));
    let github = tools_github::GithubConfig::new("http://127.0.0.1:9", None);
    hold(&of(&tools_github::Server::new(github).expect("an address of this machine")));
}

#[test]
fn no_tool_has_two_classes() {
    hold(&twice(&effect::TABLE.iter().map(|(server, tool, _)| (*server, *tool)).collect::<Vec<_>>()));
}

#[test]
fn the_rules_can_fail() {
    assert_eq!(without_class("kubernetes", &["list", "format_disk"]).len(), 1);
    assert_eq!(twice(&[("a", "x"), ("b", "x"), ("a", "x")]).len(), 1);
}
