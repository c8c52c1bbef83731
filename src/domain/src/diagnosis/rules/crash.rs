//! A program that crashes for a reason that no other rule knows.

use super::{pods_statement, roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = pods_statement(case, &["CrashLoopBackOff", "Error", "RunContainerError"]) else {
        return Vec::new();
    };
    let mut support = vec![pods.clone()];
    let mut sources = 1;
    for look in [&case.previous_logs, &case.logs] {
        if let Some(seen) = look.seen()
            && let Some(line) = text::telling_line(&seen.data)
        {
            support.push(Statement::new(format!("Its log says `{}`", text::quotable(&line.example)), [seen.id]));
            sources = 2;
            break;
        }
    }
    let mut summary = format!("{} crashes", case.subject);
    if let Some((statement, _)) = rollout_statement(scene, case, |line| {
        line.contains("image") || line.contains("command") || line.contains("args")
    }) {
        support.push(statement);
        summary = format!("{} crashes since its last rollout", case.subject);
    }
    vec![Judgement {
        rule: "crash",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(summary, support.iter().flat_map(|statement| statement.evidence.clone())),
        support,
        advice: roll_back_advice(case),
        // Below the rules that know a reason: this one only knows that it crashes.
        per_mille: confidence(sources).min(650),
        typed_per_mille: confidence(1),
        victims: Vec::new(),
    }]
}
