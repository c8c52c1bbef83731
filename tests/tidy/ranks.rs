//! An edge between crates goes only to a lower rank; a dev-dependency may be level. Fakes stay in tests.

use super::house::{hold, members, name};

/// The ranks of the house. Crates of later issues stand here already, so that they are born in their place.
const RANKS: &[(&str, u8)] = &[
    ("domain", 0),
    ("ports", 1),
    ("charts", 1),
    ("slack-view", 1),
    ("tools-common", 1),
    ("fakes", 2),
    ("engine", 2),
    ("model", 2),
    ("toolbox", 2),
    ("store", 2),
    ("bus", 2),
    ("slack", 2),
    ("web", 2),
    ("estate", 2),
    ("tools-kubernetes", 2),
    ("tools-prometheus", 2),
    ("tools-loki", 2),
    ("tools-tempo", 2),
    ("tools-github", 2),
    ("tools-webhooks", 2),
    ("app", 3),
    ("simulation", 3),
    ("benches", 4),
    ("acceptance", 4),
];

struct Edge {
    from: String,
    to: String,
    dev: bool,
}

fn rank(package: &str) -> Option<u8> {
    RANKS.iter().find(|(name, _)| *name == package).map(|(_, rank)| *rank)
}

fn unranked(packages: &[&str]) -> Vec<String> {
    let unknown = packages.iter().filter(|package| rank(package).is_none());
    unknown
        .map(|package| format!("{package} has no rank: give it one in tests/tidy/ranks.rs and in ARCHITECTURE.md"))
        .collect()
}

fn climbing(edges: &[Edge]) -> Vec<String> {
    let climbs = |edge: &&Edge| match (rank(&edge.from), rank(&edge.to)) {
        (Some(from), Some(to)) => to > from || (to == from && !edge.dev),
        _ => false,
    };
    edges
        .iter()
        .filter(climbs)
        .map(|edge| {
            format!("{} depends on {}, which is not below it: move what both need to a lower rank", edge.from, edge.to)
        })
        .collect()
}

fn fakes_outside_tests(edges: &[Edge]) -> Vec<String> {
    let wrong =
        |edge: &&Edge| edge.to == "fakes" && (edge.from == "domain" || !(edge.dev || edge.from == "simulation"));
    edges
        .iter()
        .filter(wrong)
        .map(|edge| {
            format!("{} depends on fakes: only [dev-dependencies] and simulation may, and domain never", edge.from)
        })
        .collect()
}

fn edges() -> Vec<Edge> {
    let own: Vec<&str> = members().iter().map(|package| name(package)).collect();
    let mut edges = Vec::new();
    for package in members() {
        for dependency in package["dependencies"].as_array().unwrap() {
            let to = dependency["name"].as_str().unwrap();
            if own.contains(&to) && dependency["source"].is_null() {
                let dev = dependency["kind"] == "dev";
                edges.push(Edge { from: name(package).to_owned(), to: to.to_owned(), dev });
            }
        }
    }
    edges
}

#[test]
fn every_crate_has_a_rank() {
    hold(&unranked(&members().iter().map(|package| name(package)).collect::<Vec<_>>()));
}

#[test]
fn edges_go_down() {
    hold(&climbing(&edges()));
}

#[test]
fn fakes_stay_in_tests() {
    hold(&fakes_outside_tests(&edges()));
}

#[test]
fn the_rules_can_fail() {
    let edge = |from: &str, to: &str, dev| [Edge { from: from.to_owned(), to: to.to_owned(), dev }];
    let cases = [
        ("engine", "app", false, 1),
        ("engine", "model", false, 1),
        ("engine", "model", true, 0),
        ("ports", "engine", true, 1),
        ("app", "domain", false, 0),
    ];
    for (from, to, dev, complaints) in cases {
        assert_eq!(climbing(&edge(from, to, dev)).len(), complaints, "{from} -> {to}");
    }
    assert_eq!(fakes_outside_tests(&edge("app", "fakes", false)).len(), 1);
    assert_eq!(fakes_outside_tests(&edge("domain", "fakes", true)).len(), 1);
    assert_eq!(fakes_outside_tests(&edge("engine", "fakes", true)).len(), 0);
    assert_eq!(fakes_outside_tests(&edge("simulation", "fakes", false)).len(), 0);
    assert_eq!(unranked(&["domain", "newcomer"]).len(), 1);
}
