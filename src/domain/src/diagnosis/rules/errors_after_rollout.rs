//! A workload that answers with errors since it was rolled out.

use super::{roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};

/// Share of failed requests from which on it counts, unless it was as high before.
const MANY: f64 = 0.02;

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some((id, signal)) = case.signal("error_ratio") else { return Vec::new() };
    let (Some(now), before) = (signal.now, signal.before.unwrap_or(0.0)) else { return Vec::new() };
    let blames_a_peer = !case.blamed.is_empty();
    if now < MANY || now < before * 2.0 || blames_a_peer || case.crashes() {
        return Vec::new();
    }
    let mut support = vec![Statement::new(
        format!("{:.0} % of the requests to {} fail, {:.0} % before", now * 100.0, case.subject, before * 100.0),
        [id],
    )];
    let mut sources = 1;
    let mut texts = 0;
    if let Some(seen) = case.logs.seen()
        && let Some(line) = text::telling_line(&seen.data).filter(|line| line.level == "error")
    {
        support.push(Statement::new(format!("Its log says `{}`", text::quotable(&line.example)), [seen.id]));
        sources += 1;
        texts += 1;
    }
    let mut summary = format!("{} answers with errors", case.subject);
    if let Some((statement, fits)) = rollout_statement(scene, case, |line| line.contains("image")) {
        support.insert(0, statement);
        sources += 1 + usize::from(fits);
        summary = format!("{} answers with errors since its last rollout", case.subject);
    }
    vec![Judgement {
        rule: "errors-after-rollout",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(summary, support.iter().flat_map(|statement| statement.evidence.clone())),
        support,
        advice: roll_back_advice(case),
        per_mille: confidence(sources),
        typed_per_mille: confidence(sources - texts),
        victims: Vec::new(),
    }]
}
