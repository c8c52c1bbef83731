//! Links in the documents lead to files that exist.

use super::house::{files, hold, root};
use std::path::Path;

/// The targets of `[text](target)` in a document, outside code.
fn targets(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_block = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        }
        if in_block {
            continue;
        }
        // Every second part lies between backticks.
        for part in line.split('`').step_by(2) {
            for (at, _) in part.match_indices("](") {
                let target = part[at + 2..].split([')', ' ']).next().unwrap_or_default();
                found.push((number + 1, target.to_owned()));
            }
        }
    }
    found
}

fn dead(path: &str, text: &str, exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    targets(text)
        .into_iter()
        .filter(|(_, target)| !target.contains("://") && !target.starts_with('#') && !target.starts_with("mailto:"))
        .filter(|(_, target)| !exists(&folder.join(target.split('#').next().unwrap_or_default())))
        .map(|(line, target)| format!("{path}:{line}: the link to {target:?} leads nowhere"))
        .collect()
}

#[test]
fn links_of_the_documents_lead_somewhere() {
    let documents = files().iter().filter(|file| {
        file.path.ends_with(".md") && !file.path.starts_with("prompts/") && !file.path.contains("/fixtures/")
    });
    let exists = |path: &Path| root().join(path).exists();
    hold(&documents.flat_map(|file| dead(&file.path, &file.text, exists)).collect::<Vec<_>>());
}

#[test]
fn the_rule_can_fail() {
    let exists = |path: &Path| path == Path::new("docs/a.md");
    let text = "[a](a.md#part) [b](b.md) [c](https://x) [d](#here) `[e](e.md)`\n```\n[f](f.md)\n```\n";
    assert_eq!(dead("docs/x.md", text, exists), ["docs/x.md:1: the link to \"b.md\" leads nowhere"]);
}
