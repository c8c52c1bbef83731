//! `pod-image-pull`: images that cannot be pulled.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::Pod;
use domain::envelope::Failure;

const WORDS: Words = Words {
    check: "pod-image-pull",
    one: "1 pod cannot get its image",
    many: "{count} pods cannot get their image",
    next: "rollout_history kind={kind} name={name} namespace={namespace}; events object={target} namespace={namespace}",
};

const REASONS: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
];

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<Trouble<'a>> {
    let (status, waiting) = pod.all_statuses().find_map(|status| {
        let waiting = status.state.waiting.as_ref().filter(|waiting| REASONS.contains(&waiting.reason.as_str()))?;
        Some((status, waiting))
    })?;
    let mut evidence = vec![format!("container {}", status.name), format!("state.waiting.reason: {}", waiting.reason)];
    let spec = pod.spec.containers.iter().chain(&pod.spec.init_containers).find(|spec| spec.name == status.name);
    evidence.extend(spec.map(|spec| format!("image: {}", spec.image)));
    // The waiting message only says that it backs off; the event says why.
    let event = snapshot.warning_on(pod, &["Failed", "ErrImagePull", "InspectFailed"]);
    let told = event
        .map(|event| event.message.clone())
        .filter(|message| message.contains("pull") || message.contains("image"));
    evidence.extend(told.or_else(|| Some(waiting.message.clone()).filter(|message| !message.is_empty())));
    Some(Trouble { pod, evidence, since: pod.metadata.creation_timestamp, points_at: None })
}
