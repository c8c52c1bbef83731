//! Every invariant of `ARCHITECTURE.md` names the tests that hold it, or what must be built first.
//!
//! Within the numbered item, a test is written `` `path/from/root.rs::test_name` ``. What stands as
//! `not built yet (crate X)` or `not built yet (file path)` fails as soon as that crate or file exists.

use super::house::{file, hold, members, name, root};

const DOCUMENT: &str = "ARCHITECTURE.md";
const COUNT: usize = 15;

/// The numbered items under the heading that names the invariants.
fn items(text: &str) -> Vec<(usize, String)> {
    let mut items: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with("## ") {
            inside = line.to_lowercase().contains("invariants");
        }
        if !inside {
            continue;
        }
        let number = line.split_once(". ").and_then(|(number, _)| number.parse().ok());
        match (number, items.last_mut()) {
            (Some(number), _) => items.push((number, line.to_owned())),
            (None, Some((_, text))) if !line.starts_with('#') => {
                text.push(' ');
                text.push_str(line.trim());
            }
            _ => {}
        }
    }
    items
}

/// `path.rs::test_name` between backticks.
fn tests(item: &str) -> Vec<(String, String)> {
    let quoted = item.split('`').skip(1).step_by(2);
    quoted
        .filter_map(|text| text.split_once(".rs::"))
        .map(|(path, test)| (format!("{path}.rs"), test.to_owned()))
        .collect()
}

/// What must be built first: `crate X`, `file path`.
fn pending(item: &str) -> Vec<(String, String)> {
    let parts = item.split("not built yet (").skip(1).filter_map(|rest| rest.split_once(')'));
    parts
        .filter_map(|(inner, _)| inner.trim().split_once(' '))
        .map(|(sort, what)| (sort.to_owned(), what.replace('`', "").trim().to_owned()))
        .collect()
}

/// Whether a test function of this name stands in a text.
fn has_test(text: &str, test: &str) -> bool {
    let test = test.rsplit("::").next().unwrap_or(test);
    text.contains(&format!("fn {test}("))
}

fn unheld(text: &str, test_exists: impl Fn(&str, &str) -> bool, is_built: impl Fn(&str, &str) -> bool) -> Vec<String> {
    let items = items(text);
    let mut complaints: Vec<String> = (1..=COUNT)
        .filter(|number| !items.iter().any(|(found, _)| found == number))
        .map(|number| format!("{DOCUMENT}: invariant {number} is missing under its `## ... invariants` heading"))
        .collect();
    for (number, item) in &items {
        let (tests, pending) = (tests(item), pending(item));
        if tests.is_empty() && pending.is_empty() {
            complaints.push(format!(
                "{DOCUMENT}: invariant {number} names no test: write `path.rs::test_name`, or not built yet (crate X)"
            ));
        }
        for (path, test) in tests.iter().filter(|(path, test)| !test_exists(path, test)) {
            complaints.push(format!("{DOCUMENT}: invariant {number} names {path}::{test}, which does not exist"));
        }
        for (sort, what) in pending.iter().filter(|(sort, what)| is_built(sort, what)) {
            complaints
                .push(format!("{DOCUMENT}: invariant {number}: {sort} {what} exists now: name the test that holds it"));
        }
    }
    complaints
}

#[test]
fn every_invariant_is_held() {
    let document = file(DOCUMENT).expect("ARCHITECTURE.md with the numbered invariants");
    let test_exists = |path: &str, test: &str| file(path).is_some_and(|file| has_test(&file.text, test));
    let is_built = |sort: &str, what: &str| match sort {
        "crate" => members().iter().any(|package| name(package) == what),
        _ => root().join(what).exists(),
    };
    hold(&unheld(&document.text, test_exists, is_built));
}

#[test]
fn the_rule_can_fail() {
    let all: String = (1..=COUNT).map(|number| format!("{number}. Held by `a.rs::t`.\n")).collect();
    let document = |last: &str| format!("## The invariants\n{}", all.replace("15. Held by `a.rs::t`.\n", last));
    let complaints = |last: &str| {
        let exists = |path: &str, test: &str| path == "a.rs" && has_test("fn t() {}", test);
        unheld(&document(last), exists, |_, what| what == "built").len()
    };
    assert_eq!(complaints("15. Two lines,\n    held by `a.rs::t`.\n"), 0);
    assert_eq!(complaints("15. Later: not built yet (crate `store`).\n"), 0);
    assert_eq!(complaints("15. Later: not built yet (crate `built`).\n"), 1);
    assert_eq!(complaints("15. Held by `a.rs::gone`.\n"), 1);
    assert_eq!(complaints("15. Held by nothing.\n"), 1);
    assert_eq!(complaints(""), 1);
}
