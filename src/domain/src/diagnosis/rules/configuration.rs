//! A program that crashes on its configuration: the ConfigMap is the cause, not the program.

use super::{pods_statement, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Object, Reference};
use chrono::Duration;
use serde_json::Value;

/// How long before now a change of configuration is still suspected.
const SUSPICIOUS_FOR: Duration = Duration::hours(24);

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    if !case.crashes() {
        return Vec::new();
    }
    case.references()
        .filter(|reference| {
            matches!(reference.object.kind.as_str(), "ConfigMap" | "Secret") && reference.exists != Some(false)
        })
        .filter_map(|reference| judge_reference(scene, case, reference))
        .collect()
}

fn judge_reference(scene: &Scene, case: &Case, reference: &Reference) -> Option<Judgement> {
    let named = line_that_names_a_key(case, &reference.object);
    let changed = changed_lately(scene, case, reference);
    let blamed = line_that_blames_configuration(case);
    let quoted = named.as_ref().or(if changed.is_some() { blamed.as_ref() } else { None })?;
    let mut support = Vec::new();
    support.push(Statement::new(
        format!("The log of the crashed run says `{}`", text::quotable(&quoted.line)),
        [quoted.id],
    ));
    if let Some(key) = &quoted.key {
        support.push(Statement::new(
            format!(
                "{} holds the key `{}`{}",
                reference.object,
                key.name,
                key.value.as_ref().map_or(String::new(), |v| format!(" with the value `{}`", text::quotable(v)))
            ),
            [key.id],
        ));
    }
    support.extend(changed.clone());
    support.extend(pods_statement(case, &["CrashLoopBackOff", "Error"]));
    if let Some((statement, _)) = rollout_statement(scene, case, |line| line.contains("restartedAt")) {
        support.push(statement);
    }
    let sources = 1 + usize::from(named.is_some()) + usize::from(changed.is_some()) * 2;
    let what = quoted.key.as_ref().map_or("its content".to_owned(), |key| format!("its key `{}`", key.name));
    let wrong = quoted.key.as_ref().map_or("what the log names".to_owned(), |key| format!("`{}`", key.name));
    let evidence = support.iter().flat_map(|statement| statement.evidence.clone()).collect::<Vec<_>>();
    Some(Judgement {
        rule: "crash-on-configuration",
        cause: reference.object.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(
            format!("{} crashes on {}: {what} is what the program refuses", case.subject, reference.object),
            evidence,
        ),
        support,
        advice: vec![
            format!("Correct {wrong} in {} and restart {}", reference.object, case.subject),
            format!(
                "See who changed it: `kubectl -n {} get configmap {} -o yaml --show-managed-fields`",
                reference.object.namespace.as_deref().unwrap_or("default"),
                reference.object.name
            ),
        ],
        per_mille: confidence(sources),
        // Which object and which key come from a log line.
        typed_per_mille: 0,
        victims: Vec::new(),
    })
}

struct Quote {
    id: EvidenceId,
    line: String,
    key: Option<Key>,
}

struct Key {
    id: EvidenceId,
    name: String,
    value: Option<String>,
}

fn trouble(case: &Case) -> impl Iterator<Item = (EvidenceId, &str)> {
    [&case.previous_logs, &case.logs]
        .into_iter()
        .filter_map(|look| look.seen())
        .flat_map(|seen| text::trouble_lines(&seen.data).into_iter().map(move |line| (seen.id, line.example.as_str())))
}

fn line_that_blames_configuration(case: &Case) -> Option<Quote> {
    trouble(case).find(|(_, line)| text::blames_configuration(line)).map(|(id, line)| Quote {
        id,
        line: line.to_owned(),
        key: None,
    })
}

fn line_that_names_a_key(case: &Case, map: &ObjectRef) -> Option<Quote> {
    let (map_id, object) = case
        .configuration
        .iter()
        .filter_map(|look| look.seen())
        .map(|seen| (seen.id, &seen.data))
        .find(|(_, o)| o.object == *map)?;
    let keys = keys_of(object);
    trouble(case).find_map(|(id, line)| {
        // A key of less than four letters (`LOG`, `ENV`) would be named by half of all lines.
        let (name, value) = keys.iter().find(|(name, _)| name.len() >= 4 && text::names(line, name))?;
        Some(Quote {
            id,
            line: line.to_owned(),
            key: Some(Key { id: map_id, name: name.clone(), value: value.clone() }),
        })
    })
}

/// Keys of a ConfigMap, with the value where it is one short line.
fn keys_of(object: &Object) -> Vec<(String, Option<String>)> {
    let Some(Value::Object(data)) = object.manifest.get("data") else { return Vec::new() };
    data.iter()
        .map(|(name, value)| {
            (name.clone(), value.as_str().filter(|value| value.len() < 120 && !value.contains('\n')).map(str::to_owned))
        })
        .collect()
}

fn changed_lately(scene: &Scene, case: &Case, reference: &Reference) -> Option<Statement> {
    if let Some((id, change)) = scene.change_of(&reference.object) {
        let by = change.by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
        return Some(Statement::new(
            format!("{} was changed at {}{by}", reference.object, scene.clock(change.at)),
            [id],
        ));
    }
    let at = reference.changed.filter(|at| scene.now - *at < SUSPICIOUS_FOR)?;
    Some(Statement::new(format!("{} was changed at {}", reference.object, scene.clock(at)), [case.tree.seen()?.id]))
}
