//! The decision: table, then gates, the strictest wins.

use super::gates::{self, GateFinding};
use super::relaxation::{self, Relaxation};
use super::table::{NO_ROW, Ruled};
use super::{Change, Shadow, Situation, Table, Verdict, told};
use crate::calendar;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// What was decided about a plan, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Digest of the plan that was decided on: no other is granted by it. Empty where there was none.
    #[serde(default)]
    pub plan: String,
    /// What becomes of it.
    pub verdict: Verdict,
    /// The row of the table that counted; [`NO_ROW`] where none matched.
    pub row: String,
    /// What the table said, before any gate.
    pub tabled: Verdict,
    /// What the gates said, milder findings than the verdict too.
    #[serde(default)]
    pub gates: Vec<GateFinding>,
    /// How many different people it takes where people are asked: 1 or 2.
    pub people_needed: u32,
    /// When it is planned and decided anew, where it is scheduled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opens_at: Option<DateTime<Utc>>,
    /// Confidence, per mille.
    pub score: u16,
    /// What would have let it be carried out at once: none of these changes can be left out. Empty where it is carried
    /// out, and where nothing would have.
    #[serde(default)]
    pub would_have_acted: Vec<Change>,
    /// All of this in a sentence: what is done, why, and why not more.
    pub told: String,
    /// What would have been decided at a higher level, where the environment is in shadow. It grants nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Box<Shadow>>,
}

/// Decides. A pure function of its arguments.
pub fn decide(table: &Table, situation: &Situation<'_>) -> Decision {
    let judged = judge(table, situation);
    let relaxation = relaxation::search(table, situation, judged.verdict);
    let opens_at = (judged.verdict == Verdict::Schedule).then(|| opening(situation, &judged));
    let told = told::sentence(situation, &judged, opens_at, &relaxation);
    Decision {
        plan: situation.plan.to_owned(),
        verdict: judged.verdict,
        row: judged.ruled.row.map_or(NO_ROW, |row| &row.name).to_owned(),
        tabled: judged.ruled.verdict,
        people_needed: judged.people_needed(),
        gates: judged.findings,
        opens_at,
        score: situation.score.total(),
        would_have_acted: match relaxation {
            Relaxation::By(changes) => changes,
            Relaxation::NotNeeded | Relaxation::None(_) => Vec::new(),
        },
        told,
        shadow: None,
    }
}

impl Decision {
    /// The decision where a judge is missing or cannot be evaluated, the table for one: nothing is done. `why` goes on
    /// after "because".
    pub fn denied(why: &str) -> Self {
        Self {
            plan: String::new(),
            verdict: Verdict::Deny,
            row: NO_ROW.to_owned(),
            tabled: Verdict::Deny,
            gates: Vec::new(),
            people_needed: 1,
            opens_at: None,
            score: 0,
            would_have_acted: Vec::new(),
            told: format!("not done, because {why}"),
            shadow: None,
        }
    }

    /// Whether nothing is done because the environment is only watched: told quietly, as what would have been done.
    pub fn is_only_watched(&self) -> bool {
        told::is_only_watched(self.verdict, &self.gates)
    }
}

/// What table and gates say, before it is put into words.
#[derive(Debug, Clone)]
pub(super) struct Judged<'t> {
    pub(super) ruled: Ruled<'t>,
    pub(super) findings: Vec<GateFinding>,
    pub(super) verdict: Verdict,
}

/// Asks the table and every gate.
pub(super) fn judge<'t>(table: &'t Table, situation: &Situation<'_>) -> Judged<'t> {
    let ruled = table.verdict(situation.score.total(), situation.severity, situation.impact);
    let findings = gates::findings(situation, ruled.verdict);
    // A row that schedules asks for a window; the maintenance gate says whether that means to wait or to ask.
    let tabled = if ruled.verdict == Verdict::Schedule { Verdict::Allow } else { ruled.verdict };
    let verdict = findings.iter().map(|finding| finding.verdict).fold(tabled, Verdict::max);
    Judged { ruled, findings, verdict }
}

impl Judged<'_> {
    pub(super) fn people_needed(&self) -> u32 {
        self.findings.iter().map(|finding| finding.people_needed).fold(1, u32::max)
    }
}

/// The first moment at which nothing that is known to end stands in the way any more.
fn opening(situation: &Situation<'_>, judged: &Judged<'_>) -> DateTime<Utc> {
    let waits = judged.findings.iter().filter_map(|finding| finding.not_before);
    let earliest = waits.fold(situation.now, DateTime::max);
    if judged.ruled.verdict != Verdict::Schedule {
        return earliest;
    }
    calendar::next_opening(&situation.maintenance, earliest).unwrap_or(earliest)
}
