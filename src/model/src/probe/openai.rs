//! Other OpenAI-compatible servers: the list of models, what vLLM, llama.cpp and gateways add to it, and a tiny
//! request with one tool, because no list tells whether tools are taken.

use super::fetch::{fetch, fetch_if_there};
use super::{Facts, ollama};
use crate::client::Shared;
use crate::wire;
use ports::model::{Message, ModelError, ModelRequest, OfferedTool};
use serde_json::{Value, json};

/// The name of the tool in the tiny request.
const PROBE_TOOL: &str = "capability_probe";

async fn list(shared: &Shared) -> Result<Vec<Value>, ModelError> {
    let url = format!("{}/models", shared.endpoint.api_base);
    let answer = fetch_if_there(shared, &url).await.map_err(|trouble| trouble.error)?;
    let entries = match answer {
        Some(Value::Array(entries)) => entries,
        Some(answer) => answer.get("data").and_then(Value::as_array).cloned().unwrap_or_default(),
        None => vec![],
    };
    Ok(entries)
}

fn id_of(entry: &Value) -> Option<String> {
    ["id", "name"].iter().find_map(|key| entry.get(key)?.as_str().map(str::to_owned))
}

/// The first model that is none for embeddings.
pub(super) async fn choose_model(shared: &Shared) -> Result<String, ModelError> {
    let names: Vec<String> = list(shared).await?.iter().filter_map(id_of).collect();
    let chats = |name: &&String| !["embed", "rerank", "whisper", "tts"].iter().any(|word| name.contains(word));
    names.iter().find(chats).cloned().ok_or_else(|| {
        let told = format!("{} lists no model that can chat; name one in the settings", shared.whom.address);
        ModelError::Refused(told)
    })
}

/// What the model can do.
pub(super) async fn facts(shared: &Shared, model: &str) -> Result<Facts, ModelError> {
    let entries = list(shared).await?;
    let entry = entries.iter().find(|entry| id_of(entry).as_deref() == Some(model));
    // Ollama behind its compatible address: only its own API tells what it gives a model.
    if entry.and_then(|entry| entry.get("owned_by")).is_some_and(|owner| owner == "library")
        && let Ok(facts) = ollama::facts(shared, model).await
    {
        return Ok(facts);
    }
    let props = match entry.is_none_or(|entry| entry.get("meta").is_some()) {
        true => fetch_if_there(shared, &format!("{}/props", shared.endpoint.root)).await.ok().flatten(),
        false => None,
    };
    let native_tools = match props.as_ref().and_then(tools_in_props) {
        Some(told) => told,
        None => takes_tools(shared, model).await?,
    };
    let trained = entry.and_then(|entry| entry.pointer("/meta/n_ctx_train")).and_then(Value::as_u64);
    let context = props.as_ref().and_then(context_in_props).or_else(|| entry.and_then(context_in_entry));
    let mut notes = Vec::new();
    if context.is_none() {
        notes.push("the server does not tell the model's context; set it in the settings to be sure".to_owned());
    }
    Ok(Facts {
        version: props.as_ref().and_then(|props| props.get("build_info")?.as_str().map(str::to_owned)),
        models: entries.iter().filter_map(id_of).collect(),
        native_tools,
        context_tokens: context,
        trained_context_tokens: trained,
        notes,
    })
}

/// What vLLM, llama.cpp (of a running slot), OpenRouter, Groq and LM Studio call it.
fn context_in_entry(entry: &Value) -> Option<u64> {
    let pointers = [
        "/max_model_len",
        "/loaded_context_length",
        "/meta/n_ctx",
        "/top_provider/context_length",
        "/context_length",
        "/context_window",
        "/max_context_length",
    ];
    pointers.iter().find_map(|pointer| entry.pointer(pointer)?.as_u64()).filter(|tokens| *tokens > 0)
}

fn context_in_props(props: &Value) -> Option<u64> {
    let pointers = ["/default_generation_settings/n_ctx", "/n_ctx"];
    pointers.iter().find_map(|pointer| props.pointer(pointer)?.as_u64()).filter(|tokens| *tokens > 0)
}

fn tools_in_props(props: &Value) -> Option<bool> {
    props.pointer("/chat_template_caps/supports_tools")?.as_bool()
}

/// Asks for a token or two with a tool on offer.
async fn takes_tools(shared: &Shared, model: &str) -> Result<bool, ModelError> {
    let request = ModelRequest {
        messages: vec![Message::User("Answer with: ok".to_owned())],
        tools: vec![OfferedTool {
            name: PROBE_TOOL.to_owned(),
            description: "Never call this.".to_owned(),
            parameters: json!({"type": "object", "properties": {}}),
        }],
        max_tokens: 1,
    };
    let url = format!("{}/chat/completions", shared.endpoint.api_base);
    loop {
        let dialect = shared.dialect();
        if !dialect.native_tools {
            return Ok(false);
        }
        let mut body = wire::body(&request, model, shared.settings.temperature, &dialect);
        if let Value::Object(members) = &mut body {
            members.insert("stream".to_owned(), json!(false));
            members.remove("stream_options");
        }
        let trouble = match fetch(shared, &url, Some(&body), shared.settings.first_token_deadline).await {
            Ok(_) => return Ok(true),
            Err(trouble) => trouble,
        };
        let Some((status, message)) = &trouble.refusal else { return Err(trouble.error) };
        // A model that thinks first cannot finish in one token; that it began shows that the tools were taken.
        if message.contains("output limit was reached") {
            return Ok(true);
        }
        match dialect.learn(*status, message, true) {
            Some((learned, _)) => shared.set_dialect(learned),
            None => return Err(trouble.error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_is_found_where_servers_put_it() {
        let cases = [
            (json!({"id": "x", "max_model_len": 32768}), Some(32_768)),
            (json!({"id": "x", "meta": {"n_ctx_train": 131072}}), None),
            (json!({"id": "x", "context_length": 8192, "top_provider": {"context_length": 4096}}), Some(4_096)),
            (json!({"id": "x", "context_window": 131072}), Some(131_072)),
            (json!({"id": "x", "max_model_len": null}), None),
        ];
        for (entry, expected) in cases {
            assert_eq!(context_in_entry(&entry), expected, "{entry}");
        }
        let props =
            json!({"default_generation_settings": {"n_ctx": 4096}, "chat_template_caps": {"supports_tools": true}});
        assert_eq!((context_in_props(&props), tools_in_props(&props)), (Some(4_096), Some(true)));
    }
}
