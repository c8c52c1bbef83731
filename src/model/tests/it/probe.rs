//! Capabilities and context as servers of different makes tell them.

use super::*;
use model::ToolSupport;

fn unnamed(server: &ModelServer, kind: Kind) -> ModelClient {
    let mut settings = settings(server);
    settings.model = None;
    settings.kind = kind;
    client(settings)
}

#[tokio::test]
async fn ollama_tells_what_its_model_can_do() {
    let script =
        Script::steps([]).models(&["embed-notools:latest", "qwen3:4b"]).context(Some(40_960), Some(16_384), None);
    let server = ModelServer::start(script).await;
    let client = unnamed(&server, Kind::Ollama);
    let report = client.probe().await.unwrap();
    assert_eq!(report.model, "qwen3:4b");
    assert_eq!(report.models, ["embed-notools:latest", "qwen3:4b"]);
    assert_eq!((report.version.as_deref(), report.tools), (Some("0.12.3"), ToolSupport::Native));
    assert_eq!((report.context_tokens, report.trained_context_tokens), (Some(16_384), Some(40_960)));
    assert!(report.notes[0].contains("40960"), "{:?}", report.notes);
    let capabilities = client.capabilities().await.unwrap();
    assert!(capabilities.tools && capabilities.context_tokens == Some(16_384));
    assert_eq!(client.name(), format!("qwen3:4b at {}", server.url));
    let before = server.requests().len();
    client.capabilities().await.unwrap();
    assert_eq!(server.requests().len(), before, "remembered");
}

#[tokio::test]
async fn the_real_context_of_ollama_is_found() {
    let cases = [
        ((Some(40_960), Some(16_384), Some(8_192)), 8_192),
        ((Some(2_048), Some(16_384), None), 2_048),
        // Nobody says: the model is loaded, and then the server tells.
        ((Some(40_960), None, None), 4_096),
    ];
    for ((trained, num_ctx, loaded), expected) in cases {
        let server = ModelServer::start(Script::steps([]).context(trained, num_ctx, loaded)).await;
        let capabilities = client(settings(&server)).capabilities().await.unwrap();
        assert_eq!(capabilities.context_tokens, Some(expected), "{trained:?} {num_ctx:?} {loaded:?}");
    }
}

#[tokio::test]
async fn an_ollama_model_without_tools_is_asked_in_text_at_once() {
    let server = ModelServer::start(Script::steps([ServerStep::text("ok")]).tools(false)).await;
    let client = client(settings(&server));
    assert!(!client.capabilities().await.unwrap().tools);
    assert_eq!(ask(&client).await.reply().text, "ok");
    let chats = server.requests().into_iter().filter(|request| request.path.ends_with("/chat/completions")).count();
    assert_eq!(chats, 1);
}

#[tokio::test]
async fn other_servers_are_probed_with_a_tiny_request() {
    let list = json!({"object": "list", "data": [{"id": "bge-embed"}, {"id": "qwen", "max_model_len": 32768}]});
    for takes_tools in [true, false] {
        let script = Script::steps([]).without_ollama(Some(list.clone()), None).tools(takes_tools);
        let server = ModelServer::start(script).await;
        let report = unnamed(&server, Kind::OpenAiCompatible).probe().await.unwrap();
        assert_eq!((report.model.as_str(), report.context_tokens), ("qwen", Some(32_768)));
        assert_eq!(report.tools == ToolSupport::Native, takes_tools);
        assert!(server.chats().is_empty());
    }
}

#[tokio::test]
async fn llama_cpp_tells_its_context_in_its_properties() {
    let list = json!({"data": [{"id": "m.gguf", "meta": {"n_ctx_train": 131_072}}]});
    let props = json!({"default_generation_settings": {"n_ctx": 8_192}, "build_info": "b6000", "chat_template_caps": {"supports_tools": true}});
    let server = ModelServer::start(Script::steps([]).without_ollama(Some(list), Some(props))).await;
    let report = unnamed(&server, Kind::OpenAiCompatible).probe().await.unwrap();
    assert_eq!((report.context_tokens, report.trained_context_tokens), (Some(8_192), Some(131_072)));
    assert_eq!(report.version.as_deref(), Some("b6000"));
    assert!(server.requests().iter().all(|request| !request.path.ends_with("/chat/completions")));
}

#[tokio::test]
async fn a_server_that_tells_nothing_can_be_used_all_the_same() {
    let server = ModelServer::start(Script::steps([ServerStep::text("ok")]).without_ollama(None, None)).await;
    let mut settings = settings(&server);
    settings.kind = Kind::OpenAiCompatible;
    let client = client(settings);
    let capabilities = client.capabilities().await.unwrap();
    assert!(capabilities.tools && capabilities.context_tokens.is_none());
    assert_eq!(ask(&client).await.reply().text, "ok");
}

#[tokio::test]
async fn probes_fail_with_what_to_do() {
    let server = ModelServer::start(Script::steps([]).models(&[])).await;
    let told = unnamed(&server, Kind::Ollama).capabilities().await.unwrap_err().to_string();
    assert!(told.contains("ollama pull"), "{told}");
    let mut settings = settings(&server);
    settings.model = Some("missing".into());
    let told = client(settings).capabilities().await.unwrap_err().to_string();
    assert!(told.contains("model 'missing' not found"), "{told}");
    let server = ModelServer::start(Script::steps([]).without_ollama(None, None)).await;
    let told = unnamed(&server, Kind::OpenAiCompatible).probe().await.unwrap_err().to_string();
    assert!(told.contains("name one in the settings"), "{told}");
}

#[tokio::test]
async fn the_operator_may_know_better() {
    let server = ModelServer::start(Script::steps([])).await;
    let mut settings = settings(&server);
    settings.context_override = Some(1_000);
    assert_eq!(client(settings).capabilities().await.unwrap().context_tokens, Some(1_000));
}

#[tokio::test]
async fn ollama_behind_its_compatible_address_is_recognised() {
    let server = ModelServer::start(Script::steps([]).context(Some(40_960), Some(16_384), None)).await;
    let mut settings = settings(&server);
    settings.endpoint_url = domain::secret::Secret::new(format!("{}/v1/", server.url));
    settings.kind = Kind::OpenAiCompatible;
    let report = client(settings).probe().await.unwrap();
    assert_eq!((report.context_tokens, report.version.as_deref()), (Some(16_384), Some("0.12.3")));
}
