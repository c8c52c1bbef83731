//! The declared webhooks of each environment: as candidates of strategies, as rules of the second reader, as an act server.

use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use crate::settings::types::scarlet::{WebhookAction, WebhookPurpose, WebhookSettings};
use domain::safety::DeclaredWebhook;
use domain::strategy::{Expectation, Webhook};
use std::collections::BTreeMap;
use tools_webhooks::Server;

/// What may be called in an environment.
fn of<'a>(
    settings: &'a Settings,
    environment: &'a str,
) -> impl Iterator<Item = (&'a String, &'a WebhookSettings, &'a WebhookAction)> {
    settings.scarlet.webhooks.iter().filter_map(move |(name, webhook)| match &webhook.purpose {
        WebhookPurpose::Action(action) if action.environments.iter().any(|named| named == environment) => {
            Some((name, webhook, action.as_ref()))
        }
        _ => None,
    })
}

/// What strategies may propose. `prometheus` is the server that is asked whether one helped, where there are several.
pub fn candidates(settings: &Settings, environment: &str, prometheus: Option<&str>) -> Vec<Webhook> {
    let candidate = |(name, _, action): (&String, &WebhookSettings, &WebhookAction)| Webhook {
        name: name.clone(),
        symptoms: action.symptoms.iter().cloned().collect(),
        services: action.services.iter().cloned().collect(),
        expectation: action.success.as_ref().map(|(query, at_most)| Expectation {
            query: query.clone(),
            instance: prometheus.map(str::to_owned),
            at_most: *at_most,
        }),
    };
    of(settings, environment).map(candidate).collect()
}

/// What the second reader holds a call of them to.
pub fn rules(settings: &Settings, environment: &str) -> BTreeMap<String, DeclaredWebhook> {
    let rule = |(name, _, action): (&String, &WebhookSettings, &WebhookAction)| {
        (name.clone(), DeclaredWebhook { class: action.class, undo: action.undo.clone() })
    };
    of(settings, environment).map(rule).collect()
}

/// The act server; `None` where nothing is declared for the environment.
///
/// # Errors
/// A certificate that cannot be read, or an address that is none.
pub fn server(settings: &Settings, environment: &str) -> Result<Option<Server>, Stop> {
    let declared =
        of(settings, environment).map(|(name, webhook, action)| convert::webhook_action(name, webhook, action));
    let declared: Vec<_> = declared.collect::<Result<_, Stop>>()?;
    if declared.is_empty() {
        return Ok(None);
    }
    let unusable = |failure| Stop::new(Exit::Usage, format!("[webhooks]: {failure}"));
    Server::new(environment, declared).map(Some).map_err(unusable)
}
