//! What can ail the cluster, how it shows, and what helps.

use super::World;
use chrono::{DateTime, TimeDelta, Utc};

/// A kind of trouble, hidden from whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// A rollout whose pods never become ready: going back helps.
    BadRollout,
    /// A rollout whose image does not exist: going back helps.
    ImagePull,
    /// A process that leaks: a restart helps.
    Leak,
    /// One pod of several is stuck: making it anew helps.
    StuckPod,
    /// A process that leaks, and would not even start again: a restart makes it worse.
    Poisoned,
    /// A configuration that the program refuses: nothing that Scarlet may do helps.
    ConfigurationBroken,
    /// The cause is elsewhere: it ends by itself.
    External,
    /// A machine is away.
    NodeDown,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::BadRollout,
        Self::ImagePull,
        Self::Leak,
        Self::StuckPod,
        Self::Poisoned,
        Self::ConfigurationBroken,
        Self::External,
        Self::NodeDown,
    ];

    /// Its name in transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadRollout => "bad rollout",
            Self::ImagePull => "image pull",
            Self::Leak => "leak",
            Self::StuckPod => "stuck pod",
            Self::Poisoned => "poisoned",
            Self::ConfigurationBroken => "configuration broken",
            Self::External => "external cause",
            Self::NodeDown => "node down",
        }
    }
}

/// What ails a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ailment {
    /// Which trouble.
    pub trouble: Trouble,
    /// Since when.
    pub since: DateTime<Utc>,
    /// When it ends by itself, where it does.
    pub ends_at: Option<DateTime<Utc>>,
    /// The pod that has it alone, where one has.
    pub pod: Option<String>,
    /// Whether somebody made it worse.
    pub is_worse: bool,
}

impl World {
    /// Something befalls a workload; of a node, the machine of its first pod. What ails it already stays.
    pub fn befall(&mut self, name: &str, trouble: Trouble, now: DateTime<Utc>, ends_in: TimeDelta) {
        let Some(workload) = self.workloads.get(name).filter(|one| one.ailment.is_none() && one.rolling.is_none())
        else {
            return;
        };
        let first = workload.places.first().cloned();
        if trouble == Trouble::NodeDown {
            let machine = first.and_then(|place| self.machines.get_mut(&place.node));
            if let Some(machine) = machine {
                machine.away_since = Some(now);
            }
            return;
        }
        if matches!(trouble, Trouble::BadRollout | Trouble::ImagePull) {
            self.roll_out_what_is_broken(name, trouble, now);
        }
        let pod = first.filter(|_| trouble == Trouble::StuckPod).map(|place| place.name);
        let ends_at = (trouble == Trouble::External).then(|| now + ends_in);
        if let Some(workload) = self.workloads.get_mut(name) {
            workload.ailment = Some(Ailment { trouble, since: now, ends_at, pod, is_worse: false });
        }
    }

    fn roll_out_what_is_broken(&mut self, name: &str, trouble: Trouble, now: DateTime<Utc>) {
        let version = self.version();
        let Some(workload) = self.workloads.get_mut(name) else { return };
        let Some(mut template) = workload.current().cloned() else { return };
        let before = template.image.clone();
        template.revision += 1;
        template.image = format!("registry.example.com/shop/{name}:1.{}", template.revision);
        (template.created, template.is_broken) = (now - TimeDelta::seconds(30), true);
        template.diff = vec![format!("containers[app].image: {before} -> {}", template.image)];
        if trouble == Trouble::BadRollout {
            template.diff.push("containers[app].readinessProbe.httpGet.path: /health -> /ready".to_owned());
        }
        workload.templates.push(template);
        (workload.version, workload.generation) = (version, workload.generation + 1);
    }
}
