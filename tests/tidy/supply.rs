//! What comes from outside: licences, sources and banned crates, as `deny.toml` says, over what cargo resolved offline.

use super::house::{file, hold, metadata};
use serde_json::Value;

struct Rules {
    licences: Vec<String>,
    registries: Vec<String>,
    banned: Vec<(String, String)>,
}

fn rules(text: &str) -> Rules {
    let table: toml::Table = text.parse().expect("deny.toml is TOML");
    let texts = |section: &str, key: &str| -> Vec<String> {
        let list = table.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
        list.into_iter().flatten().filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    let banned = table.get("bans").and_then(|bans| bans.get("deny")).and_then(toml::Value::as_array);
    let field =
        |entry: &toml::Value, key: &str| entry.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
    Rules {
        licences: texts("licenses", "allow"),
        registries: texts("sources", "allow-registry"),
        banned: banned.into_iter().flatten().map(|entry| (field(entry, "crate"), field(entry, "reason"))).collect(),
    }
}

/// Whether an SPDX expression can be met by the allowed licences alone. `/` is the old way to write OR.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let tokens: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any(&tokens, &mut at, allowed) && at == tokens.len()
}

fn any(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = all(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all(tokens, at, allowed);
    }
    met
}

fn all(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut met = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(tokens, at, allowed);
    }
    met
}

fn one(tokens: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(token) = tokens.get(*at) else { return false };
    *at += 1;
    if *token == "(" {
        let met = any(tokens, at, allowed);
        *at += 1;
        return met;
    }
    let mut licence = (*token).to_owned();
    if tokens.get(*at) == Some(&"WITH") {
        licence = format!("{licence} WITH {}", tokens.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allowed.contains(&licence)
}

fn forbidden(packages: &[Value], rules: &Rules) -> Vec<String> {
    let mut complaints = Vec::new();
    for package in packages {
        let name = package["name"].as_str().unwrap_or_default();
        let licence = package["license"].as_str().unwrap_or("none");
        if !is_allowed(licence, &rules.licences) {
            complaints.push(format!("{name} has the licence {licence:?}: use another crate, or allow it in deny.toml"));
        }
        if let Some((_, reason)) = rules.banned.iter().find(|(banned, _)| banned == name) {
            complaints.push(format!("{name} is banned: {reason}; `cargo tree -i {name}` tells who brings it"));
        }
        if let Some(source) = package["source"].as_str()
            && !rules.registries.iter().any(|registry| source.strip_prefix("registry+") == Some(registry))
        {
            complaints.push(format!("{name} comes from {source}: only crates.io is allowed"));
        }
    }
    complaints
}

#[test]
fn crates_from_outside_are_as_deny_toml_says() {
    let rules = rules(&file("deny.toml").expect("deny.toml").text);
    hold(&forbidden(metadata()["packages"].as_array().unwrap(), &rules));
}

#[test]
fn every_ban_has_a_reason() {
    let rules = rules(&file("deny.toml").expect("deny.toml").text);
    assert!(
        !rules.banned.is_empty() && rules.banned.iter().all(|(name, reason)| !name.is_empty() && !reason.is_empty())
    );
}

#[test]
fn the_rules_can_fail() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    let cases = [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("GPL-3.0/MIT", true),
        ("GPL-3.0 AND MIT", false),
        ("(GPL-3.0 OR MIT) AND Apache-2.0", true),
        ("(GPL-3.0 OR MIT) AND BSD-3-Clause", false),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", true),
        ("", false),
    ];
    for (expression, met) in cases {
        assert_eq!(is_allowed(expression, &allowed), met, "{expression}");
    }
    let rules = Rules {
        licences: allowed.to_vec(),
        registries: vec!["https://good".to_owned()],
        banned: vec![("bad".to_owned(), "it is bad".to_owned())],
    };
    let package = |name: &str, source: &str| serde_json::json!([{"name": name, "license": "MIT", "source": source}]);
    let complaints = |value: Value| forbidden(value.as_array().unwrap(), &rules).len();
    assert_eq!(complaints(package("fine", "registry+https://good")), 0);
    assert_eq!(complaints(package("bad", "registry+https://good")), 1);
    assert_eq!(complaints(package("fine", "git+https://good")), 1);
}
