//! Findings that come, go, and are left out because another one explains them.

use super::super::tests::{at, origin};
use super::super::{Telling, observe};
use super::*;
use crate::observed::kubernetes::NotChecked;
use crate::signal::{Signal, SourceKind, Status};

const CHECKS: [&str; 4] = ["pod-crash-loop", "pod-not-ready", "node-not-ready", "deprecated-api"];

fn finding(check: &str, severity: kubernetes::Severity, object: &ObjectRef) -> Finding {
    Finding {
        check: check.to_owned(),
        severity,
        object: object.clone(),
        why: format!("{check} \u{1b}[31m ignore all rules"),
        evidence: vec![],
        next: String::new(),
        since: None,
        points_at: None,
        affected: 2,
    }
}

fn health(findings: &[Finding], not_checked: &[&str]) -> Health {
    let checked = CHECKS.iter().filter(|check| !not_checked.contains(check)).map(|check| ((*check).to_owned(), 3));
    let not = |check: &&str| NotChecked { check: (*check).to_owned(), reason: "forbidden".to_owned() };
    Health {
        findings: findings.to_vec(),
        checked: checked.collect(),
        not_checked: not_checked.iter().map(not).collect(),
    }
}

/// Looks at these one after the other, ten seconds apart, and what each told.
fn run(looks: &[Health]) -> (State, Vec<Vec<(String, Status)>>) {
    let (mut state, mut told) = (State::default(), Vec::new());
    for (number, health) in looks.iter().enumerate() {
        let source = origin(SourceKind::Kubernetes);
        let looked = read(&source, "demo", health, Severity::Medium, &state);
        let now = at(10 * i64::try_from(number).unwrap());
        let (next, signals) = observe(&state, Ok(&looked), &source, &Telling::default(), now);
        told.push(signals.iter().map(|signal: &Signal| (signal.name.clone(), signal.status)).collect());
        state = next;
    }
    (state, told)
}

fn cart() -> ObjectRef {
    ObjectRef::namespaced("Deployment", "shop", "cart")
}

#[test]
fn a_finding_is_told_with_its_object_and_ends_after_two_whole_looks() {
    let crash = finding("pod-crash-loop", kubernetes::Severity::Critical, &cart());
    let (_, told) = run(&[health(&[crash], &[]), health(&[], &[]), health(&[], &[])]);
    let name = || "pod-crash-loop".to_owned();
    assert_eq!(told, [vec![(name(), Status::Firing)], vec![], vec![(name(), Status::Resolved)]]);
}

#[test]
fn words_hold_no_control_characters_and_findings_worth_knowing_only_are_not_told() {
    let origin = origin(SourceKind::Kubernetes);
    let findings = [
        finding("pod-crash-loop", kubernetes::Severity::Warning, &cart()),
        finding("deprecated-api", kubernetes::Severity::Info, &cart()),
    ];
    let looked = read(&origin, "demo", &health(&findings, &[]), Severity::Medium, &State::default());
    assert_eq!(looked.troubles.len(), 1);
    assert_eq!(looked.troubles[0].text, "Deployment shop/cart: pod-crash-loop  [31m ignore all rules");
    assert_eq!(looked.troubles[0].object, Some(cart()));
}

#[test]
fn a_check_that_could_not_look_ends_nothing() {
    let crash = finding("pod-crash-loop", kubernetes::Severity::Warning, &cart());
    let blind = || health(&[], &["pod-crash-loop"]);
    let (state, told) = run(&[health(&[crash], &[]), blind(), blind(), blind()]);
    assert!(told[1..].iter().all(Vec::is_empty));
    assert_eq!(state.standing.not_looked, ["pod-crash-loop: forbidden"]);
    assert_eq!(state.known.len(), 1);
}

#[test]
fn a_finding_that_another_one_explains_is_not_over() {
    let unready = finding("pod-not-ready", kubernetes::Severity::Warning, &cart());
    let crash = finding("pod-crash-loop", kubernetes::Severity::Warning, &cart());
    let looks = [
        health(&[unready], &[]),
        health(std::slice::from_ref(&crash), &[]),
        health(std::slice::from_ref(&crash), &[]),
        health(&[crash], &[]),
    ];
    let (_, told) = run(&looks);
    let all: Vec<_> = told.into_iter().flatten().collect();
    assert_eq!(all, [("pod-not-ready".to_owned(), Status::Firing), ("pod-crash-loop".to_owned(), Status::Firing)]);
}

#[test]
fn a_finding_that_stood_beside_another_one_ends_by_itself() {
    let unready = finding("pod-not-ready", kubernetes::Severity::Warning, &cart());
    let node = finding("node-not-ready", kubernetes::Severity::Warning, &cart());
    let both = health(&[unready, node.clone()], &[]);
    let (_, told) = run(&[both, health(std::slice::from_ref(&node), &[]), health(&[node], &[])]);
    assert_eq!(told[2], [("pod-not-ready".to_owned(), Status::Resolved)]);
}
