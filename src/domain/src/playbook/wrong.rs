//! "What is wrong with X?" and "why is X slow?": the case of one workload, judged.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, SCRAPE_JOB, Subject};
use super::{Inquiry, alerts, calls, health};
use crate::diagnosis::case::{Case, Scene, alert_is_about};
use crate::diagnosis::rank::{hypotheses, rank};
use crate::diagnosis::{Judgement, Statement, rules};
use crate::envelope::Window;
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::prometheus::{AlertRow, Range, Signal};
use crate::question::intent::Intent;
use chrono::Duration;

/// How far back the course of the latency goes.
const COURSE: Duration = Duration::hours(3);

/// How many causes are told besides the first.
const OTHERS: usize = 2;

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    match subject::find(inquiry, looks) {
        Subject::Pending => Draft::default(),
        Subject::AskBack(draft) => match health::subject_among_findings(inquiry, looks) {
            Some(draft) => draft,
            None => *draft,
        },
        Subject::Unnamed => health::run(inquiry, looks, None),
        Subject::Namespace(namespace) => health::run(inquiry, looks, Some(&namespace)),
        Subject::Object(object, note) => {
            let mut draft = object_case(inquiry, looks, &object);
            draft.notes.splice(0..0, note);
            draft.subject = Some(object);
            draft
        }
    }
}

fn object_case(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, object: &ObjectRef) -> Draft {
    let since = inquiry.since();
    let scene = Scene::gather(looks, inquiry.setting(&since));
    if object.kind == SCRAPE_JOB {
        return super::targets::run(inquiry, looks);
    }
    if scene.workloads.is_pending() {
        return Draft::default();
    }
    let subject = scene.workload(&object.name, object.namespace.as_deref()).unwrap_or_else(|| object.clone());
    if subject.kind == "Node" {
        return node_case(&scene, &subject);
    }
    let case = Case::gather(looks, &scene, &subject);
    let ranked = rank(rules::judge(&scene, &case));
    let mut draft = match ranked.first() {
        Some(first) => told(&ranked, first),
        None => nothing_found(inquiry, looks, &scene, &case),
    };
    past_note(inquiry, &mut draft);
    let signals = signal_statements(&case);
    draft.section("Its golden signals, 15 minutes against the time before", signals);
    if inquiry.question.intent == Intent::Slow {
        draft.section("Its latency over time", course(inquiry, looks, &case));
    }
    draft.section("Alerts on it", alert_statements(inquiry, &scene, &subject));
    draft.section("What changed around it", changes(inquiry, &scene, &case));
    draft
}

/// The draft of ranked judgements, the first of them in full.
pub(super) fn told(ranked: &[Judgement], first: &Judgement) -> Draft {
    let mut draft = Draft::saying(first.summary.clone());
    let confidence = format!("Cause: {}, confidence {:.2}", first.cause, f64::from(first.per_mille) / 1000.0);
    draft.notes.push(confidence);
    draft.section("Why I think so", first.support.clone());
    draft.section(
        "Less likely",
        ranked.iter().skip(1).take(OTHERS).map(|judgement| judgement.summary.clone()).collect(),
    );
    draft.advice = first.advice.clone();
    draft.hypotheses = hypotheses(ranked);
    draft
}

fn node_case(scene: &Scene, node: &ObjectRef) -> Draft {
    let ranked = rank(rules::judge_scene(scene).into_iter().filter(|judgement| judgement.cause == *node).collect());
    if let Some(first) = ranked.first() {
        return told(&ranked, first);
    }
    let row = scene
        .nodes
        .seen()
        .and_then(|seen| seen.data.iter().find(|row| row.name == node.name).map(|row| (seen.id, row)));
    match row {
        Some((id, row)) => {
            Draft::saying(Statement::new(format!("{node} is {}; I find nothing wrong with it", row.status), [id]))
        }
        None => Draft::saying(Statement::new(format!("I could not read the state of {node}"), [])),
    }
}

/// Says so only for what was looked at.
fn nothing_found(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, scene: &Scene, case: &Case) -> Draft {
    let Some(pods) = case.pods.seen() else {
        return Draft::saying(Statement::new(
            format!("I could not look at the pods of {}, so I cannot tell", case.subject),
            [],
        ));
    };
    let ready = pods.data.iter().filter(|pod| pod.ready == pod.containers).count();
    let mut draft = Draft::saying(Statement::new(
        format!("I find nothing wrong with {}: {ready} of {} pods are ready", case.subject, pods.data.len()),
        [pods.id],
    ));
    let elsewhere = health::judge_everything(looks, scene);
    if !elsewhere.is_empty() {
        draft.section("Elsewhere", elsewhere.iter().take(3).map(|judgement| judgement.summary.clone()).collect());
        draft.hypotheses = hypotheses(&elsewhere);
    }
    if inquiry.question.time.moment.is_some() {
        draft.advice.push("If it is over: ask “what changed” around that time".to_owned());
    }
    draft
}

/// Kubernetes tells only of now; a question about another time must hear that.
fn past_note(inquiry: &Inquiry<'_>, draft: &mut Draft) {
    if let Some(window) = inquiry.question.time.window
        && window.end < inquiry.now - Duration::minutes(5)
    {
        draft.notes.push(format!(
            "You asked about {}; metrics are read there, while the cluster's API tells only how things stand now.",
            inquiry.question.time.phrase.as_deref().unwrap_or("an earlier time")
        ));
    }
}

fn signal_statements(case: &Case) -> Vec<Statement> {
    let Some(seen) = case.signals.seen() else { return Vec::new() };
    seen.data.signals.iter().filter_map(|signal| signal_statement(signal, seen.id)).collect()
}

/// `latency_p99: 2.4 s, before 120 ms`.
pub(super) fn signal_statement(signal: &Signal, id: EvidenceId) -> Option<Statement> {
    let now = amount(signal.now?, &signal.unit);
    let before = signal.before.map_or(String::new(), |before| format!(", before {}", amount(before, &signal.unit)));
    Some(Statement::new(format!("{}: {now}{before}", signal.name.replace('_', " ")), [id]))
}

pub(super) fn amount(value: f64, unit: &str) -> String {
    match unit {
        "ratio" => format!("{:.1} %", value * 100.0),
        "s" if value < 1.0 => format!("{:.0} ms", value * 1000.0),
        "s" => format!("{value:.2} s"),
        // An increase is an estimate by extrapolation, and seldom whole.
        "count" if value.fract() != 0.0 => format!("{value:.1}"),
        "count" => format!("{value:.0}"),
        unit => format!("{value:.1} {unit}"),
    }
}

/// The course of the slow percentile over the last hours: a terminal draws it, and the step in it dates the trouble.
fn course(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>, case: &Case) -> Vec<Statement> {
    let Some((_, signal)) = case.signal("latency_p99") else { return Vec::new() };
    let window = Window { start: inquiry.now - COURSE, end: inquiry.now };
    let look: Look<Range> = looks.at(calls::query_range(&signal.query, window));
    let Some(seen) = look.seen() else { return Vec::new() };
    seen.data
        .series
        .iter()
        .take(1)
        .map(|series| {
            let (least, most, last) = (amount(series.min, "s"), amount(series.max, "s"), amount(series.last, "s"));
            Statement::new(
                format!("Its 99th percentile lay between {least} and {most}, and stands at {last}"),
                [seen.id],
            )
        })
        .collect()
}

fn alert_statements(inquiry: &Inquiry<'_>, scene: &Scene, subject: &ObjectRef) -> Vec<Statement> {
    let Some(seen) = scene.alerts.seen() else { return Vec::new() };
    let told: Vec<&AlertRow> = seen.data.iter().filter(|alert| alert_is_about(alert, subject)).collect();
    alerts::tell_folded(inquiry, &told, seen.id, 4)
}

fn changes(inquiry: &Inquiry<'_>, scene: &Scene, case: &Case) -> Vec<Statement> {
    let Some(seen) = scene.changes.seen() else { return Vec::new() };
    seen.data
        .iter()
        .filter(|change| {
            change.object == case.subject
                || case
                    .references()
                    .any(|reference| reference.object == change.object && reference.object.kind != "Service")
        })
        .take(4)
        .map(|change| super::changes::tell(inquiry, change, seen.id))
        .collect()
}
