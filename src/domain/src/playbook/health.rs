//! "How is my cluster?": the checks, the alerts, and the causes behind what they find.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, alerts, custom, targets, wrong};
use crate::diagnosis::case::{Case, Scene, alert_is_about};
use crate::diagnosis::rank::rank;
use crate::diagnosis::{Judgement, Statement, rules};
use crate::object::ObjectRef;
use crate::observed::kubernetes::{Finding, Severity};
use crate::observed::prometheus::AlertRow;

/// How many alerts are told.
const ALERTS: usize = 6;

/// How many workloads in trouble get a case of their own in one question.
const CASES: usize = 5;

/// "How is X?" asks about X; "how is my cluster?" about everything.
pub(super) fn run_or_subject(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    match subject::find(inquiry, looks) {
        Subject::Pending => Draft::default(),
        Subject::Object(..) => wrong::run(inquiry, looks),
        Subject::Namespace(namespace) => run(inquiry, looks, Some(&namespace)),
        Subject::Unnamed => run(inquiry, looks, None),
        Subject::AskBack(draft) => *draft,
    }
}

/// The whole cluster, or one namespace of it.
pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, namespace: Option<&str>) -> Draft {
    let since = inquiry.since();
    let scene = Scene::gather(looks, inquiry.setting(&since));
    let own_checks = custom::run_checks(inquiry, looks);
    let down = if namespace.is_none() { targets::down(looks) } else { Vec::new() };
    let everything = judge_everything(looks, &scene);
    if looks.waits() {
        return Draft::default();
    }
    let in_namespace = |object: &ObjectRef| namespace.is_none() || object.namespace.as_deref() == namespace;
    let ranked: Vec<Judgement> = everything
        .into_iter()
        .filter(|judgement| in_namespace(&judgement.cause) || in_namespace(&judgement.affected))
        .collect();
    let mut draft = match ranked.first() {
        Some(first) => wrong::told(&ranked, first),
        None => verdict_without_cause(&scene, namespace),
    };
    draft.section("Your own checks", own_checks);
    let rest: Vec<Statement> = findings(&scene)
        .filter(|(_, finding)| in_namespace(&finding.object) && finding.severity > Severity::Info)
        .filter(|(_, finding)| {
            !ranked.iter().any(|judgement| judgement.cause == finding.object || judgement.affected == finding.object)
        })
        .take(6)
        .map(|(id, finding)| Statement::new(format!("{}: {}", finding.object, finding.why.trim_end_matches('.')), [id]))
        .collect();
    draft.section(if ranked.is_empty() { "Found" } else { "Also found" }, rest);
    draft.section("Alerts", alert_statements(inquiry, &scene, namespace));
    draft.section("Scrape targets that are down", down);
    unchecked(&scene, &mut draft);
    draft
}

/// Judges what stands out: the workloads on which a check or an alert speaks, and what needs no workload.
pub(super) fn judge_everything(looks: &mut Looks<'_>, scene: &Scene) -> Vec<Judgement> {
    let mut judgements = rules::judge_scene(scene);
    for suspect in suspects(scene).into_iter().take(CASES) {
        let case = Case::gather(looks, scene, &suspect);
        judgements.extend(rules::judge(scene, &case));
    }
    rank(judgements)
}

/// The workloads in trouble, those with the most against them first.
fn suspects(scene: &Scene) -> Vec<ObjectRef> {
    let mut weighed: Vec<(u32, ObjectRef)> = Vec::new();
    let mut add = |object: ObjectRef, weight: u32| match weighed.iter_mut().find(|(_, known)| *known == object) {
        Some((sum, _)) => *sum += weight,
        None => weighed.push((weight, object)),
    };
    for (_, finding) in findings(scene).filter(|(_, finding)| finding.severity > Severity::Info) {
        let weight = if finding.severity == Severity::Critical { 4 } else { 2 };
        if let Some(workload) = scene.workload(&finding.object.name, finding.object.namespace.as_deref()) {
            add(workload, weight);
        }
    }
    if let (Some(alerts), Some(workloads)) = (scene.alerts.seen(), scene.workloads.seen()) {
        for alert in alerts.data.iter().filter(|alert| !alerts::is_heartbeat(alert)) {
            let about = workloads
                .data
                .iter()
                .map(|row| ObjectRef::namespaced(&row.kind, &row.namespace, &row.name))
                .filter(|object| alert_is_about(alert, object))
                .max_by_key(|object| object.name.len());
            if let Some(object) = about {
                add(object, if alert.severity.as_deref() == Some("critical") { 3 } else { 1 });
            }
        }
    }
    weighed.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    weighed.into_iter().map(|(_, object)| object).collect()
}

fn findings(scene: &Scene) -> impl Iterator<Item = (crate::evidence::EvidenceId, &Finding)> {
    scene.health.seen().into_iter().flat_map(|seen| seen.data.findings.iter().map(move |finding| (seen.id, finding)))
}

fn verdict_without_cause(scene: &Scene, namespace: Option<&str>) -> Draft {
    let place = namespace.map_or("the cluster".to_owned(), |namespace| format!("namespace {namespace}"));
    let firing = scene.alerts.seen().map(|seen| {
        (seen.id, seen.data.iter().filter(|alert| !alerts::is_heartbeat(alert) && alert.state == "firing").count())
    });
    let Some(health) = scene.health.seen() else {
        return match firing {
            Some((id, 0)) => Draft::saying(Statement::new(
                "No alert is firing; the cluster itself I did not look at: none is configured, or it is away",
                [id],
            )),
            Some((id, count)) => Draft::saying(Statement::new(
                format!(
                    "{count} alerts are firing; the cluster itself I did not look at: none is configured, or it is away"
                ),
                [id],
            )),
            None => Draft::saying(Statement::new("I could look at neither the cluster nor its alerts", [])),
        };
    };
    let serious = health
        .data
        .findings
        .iter()
        .filter(|finding| {
            finding.severity > Severity::Info
                && (namespace.is_none() || finding.object.namespace.as_deref() == namespace)
        })
        .count();
    let mut ids = vec![health.id];
    ids.extend(firing.map(|(id, _)| id));
    let checks = health.data.checked.len();
    match (serious, firing) {
        (0, None) => Draft::saying(Statement::new(
            format!("I find nothing wrong with {place}: all {checks} checks pass. Alerts I could not look at"),
            ids,
        )),
        (0, Some((_, 0))) => Draft::saying(Statement::new(
            format!("I find nothing wrong with {place}: all {checks} checks pass and no alert is firing"),
            ids,
        )),
        (0, Some((_, count))) => Draft::saying(Statement::new(
            format!("All {checks} checks pass for {place}, and yet {count} alerts are firing"),
            ids,
        )),
        (count, _) => {
            Draft::saying(Statement::new(format!("{count} findings in {place}, and no cause that I can name"), ids))
        }
    }
}

fn alert_statements(inquiry: &Inquiry<'_>, scene: &Scene, namespace: Option<&str>) -> Vec<Statement> {
    let Some(seen) = scene.alerts.seen() else { return Vec::new() };
    let in_namespace =
        |alert: &&AlertRow| namespace.is_none() || alert.labels.get("namespace").map(String::as_str) == namespace;
    let told: Vec<&AlertRow> =
        seen.data.iter().filter(|alert| !alerts::is_heartbeat(alert)).filter(in_namespace).collect();
    alerts::tell_folded(inquiry, &told, seen.id, ALERTS)
}

/// Checks that could not look are told beside those that could.
fn unchecked(scene: &Scene, draft: &mut Draft) {
    if let Some(seen) = scene.health.seen() {
        let statements = seen
            .data
            .not_checked
            .iter()
            .map(|not| Statement::new(format!("Check {} could not look: {}", not.check, not.reason), [seen.id]));
        draft.section("Not checked", statements.collect());
    }
    if let Look::Failed(id, _) = &scene.health {
        draft.section("Not checked", vec![Statement::new("The health checks of the cluster could not run", [*id])]);
    }
}

/// Certificates, claims and other objects are no workloads: a question may still name one on which a check speaks.
pub(super) fn subject_among_findings(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Option<Draft> {
    let since = inquiry.since();
    let scene = Scene::gather(looks, inquiry.setting(&since));
    if looks.waits() {
        return Some(Draft::default());
    }
    let words = &inquiry.question.words;
    let named = |object: &ObjectRef| {
        words.iter().any(|word| {
            *word == object.name.to_lowercase()
                || *word == object.path().to_lowercase()
                || *word == object.kind.to_lowercase()
        })
    };
    let ranked: Vec<Judgement> =
        rank(rules::judge_scene(&scene)).into_iter().filter(|judgement| named(&judgement.cause)).collect();
    let first = ranked.first()?;
    Some(wrong::told(&ranked, first))
}
