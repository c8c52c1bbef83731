//! "Any alerts?"

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::{Inquiry, calls};
use crate::diagnosis::case::Scene;
use crate::diagnosis::{Statement, text};
use crate::observed::prometheus::AlertRow;

const TOLD: usize = 12;

/// Alerts that are meant to fire all the time, to show that the way works.
pub(super) fn is_heartbeat(alert: &AlertRow) -> bool {
    alert.severity.as_deref() == Some("none")
        || matches!(alert.name.as_str(), "Watchdog" | "DeadMansSwitch" | "InfoInhibitor")
}

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let look: Look<Vec<AlertRow>> = looks.rows(calls::alerts());
    let seen = match look {
        Look::Seen(seen) => seen,
        Look::NoTool => {
            return Draft::saying(Statement::new(
                "I have no Prometheus to ask: name one by PROMETHEUS_URL or under [prometheus] in the settings",
                [],
            ));
        }
        Look::Failed(id, _) => return Draft::saying(Statement::new("I could not read the alerts", [id])),
        Look::Pending => return Draft::default(),
    };
    let in_question = |alert: &&AlertRow| {
        let namespace = inquiry.namespace.as_deref().or_else(|| inquiry.question.mentions.first().map(String::as_str));
        match namespace {
            Some(word) => {
                alert.labels.values().any(|value| value == word || value.starts_with(&format!("{word}-")))
                    || alert.name.to_lowercase() == word
            }
            None => true,
        }
    };
    let relevant: Vec<&AlertRow> = seen.data.iter().filter(|alert| !is_heartbeat(alert)).collect();
    let mut chosen: Vec<&AlertRow> = relevant.iter().copied().filter(in_question).collect();
    let mut note = None;
    if chosen.is_empty() && !relevant.is_empty() {
        note = Some("None of the alerts names what you asked about; these are all there are.".to_owned());
        chosen = relevant;
    }
    let firing = chosen.iter().filter(|alert| alert.state == "firing").count();
    let pending = chosen.iter().filter(|alert| alert.state == "pending").count();
    let mut draft = match (firing, pending) {
        (0, 0) => Draft::saying(Statement::new("No alert is firing or pending", [seen.id])),
        (0, n) => Draft::saying(Statement::new(format!("No alert is firing; {n} pending"), [seen.id])),
        (1, _) => Draft::saying(Statement::new("1 alert is firing", [seen.id])),
        (n, _) => Draft::saying(Statement::new(format!("{n} alerts are firing"), [seen.id])),
    };
    draft.notes.extend(note);
    let heartbeat = seen.data.iter().find(|alert| is_heartbeat(alert));
    draft.section("", tell_folded(inquiry, &chosen, seen.id, TOLD));
    if let Some(heartbeat) = heartbeat {
        draft.section(
            "",
            vec![Statement::new(
                format!("{} is firing as it should: it shows that alerting works", heartbeat.name),
                [seen.id],
            )],
        );
    }
    if !chosen.is_empty() {
        draft.advice.push("Ask “what is wrong with NAME?” for the cause behind one of them".to_owned());
    }
    draft
}

/// Alerts of the same rule, state and namespace told as one, in the order in which they came.
pub(super) fn tell_folded(
    inquiry: &Inquiry<'_>,
    alerts: &[&AlertRow],
    id: crate::evidence::EvidenceId,
    most: usize,
) -> Vec<Statement> {
    let mut groups: Vec<(&AlertRow, usize)> = Vec::new();
    for alert in alerts {
        let namespace = alert.labels.get("namespace");
        match groups.iter_mut().find(|(first, _)| {
            first.name == alert.name && first.state == alert.state && first.labels.get("namespace") == namespace
        }) {
            Some((_, count)) => *count += 1,
            None => groups.push((alert, 1)),
        }
    }
    groups
        .into_iter()
        .take(most)
        .map(|(first, count)| match count {
            1 => tell(inquiry, first, id),
            _ => {
                let mut statement = tell(inquiry, first, id);
                statement.text.push_str(", and more alike");
                statement
            }
        })
        .collect()
}

pub(super) fn tell(inquiry: &Inquiry<'_>, alert: &AlertRow, id: crate::evidence::EvidenceId) -> Statement {
    let severity = alert.severity.as_ref().map_or(String::new(), |severity| format!(" ({severity})"));
    let since = alert.since.map_or(String::new(), |at| format!(" since {}", clock(inquiry, at)));
    let about = alert
        .labels
        .iter()
        .filter(|(name, _)| {
            matches!(
                name.as_str(),
                "namespace"
                    | "deployment"
                    | "statefulset"
                    | "service"
                    | "pod"
                    | "node"
                    | "persistentvolumeclaim"
                    | "instance"
                    | "job"
            )
        })
        .take(3)
        .map(|(name, value)| format!("{name} {value}"))
        .collect::<Vec<_>>()
        .join(", ");
    let about = if about.is_empty() { String::new() } else { format!(" on {about}") };
    let summary = alert.summary.as_ref().map_or(String::new(), |summary| format!(": `{}`", text::quotable(summary)));
    let silenced = if alert.silenced_by.is_empty() { "" } else { ", silenced" };
    Statement::new(format!("{}{severity} is {}{silenced}{since}{about}{summary}", alert.name, alert.state), [id])
}

fn clock(inquiry: &Inquiry<'_>, at: chrono::DateTime<chrono::Utc>) -> String {
    Scene::clock_of(at, inquiry.now, inquiry.zone)
}
