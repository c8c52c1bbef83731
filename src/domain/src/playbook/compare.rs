//! "Compare X before and after": its golden signals on both sides of a moment, and what changed there.

use super::draft::Draft;
use super::looks::{Look, Looks};
use super::subject::{self, Subject};
use super::{Inquiry, calls, wrong};
use crate::diagnosis::case::Scene;
use crate::diagnosis::{Statement, text};
use crate::evidence::EvidenceId;
use crate::object::ObjectRef;
use crate::observed::kubernetes::Revision;
use crate::observed::prometheus::{GoldenSignals, Signal};
use chrono::{DateTime, SecondsFormat, Utc};

pub(super) fn run(inquiry: &Inquiry<'_>, looks: &mut Looks<'_>) -> Draft {
    let (object, note) = match subject::find(inquiry, looks) {
        Subject::Pending => return Draft::default(),
        Subject::Object(object, note) => (object, note),
        Subject::AskBack(draft) => return *draft,
        Subject::Namespace(_) | Subject::Unnamed => {
            return Draft::saying(Statement::new("What shall I compare? Name a service or workload", []));
        }
    };
    let cluster = inquiry.cluster.as_deref();
    let revisions: Look<Vec<Revision>> = match object.kind.as_str() {
        "Deployment" | "StatefulSet" | "DaemonSet" => looks.rows(calls::rollout_history(cluster, &object)),
        _ => Look::NoTool,
    };
    if revisions.is_pending() {
        return Draft::default();
    }
    let rollout = revisions
        .seen()
        .and_then(|seen| seen.data.iter().find(|revision| revision.current).map(|revision| (seen.id, revision)));
    let Some(turn) = inquiry.question.time.moment.or(rollout.map(|(_, revision)| revision.created)) else {
        return Draft::saying(Statement::new(
            format!("Before and after what? I find no rollout of {object}; name a time"),
            [],
        ));
    };
    let minutes = (inquiry.now - turn).num_minutes().clamp(5, 60);
    let since = format!("{minutes}m");
    // The window before has the same length and ends where the moment lies.
    let baseline = format!("{}m", (inquiry.now - turn).num_minutes().max(minutes));
    let look: Look<GoldenSignals> = looks.at(calls::golden_signals(
        &object,
        &since,
        Some(inquiry.now.to_rfc3339_opts(SecondsFormat::Secs, true)),
        Some(&baseline),
    ));
    let mut draft = match look {
        Look::Pending => return Draft::default(),
        Look::NoTool => Draft::saying(Statement::new("I have no Prometheus to compare with", [])),
        Look::Failed(id, _) => Draft::saying(Statement::new(format!("I could not read the signals of {object}"), [id])),
        Look::Seen(seen) => tell(inquiry, &object, &seen.data, seen.id, turn),
    };
    if let Some((id, revision)) = rollout {
        let difference =
            revision.diff.iter().take(3).map(|line| Statement::new(format!("`{}`", text::quotable(line)), [id]));
        draft.section(
            "The rollout",
            std::iter::once(Statement::new(
                format!(
                    "Revision {} was rolled out at {}",
                    revision.revision,
                    Scene::clock_of(revision.created, inquiry.now, inquiry.zone)
                ),
                [id],
            ))
            .chain(difference)
            .collect(),
        );
    }
    draft.notes.extend(note);
    draft.subject = Some(object);
    draft
}

fn tell(
    inquiry: &Inquiry<'_>,
    object: &ObjectRef,
    signals: &GoldenSignals,
    id: EvidenceId,
    turn: DateTime<Utc>,
) -> Draft {
    let worse: Vec<&Signal> = signals.signals.iter().filter(|signal| is_worse(signal)).collect();
    let when = Scene::clock_of(turn, inquiry.now, inquiry.zone);
    let verdict =
        match (signals.signals.iter().any(|signal| signal.now.is_some() && signal.before.is_some()), worse.first()) {
            (false, _) => {
                format!("Prometheus holds no signal of {object} on both sides of {when}: there is nothing to compare")
            }
            (true, None) => format!("{object} is no worse than before {when}"),
            (true, Some(first)) => format!("{object} is worse since {when}: {} up", first.name.replace('_', " ")),
        };
    let mut draft = Draft::saying(Statement::new(verdict, [id]));
    draft.section(
        "Now and before",
        signals.signals.iter().filter_map(|signal| wrong::signal_statement(signal, id)).collect(),
    );
    if !signals.missing.is_empty() {
        draft.section("", vec![Statement::new(format!("No metric found for {}", signals.missing.join(", ")), [id])]);
    }
    draft
}

/// Half as much again, and more than a trace: latency, errors, restarts and saturation are better low; traffic is
/// neither.
fn is_worse(signal: &Signal) -> bool {
    let (Some(now), Some(before)) = (signal.now, signal.before) else { return false };
    let floor = match signal.unit.as_str() {
        "ratio" => 0.01,
        "s" => 0.02,
        _ => 0.5,
    };
    signal.name != "traffic" && now - before > floor && now > before * 1.5
}
