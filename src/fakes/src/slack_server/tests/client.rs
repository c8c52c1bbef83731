//! A small client of the Web API, so that nothing stands between a test and the server.

use super::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The whole answer as it came, empty where the connection was closed without one.
pub async fn raw(server: &SlackServer, head: &str, body: &str) -> String {
    let host = server.api_url.trim_start_matches("http://").trim_end_matches("/api");
    let mut stream = TcpStream::connect(host).await.unwrap();
    let length = body.len();
    let request = format!("{head}host: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(SOON, stream.read_to_string(&mut answer)).await.unwrap();
    read.map(|_| answer).unwrap_or_default()
}

/// A call with this token, this content type and this body.
pub async fn send(server: &SlackServer, method: &str, token: Option<&str>, kind: &str, body: &str) -> String {
    let token = token.map_or(String::new(), |token| format!("authorization: Bearer {token}\r\n"));
    raw(server, &format!("POST /api/{method} HTTP/1.1\r\ncontent-type: {kind}\r\n{token}"), body).await
}

/// The body of an answer.
pub fn body(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"))
}

/// A call with the bot's token, as JSON.
pub async fn call(server: &SlackServer, method: &str, arguments: &Value) -> Value {
    let token = server.bot_token.clone();
    body(&send(server, method, Some(&token), "application/json; charset=utf-8", &arguments.to_string()).await)
}

/// A call with the bot's token, as a query.
pub async fn get(server: &SlackServer, method: &str, query: &str) -> Value {
    let head = format!("GET /api/{method}?{query} HTTP/1.1\r\nauthorization: Bearer {}\r\n", server.bot_token);
    body(&raw(server, &head, "").await)
}
