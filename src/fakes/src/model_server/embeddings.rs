//! The embeddings of the server: what a request may be, and vectors that words make.

use super::script::ServerStep;
use serde_json::{Value, json};

/// Texts of a request at most, as OpenAI's API has it
/// (<https://platform.openai.com/docs/api-reference/embeddings/create>).
const TEXTS: usize = 2_048;

/// Why a request is none that the API allows.
pub(super) fn checked(method: &str, body: &Value) -> Result<(), String> {
    if method != "POST" {
        return Err(format!("{method} is not allowed here"));
    }
    if body["model"].as_str().is_none_or(str::is_empty) {
        return Err("you must provide a model parameter".to_owned());
    }
    let texts = body["input"].as_array().ok_or("'input' must be an array of strings here")?;
    if texts.is_empty() || texts.len() > TEXTS {
        return Err(format!("'input' has {} texts, 1 to {TEXTS} are allowed", texts.len()));
    }
    if !texts.iter().all(|text| text.as_str().is_some_and(|text| !text.is_empty())) {
        return Err("'$.input' is invalid: a text is empty or no string".to_owned());
    }
    let known = ["model", "input", "encoding_format", "dimensions", "user"];
    match body.as_object().and_then(|body| body.keys().find(|key| !known.contains(&key.as_str()))) {
        Some(key) => Err(format!("Unrecognized request argument supplied: {key}")),
        None => Ok(()),
    }
}

impl ServerStep {
    /// Answers with a vector for each text of the request.
    pub fn vectors(body: &Value, of: impl Fn(&str) -> Vec<f32>) -> Self {
        let texts = body["input"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let vector = |(index, text)| json!({"object": "embedding", "index": index, "embedding": of(text)});
        let data: Vec<Value> = texts.enumerate().map(vector).collect();
        let answer = json!({
            "object": "list", "data": data, "model": body["model"], "usage": {"prompt_tokens": 1, "total_tokens": 1},
        });
        Self::Body("application/json".to_owned(), answer.to_string())
    }
}

/// A vector in which texts with the same words are near: each word counts in one place.
pub fn word_vector(text: &str, dimensions: usize) -> Vec<f32> {
    let mut vector = vec![0.0; dimensions];
    for word in domain::memory::words::words(text) {
        let place = word.bytes().fold(5_381_usize, |sum, byte| sum.wrapping_mul(33) ^ usize::from(byte));
        if let Some(value) = vector.get_mut(place % dimensions.max(1)) {
            *value += 1.0;
        }
    }
    vector
}
