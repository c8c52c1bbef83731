//! A volume that is full or nearly so.

use crate::diagnosis::case::{Case, Scene, VOLUME_FILLING};
use crate::diagnosis::{Judgement, Statement, confidence, text};
use crate::object::ObjectRef;

pub(super) fn judge(scene: &Scene, case: &Case) -> Vec<Judgement> {
    let claims: Vec<&ObjectRef> = case
        .references()
        .map(|reference| &reference.object)
        .filter(|object| object.kind == "PersistentVolumeClaim")
        .collect();
    judge_scene(scene)
        .into_iter()
        .filter(|judgement| claims.contains(&&judgement.cause) || belongs_to(&judgement.cause, &case.subject))
        .map(|mut judgement| {
            judgement.affected = case.subject.clone();
            if let Some((id, line)) = space_line(case) {
                judgement
                    .support
                    .push(Statement::new(format!("The log of {} says `{}`", case.subject, text::quotable(line)), [id]));
                judgement.per_mille = confidence(4);
            } else {
                judgement.per_mille = confidence(3);
            }
            judgement.typed_per_mille = confidence(3);
            judgement
        })
        .collect()
}

/// `data-orders-db-0` is the claim of StatefulSet `orders-db`: Kubernetes names claims of templates so.
fn belongs_to(claim: &ObjectRef, subject: &ObjectRef) -> bool {
    subject.kind == "StatefulSet"
        && claim.namespace == subject.namespace
        && claim.name.rsplit_once('-').is_some_and(|(stem, ordinal)| {
            ordinal.chars().all(|c| c.is_ascii_digit()) && stem.ends_with(&format!("-{}", subject.name))
        })
}

fn space_line(case: &Case) -> Option<(crate::evidence::EvidenceId, &str)> {
    let seen = case.logs.seen()?;
    text::trouble_lines(&seen.data)
        .into_iter()
        .map(|line| line.example.as_str())
        .find(|line| {
            let line = line.to_lowercase();
            ["no space left", "disk full", "disk usage", "watermark", "read-only", "low disk", "out of disk"]
                .iter()
                .any(|words| line.contains(words))
        })
        .map(|line| (seen.id, line))
}

/// Volumes over the threshold, whoever uses them.
pub(super) fn judge_scene(scene: &Scene) -> Vec<Judgement> {
    let Some(volumes) = scene.volumes.seen() else { return Vec::new() };
    volumes
        .data
        .samples
        .iter()
        .filter_map(|sample| {
            let share = sample.value.filter(|share| *share >= VOLUME_FILLING)?;
            let name = sample.labels.get("persistentvolumeclaim")?;
            let cause = ObjectRef::namespaced("PersistentVolumeClaim", sample.labels.get("namespace")?, name);
            let used = Statement::new(format!("{cause} is {:.0} % full", share * 100.0), [volumes.id]);
            Some(Judgement {
                rule: "volume-filling",
                affected: cause.clone(),
                summary: Statement::new(format!("{cause} is running out of space ({:.0} % used)", share * 100.0), [volumes.id]),
                support: vec![used],
                advice: vec![format!("Free space on {cause} (old indices, logs, snapshots), or enlarge the claim where its storage class allows it")],
                per_mille: confidence(if share > 0.95 { 3 } else { 2 }),
                typed_per_mille: confidence(if share > 0.95 { 3 } else { 2 }),
                victims: Vec::new(),
                cause,
            })
        })
        .collect()
}
