//! How pods show what ails their workload.

use super::{Place, Trouble, Workload, World};
use chrono::{DateTime, TimeDelta, Utc};
use domain::observed::kubernetes::PodRow;

/// How one pod stands.
struct State {
    status: &'static str,
    is_ready: bool,
    restarts: u32,
    last_exit: Option<&'static str>,
}

const FINE: State = State { status: "Running", is_ready: true, restarts: 0, last_exit: None };
const UNREADY: State = State { status: "Running", is_ready: false, restarts: 0, last_exit: None };

impl World {
    /// The pods of a workload.
    pub(super) fn pods(&self, workload: &Workload, now: DateTime<Utc>) -> Vec<PodRow> {
        let rows = workload.places.iter().enumerate().map(|(index, place)| {
            let State { status, is_ready, restarts, last_exit } = self.state(workload, index, place);
            PodRow {
                namespace: super::NAMESPACE.to_owned(),
                name: place.name.clone(),
                status: status.to_owned(),
                ready: u32::from(is_ready),
                containers: 1,
                restarts,
                last_restart: (restarts > 0).then(|| now - TimeDelta::seconds(40)),
                last_exit: last_exit.map(str::to_owned),
                message: (status == "ImagePullBackOff").then(|| "Back-off pulling image".to_owned()),
                created: place.created,
                node: Some(place.node.clone()),
                owner: Some(format!("Deployment/{}", workload.name)),
            }
        });
        rows.collect()
    }

    /// Pods that are ready.
    pub(super) fn ready(&self, workload: &Workload) -> u32 {
        let states = workload.places.iter().enumerate();
        let ready = states.filter(|(index, place)| self.state(workload, *index, place).is_ready).count();
        u32::try_from(ready).unwrap_or(u32::MAX)
    }

    fn state(&self, workload: &Workload, index: usize, place: &Place) -> State {
        if self.machines.get(&place.node).is_some_and(|machine| machine.away_since.is_some()) {
            return UNREADY;
        }
        if workload.rolling.is_some() && index == 0 {
            return State { status: "ContainerCreating", is_ready: false, restarts: 0, last_exit: None };
        }
        let Some(ailment) = &workload.ailment else { return FINE };
        let crash = |last_exit, is_ready| State {
            status: if is_ready { "Running" } else { "CrashLoopBackOff" },
            is_ready,
            restarts: 4,
            last_exit: Some(last_exit),
        };
        match ailment.trouble {
            Trouble::BadRollout if index == 0 => UNREADY,
            Trouble::ImagePull if index == 0 => State { status: "ImagePullBackOff", ..UNREADY },
            Trouble::StuckPod if ailment.pod.as_ref() == Some(&place.name) => UNREADY,
            Trouble::Leak => crash("OOMKilled", index != 0),
            Trouble::Poisoned => crash("OOMKilled", index != 0 && !ailment.is_worse),
            Trouble::ConfigurationBroken => crash("Error (exit 1)", false),
            Trouble::External => UNREADY,
            _ => FINE,
        }
    }
}
