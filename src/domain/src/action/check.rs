//! Whether an action is one that its tool takes: kinds, names and bounds.
//!
//! Guarantee: all that is wrong is told at once. Deliberately absent: what only the object itself can tell (which
//! containers there are, how many replicas run), which the rehearsal and the second reader look at.

use super::quantity::Quantity;
use super::{Action, Matcher};
use crate::object::ObjectRef;

/// The most replicas that are asked for.
pub const MOST_REPLICAS: u32 = 1_000;

/// The longest silence: a week, as the tool has it.
pub const MOST_SILENCE_MINUTES: u64 = 10_080;

/// The most matchers of a silence.
pub const MOST_MATCHERS: usize = 20;

const WORKLOADS: &[&str] = &["Deployment", "StatefulSet", "DaemonSet"];

impl Action {
    /// The kinds that it is for. Empty for what is for any kind.
    pub fn kinds(&self) -> &'static [&'static str] {
        match self {
            Self::RolloutRestart | Self::RolloutUndo { .. } | Self::SetResources { .. } | Self::SetImage { .. } => {
                WORKLOADS
            }
            Self::DeletePod => &["Pod"],
            Self::Scale { .. } => &["Deployment", "StatefulSet", "ReplicaSet"],
            Self::SetHpaBounds { .. } => &["HorizontalPodAutoscaler"],
            Self::SuspendJob | Self::ResumeJob => &["CronJob", "Job"],
            Self::DeleteJob => &["Job"],
            Self::Cordon | Self::Uncordon | Self::Drain => &["Node"],
            Self::SilenceCreate { .. } | Self::SilenceExpire { .. } => &["Silence"],
            Self::CallWebhook { .. } => &[],
        }
    }

    /// What is wrong with doing this to this object, one sentence each; empty where nothing is.
    pub fn problems(&self, object: &ObjectRef) -> Vec<String> {
        let mut problems = self.problems_of_object(object);
        problems.extend(self.problems_of_arguments(object));
        problems
    }

    fn problems_of_object(&self, object: &ObjectRef) -> Vec<String> {
        let mut problems = Vec::new();
        let kinds = self.kinds();
        if !kinds.is_empty() && !kinds.contains(&object.kind.as_str()) {
            problems.push(format!("{} is for {}, not for a {:?}", self.name(), kinds.join(", "), object.kind));
        }
        if object.kind.is_empty() || !object.kind.chars().all(|letter| letter.is_ascii_alphanumeric()) {
            problems.push(format!("{:?} is no kind", object.kind));
        }
        if !is_name(&object.name, 253) {
            problems.push(format!("{:?} is no name of an object", object.name));
        }
        match &object.namespace {
            Some(namespace) if !is_name(namespace, 63) || namespace.contains('.') => {
                problems.push(format!("{namespace:?} is no namespace"));
            }
            Some(_) if is_without_namespace(&object.kind) => {
                problems.push(format!("a {} is in no namespace", object.kind));
            }
            None if !is_without_namespace(&object.kind) => {
                problems.push(format!("the namespace of the {} is not named", object.kind));
            }
            _ => {}
        }
        problems
    }

    fn problems_of_arguments(&self, object: &ObjectRef) -> Vec<String> {
        match self {
            Self::Scale { replicas } => {
                within("replicas", u64::from(*replicas), 1, u64::from(MOST_REPLICAS)).into_iter().collect()
            }
            Self::RolloutUndo { to_revision: Some(0) } => vec!["there is no revision 0".to_owned()],
            Self::SetResources { container, cpu_request, cpu_limit, memory_request, memory_limit } => {
                let mut problems: Vec<String> = container_problem(container).into_iter().collect();
                problems.extend(pair_problems("cpu", cpu_request.as_deref(), cpu_limit.as_deref()));
                problems.extend(pair_problems("memory", memory_request.as_deref(), memory_limit.as_deref()));
                if [cpu_request, cpu_limit, memory_request, memory_limit].iter().all(|value| value.is_none()) {
                    problems.push("set_resources sets nothing".to_owned());
                }
                problems
            }
            Self::SetImage { container, image } => {
                container_problem(container).into_iter().chain(image_problem(image)).collect()
            }
            Self::SetHpaBounds { min_replicas, max_replicas } => {
                let (least, most) = (u64::from(*min_replicas), u64::from(*max_replicas));
                let bounds = [
                    within("min_replicas", least, 1, u64::from(MOST_REPLICAS)),
                    within("max_replicas", most, least, u64::from(MOST_REPLICAS)),
                ];
                bounds.into_iter().flatten().collect()
            }
            Self::SilenceCreate { matchers, minutes } => silence_problems(matchers, *minutes),
            Self::SilenceExpire { silence } if *silence != object.name => {
                vec![format!("the silence {silence:?} is not the object {:?}", object.name)]
            }
            Self::CallWebhook { webhook } if !is_name(webhook, 63) => vec![format!("{webhook:?} is no webhook's name")],
            Self::RolloutRestart
            | Self::DeletePod
            | Self::RolloutUndo { .. }
            | Self::SuspendJob
            | Self::ResumeJob
            | Self::DeleteJob
            | Self::Cordon
            | Self::Uncordon
            | Self::Drain
            | Self::SilenceExpire { .. }
            | Self::CallWebhook { .. } => Vec::new(),
        }
    }
}

/// Kinds that stand outside namespaces, of those that are acted upon.
fn is_without_namespace(kind: &str) -> bool {
    matches!(kind, "Node" | "Silence" | "Namespace" | "PersistentVolume" | "Webhook")
}

/// The letters of a DNS name (RFC 1123), as the Kubernetes API wants them of most names; underscores for webhooks.
fn is_name(text: &str, most: usize) -> bool {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    text.len() <= most
        && text.chars().all(|letter| is_letter(letter) || matches!(letter, '-' | '.' | '_'))
        && text.starts_with(is_letter)
        && text.ends_with(is_letter)
}

fn within(name: &str, value: u64, least: u64, most: u64) -> Option<String> {
    (value < least || value > most).then(|| format!("{name} is {value}, and must be {least} to {most}"))
}

fn container_problem(container: &str) -> Option<String> {
    (!is_name(container, 63) || container.contains(['.', '_'])).then(|| format!("{container:?} is no container's name"))
}

/// Request and limit of one resource.
fn pair_problems(resource: &str, request: Option<&str>, limit: Option<&str>) -> Vec<String> {
    let read = |value: Option<&str>| value.map(|value| (value.to_owned(), Quantity::parse(value)));
    let (request, limit) = (read(request), read(limit));
    let mut problems: Vec<String> = [&request, &limit]
        .into_iter()
        .flatten()
        .filter(|(_, quantity)| quantity.is_none_or(|quantity| quantity.is_zero()))
        .map(|(text, _)| format!("{text:?} is no amount of {resource} such as 500m or 512Mi"))
        .collect();
    if let (Some((low, Some(least))), Some((high, Some(most)))) = (&request, &limit)
        && least > most
    {
        problems.push(format!("the {resource} request of {low} is over the limit of {high}"));
    }
    problems
}

fn image_problem(image: &str) -> Option<String> {
    let is_letter =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_' | '/' | ':' | '@');
    if image.is_empty() || image.len() > 500 || !image.chars().all(is_letter) {
        return Some(format!("{image:?} is no image such as REGISTRY/NAME:TAG or REGISTRY/NAME@DIGEST"));
    }
    if image.contains('@') {
        return None;
    }
    let tag = image.rsplit('/').next().and_then(|last| last.split_once(':')).map(|(_, tag)| tag);
    match tag {
        None | Some("") => Some(format!("{image:?} names neither tag nor digest")),
        Some("latest") => Some(format!("{image:?} is another image every day: name a version")),
        Some(_) => None,
    }
}

fn silence_problems(matchers: &[Matcher], minutes: u64) -> Vec<String> {
    let mut problems: Vec<String> = within("minutes", minutes, 1, MOST_SILENCE_MINUTES).into_iter().collect();
    if matchers.is_empty() || matchers.len() > MOST_MATCHERS {
        problems.push(format!("a silence takes 1 to {MOST_MATCHERS} matchers, and this has {}", matchers.len()));
    }
    for Matcher { name, value } in matchers.iter().take(MOST_MATCHERS) {
        let is_letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let is_label = name.len() <= 100
            && name.chars().all(is_letter)
            && name.starts_with(|letter: char| is_letter(letter) && !letter.is_ascii_digit());
        if !is_label {
            problems.push(format!("{name:?} is no label's name"));
        }
        if value.is_empty() || value.len() > 200 || value.chars().any(char::is_control) {
            problems.push(format!("{name:?} must match a text of 1 to 200 bytes without control characters"));
        }
    }
    problems
}
