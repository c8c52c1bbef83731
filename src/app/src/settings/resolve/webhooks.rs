//! Declared webhooks: what belongs together, and what is refused before anything starts.

use super::sources;
use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::types::EnvironmentSettings;
use crate::settings::types::scarlet::{WebhookAction, WebhookPurpose, WebhookRehearsal, WebhookSettings};
use domain::effect::EffectClass;
use domain::hypothesis::SYMPTOMS;
use domain::safety::is_plain;
use domain::secret::Secret;
use std::collections::BTreeMap;
use tools_webhooks::{Bounds, Method, Parameter, Source, Statuses, Template, Use};

/// Keys that only one of the two purposes has.
const OF_ACTIONS: &[&str] =
    &["undo", "rehearse_url", "success", "success_at_most", "environments", "symptoms", "services"];

/// The most characters of a text, and the largest number, where nothing is said.
const MOST_CHARACTERS: u64 = 4_000;
const MOST: u64 = 1_000_000_000;

/// All webhooks by name. What cannot be used is told, and left out.
pub fn webhooks(
    pick: &Pick<'_>,
    environments: &BTreeMap<String, EnvironmentSettings>,
) -> BTreeMap<String, WebhookSettings> {
    let section = KeyPath::of("webhooks");
    let names = pick.names(&section);
    let one = |name: String| {
        let entry = section.key(name.clone());
        check_name(pick, &entry, &name);
        Some((name, webhook(pick, &entry, environments)?))
    };
    let read: BTreeMap<String, WebhookSettings> = names.into_iter().filter_map(one).collect();
    for (name, webhook) in &read {
        if let WebhookPurpose::Action(action) = &webhook.purpose {
            check_undo(pick, &section.key(name.clone()), name, action, &read);
        }
    }
    read
}

/// As the action library takes names.
fn check_name(pick: &Pick<'_>, entry: &KeyPath, name: &str) {
    let is_letter = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let is_name = name.len() <= 63
        && name.starts_with(is_letter)
        && name.ends_with(is_letter)
        && name.chars().all(|letter| is_letter(letter) || matches!(letter, '-' | '_'));
    if !is_name {
        pick.complain(entry, &format!("{name:?}"), "lower case letters, digits, - and _, at most 63");
    }
}

fn webhook(
    pick: &Pick<'_>,
    entry: &KeyPath,
    environments: &BTreeMap<String, EnvironmentSettings>,
) -> Option<WebhookSettings> {
    let is_action = pick.text(&entry.key("purpose"))? == "action";
    let of = if is_action { Use::Action } else { Use::Notification };
    let body = template(pick, entry);
    let parameters = parameters(pick, entry, of);
    if let Some(body) = &body {
        check_body(pick, entry, body, &parameters);
    }
    let expected = Statuses::parse(&pick.list(&entry.key("expected_status")));
    let expected = expected.map_err(|what| pick.complain(&entry.key("expected_status"), &what, "202, 200-204, 2xx"));
    let purpose = if is_action {
        WebhookPurpose::Action(Box::new(action(pick, entry, &parameters, environments)?))
    } else {
        for name in OF_ACTIONS.iter().filter(|name| is_given(pick, &entry.key(**name))) {
            pick.complain(&entry.key(*name), &format!("{name} of a notification"), "purpose = \"action\", or none");
        }
        WebhookPurpose::Notification { probe_url: address(pick, entry, "probe_url") }
    };
    Some(WebhookSettings {
        url: address(pick, entry, "url")?,
        source: sources::reached(pick, entry, String::new(), None),
        method: Method::parse(&pick.text(&entry.key("method"))?)?,
        body,
        parameters,
        expected: expected.ok()?,
        timeout: pick.seconds(&entry.key("timeout_seconds"))?,
        purpose,
    })
}

/// Whether a person wrote the key: what is not given may have a default, which is empty.
fn is_given(pick: &Pick<'_>, path: &KeyPath) -> bool {
    pick.text(path).is_some() || !pick.list(path).is_empty() || pick.secret(path).is_some()
}

/// An address. Its text is never told.
fn address(pick: &Pick<'_>, entry: &KeyPath, name: &str) -> Option<Secret> {
    let path = entry.key(name);
    let url = pick.secret(&path)?;
    let lower = url.reveal().trim().to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        pick.complain(&path, "an address of another kind", "a URL that begins with http:// or https://");
        return None;
    }
    Some(url)
}

fn template(pick: &Pick<'_>, entry: &KeyPath) -> Option<Template> {
    let path = entry.key("body");
    let text = pick.text(&path)?;
    Template::parse(&text).map_err(|what| pick.complain(&path, &what, "JSON with {{PARAMETER}} as texts")).ok()
}

fn check_body(pick: &Pick<'_>, entry: &KeyPath, body: &Template, parameters: &BTreeMap<String, Parameter>) {
    let declared = pick.names(&entry.key("parameters"));
    for name in body.names().iter().filter(|name| !declared.contains(name)) {
        let accepted = format!("parameters.{name} declared, or another body");
        pick.complain(&entry.key("body"), &format!("{{{{{name}}}}} without such a parameter"), &accepted);
    }
    for name in parameters.keys().filter(|name| !body.names().contains(*name)) {
        let path = entry.key("parameters").key(name.clone());
        pick.complain(&path, "a parameter that does not stand in the body", &format!("{{{{{name}}}}} in the body"));
    }
}

fn parameters(pick: &Pick<'_>, entry: &KeyPath, of: Use) -> BTreeMap<String, Parameter> {
    let section = entry.key("parameters");
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), parameter(pick, &section.key(name), of)?))).collect()
}

fn parameter(pick: &Pick<'_>, entry: &KeyPath, of: Use) -> Option<Parameter> {
    let bounds = bounds(pick, entry)?;
    let made = match (pick.text(&entry.key("from")), pick.text(&entry.key("value"))) {
        (Some(word), None) => {
            let source = Source::parse(&word).filter(|source| source.is_of(of));
            let Some(source) = source else {
                pick.complain(&entry.key("from"), &format!("{word:?}"), &Source::words(of).join(", "));
                return None;
            };
            Parameter::from(source, bounds)
        }
        (None, Some(value)) => Parameter::constant(&value, &bounds),
        (Some(_), Some(_)) => Err("both from and value".to_owned()),
        (None, None) => Err("neither from nor value".to_owned()),
    };
    made.map_err(|what| pick.complain(entry, &what, "from or value, of its type and within its bounds")).ok()
}

fn bounds(pick: &Pick<'_>, entry: &KeyPath) -> Option<Bounds> {
    let least = pick.whole(&entry.key("min")).unwrap_or(0);
    let most = pick.whole(&entry.key("max"));
    Some(match pick.text(&entry.key("type"))?.as_str() {
        "whole" => Bounds::Whole { least, most: most.unwrap_or(MOST) },
        "flag" => Bounds::Flag,
        _ => Bounds::Text { least, most: most.unwrap_or(MOST_CHARACTERS), choices: pick.list(&entry.key("choices")) },
    })
}

fn action(
    pick: &Pick<'_>,
    entry: &KeyPath,
    parameters: &BTreeMap<String, Parameter>,
    environments: &BTreeMap<String, EnvironmentSettings>,
) -> Option<WebhookAction> {
    let named = pick.list(&entry.key("environments"));
    if named.is_empty() {
        let declared: Vec<&str> = environments.keys().map(String::as_str).collect();
        let accepted = format!("environments = [...] of {}", declared.join(", "));
        pick.complain(entry, "an action that may be called in no environment", &accepted);
    }
    if is_given(pick, &entry.key("probe_url")) {
        pick.complain(&entry.key("probe_url"), "probe_url of an action", "purpose = \"notification\", or none");
    }
    let class = EffectClass::parse(&pick.text(&entry.key("class"))?)?;
    let undo = pick.text(&entry.key("undo"));
    if class < EffectClass::W3 && undo.is_none() {
        let accepted = "undo = \"NAME\", or class = \"W3\"";
        pick.complain(&entry.key("class"), "W2 without undo: what nothing takes back is W3", accepted);
    }
    Some(WebhookAction {
        class,
        undo,
        rehearsal: rehearsal(pick, entry, parameters)?,
        environments: named,
        symptoms: symptoms(pick, entry),
        services: pick.list(&entry.key("services")),
        success: success(pick, entry),
    })
}

/// A rule that is named wrongly would never be met: the webhook would stand there and never be called.
fn symptoms(pick: &Pick<'_>, entry: &KeyPath) -> Vec<String> {
    let path = entry.key("symptoms");
    let named = pick.list(&path);
    for name in named.iter().filter(|name| !SYMPTOMS.contains(&name.as_str())) {
        pick.complain(&path, &format!("{name:?}, which is no rule of diagnosis"), &SYMPTOMS.join(", "));
    }
    named
}

fn rehearsal(pick: &Pick<'_>, entry: &KeyPath, parameters: &BTreeMap<String, Parameter>) -> Option<WebhookRehearsal> {
    let path = entry.key("rehearse");
    let address = address(pick, entry, "rehearse_url");
    let tells = parameters.values().any(|parameter| parameter.source() == Some(Source::DryRun));
    let how = pick.text(&path)?;
    if how != "url" && address.is_some() {
        pick.complain(&entry.key("rehearse_url"), "rehearse_url without rehearse = \"url\"", "both, or neither");
    }
    match (how.as_str(), address, tells) {
        ("url", Some(address), _) => Some(WebhookRehearsal::At(address)),
        ("url", None, _) => {
            pick.complain(&path, "url without rehearse_url", "both rehearse = \"url\" and rehearse_url");
            None
        }
        ("parameter", _, true) => Some(WebhookRehearsal::ByParameter),
        ("parameter", _, false) => {
            let accepted = "a parameter with type = \"flag\" and from = \"dry_run\"";
            pick.complain(&path, "parameter, and no parameter says that it is a rehearsal", accepted);
            None
        }
        _ => Some(WebhookRehearsal::Here),
    }
}

fn success(pick: &Pick<'_>, entry: &KeyPath) -> Option<(String, Option<f64>)> {
    let bound_path = entry.key("success_at_most");
    let bound = pick.text(&bound_path).map(|text| {
        let read = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
        if read.is_none() {
            pick.complain(&bound_path, &format!("{text:?}"), "a number such as 0.05");
        }
        read
    });
    let query_path = entry.key("success");
    let query = pick.text(&query_path);
    // A plan shows it to people, and is refused with anything else.
    if query.as_ref().is_some_and(|query| !is_plain(query)) {
        let found = "a text of several lines, or with characters that nobody sees";
        pick.complain(&query_path, found, "PromQL on one line");
    }
    match (query, bound) {
        (Some(query), bound) => Some((query, bound.flatten())),
        (None, Some(_)) => {
            pick.complain(&bound_path, "success_at_most without success", "both, or neither");
            None
        }
        (None, None) => None,
    }
}

/// What takes an action back must be there wherever the action is.
fn check_undo(
    pick: &Pick<'_>,
    entry: &KeyPath,
    name: &str,
    action: &WebhookAction,
    all: &BTreeMap<String, WebhookSettings>,
) {
    let Some(undo) = &action.undo else { return };
    let other = all.get(undo).map(|other| &other.purpose);
    let is_there = match other {
        Some(WebhookPurpose::Action(other)) => {
            undo != name && action.environments.iter().all(|place| other.environments.contains(place))
        }
        _ => false,
    };
    if !is_there {
        let found = format!("{undo:?}, which is no other action in all of its environments");
        pick.complain(
            &entry.key("undo"),
            &found,
            "another [webhooks.NAME] of the purpose action, in the same environments",
        );
    }
}

#[cfg(test)]
mod tests;
