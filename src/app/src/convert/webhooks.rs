//! The webhooks that are called, from the settings to the crate that calls them.

use super::http;
use crate::cli::{Exit, Stop};
use crate::settings::types::scarlet::{WebhookAction, WebhookPurpose, WebhookRehearsal, WebhookSettings};
use domain::envelope::Failure;
use domain::secret::Secret;
use tools_common::http::HttpSettings;
use tools_webhooks::{Action, Notifier, Rehearsal, Webhook};

/// What the other side is, in messages.
const BACKEND: &str = "the webhook";

/// An action.
///
/// # Errors
/// When a certificate cannot be read.
pub fn webhook_action(
    name: &str,
    settings: &WebhookSettings,
    action: &WebhookAction,
) -> Result<(Webhook, Action), Stop> {
    let rehearsal = match &action.rehearsal {
        WebhookRehearsal::Here => Rehearsal::Here,
        WebhookRehearsal::ByParameter => Rehearsal::ByParameter,
        WebhookRehearsal::At(url) => Rehearsal::At(Box::new(at(settings, url)?)),
    };
    let action = Action { class: action.class, undo: action.undo.clone(), rehearsal };
    Ok((webhook(name, settings)?, action))
}

/// Whoever tells people; `None` for an action.
///
/// # Errors
/// A certificate that cannot be read, or an address that is none.
pub fn notifier(name: &str, settings: &WebhookSettings) -> Result<Option<Notifier>, Stop> {
    let WebhookPurpose::Notification { probe_url } = &settings.purpose else { return Ok(None) };
    let probe = probe_url.as_ref().map(|url| at(settings, url)).transpose()?;
    let unusable = |failure: Failure| Stop::new(Exit::Usage, format!("[webhooks.{name}]: {failure}"));
    Notifier::new(webhook(name, settings)?, probe.as_ref()).map(Some).map_err(unusable)
}

fn webhook(name: &str, settings: &WebhookSettings) -> Result<Webhook, Stop> {
    Ok(Webhook {
        name: name.to_owned(),
        http: at(settings, &settings.url)?,
        method: settings.method,
        body: settings.body.clone(),
        parameters: settings.parameters.clone(),
        expected: settings.expected.clone(),
        timeout: settings.timeout,
    })
}

fn at(settings: &WebhookSettings, url: &Secret) -> Result<HttpSettings, Stop> {
    http(&settings.source, BACKEND, url.reveal())
}
