//! Containers killed for going over their memory limit.

use super::{pods_statement, roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence};
use chrono::Duration;

/// A kill longer ago than this does not explain a trouble of now.
const RECENT: Duration = Duration::hours(2);

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = case.pods.seen() else { return Vec::new() };
    let killed: Vec<_> = pods
        .data
        .iter()
        .filter(|pod| {
            pod.status.contains("OOMKilled") || pod.last_exit.as_deref().is_some_and(|exit| exit.contains("OOMKilled"))
        })
        .filter(|pod| pod.last_restart.is_none_or(|at| scene.now - at < RECENT))
        .collect();
    let Some(worst) = killed.iter().max_by_key(|pod| pod.restarts) else { return Vec::new() };
    let mut support = vec![Statement::new(
        format!("Pod {} was last ended by OOMKilled and has restarted {} times", worst.name, worst.restarts),
        [pods.id],
    )];
    support.extend(pods_statement(case, &["CrashLoopBackOff", "OOMKilled"]));
    let mut sources = 2;
    if let Some((id, signal)) = case.signal("memory_of_limit")
        && let Some(share) = signal.now.filter(|share| *share > 0.8)
    {
        support.push(Statement::new(format!("Its memory stands at {:.0} % of the limit", share * 100.0), [id]));
        sources += 1;
    }
    if let Some((statement, fits)) =
        rollout_statement(scene, case, |line| line.contains("image") || line.contains("memory"))
    {
        support.push(statement);
        sources += usize::from(fits);
    }
    let mut advice = roll_back_advice(case);
    advice.push(format!("Or raise the memory limit of {} if the need is real", case.subject));
    vec![Judgement {
        rule: "out-of-memory",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(
            format!("{} goes over its memory limit and is killed (OOMKilled)", case.subject),
            [pods.id],
        ),
        support,
        advice,
        per_mille: confidence(sources),
        typed_per_mille: confidence(sources),
        victims: Vec::new(),
    }]
}
