//! Servers on a port of their own, spoken to in bare HTTP, so that a test sees what really crosses.

use crate::reference::Reference;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tools_common::serve::{self, HttpLimits, HttpOptions, ServeError};

/// How long an answer may take where a test says nothing else. Generous: this machine may be busy.
const PATIENCE: Duration = Duration::from_secs(20);

/// The reference server behind the serving layer.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stop: CancellationToken,
    serving: JoinHandle<Result<(), ServeError>>,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers as they came, names in small letters.
    head: String,
    /// What follows.
    pub body: String,
}

impl Answer {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The JSON-RPC answer in the body, which is a document or an event stream.
    pub fn message(&self) -> Value {
        let data = self.body.lines().map(|line| line.strip_prefix("data:").unwrap_or(line).trim());
        let mut values = data.filter_map(|line| serde_json::from_str::<Value>(line).ok());
        values.find(|value| value["jsonrpc"] == "2.0").unwrap_or_else(|| panic!("no message in {self:?}"))
    }
}

impl Server {
    /// Starts with these options.
    pub async fn with(options: HttpOptions) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve::http_of(Reference::default(), listener, options, stop.clone()));
        Self { address, stop, serving }
    }

    /// Starts with the usual options.
    pub async fn start() -> Self {
        Self::with(HttpOptions::default()).await
    }

    /// Starts with these limits.
    pub async fn limited(limits: HttpLimits) -> Self {
        Self::with(HttpOptions { limits, ..HttpOptions::default() }).await
    }

    /// Ends it, which must go well.
    pub async fn end(self) {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
    }

    /// Posts a JSON-RPC message with what every request needs, and these headers; `host` replaces the usual one.
    pub async fn post(&self, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("accept", "application/json, text/event-stream"), ("content-type", "application/json")];
        all.extend(headers);
        self.send("POST", &all, &body.to_string()).await
    }

    /// Opens a session and gives its id.
    pub async fn session(&self) -> String {
        let answer = self.post(&[], &initialize("2025-06-18")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("mcp-session-id").unwrap().to_owned()
    }

    /// Any request to `/mcp`, on a connection of its own.
    pub async fn send(&self, method: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(self.request(method, headers, body).as_bytes()).await.unwrap();
        answer(&mut stream).await
    }

    /// The bytes of a request.
    pub fn request(&self, method: &str, headers: &[(&str, &str)], body: &str) -> String {
        let mut text = format!("{method} /mcp HTTP/1.1\r\ncontent-length: {}\r\nconnection: close\r\n", body.len());
        if !headers.iter().any(|(name, _)| *name == "host") {
            text.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text + "\r\n" + body
    }

    /// A connection on which nothing was said.
    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Reads until the server closes, and takes what came apart.
pub async fn answer(stream: &mut TcpStream) -> Answer {
    let mut bytes = Vec::new();
    // A server that refuses a body closes while it is still sent, which may reset the connection behind the answer.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// A request of JSON-RPC.
pub fn request(id: u64, method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params})
}

/// The first message of the versions up to 2025-11-25.
pub fn initialize(version: &str) -> Value {
    let client = json!({"name": "it", "version": "0"});
    request(1, "initialize", json!({"protocolVersion": version, "capabilities": {}, "clientInfo": client}))
}
