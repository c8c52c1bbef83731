//! Ollama's own API: which models there are, what they can do, and how much context they really get.
//!
//! Ollama cuts a conversation that is longer than its window without a word, and its window is small unless somebody
//! set it. So the real one is found: what a loaded model has, what the model's file sets, or what a model has after it
//! was loaded for this question.

use super::Facts;
use super::fetch::{QUICK, fetch};
use crate::client::Shared;
use ports::model::ModelError;
use serde_json::{Value, json};

/// What Ollama gives a model when nobody says more.
const SMALLEST_DEFAULT: u64 = 4_096;

/// Models that are looked at when one has to be chosen.
const MOST_LOOKED_AT: usize = 16;

fn url(shared: &Shared, path: &str) -> String {
    format!("{}{path}", shared.endpoint.root)
}

async fn names(shared: &Shared) -> Result<Vec<String>, ModelError> {
    let tags = fetch(shared, &url(shared, "/api/tags"), None, QUICK).await.map_err(|trouble| trouble.error)?;
    let models = tags.get("models").and_then(Value::as_array).cloned().unwrap_or_default();
    let name = |model: &Value| ["name", "model"].iter().find_map(|key| model.get(key)?.as_str().map(str::to_owned));
    Ok(models.iter().filter_map(name).collect())
}

async fn show(shared: &Shared, model: &str) -> Result<Value, ModelError> {
    let body = json!({"model": model});
    fetch(shared, &url(shared, "/api/show"), Some(&body), QUICK).await.map_err(|trouble| trouble.error)
}

/// The first model that takes tools, else the first that can chat.
pub(super) async fn choose_model(shared: &Shared) -> Result<String, ModelError> {
    let names = names(shared).await?;
    let mut can_chat = None;
    for name in names.iter().take(MOST_LOOKED_AT) {
        let Ok(shown) = show(shared, name).await else { continue };
        if takes_tools(&shown) {
            return Ok(name.clone());
        }
        if can_chat.is_none() && chats(&shown) {
            can_chat = Some(name.clone());
        }
    }
    can_chat.ok_or_else(|| {
        let told = format!("{} has no model that can chat; `ollama pull qwen3` gets one", shared.whom.address);
        ModelError::Refused(told)
    })
}

fn capabilities(shown: &Value) -> Option<Vec<&str>> {
    Some(shown.get("capabilities")?.as_array()?.iter().filter_map(Value::as_str).collect())
}

fn chats(shown: &Value) -> bool {
    capabilities(shown).is_none_or(|capabilities| capabilities.contains(&"completion"))
}

/// Versions without a list of capabilities tell by the template, as they decide themselves.
fn takes_tools(shown: &Value) -> bool {
    match capabilities(shown) {
        Some(capabilities) => capabilities.contains(&"tools"),
        None => shown.get("template").and_then(Value::as_str).is_some_and(|template| template.contains(".Tools")),
    }
}

/// What the model can do.
pub(super) async fn facts(shared: &Shared, model: &str) -> Result<Facts, ModelError> {
    let shown = show(shared, model).await?;
    let version = fetch(shared, &url(shared, "/api/version"), None, QUICK).await.ok();
    let trained = trained_context(&shown);
    let (context, mut notes) = real_context(shared, model, &shown, trained).await;
    if let Some(trained) = trained.filter(|trained| *trained > context) {
        notes.push(format!(
            "the model could have {trained} tokens of context and gets {context}; set OLLAMA_CONTEXT_LENGTH or num_ctx"
        ));
    }
    Ok(Facts {
        version: version.and_then(|version| version.get("version")?.as_str().map(str::to_owned)),
        models: names(shared).await.unwrap_or_default(),
        native_tools: takes_tools(&shown),
        context_tokens: Some(context),
        trained_context_tokens: trained,
        notes,
    })
}

fn trained_context(shown: &Value) -> Option<u64> {
    let info = shown.get("model_info")?.as_object()?;
    info.iter().find(|(key, _)| key.ends_with(".context_length")).and_then(|(_, tokens)| tokens.as_u64())
}

/// `num_ctx` among the parameters of the model's file, one `name value` a line.
fn num_ctx(shown: &Value) -> Option<u64> {
    let parameters = shown.get("parameters")?.as_str()?;
    parameters.lines().find_map(|line| {
        let (name, value) = line.trim().split_once(char::is_whitespace)?;
        (name == "num_ctx").then(|| value.trim().parse().ok())?
    })
}

async fn loaded_context(shared: &Shared, model: &str) -> Option<u64> {
    let loaded = fetch(shared, &url(shared, "/api/ps"), None, QUICK).await.ok()?;
    let same = |name: &str| name == model || name.strip_suffix(":latest") == Some(model);
    let models = loaded.get("models")?.as_array()?;
    let ours = models
        .iter()
        .find(|loaded| ["name", "model"].iter().any(|key| loaded.get(key).and_then(Value::as_str).is_some_and(same)))?;
    ours.get("context_length")?.as_u64().filter(|tokens| *tokens > 0)
}

async fn real_context(shared: &Shared, model: &str, shown: &Value, trained: Option<u64>) -> (u64, Vec<String>) {
    if let Some(tokens) = loaded_context(shared, model).await {
        return (tokens, vec![]);
    }
    if let Some(tokens) = num_ctx(shown) {
        return (trained.map_or(tokens, |trained| tokens.min(trained)), vec![]);
    }
    // A request without a prompt only loads the model, which the first question would have to do anyway.
    let load = json!({"model": model});
    let deadline = shared.settings.first_token_deadline;
    let loaded = fetch(shared, &url(shared, "/api/generate"), Some(&load), deadline).await;
    if loaded.is_ok()
        && let Some(tokens) = loaded_context(shared, model).await
    {
        return (tokens, vec![]);
    }
    let tokens = trained.map_or(SMALLEST_DEFAULT, |trained| trained.min(SMALLEST_DEFAULT));
    let note = format!("the server does not tell its context; {tokens} tokens are Ollama's smallest default");
    (tokens, vec![note])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_show_tells_is_read() {
        let shown = json!({
            "parameters": "stop   \"<|im_end|>\"\nnum_ctx                        16384\ntemperature 0.7",
            "model_info": {"qwen3.context_length": 40960, "qwen3.block_count": 28},
            "capabilities": ["completion", "tools", "thinking"],
        });
        assert_eq!((num_ctx(&shown), trained_context(&shown)), (Some(16_384), Some(40_960)));
        assert!(takes_tools(&shown) && chats(&shown));
        let old = json!({"template": "{{ if .Tools }}", "parameters": 7, "model_info": null});
        assert!(takes_tools(&old) && chats(&old));
        assert_eq!((num_ctx(&old), trained_context(&old)), (None, None));
        let embedding = json!({"capabilities": ["embedding"]});
        assert!(!takes_tools(&embedding) && !chats(&embedding));
    }
}
