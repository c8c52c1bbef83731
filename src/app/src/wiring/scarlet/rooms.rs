//! The environments as Scarlet sees them: what the settings say of each, in the words of the engine.
//!
//! Where the settings declare no environment, everything that they name is one, called `default`, which is only watched.

use super::webhooks;
use crate::settings::types::EnvironmentSettings;
use crate::settings::{Settings, resolve};
use chrono::TimeDelta;
use domain::approval::Permitted;
use domain::heal::Mode;
use domain::person::Role;
use domain::policy::Autonomy;
use domain::safety::Rules;
use domain::strategy::Webhook;
use engine::scarlet::diagnose::Whereabouts;
use engine::scarlet::planning::Environment;
use std::collections::{BTreeMap, BTreeSet};

/// The environment of settings that declare none.
pub const DEFAULT: &str = "default";

/// One environment.
#[derive(Debug, Clone)]
pub struct Room {
    /// The namespaces that belong to it; empty means all.
    pub namespaces: BTreeSet<String>,
    /// Its clusters, in their order.
    pub clusters: Vec<String>,
    /// Its Prometheus servers.
    pub prometheus: Vec<String>,
    /// Its Tempo servers.
    pub tempo: Vec<String>,
    /// What plans are made by.
    pub planning: Environment,
    /// Who may approve.
    pub permitted: Permitted,
    /// Its declared services.
    pub services: BTreeSet<String>,
    /// The webhooks that may be called for what is in trouble here.
    pub webhooks: Vec<Webhook>,
}

/// All environments by name.
pub fn rooms(settings: &Settings) -> BTreeMap<String, Room> {
    if settings.environments.is_empty() {
        return BTreeMap::from([(DEFAULT.to_owned(), room(settings, DEFAULT, None))]);
    }
    let only = settings.focus.environment.as_deref();
    let declared = settings.environments.iter().filter(|(name, _)| only.is_none_or(|only| only == *name));
    declared.map(|(name, environment)| (name.clone(), room(settings, name, Some(environment)))).collect()
}

/// The settings narrowed to what belongs to one of the environments that [`rooms`] names.
pub fn focused(settings: &Settings, environment: &str) -> Settings {
    resolve::focused(settings, environment).unwrap_or_else(|| settings.clone())
}

impl Room {
    /// The cluster that is looked at and changed.
    pub fn cluster(&self) -> Option<String> {
        self.planning.cluster.clone()
    }

    /// Where it is looked at.
    pub fn whereabouts(&self) -> Whereabouts {
        Whereabouts { cluster: self.cluster(), webhooks: self.webhooks.clone() }
    }

    /// What she may do here, apart from what the policy says of a plan.
    pub fn mode(&self) -> Mode {
        match (self.planning.shadow, self.planning.autonomy) {
            (Some(_), _) => Mode::Shadow,
            (None, Autonomy::Observe) => Mode::Observe,
            (None, _) => Mode::Live,
        }
    }
}

/// What an environment names nothing of, it has all of.
fn room(settings: &Settings, name: &str, environment: Option<&EnvironmentSettings>) -> Room {
    let pick = |named: Option<&Vec<String>>, all: Vec<String>| match named {
        Some(named) if !named.is_empty() => named.clone(),
        _ => all,
    };
    let clusters = pick(environment.map(|one| &one.clusters), settings.clusters.keys().cloned().collect());
    // Named also where it is the only one: the act server's undo names it, and a plan has to name the same.
    let cluster = clusters.first().cloned();
    let protection = settings.scarlet.protection.clone();
    let rules = Rules {
        protected_namespaces: protection.namespaces.clone(),
        protected_kinds: protection.kinds.clone(),
        has_several_clusters: settings.clusters.len() > 1,
        webhooks: webhooks::rules(settings, name),
    };
    let services = environment.map(|one| &one.services);
    let impacts = services.into_iter().flatten().map(|(name, service)| (name.clone(), service.impact)).collect();
    let hours = environment.map(|one| one.business_hours.clone()).filter(|hours| !hours.is_empty());
    let prometheus = pick(environment.map(|one| &one.prometheus), settings.prometheus.keys().cloned().collect());
    // By its name where there are several; one that is alone takes no name.
    let asked = prometheus.first().filter(|_| prometheus.len() > 1).cloned();
    Room {
        namespaces: environment.map(|one| one.namespaces.iter().cloned().collect()).unwrap_or_default(),
        tempo: pick(environment.map(|one| &one.tempo), settings.tempo.keys().cloned().collect()),
        planning: Environment {
            cluster,
            autonomy: environment.map(|one| one.autonomy).unwrap_or_default(),
            shadow: environment.and_then(|one| one.shadow),
            protection,
            rules,
            impacts,
            maintenance: environment.map(|one| one.maintenance.clone()).unwrap_or_default(),
            business_hours: hours,
            automatic_per_hour: settings.scarlet.automatic_per_hour,
            approval: TimeDelta::from_std(settings.scarlet.approval).ok(),
        },
        permitted: permitted(environment.map(|one| one.approvers.as_slice()).unwrap_or_default()),
        services: services.into_iter().flatten().map(|(name, _)| name.clone()).collect(),
        webhooks: webhooks::candidates(settings, name, asked.as_deref()),
        prometheus,
        clusters,
    }
}

/// Those whom the settings name; where they name nobody, everybody who may approve.
fn permitted(approvers: &[String]) -> Permitted {
    let is_group = |id: &String| id.strip_prefix("slack:S").is_some();
    let (groups, people): (BTreeSet<String>, BTreeSet<String>) = {
        let (groups, people): (Vec<String>, Vec<String>) = approvers.iter().cloned().partition(is_group);
        (groups.into_iter().collect(), people.into_iter().collect())
    };
    let role = approvers.is_empty().then_some(Role::Approver);
    Permitted { people, groups, role, people_needed: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Imagined, Request, load};

    fn settings(text: &str) -> Result<Settings, String> {
        let request = Request { config: Some("/x.toml".into()), ..Request::default() };
        let surroundings = Imagined::default().with_variable("HOME", "/home/ann").with_file("/x.toml", text);
        load(&request, &surroundings).map(|loaded| loaded.settings).map_err(|problems| problems.to_string())
    }

    #[test]
    fn in_shadow_a_level_is_only_told_and_takes_the_autonomy_observe() {
        let shadow = rooms(&settings("[environments.prod]\nshadow = \"safe\"\n").unwrap());
        let prod = &shadow["prod"];
        assert_eq!((prod.mode(), prod.planning.autonomy), (Mode::Shadow, Autonomy::Observe));
        assert_eq!(prod.planning.shadow, Some(Autonomy::Safe));
        let both =
            "[environments.prod]\nautonomy = \"suggest\"\nshadow = \"safe\"\n[scarlet]\nescalate_to = [\"slack:C1\"]\n";
        let told = settings(both).unwrap_err();
        assert!(told.contains("in shadow nothing is done") && told.contains("environments.prod.shadow"), "{told}");
        assert!(settings("[environments.prod]\nshadow = \"observe\"\n").is_err());
    }

    #[test]
    fn recordings_are_kept_unless_the_settings_say_no() {
        assert!(settings("").unwrap().scarlet.records);
        assert!(!settings("[scarlet]\nrecordings = false\n").unwrap().scarlet.records);
    }
}
