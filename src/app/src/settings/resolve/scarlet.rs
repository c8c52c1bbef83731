//! Scarlet's settings: what belongs together, and what must not stand alone.

use super::windows;
use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::types::EnvironmentSettings;
use crate::settings::types::scarlet::{ReceiverCredentials, ReceiverSettings, ScarletSettings};
use domain::calendar::Window;
use domain::policy::{Autonomy, Protection};
use std::collections::BTreeMap;
use std::time::Duration;

/// Scarlet's settings; `None` after a problem was told. Everything is looked at in either case.
pub fn scarlet(pick: &Pick<'_>, environments: &BTreeMap<String, EnvironmentSettings>) -> Option<ScarletSettings> {
    let escalate_to = destinations(pick);
    let receivers = receivers(pick, environments);
    let allows_full = pick.flag(&key("allow_full"));
    for (name, environment) in environments {
        check_autonomy(pick, name, environment.autonomy, escalate_to.is_empty(), allows_full == Some(true));
    }
    let names = |name: &str| pick.list(&key(name)).into_iter().collect();
    Some(ScarletSettings {
        is_enabled: pick.flag(&key("enabled"))?,
        escalate_to,
        approval: minutes(pick, "approval_minutes")?,
        automatic_per_hour: u32::try_from(pick.whole(&key("automatic_per_hour"))?).ok()?,
        cool_down: minutes(pick, "cool_down_minutes")?,
        look: pick.seconds(&key("look_seconds"))?,
        protection: Protection {
            critical_services: names("critical_services"),
            namespaces: names("protected_namespaces"),
            ..Protection::default()
        },
        policy: pick.file(&key("policy")),
        receivers,
    })
}

/// The windows of a key; a wrong one is a problem.
pub fn windows(pick: &Pick<'_>, path: &KeyPath) -> Vec<Window> {
    let mut read = Vec::new();
    for text in pick.list(path) {
        match windows::window(&text) {
            Ok(window) => read.push(window),
            Err(found) => pick.complain(path, &found, windows::ACCEPTED),
        }
    }
    read
}

fn key(name: &str) -> KeyPath {
    KeyPath::of("scarlet").key(name)
}

fn minutes(pick: &Pick<'_>, name: &str) -> Option<Duration> {
    Some(Duration::from_secs(pick.whole(&key(name))?.saturating_mul(60)))
}

fn destinations(pick: &Pick<'_>) -> Vec<String> {
    let is_channel = |id: &str| {
        id.starts_with(['C', 'G'])
            && id.len() > 1
            && id.chars().all(|one| one.is_ascii_uppercase() || one.is_ascii_digit())
    };
    let named = pick.list(&key("escalate_to"));
    for place in &named {
        if !place.strip_prefix("slack:").is_some_and(is_channel) {
            let accepted = "a channel by its id, such as slack:C0123456789";
            pick.complain(&key("escalate_to"), &format!("{place:?}"), accepted);
        }
    }
    named
}

fn check_autonomy(pick: &Pick<'_>, name: &str, autonomy: Autonomy, tells_nobody: bool, allows_full: bool) {
    let path = KeyPath::of("environments").key(name).key("autonomy");
    if autonomy > Autonomy::Observe && tells_nobody {
        let found = format!("{autonomy} without scarlet.escalate_to: nobody would be told what is not done");
        pick.complain(&path, &found, "observe, or scarlet.escalate_to set");
    }
    if autonomy == Autonomy::Full && !allows_full {
        pick.complain(&path, "full without scarlet.allow_full", "safe, or scarlet.allow_full = true");
    }
}

fn receivers(
    pick: &Pick<'_>,
    environments: &BTreeMap<String, EnvironmentSettings>,
) -> BTreeMap<String, ReceiverSettings> {
    let section = KeyPath::of("receivers");
    let names = pick.names(&section);
    names
        .into_iter()
        .filter_map(|name| Some((name.clone(), receiver(pick, &section.key(name), environments)?)))
        .collect()
}

fn receiver(
    pick: &Pick<'_>,
    section: &KeyPath,
    environments: &BTreeMap<String, EnvironmentSettings>,
) -> Option<ReceiverSettings> {
    let environment = pick.text(&section.key("environment"))?;
    if !environments.contains_key(&environment) {
        let declared: Vec<&str> = environments.keys().map(String::as_str).collect();
        let accepted = format!("an environment that is declared ({})", declared.join(", "));
        pick.complain(&section.key("environment"), &format!("{environment:?}"), &accepted);
    }
    let mapping = pick.file(&section.key("mapping"));
    match (pick.text(&section.key("kind"))?.as_str(), &mapping) {
        ("generic", None) => {
            pick.complain(&section.key("kind"), "generic without mapping", "mapping set as well");
        }
        ("alertmanager", Some(_)) => {
            pick.complain(
                &section.key("mapping"),
                "a mapping of Alertmanager's webhooks",
                "kind = \"generic\", or none",
            );
        }
        _ => {}
    }
    let credentials = match (
        pick.secret(&section.key("bearer")),
        pick.text(&section.key("user")),
        pick.secret(&section.key("password")),
    ) {
        (Some(token), None, None) => ReceiverCredentials::Bearer(token),
        (None, Some(user), Some(password)) => ReceiverCredentials::Basic { user, password },
        _ => {
            let found = "no credentials, or half of them: anybody could tell of incidents";
            pick.complain(&section.key("environment"), found, "bearer, or user and password, beside it");
            return None;
        }
    };
    Some(ReceiverSettings { environment, credentials, mapping })
}
