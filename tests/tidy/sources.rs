//! Source files: each opens with what it is for, and none is too long to be read in one sitting.

use super::house::{files, hold};

const LONGEST: usize = 600;
const LONGEST_MAIN: usize = 100;

fn without_opening(path: &str, text: &str) -> Vec<String> {
    match text.lines().next() {
        Some(line) if line.starts_with("//! ") => Vec::new(),
        _ => vec![format!(
            "{path}: begin with `//! ` and say what the file is for, what it guarantees, what it leaves out"
        )],
    }
}

/// Whether a file holds only tests.
fn is_test(path: &str) -> bool {
    path.starts_with("tests/") || path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// Lines up to the first inline test module.
fn length(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let tests = lines.windows(2).position(|pair| pair[0] == "#[cfg(test)]" && pair[1].ends_with('{'));
    tests.unwrap_or(lines.len())
}

fn too_long(path: &str, text: &str) -> Vec<String> {
    let limit = if path.ends_with("/main.rs") && !is_test(path) { LONGEST_MAIN } else { LONGEST };
    match length(text) {
        length if length > limit => {
            vec![format!("{path}: {length} lines, at most {limit}: split it by idea, one to a file")]
        }
        _ => Vec::new(),
    }
}

fn at(sorted: &[usize], share: usize) -> usize {
    sorted.get(sorted.len() * share / 100).copied().unwrap_or_default()
}

#[test]
fn every_file_opens_with_its_purpose() {
    let sources = files().iter().filter(|file| file.path.ends_with(".rs"));
    hold(&sources.flat_map(|file| without_opening(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn no_file_is_too_long() {
    let sources = || files().iter().filter(|file| file.path.ends_with(".rs") && !is_test(&file.path));
    let mut lengths: Vec<usize> = sources().map(|file| length(&file.text)).collect();
    lengths.sort_unstable();
    println!(
        "{} source files without tests, {} lines: median {} (aim 150), p90 {} (aim 400), longest {}",
        lengths.len(),
        lengths.iter().sum::<usize>(),
        at(&lengths, 50),
        at(&lengths, 90),
        lengths.last().copied().unwrap_or_default()
    );
    hold(&sources().flat_map(|file| too_long(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn the_rules_can_fail() {
    assert_eq!(without_opening("x.rs", "use std::fmt;\n").len(), 1);
    assert_eq!(without_opening("x.rs", "").len(), 1);
    assert_eq!(without_opening("x.rs", "//! Purpose.\n").len(), 0);
    let long = "x\n".repeat(LONGEST + 1);
    assert_eq!(too_long("src/x.rs", &long).len(), 1);
    assert_eq!(too_long("src/x.rs", &format!("x\n#[cfg(test)]\nmod tests {{\n{long}}}\n")).len(), 0);
    assert_eq!(too_long("src/app/src/main.rs", &"x\n".repeat(LONGEST_MAIN + 1)).len(), 1);
    assert!(is_test("src/app/src/x/tests.rs") && is_test("src/app/tests/e2e/main.rs") && !is_test("src/app/src/x.rs"));
}
