//! A container that cannot be made because a Secret, ConfigMap or key that it needs does not exist.

use super::{finding_statement, pods_statement, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence};
use crate::object::ObjectRef;
use regex::Regex;
use std::sync::LazyLock;

static NOT_FOUND: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"(?i)\b(secret|configmap)s?\s+"?([a-z0-9][a-z0-9.-]*)"?\s+not found"#).ok());

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = case.pods.seen() else { return Vec::new() };
    let stuck = case.pods_in(&["CreateContainerConfigError", "ContainerCreating", "Pending", "Init:"]);
    let Some((cause, message)) = stuck.iter().find_map(|pod| {
        let message = pod.message.as_deref()?;
        Some((missing_object(case, message)?, message))
    }) else {
        return Vec::new();
    };
    let mut support = vec![Statement::new(
        format!("The API says of its pods: `{}`", crate::diagnosis::text::quotable(message)),
        [pods.id],
    )];
    support.extend(pods_statement(case, &["CreateContainerConfigError", "ContainerCreating", "Pending", "Init:"]));
    let mut sources = 2;
    // The message alone names the object; the references of the pods are what confirms it.
    let mut is_confirmed = false;
    if let Some(reference) =
        case.references().find(|reference| reference.object == cause && reference.exists == Some(false))
        && let Some(tree) = case.tree.seen()
    {
        support.push(Statement::new(
            format!("{} refers to {cause} ({}), and there is no such object", case.subject, reference.how),
            [tree.id],
        ));
        sources += 1;
        is_confirmed = true;
    }
    if let Some((statement, fits)) = rollout_statement(scene, case, |line| line.contains(&cause.name)) {
        support.push(statement);
        sources += usize::from(fits);
    }
    support.extend(
        scene
            .findings_on(&case.subject)
            .filter(|(_, finding)| finding.points_at.as_ref() == Some(&cause))
            .map(|(id, f)| finding_statement(id, f))
            .take(1),
    );
    vec![Judgement {
        rule: "missing-reference",
        summary: Statement::new(
            format!("{cause} does not exist, and {} cannot start without it", case.subject),
            [pods.id],
        ),
        advice: vec![
            format!("Create {cause}, or correct the name that {} refers to", case.subject),
            format!(
                "Look whether it was deleted or never made: `kubectl -n {} get {}`",
                cause.namespace.as_deref().unwrap_or("default"),
                cause.kind.to_lowercase()
            ),
        ],
        affected: case.subject.clone(),
        cause,
        support,
        per_mille: confidence(sources),
        typed_per_mille: if is_confirmed { confidence(sources) } else { 0 },
        victims: Vec::new(),
    }]
}

fn missing_object(case: &Case, message: &str) -> Option<ObjectRef> {
    let captures = NOT_FOUND.as_ref()?.captures(message)?;
    let kind = if captures[1].eq_ignore_ascii_case("secret") { "Secret" } else { "ConfigMap" };
    Some(ObjectRef { kind: kind.to_owned(), namespace: case.subject.namespace.clone(), name: captures[2].to_owned() })
}
