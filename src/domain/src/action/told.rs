//! The action in a sentence, for people.

use super::{Action, Matcher};
use crate::object::ObjectRef;

impl Action {
    /// What is done to the object: `Roll back Deployment shop/checkout to revision 3`.
    pub fn sentence(&self, object: &ObjectRef) -> String {
        match self {
            Self::RolloutRestart => format!("Restart {object}, a few pods at a time"),
            Self::DeletePod => format!("Delete {object}, which its owner makes anew"),
            Self::Scale { replicas } => format!("Scale {object} to {replicas} replicas"),
            Self::RolloutUndo { to_revision: Some(revision) } => format!("Roll back {object} to revision {revision}"),
            Self::RolloutUndo { to_revision: None } => format!("Roll back {object} to the revision before the current"),
            Self::SetResources { container, cpu_request, cpu_limit, memory_request, memory_limit } => {
                let parts = [
                    ("CPU request", cpu_request),
                    ("CPU limit", cpu_limit),
                    ("memory request", memory_request),
                    ("memory limit", memory_limit),
                ];
                let set: Vec<String> = parts
                    .into_iter()
                    .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} to {value}")))
                    .collect();
                format!("Set of container {container} of {object} the {}", set.join(", "))
            }
            Self::SetImage { container, image } => {
                format!("Set the image of container {container} of {object} to {image}")
            }
            Self::SetHpaBounds { min_replicas, max_replicas } => {
                format!("Let {object} choose between {min_replicas} and {max_replicas} replicas")
            }
            Self::SuspendJob => format!("Suspend {object}"),
            Self::ResumeJob => format!("Let {object} go on"),
            Self::DeleteJob => format!("Delete {object} with its pods and their logs"),
            Self::Cordon => format!("Keep new pods off {object}"),
            Self::Uncordon => format!("Let new pods onto {object} again"),
            Self::Drain => format!("Move the pods of {object} elsewhere"),
            Self::SilenceCreate { matchers, minutes } => {
                let shown: Vec<String> = matchers.iter().map(Matcher::shown).collect();
                format!("Silence alerts with {} for {minutes} minutes", shown.join(", "))
            }
            Self::SilenceExpire { silence } => format!("End the silence {silence}"),
            Self::CallWebhook { webhook } => format!("Call the webhook {webhook} for {object}"),
        }
    }
}
