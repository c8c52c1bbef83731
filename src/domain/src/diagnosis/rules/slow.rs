//! A workload that is slow by itself, as its callers and its own metrics and logs tell.

use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};
use crate::observed::prometheus::DependencySignal;
use regex::Regex;
use std::sync::LazyLock;

static LONG_DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)duration[:=]\s*(\d{3,})(?:\.\d+)?\s*ms|slow (?:query|request|log)|took \d{4,}\s*ms").ok()
});

/// Judges each peer from its caller's side, and the workload from its own: it is the root only where none of what it
/// calls is slow in turn.
pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let of_peers = case.peers.iter().filter_map(|peer| {
        let signal = case.dependency(&peer.subject).filter(|signal| is_slower(signal))?;
        if !peer.blamed.is_empty() {
            return None;
        }
        Some(judge_peer(case, peer, signal))
    });
    of_peers.chain(judge_itself(scene, case)).collect()
}

fn is_slower(signal: &DependencySignal) -> bool {
    match (signal.latency_p99, signal.latency_p99_before) {
        (Some(now), Some(before)) => now > 0.05 && now > before * 2.0,
        _ => false,
    }
}

fn judge_peer(case: &Case, peer: &Case, signal: &DependencySignal) -> Judgement {
    let mut support = Vec::new();
    let mut sources = 0;
    if let (Some(seen), Some(now), Some(before)) = (case.signals.seen(), signal.latency_p99, signal.latency_p99_before)
    {
        support.push(Statement::new(
            format!(
                "Calls of {} to {} take {} at the 99th percentile, {} before",
                case.subject,
                signal.peer,
                seconds(now),
                seconds(before)
            ),
            [seen.id],
        ));
        sources += 2;
    }
    let typed_per_mille = if sources > 0 { confidence(sources) } else { 0 };
    if let Some(statement) = slow_line(peer) {
        support.push(statement);
        sources += 1;
    }
    if let Some((id, line)) = case.lines_naming(&peer.subject).find(|(_, line)| text::tells_no_answer(line)) {
        support.push(Statement::new(format!("The log of {} says `{}`", case.subject, text::quotable(line)), [id]));
        sources += 1;
    }
    let evidence: Vec<_> = support.iter().flat_map(|statement| statement.evidence.clone()).collect();
    Judgement {
        rule: "slow-dependency",
        cause: peer.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(format!("{} is slow, and {} waits for it", peer.subject, case.subject), evidence),
        support,
        advice: vec![
            format!("Look at what {} is busy with (slow statements, locks, disk)", peer.subject),
            format!("Restarting {} will not help", case.subject),
        ],
        per_mille: confidence(sources),
        typed_per_mille,
        victims: Vec::new(),
    }
}

/// Its own server-side latency is up, its own log tells of slow work, and nothing that it calls explains it.
fn judge_itself(scene: &Scene, case: &Case) -> Option<Judgement> {
    let blames_a_peer = !case.blamed.is_empty();
    if blames_a_peer || case.crashes() {
        return None;
    }
    let line = slow_line(case);
    let latency = case.signal("latency_p99").and_then(|(id, signal)| {
        let (now, before) = (signal.now?, signal.before?);
        (now > 0.1 && now > before * 2.0).then(|| {
            Statement::new(
                format!("The 99th percentile of its latency is {}, {} before", seconds(now), seconds(before)),
                [id],
            )
        })
    });
    let alert = scene.alerts.seen().and_then(|seen| {
        let alert = seen.data.iter().find(|alert| {
            crate::diagnosis::case::alert_is_about(alert, &case.subject)
                && alert.name.to_lowercase().contains("latency")
        })?;
        Some(Statement::new(format!("Alert {} is {}", alert.name, alert.state), [seen.id]))
    });
    let typed_per_mille = if latency.is_some() { confidence(1) } else { 0 };
    let sources = usize::from(line.is_some()) * 2 + usize::from(latency.is_some());
    if line.is_none() && latency.is_none() {
        return None;
    }
    let support: Vec<Statement> = line.into_iter().chain(latency).chain(alert).collect();
    let evidence: Vec<_> = support.iter().flat_map(|statement| statement.evidence.clone()).collect();
    Some(Judgement {
        rule: "slow-by-itself",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(
            format!("{} is slow by itself: nothing that it calls explains it", case.subject),
            evidence,
        ),
        support,
        advice: vec![format!(
            "Look at what {} is busy with (slow statements, locks, CPU throttling, disk)",
            case.subject
        )],
        per_mille: confidence(sources.min(3)),
        typed_per_mille,
        victims: Vec::new(),
    })
}

fn slow_line(case: &Case) -> Option<Statement> {
    let seen = case.logs.seen()?;
    let regex = LONG_DURATION.as_ref()?;
    let pattern = seen.data.patterns.iter().find(|pattern| regex.is_match(&pattern.example))?;
    Some(Statement::new(format!("The log of {} says `{}`", case.subject, text::quotable(&pattern.example)), [seen.id]))
}

/// Seconds as a person reads them.
pub(crate) fn seconds(value: f64) -> String {
    if value < 1.0 { format!("{:.0} ms", value * 1000.0) } else { format!("{value:.1} s") }
}
