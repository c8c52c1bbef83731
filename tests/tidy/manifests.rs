//! Manifests: every crate inherits the lints of the workspace, and domain stands on a short list of external crates.

use super::house::{files, hold, members, name};
use serde_json::Value;

/// What domain may stand on. A longer list needs a reason in ARCHITECTURE.md: purity is kept by the build.
const DOMAIN: &[&str] = &["chrono", "chrono-tz", "regex", "serde", "serde_json", "sha2", "strsim", "thiserror"];
/// What its tests may stand on beside that.
const DOMAIN_TESTS: &[&str] = &["expect-test", "proptest", "toml"];

fn without_lints(path: &str, text: &str) -> Vec<String> {
    let inherits = text.parse::<toml::Table>().is_ok_and(|manifest| {
        let lints = manifest.get("lints").and_then(|lints| lints.get("workspace"));
        lints.and_then(toml::Value::as_bool) == Some(true)
    });
    if inherits { Vec::new() } else { vec![format!("{path}: add `[lints]` with `workspace = true`")] }
}

fn foreign_to_domain(dependencies: &[(String, bool)]) -> Vec<String> {
    dependencies
        .iter()
        .filter(|(dependency, dev)| {
            !(DOMAIN.contains(&dependency.as_str()) || *dev && DOMAIN_TESTS.contains(&dependency.as_str()))
        })
        .map(|(dependency, _)| format!("domain depends on {dependency}: it may stand only on {}", DOMAIN.join(", ")))
        .collect()
}

fn dependencies(package: &Value) -> Vec<(String, bool)> {
    let list = package["dependencies"].as_array().unwrap();
    list.iter()
        .map(|dependency| (dependency["name"].as_str().unwrap().to_owned(), dependency["kind"] == "dev"))
        .collect()
}

#[test]
fn every_manifest_inherits_the_lints() {
    let manifests = files().iter().filter(|file| file.path.ends_with("/Cargo.toml"));
    hold(&manifests.flat_map(|file| without_lints(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn domain_stands_on_a_short_list() {
    let domain = members().into_iter().find(|package| name(package) == "domain").unwrap();
    hold(&foreign_to_domain(&dependencies(domain)));
}

#[test]
fn the_rules_can_fail() {
    assert_eq!(without_lints("x", "[package]\nname = \"x\"\n").len(), 1);
    assert_eq!(without_lints("x", "[lints]\nworkspace = true\n").len(), 0);
    assert_eq!(foreign_to_domain(&[("tokio".to_owned(), false), ("serde".to_owned(), false)]).len(), 1);
    assert_eq!(foreign_to_domain(&[("proptest".to_owned(), true)]).len(), 0);
    assert_eq!(foreign_to_domain(&[("proptest".to_owned(), false)]).len(), 1);
}
