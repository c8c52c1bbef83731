//! Scarlet's settings: what belongs together, and what must not stand alone.

use super::{webhooks, windows};
use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::types::EnvironmentSettings;
use crate::settings::types::scarlet::{
    ReceiverCredentials, ReceiverSettings, ScarletSettings, WebhookPurpose, WebhookSettings,
};
use domain::calendar::Window;
use domain::escalation::{Destination, PLACES as MOST_PLACES};
use domain::policy::{Autonomy, Protection};
use std::collections::BTreeMap;
use std::time::Duration;

/// Scarlet's settings; `None` after a problem was told. Everything is looked at in either case.
pub fn scarlet(pick: &Pick<'_>, environments: &BTreeMap<String, EnvironmentSettings>) -> Option<ScarletSettings> {
    let webhooks = webhooks::webhooks(pick, environments);
    let escalate_to = destinations(pick, &webhooks);
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
        records: pick.flag(&key("recordings"))?,
        receivers,
        webhooks,
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

fn destinations(pick: &Pick<'_>, webhooks: &BTreeMap<String, WebhookSettings>) -> Vec<String> {
    let mut named = Vec::new();
    for text in pick.list(&key("escalate_to")) {
        let told = |name: &String| {
            matches!(webhooks.get(name), Some(WebhookSettings { purpose: WebhookPurpose::Notification { .. }, .. }))
        };
        match Destination::parse(&text) {
            Some(Destination::Webhook(name)) if !told(&name) => {
                let found = format!("{text:?}, but there is no webhook {name} of the purpose notification");
                pick.complain(
                    &key("escalate_to"),
                    &found,
                    &format!("[webhooks.{name}] with purpose = \"notification\""),
                );
            }
            Some(_) => named.push(text),
            None => pick.complain(&key("escalate_to"), &format!("{text:?}"), Destination::ACCEPTED),
        }
    }
    if named.len() > MOST_PLACES {
        let found = format!("{} places", named.len());
        pick.complain(&key("escalate_to"), &found, &format!("at most {MOST_PLACES}"));
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

/// The level of an environment in shadow. One that acts is in none: there the stricter of the two would have to win.
pub fn shadow(pick: &Pick<'_>, environment: &KeyPath, autonomy: Autonomy) -> Option<Autonomy> {
    let path = environment.key("shadow");
    let level = Autonomy::parse(&pick.text(&path)?)?;
    if autonomy != Autonomy::Observe {
        let found = format!("{level} beside the autonomy {autonomy}: in shadow nothing is done");
        pick.complain(&path, &found, "autonomy = \"observe\", or no shadow");
    }
    Some(level)
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
