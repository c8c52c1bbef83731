//! `pod-config-missing`: containers that cannot be made because a ConfigMap, a Secret or a key of one is missing.

use super::fold::{self, Trouble, Words};
use super::{Looked, Snapshot};
use crate::shape::api::Pod;
use domain::envelope::Failure;
use domain::object::ObjectRef;

const WORDS: Words = Words {
    check: "pod-config-missing",
    one: "1 pod cannot start: configuration that it needs is missing",
    many: "{count} pods cannot start: configuration that they need is missing",
    next: "owner_tree kind={kind} name={name} namespace={namespace}; recent_changes namespace={namespace}",
};

pub(super) fn check(snapshot: &Snapshot) -> Result<Looked, &Failure> {
    let pods = snapshot.live_pods()?;
    let troubles = pods.iter().filter_map(|pod| trouble(snapshot, pod)).collect();
    Ok(Looked { checked: pods.len() as u64, findings: fold::findings(snapshot, troubles, &WORDS) })
}

fn trouble<'a>(snapshot: &Snapshot, pod: &'a Pod) -> Option<Trouble<'a>> {
    let waiting = pod.all_statuses().filter_map(|status| Some((status, status.state.waiting.as_ref()?)));
    let mut waiting = waiting.filter(|(_, waiting)| !waiting.reason.is_empty());
    let (status, waiting) = waiting.find(|(_, waiting)| {
        matches!(waiting.reason.as_str(), "CreateContainerConfigError" | "ContainerCreating" | "PodInitializing")
    })?;
    let by_config = waiting.reason == "CreateContainerConfigError";
    // A volume from a missing object keeps the pod in ContainerCreating; only the event says why.
    let mount = snapshot.warning_on(pod, &["FailedMount"]).map(|event| event.message.as_str());
    let message = if by_config { Some(waiting.message.as_str()) } else { mount };
    let missing = message.and_then(|message| missing_object(message, pod.metadata.namespace()));
    if !by_config && missing.is_none() {
        return None;
    }
    let mut evidence = vec![format!("container {}", status.name), format!("state.waiting.reason: {}", waiting.reason)];
    evidence.extend(message.filter(|message| !message.is_empty()).map(str::to_owned));
    Some(Trouble { pod, evidence, since: pod.metadata.creation_timestamp, points_at: missing })
}

/// The object that the kubelet's message names: `secret "stripe-keys" not found`,
/// `couldn't find key api-key in Secret shop/stripe-keys`, `configmap "x" not found`, `references non-existent secret key`.
pub(super) fn missing_object(message: &str, namespace: &str) -> Option<ObjectRef> {
    let words: Vec<&str> = message.split([' ', ':', ',']).filter(|word| !word.is_empty()).collect();
    words.iter().zip(words.iter().skip(1)).find_map(|(word, name)| {
        let kind = match word.trim_matches('"').to_lowercase().as_str() {
            "secret" | "secrets" => "Secret",
            "configmap" | "configmaps" => "ConfigMap",
            _ => return None,
        };
        let name = name.trim_matches(['"', '\'', '.']);
        let (namespace, name) = name.split_once('/').unwrap_or((namespace, name));
        let is_name = !name.is_empty()
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.');
        (is_name && name != "key").then(|| ObjectRef::namespaced(kind, namespace, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_object_is_read_from_the_message() {
        for (message, expected) in [
            (r#"secret "stripe-keys" not found"#, Some("Secret shop/stripe-keys")),
            (r#"configmap "checkout-config" not found"#, Some("ConfigMap shop/checkout-config")),
            ("couldn't find key api-key in Secret shop/stripe-keys", Some("Secret shop/stripe-keys")),
            ("couldn't find key mode in ConfigMap shop/checkout-config", Some("ConfigMap shop/checkout-config")),
            (
                r#"MountVolume.SetUp failed for volume "config" : configmap "checkout-config" not found"#,
                Some("ConfigMap shop/checkout-config"),
            ),
            (r#"MountVolume.SetUp failed for volume "tls" : references non-existent secret key: tls.crt"#, None),
            ("container has runAsNonRoot and image will run as root", None),
        ] {
            let found = missing_object(message, "shop").map(|object| object.to_string());
            assert_eq!(found.as_deref(), expected, "{message}");
        }
    }
}
