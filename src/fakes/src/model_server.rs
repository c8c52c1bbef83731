//! A model server for end-to-end tests: OpenAI's chat completions, and the parts of Ollama's own API that tell what a
//! model can do, over real HTTP on an ephemeral port of the loopback.
//!
//! It answers as the script says, misbehaves only where the script says so (garbage, stalls, a connection cut in the
//! middle), records every request, and sees when a client goes away. A request whose only tool is
//! [`PROBE_TOOL`] asks for capabilities; it is answered by [`Script::tools`] and takes no step of the script.

mod answer;
mod embeddings;
mod handlers;
mod script;

#[cfg(test)]
mod tests;

pub use embeddings::word_vector;
pub use script::{Script, ServerStep};

use handlers::Shared;
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The name of the tool in a request that only asks whether tools are accepted.
pub const PROBE_TOOL: &str = "capability_probe";

/// One request as it came in.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// GET or POST.
    pub method: String,
    /// Path without the query.
    pub path: String,
    /// Header names in lower case, with values.
    pub headers: Vec<(String, String)>,
    /// The body, null where there was none or it was no JSON.
    pub body: Value,
}

/// A running server; it stops when dropped.
pub struct ModelServer {
    /// `http://127.0.0.1:PORT`, without `/v1`.
    pub url: String,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl ModelServer {
    /// Binds an ephemeral port of the loopback and serves the script.
    ///
    /// # Panics
    /// When no port can be bound: a test cannot go on without.
    pub async fn start(script: Script) -> Self {
        let bound = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let address = bound.as_ref().ok().and_then(|listener| listener.local_addr().ok());
        assert!(address.is_some(), "model server: no port of the loopback could be bound: {bound:?}");
        let shared = Arc::new(Shared::new(script));
        let stop = CancellationToken::new();
        if let Ok(listener) = bound {
            let serving = axum::serve(listener, handlers::router(shared.clone()));
            let stopped = stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    _ = serving => {}
                }
            });
        }
        let url = address.map(|address| format!("http://{address}")).unwrap_or_default();
        Self { url, shared, stop }
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Recorded> {
        self.shared.recorded()
    }

    /// The bodies of the chat requests so far, probes for capabilities left out.
    pub fn chats(&self) -> Vec<Value> {
        let chat = |request: &Recorded| request.path.ends_with("/chat/completions") && !answer::is_probe(&request.body);
        self.requests().into_iter().filter(chat).map(|request| request.body).collect()
    }

    /// Chat requests whose client went away before the answer was complete.
    pub fn aborted(&self) -> usize {
        *self.shared.aborted.borrow()
    }

    /// Waits until at least `count` clients went away (give it a deadline of the test's own).
    pub async fn wait_for_aborted(&self, count: usize) {
        let mut aborted = self.shared.aborted.subscribe();
        // The sender lives in `self.shared`, so waiting cannot fail while this runs.
        let _ = aborted.wait_for(|seen| *seen >= count).await;
    }

    /// Waits until at least `count` chat requests came in (give it a deadline of the test's own).
    pub async fn wait_for_chats(&self, count: usize) {
        let mut chats = self.shared.chats.subscribe();
        let _ = chats.wait_for(|seen| *seen >= count).await;
    }

    /// Steps of the script not yet taken.
    pub fn steps_left(&self) -> usize {
        self.shared.steps_left()
    }
}

impl Drop for ModelServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}
