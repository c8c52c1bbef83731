//! What is due later (the queue) and what must be looked at now (the concerns).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::seed::HistoryStep;

/// A controller and what it must look at. The order is the order of work.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Concern {
    /// A deployment.
    Deployment(String, String),
    /// A stateful set.
    StatefulSet(String, String),
    /// A daemon set.
    DaemonSet(String, String),
    /// A cron job.
    CronJob(String, String),
    /// A job.
    Job(String, String),
    /// A replica set.
    ReplicaSet(String, String),
    /// A volume claim.
    Claim(String, String),
    /// A node.
    Node(String),
    /// A pod: scheduler, then kubelet.
    Pod(String, String),
    /// A service: its endpoints.
    Service(String, String),
    /// The disruption budgets of a namespace.
    Disruption(String),
    /// An autoscaler.
    Autoscaler(String, String),
    /// A certificate.
    Certificate(String, String),
    /// How requests flow.
    Traffic,
}

/// A step in the life of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubeletStep {
    /// Make the container: look for what it needs, then start it.
    Start,
    /// The process ends by itself.
    Exit,
    /// The process is killed for its memory.
    OutOfMemory,
    /// The readiness probe answers for the first time.
    ProbeSucceeds,
    /// The readiness probe fails once more.
    ProbeFails,
    /// The stopped pod is gone.
    Gone,
}

/// Something that is due at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// Put the fault in.
    Inject,
    /// Something that the people of this cluster did in the past.
    History(HistoryStep),
    /// An event may have reached its age.
    ExpireEvent { namespace: String, name: String },
    /// A step of a container; `run` says of which start, so that a late step of an earlier one does nothing.
    Kubelet { uid: String, run: u32, step: KubeletStep },
    /// Try to place a pod again.
    RetryScheduling { namespace: String, name: String },
    /// A rollout may have run out of time.
    RolloutDeadline { namespace: String, name: String },
    /// A node has not been heard of for too long.
    NodeFellSilent { node: String },
    /// The pods of an unreachable node are no longer tolerated there.
    EvictFrom { node: String },
    /// A cron job is due.
    CronTick { namespace: String, name: String },
    /// A certificate must be renewed, or tried again.
    RenewCertificate { namespace: String, name: String },
    /// A volume may have reached a threshold.
    VolumeCheck { namespace: String, name: String },
    /// A volume has its new size.
    VolumeResized { namespace: String, name: String },
    /// An autoscaler looks again.
    Autoscale { namespace: String, name: String },
}

/// Tasks in order of time; those of one moment in order of arrival.
#[derive(Debug, Default)]
pub struct Queue {
    tasks: BTreeMap<(DateTime<Utc>, u64), Task>,
    arrivals: u64,
}

impl Queue {
    /// Adds a task.
    pub fn push(&mut self, at: DateTime<Utc>, task: Task) {
        self.arrivals += 1;
        self.tasks.insert((at, self.arrivals), task);
    }

    /// Takes the next task that is due by `to`.
    pub fn pop_due(&mut self, to: DateTime<Utc>) -> Option<(DateTime<Utc>, Task)> {
        let entry = self.tasks.first_entry()?;
        if entry.key().0 > to {
            return None;
        }
        let at = entry.key().0;
        Some((at, entry.remove()))
    }
}
