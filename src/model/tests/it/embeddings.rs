//! Embeddings from a real HTTP server that does as scripted.

use super::*;
use fakes::model_server::word_vector;
use model::{EmbeddingsClient, EmbeddingsSettings};
use ports::embedder::Embedder;
use serde_json::Value;

const DIMENSIONS: usize = 16;

async fn embedder(
    answer: impl FnMut(&Value) -> ServerStep + Send + 'static,
    set: impl FnOnce(&mut EmbeddingsSettings),
) -> (ModelServer, EmbeddingsClient) {
    let server = ModelServer::start(Script::steps([]).embedding(answer)).await;
    let mut settings = EmbeddingsSettings::new(settings(&server), "nomic-embed-text");
    set(&mut settings);
    (server, EmbeddingsClient::new(settings).unwrap())
}

fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("text {number}")).collect()
}

async fn error_of(step: ServerStep, set: impl FnOnce(&mut EmbeddingsSettings)) -> ModelError {
    let (server, client) = embedder(move |_| step.clone(), set).await;
    let error = tokio::time::timeout(PATIENCE, client.embed(&texts(2))).await.unwrap().unwrap_err();
    let told = error.to_string();
    assert!(told.contains(&server.url) && !told.contains("sk-secret-1"), "{told}");
    error
}

#[tokio::test]
async fn texts_go_in_batches_and_come_back_in_their_order() {
    let (server, client) =
        embedder(|body| ServerStep::vectors(body, |text| word_vector(text, DIMENSIONS)), |settings| settings.batch = 2)
            .await;
    let found = client.embed(&texts(5)).await.unwrap();
    assert_eq!(found.model, "nomic-embed-text");
    let expected: Vec<Vec<f32>> = texts(5).iter().map(|text| word_vector(text, DIMENSIONS)).collect();
    assert_eq!(found.vectors, expected);
    let sent: Vec<usize> =
        server.requests().iter().map(|request| request.body["input"].as_array().unwrap().len()).collect();
    assert_eq!(sent, [2, 2, 1]);
    assert!(client.embed(&[]).await.unwrap().vectors.is_empty());
    assert_eq!(server.requests().len(), 3, "nothing is asked for nothing");
}

#[tokio::test]
async fn an_empty_text_gets_a_vector_too() {
    let (server, client) = embedder(|body| ServerStep::vectors(body, |_| vec![1.0]), |_| {}).await;
    assert_eq!(client.embed(&[String::new(), "a".to_owned()]).await.unwrap().vectors.len(), 2);
    assert_eq!(server.requests()[0].body["input"], json!([" ", "a"]));
}

#[tokio::test]
async fn a_failure_of_embeddings_has_its_kind() {
    let no_retries = |settings: &mut EmbeddingsSettings| {
        settings.endpoint.retries = 0;
        settings.endpoint.api_key = Some(domain::secret::Secret::new("sk-secret-1"));
        settings.dimensions = Some(3);
    };
    let body = |text: &str| ServerStep::Body("application/json".into(), text.into());
    let cases = [
        (ServerStep::error(401, r#"{"error": {"message": "Incorrect key sk-secret-1"}}"#), "refused the credentials"),
        (ServerStep::error(404, r#"{"error": {"message": "model 'x' not found"}}"#), "check the model's name"),
        (ServerStep::error(400, r#"{"error": {"message": "maximum context length"}}"#), "too long"),
        (ServerStep::error(500, "oops"), "could not be read"),
        (body("{"), "no JSON"),
        (body("{}"), "no embeddings API"),
        (body(r#"{"data": [{"embedding": [1, 2]}, {"embedding": [1, 2]}]}"#), "2 values where 3 were expected"),
        (ServerStep::Drop("data".into()), "could not be reached"),
    ];
    for (step, kind) in cases {
        let described = format!("{step:?}");
        let told = error_of(step, no_retries).await.to_string();
        assert!(told.contains(kind), "{described}: {told}");
    }
}

#[tokio::test]
async fn a_silent_server_is_left_at_the_deadline() {
    let set = |settings: &mut EmbeddingsSettings| settings.request_deadline = Duration::from_millis(50);
    let error = error_of(ServerStep::Silent, set).await;
    assert!(matches!(&error, ModelError::Timeout(_)), "{error}");
}

#[tokio::test]
async fn passing_failures_are_repeated_and_lasting_ones_open_the_breaker() {
    let mut failures = 2;
    let (server, client) = embedder(
        move |body| {
            failures -= 1;
            if failures >= 0 { ServerStep::error(500, "oops") } else { ServerStep::vectors(body, |_| vec![1.0]) }
        },
        |_| {},
    )
    .await;
    assert_eq!(client.embed(&texts(1)).await.unwrap().vectors, [[1.0]]);
    assert_eq!(server.requests().len(), 3);

    let set = |settings: &mut EmbeddingsSettings| {
        settings.endpoint.retries = 0;
        settings.endpoint.breaker_failures = 2;
    };
    let (server, client) = embedder(|_| ServerStep::error(500, "oops"), set).await;
    for _ in 0..4 {
        let error = client.embed(&texts(1)).await.unwrap_err().to_string();
        assert!(error.contains("oops"), "{error}");
    }
    assert_eq!(server.requests().len(), 2, "an open breaker asks nobody");
}
