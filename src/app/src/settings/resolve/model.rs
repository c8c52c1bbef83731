//! The model endpoint, and what may leave the house to it.

use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::types::{EndpointKind, ModelSettings};
use domain::disclosure::Disclosure;

/// `None` where no endpoint is named.
pub fn model(pick: &Pick<'_>) -> Option<ModelSettings> {
    let key = |name: &str| KeyPath::of("model").key(name);
    // Looked up first, so that a key that is not there is told even while no endpoint is named.
    let api_key = pick.secret(&key("api_key"));
    let endpoint = pick.text(&key("endpoint"))?;
    if super::sources::split_userinfo(&endpoint).1.is_some() {
        pick.complain(&key("endpoint"), "a URL with a user or password", "a URL without them; use model.api_key");
    }
    let (idle, total) = (pick.seconds(&key("idle_seconds"))?, pick.seconds(&key("total_seconds"))?);
    let first_token = pick.seconds(&key("first_token_seconds"))?;
    if first_token > total {
        let found = format!("{} s, more than model.total_seconds", first_token.as_secs());
        pick.complain(&key("first_token_seconds"), &found, &format!("at most {} s", total.as_secs()));
    }
    let kind = match pick.text(&key("kind"))?.as_str() {
        "openai" => EndpointKind::OpenAi,
        "ollama" => EndpointKind::Ollama,
        _ => by_shape(&endpoint),
    };
    Some(ModelSettings {
        disclosure: disclosure(pick, &endpoint),
        endpoint,
        kind,
        model: pick.text(&key("model")),
        api_key,
        headers: pick.secrets(&key("headers")),
        context_tokens: pick.whole(&key("context_tokens")),
        reply_tokens: u32::try_from(pick.whole(&key("reply_tokens"))?).ok()?,
        first_token,
        idle,
        total,
        max_concurrent: pick.count(&key("max_concurrent"))?,
        max_queue: pick.count(&key("max_queue"))?,
        prompt_file: pick.file(&key("prompt_file")),
    })
}

/// An address with a path (`.../v1`) speaks the OpenAI API, one without is an Ollama server.
pub(super) fn by_shape(endpoint: &str) -> EndpointKind {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let path = rest.split_once('/').map_or("", |(_, path)| path);
    if path.is_empty() { EndpointKind::Ollama } else { EndpointKind::OpenAi }
}

/// The strictest of `[model]` and all `[[model.egress]]` that fit: sources that all allow, namespaces that any denies.
pub(super) fn disclosure(pick: &Pick<'_>, endpoint: &str) -> Disclosure {
    let section = KeyPath::of("model");
    let list = section.key("egress");
    let fitting = pick.places(&list).into_iter().map(|place| list.index(place)).filter(|entry| {
        pick.text(&entry.key("endpoint")).is_some_and(|pattern| domain::text::fits(&pattern, endpoint))
    });
    let mut allowed: Option<Vec<String>> = None;
    let mut denied = Vec::new();
    for entry in std::iter::once(section.clone()).chain(fitting) {
        let sources = pick.list(&entry.key("allow_sources"));
        if !sources.iter().any(|source| source == "*") {
            allowed = Some(match allowed {
                None => sources,
                Some(before) => before.into_iter().filter(|source| sources.contains(source)).collect(),
            });
        }
        denied.extend(pick.list(&entry.key("deny_namespaces")));
    }
    Disclosure { sources: allowed, denied_namespaces: denied }
}
