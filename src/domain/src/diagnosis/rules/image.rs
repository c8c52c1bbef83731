//! An image that cannot be pulled: the workload asks for something that the registry does not have or give.

use super::{pods_statement, roll_back_advice, rollout_statement};
use crate::diagnosis::case::{Case, Scene};
use crate::diagnosis::{Judgement, Statement, confidence, text};

const STATES: &[&str] = &["ImagePullBackOff", "ErrImagePull", "InvalidImageName", "ErrImageNeverPull"];

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let Some(pods) = case.pods.seen() else { return Vec::new() };
    if case.pods_in(STATES).is_empty() {
        return Vec::new();
    }
    let mut sources = 2;
    let mut texts = 0;
    let mut support: Vec<Statement> = pods_statement(case, STATES).into_iter().collect();
    if let Some(message) = case.pods_in(STATES).iter().find_map(|pod| pod.message.as_deref()) {
        support.push(Statement::new(format!("The API says: `{}`", text::quotable(message)), [pods.id]));
    }
    if let Some((id, event)) =
        case.own_events().find(|(_, event)| event.reason == "Failed" && event.message.contains("pull"))
    {
        support.push(Statement::new(format!("Event on {}: `{}`", event.object, text::quotable(&event.message)), [id]));
        sources += 1;
        texts += 1;
    }
    if let Some((statement, fits)) = rollout_statement(scene, case, |line| line.contains("image")) {
        support.push(statement);
        sources += usize::from(fits);
    }
    let mut advice = roll_back_advice(case);
    advice.push(format!("Or correct the image of {}, or the pull secret where the registry refuses it", case.subject));
    vec![Judgement {
        rule: "image-pull",
        cause: case.subject.clone(),
        affected: case.subject.clone(),
        summary: Statement::new(format!("{} asks for an image that cannot be pulled", case.subject), [pods.id]),
        support,
        advice,
        per_mille: confidence(sources),
        typed_per_mille: confidence(sources - texts),
        victims: Vec::new(),
    }]
}
