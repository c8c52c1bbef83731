//! Texts: no path of somebody's machine, no reminder left behind.

use super::house::{files, hold};

/// Written in two parts, so that this file does not hold them.
const UNWANTED: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine: name the file from the root of the checkout"),
    (concat!("TO", "DO"), "a reminder: do it, or open an issue"),
    (concat!("FIX", "ME"), "a reminder: do it, or open an issue"),
];

fn unwanted(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for (needle, advice) in UNWANTED {
            if line.contains(needle) {
                complaints.push(format!("{path}:{}: {needle:?} is {advice}", number + 1));
            }
        }
    }
    complaints
}

#[test]
fn no_machine_path_and_no_reminder() {
    hold(&files().iter().flat_map(|file| unwanted(&file.path, &file.text)).collect::<Vec<_>>());
}

#[test]
fn the_rule_can_fail() {
    for (needle, _) in UNWANTED {
        assert_eq!(unwanted("x", &format!("fine\nnot {needle} fine\n")).len(), 1);
    }
    assert_eq!(unwanted("x", "a workload\n").len(), 0);
}
