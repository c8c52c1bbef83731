//! A pod's row, with the status word that `kubectl get pods` prints.

use super::api::{Condition, ContainerStatus, Pod, Terminated};
use super::owner;
use chrono::{DateTime, Utc};
use domain::observed::kubernetes::PodRow;

/// The row of one pod.
pub fn row(pod: &Pod) -> PodRow {
    let tally = tally(pod);
    PodRow {
        namespace: pod.metadata.namespace().to_owned(),
        name: pod.metadata.name.clone(),
        status: tally.word,
        ready: tally.ready,
        containers: tally.containers,
        restarts: tally.restarts,
        last_restart: last_restart(pod),
        last_exit: last_exit(pod),
        message: message(pod),
        created: pod.metadata.created(),
        node: pod.spec.node_name.clone(),
        owner: owner::top_path(&pod.metadata),
    }
}

/// The status word alone.
pub fn status_word(pod: &Pod) -> String {
    tally(pod).word
}

/// Whether somebody should look at it: neither finished well nor running with all containers ready. A pod that was
/// made less than a minute ago is given its time to start.
pub fn is_unhealthy(row: &PodRow, now: DateTime<Utc>) -> bool {
    match row.status.as_str() {
        "Completed" | "Succeeded" => false,
        "Running" => row.ready < row.containers,
        "Pending" | "ContainerCreating" | "PodInitializing" | "Terminating" => {
            now - row.created > chrono::TimeDelta::seconds(60)
        }
        _ => true,
    }
}

struct Tally {
    word: String,
    ready: u32,
    containers: u32,
    restarts: u32,
}

/// What kubectl's printer computes, in its order: phase, reason, gates, init containers, containers, deletion.
fn tally(pod: &Pod) -> Tally {
    let status = &pod.status;
    let sidecars = pod.spec.init_containers.iter().filter(|container| container.is_sidecar()).count();
    let mut tally = Tally {
        word: if status.reason.is_empty() { status.phase.clone() } else { status.reason.clone() },
        ready: 0,
        containers: (pod.spec.containers.len() + sidecars) as u32,
        restarts: 0,
    };
    let gated = Condition::of(&status.conditions, "PodScheduled").is_some_and(|c| c.reason == "SchedulingGated");
    if gated {
        tally.word = "SchedulingGated".to_owned();
    }
    let initializing = count_init(pod, &mut tally);
    let initialized = Condition::of(&status.conditions, "Initialized").is_some_and(Condition::is_true);
    if !initializing || initialized {
        count_main(pod, &mut tally);
    }
    if pod.metadata.deletion_timestamp.is_some() {
        if status.reason == "NodeLost" {
            tally.word = "Unknown".to_owned();
        } else if !pod.is_finished() {
            tally.word = "Terminating".to_owned();
        }
    }
    if tally.word.is_empty() {
        tally.word = "Unknown".to_owned();
    }
    tally
}

/// Counts init containers up to the one that is at work; says whether one is.
fn count_init(pod: &Pod, tally: &mut Tally) -> bool {
    let mut sidecar_restarts = 0;
    for (index, container) in pod.status.init_container_statuses.iter().enumerate() {
        tally.restarts += container.restart_count;
        let spec = pod.spec.init_containers.iter().find(|spec| spec.name == container.name);
        let is_sidecar = spec.is_some_and(super::api::Container::is_sidecar);
        if is_sidecar {
            sidecar_restarts += container.restart_count;
        }
        let terminated = container.state.terminated.as_ref();
        if terminated.is_some_and(|ended| ended.exit_code == 0) {
            continue;
        }
        if is_sidecar && container.started == Some(true) {
            tally.ready += u32::from(container.ready);
            continue;
        }
        let waiting = container.state.waiting.as_ref().map(|waiting| waiting.reason.as_str());
        let detail = match (terminated, waiting) {
            (Some(ended), _) => ended_word(ended),
            (None, Some(reason)) if !reason.is_empty() && reason != "PodInitializing" => reason.to_owned(),
            _ => format!("{index}/{}", pod.spec.init_containers.len()),
        };
        tally.word = format!("Init:{detail}");
        return true;
    }
    tally.restarts = sidecar_restarts;
    false
}

fn count_main(pod: &Pod, tally: &mut Tally) {
    let mut has_running = false;
    for container in pod.status.container_statuses.iter().rev() {
        tally.restarts += container.restart_count;
        let waiting = container.state.waiting.as_ref().filter(|waiting| !waiting.reason.is_empty());
        if let Some(waiting) = waiting {
            tally.word.clone_from(&waiting.reason);
        } else if let Some(ended) = &container.state.terminated {
            tally.word = ended_word(ended);
        } else if container.ready && container.state.running.is_some() {
            has_running = true;
            tally.ready += 1;
        }
    }
    if tally.word == "Completed" && has_running {
        tally.word = if pod.is_ready() { "Running".to_owned() } else { "NotReady".to_owned() };
    }
}

fn ended_word(ended: &Terminated) -> String {
    if !ended.reason.is_empty() {
        ended.reason.clone()
    } else if ended.signal != 0 {
        format!("Signal:{}", ended.signal)
    } else {
        format!("ExitCode:{}", ended.exit_code)
    }
}

/// The newest end of a run that was followed by another.
fn last_restart(pod: &Pod) -> Option<DateTime<Utc>> {
    pod.all_statuses().filter_map(|status| status.last_state.terminated.as_ref()?.finished_at).max()
}

/// How the newest ended run ended, of the container that is restarted the most.
fn last_exit(pod: &Pod) -> Option<String> {
    let ended = |status: &ContainerStatus| status.last_state.terminated.clone().or(status.state.terminated.clone());
    pod.all_statuses()
        .filter_map(|status| Some((status.restart_count, ended(status)?)))
        .filter(|(_, ended)| ended.exit_code != 0 || ended.signal != 0)
        .max_by_key(|(restarts, ended)| (*restarts, ended.finished_at))
        .map(|(_, ended)| exit_words(&ended))
}

/// `OOMKilled`, `Error (exit 1)`, `signal 9`.
pub fn exit_words(ended: &Terminated) -> String {
    match ended.reason.as_str() {
        "OOMKilled" => "OOMKilled".to_owned(),
        "" if ended.signal != 0 => format!("signal {}", ended.signal),
        "" => format!("exit {}", ended.exit_code),
        reason => format!("{reason} (exit {})", ended.exit_code),
    }
}

/// The first message that says why the pod is not running: scheduling, a waiting container, the pod itself.
fn message(pod: &Pod) -> Option<String> {
    let unscheduled = Condition::of(&pod.status.conditions, "PodScheduled").filter(|condition| !condition.is_true());
    let waiting = pod.all_statuses().filter_map(|status| status.state.waiting.as_ref());
    let waiting = waiting.map(|waiting| waiting.message.as_str()).find(|message| !message.is_empty());
    unscheduled
        .map(|condition| condition.message.as_str())
        .filter(|message| !message.is_empty())
        .or(waiting)
        .or(Some(pod.status.message.as_str()))
        .filter(|message| !message.is_empty())
        .map(|message| super::lines::cut(message, 240))
}

#[cfg(test)]
mod tests;
