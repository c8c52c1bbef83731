//! Decisions in words.

use super::change::per_one;
use super::decision::Judged;
use super::gates::GateFinding;
use super::relaxation::Relaxation;
use super::{Change, Gate, Situation, Verdict};
use chrono::{DateTime, Utc};
use serde::Serialize;

/// What is done, why, and why not more.
pub(super) fn sentence(
    situation: &Situation<'_>,
    judged: &Judged<'_>,
    opens_at: Option<DateTime<Utc>>,
    relaxation: &Relaxation,
) -> String {
    let because = reasons(situation, judged).join("; and ");
    let done = done(judged, opens_at);
    match relaxation {
        Relaxation::NotNeeded => format!("{done}, because {because}, and no gate speaks against it"),
        Relaxation::By(changes) => format!("{done}, because {because}; would have acted {}", listed(changes)),
        Relaxation::None(speaking) => format!(
            "{done}, because {because}; no change of confidence, time or settings would have let it act by itself (against \
             it: {})",
            speaking.join(", ")
        ),
    }
}

/// Whether the environment is only watched.
pub(super) fn is_only_watched(verdict: Verdict, findings: &[GateFinding]) -> bool {
    let is_denied_by = |finding: &GateFinding| finding.gate == Gate::Autonomy && finding.verdict == Verdict::Deny;
    verdict == Verdict::Deny && findings.iter().any(is_denied_by)
}

fn done(judged: &Judged<'_>, opens_at: Option<DateTime<Utc>>) -> String {
    match judged.verdict {
        Verdict::Allow => "acts by itself".to_owned(),
        Verdict::Schedule => match opens_at {
            Some(moment) => format!("scheduled for {}", moment.format("%Y-%m-%d %H:%M:%S UTC")),
            None => "scheduled".to_owned(),
        },
        Verdict::Ask if judged.people_needed() > 1 => format!("asked of {} people", judged.people_needed()),
        Verdict::Ask => "asked".to_owned(),
        Verdict::Escalate => "escalated".to_owned(),
        Verdict::Deny if is_only_watched(judged.verdict, &judged.findings) => "only watched".to_owned(),
        Verdict::Deny => "not done".to_owned(),
    }
}

/// What led to the verdict: the table where it said as much, and each gate that did.
fn reasons(situation: &Situation<'_>, judged: &Judged<'_>) -> Vec<String> {
    let is_tabled = match judged.ruled.verdict {
        // Said through the maintenance gate, or, within a window, not spoken against.
        Verdict::Schedule => judged.verdict <= Verdict::Schedule,
        tabled => tabled == judged.verdict,
    };
    let tabled = is_tabled.then(|| by_table(situation, judged));
    let gates = judged.findings.iter().filter(|finding| finding.verdict == judged.verdict);
    tabled.into_iter().chain(gates.map(|finding| finding.why.clone())).collect()
}

/// The row and the gates that led to the verdict, by name.
pub(super) fn what_speaks(judged: &Judged<'_>) -> Vec<String> {
    let row = || judged.ruled.row.map_or("no row for this cell".to_owned(), |row| format!("row \"{}\"", row.name));
    let gates = judged.findings.iter().filter(|finding| finding.verdict == judged.verdict);
    let tabled = (judged.ruled.verdict == judged.verdict).then(row);
    tabled.into_iter().chain(gates.map(|finding| format!("gate {}", finding.gate))).collect()
}

fn by_table(situation: &Situation<'_>, judged: &Judged<'_>) -> String {
    let cell = format!(
        "confidence {}, severity {} and impact {}",
        per_one(situation.score.total()),
        name(situation.severity),
        name(situation.impact)
    );
    let Some(row) = judged.ruled.row else { return format!("no row of the table matches {cell}") };
    let within = match (row.verdict, judged.verdict) {
        (Verdict::Schedule, Verdict::Allow) => ", within a maintenance window",
        _ => "",
    };
    format!("of {cell}{within} (row \"{}\": {})", row.name, row.reason)
}

fn name(value: impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// `at confidence 0.9 and with earned autonomy in staging`.
fn listed(changes: &[Change]) -> String {
    let (places, others): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| matches!(change, Change::Environment(_)));
    let others: Vec<String> = others.into_iter().map(Change::told).collect();
    let mut parts = vec![match others.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }];
    parts.extend(places.into_iter().map(Change::told));
    parts.retain(|part| !part.is_empty());
    parts.join(" ")
}
