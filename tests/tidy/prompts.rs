//! Prompts say in a header what they are called, which version they have, and which variables they use.

use super::house::{files, hold};
use std::collections::BTreeSet;

const HEADER: &str = "begin with a line `---`, then `name: NAME`, `version: NUMBER`, `variables: a, b`, then `---`";

/// The header's fields and the text after it.
fn split(text: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let (header, body) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
    let fields = header.lines().map(|line| line.split_once(':').map(|(key, value)| (key.trim(), value.trim())));
    Some((fields.collect::<Option<_>>()?, body))
}

/// The names between `{{` and `}}`.
fn used(body: &str) -> BTreeSet<&str> {
    body.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name.trim()).collect()
}

fn wrong(path: &str, text: &str) -> Vec<String> {
    let Some((fields, body)) = split(text) else { return vec![format!("{path}: {HEADER}")] };
    let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let (Some(name), Some(version), Some(variables)) = (field("name"), field("version"), field("variables")) else {
        return vec![format!("{path}: {HEADER}")];
    };
    let declared: BTreeSet<&str> =
        variables.trim_matches(['[', ']']).split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let mut complaints = Vec::new();
    if !path.ends_with(&format!("/{name}.md")) {
        complaints.push(format!("{path}: its name is {name:?}; name the file so"));
    }
    if version.parse::<u32>().is_err() {
        complaints.push(format!("{path}: the version {version:?} is no whole number"));
    }
    for variable in used(body).difference(&declared) {
        complaints.push(format!("{path}: {{{{{variable}}}}} is used and not declared in the header"));
    }
    for variable in declared.difference(&used(body)) {
        complaints.push(format!("{path}: {variable} is declared and not used"));
    }
    complaints
}

#[test]
fn prompts_declare_what_they_use() {
    let prompts = files().iter().filter(|file| file.path.starts_with("prompts/") && file.path.ends_with(".md"));
    hold(&prompts.flat_map(|file| wrong(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn the_rule_can_fail() {
    let good = "---\nname: turn\nversion: 3\nvariables: now, tools\n---\nIt is {{now}}. {{ tools }}\n";
    assert_eq!(wrong("prompts/turn.md", good), Vec::<String>::new());
    assert_eq!(wrong("prompts/other.md", good).len(), 1);
    assert_eq!(wrong("prompts/turn.md", "It is now.\n").len(), 1);
    assert_eq!(wrong("prompts/turn.md", &good.replace("now, tools", "now, extra")).len(), 2);
    assert_eq!(wrong("prompts/turn.md", &good.replace("version: 3", "version: three")).len(), 1);
}
