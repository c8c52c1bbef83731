//! An estate whose API server notes every write that took effect: the only witness of what was done.

use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use chrono::TimeDelta;
use estate::Estate;
use estate::scenarios::Scenario;
use estate::serve::{Addresses, Served};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Writes that took effect, `PATCH /apis/apps/v1/namespaces/shop/deployments/search`, in their order.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Vec<String>>>);

/// The estate, in the process of the test: it outlives whoever is killed.
pub struct Witnessed {
    /// Where its other ends listen.
    pub addresses: Addresses,
    /// A kubeconfig for the API server that notes.
    pub kubeconfig: String,
    writes: Writes,
    task: JoinHandle<()>,
    _served: Served,
}

impl Drop for Witnessed {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Witnessed {
    /// An estate in which a scenario has been going on for some minutes.
    pub async fn start(seed: u64, scenario: &str) -> Self {
        let estate = Estate::live(seed, Scenario::named(scenario), TimeDelta::minutes(9));
        let served = estate::serve::serve(Arc::clone(&estate), 0, CancellationToken::new()).await.unwrap();
        let writes = Writes::default();
        let router = estate::kubernetes::router(estate).layer(from_fn_with_state(writes.clone(), note));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let kubeconfig = estate::serve::kubeconfig(listener.local_addr().unwrap());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { addresses: served.addresses, kubeconfig, writes, task, _served: served }
    }

    /// What took effect so far.
    pub fn writes(&self) -> Vec<String> {
        self.writes.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Lets a request through, and notes it where it changed something. What the server did counts, also where nobody is left
/// to hear its answer.
async fn note(State(writes): State<Writes>, request: Request, next: Next) -> Response {
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let is_read = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    // A review asks, and a rehearsal only tries.
    let asks = uri.path().contains("/authorization.k8s.io/") || uri.path().contains("/authentication.k8s.io/");
    let is_rehearsal = uri.query().is_some_and(|query| query.contains("dryRun=All"));
    if is_read || asks || is_rehearsal {
        return next.run(request).await;
    }
    // In a task of its own: the connection of a client that is killed ends, the request that came does not.
    let answered = tokio::spawn(async move {
        let response = next.run(request).await;
        if response.status().is_success() {
            writes.0.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{method} {}", uri.path()));
        }
        response
    });
    answered.await.unwrap()
}
