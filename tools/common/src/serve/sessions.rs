//! rmcp's sessions in memory, bounded in number: rmcp closes those that lie idle, and this counts them.
//!
//! Guarantees: there are never more sessions than the limit; a caller beyond it takes the place of a session that
//! nobody used for a minute, or is told 503 and when to come again. Sessions belong to protocol versions up to
//! 2025-11-25; later requests stand alone.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::Stream;
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, LocalSessionManagerError};
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A session that was used within this time is not closed for the sake of a new one.
const IN_USE: Duration = Duration::from_secs(60);

tokio::task_local! {
    /// Whether the request that this task works on was refused a session: rmcp answers every failure to open one
    /// with 500.
    static NO_ROOM: Cell<bool>;
}

/// Why a session could not be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionsError {
    #[error("there are as many sessions as may be, and all are in use")]
    Full,
    #[error(transparent)]
    Local(#[from] LocalSessionManagerError),
}

pub(super) struct BoundedSessions {
    local: LocalSessionManager,
    most: usize,
    used: Mutex<BTreeMap<SessionId, Instant>>,
    /// Held while one is opened, so that two callers do not share the last place.
    opening: tokio::sync::Mutex<()>,
}

impl BoundedSessions {
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = Some(idle);
        Self { local, most, used: Mutex::default(), opening: tokio::sync::Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, BTreeMap<SessionId, Instant>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn uses(&self, id: &SessionId) {
        if let Some(last) = self.used().get_mut(id) {
            *last = Instant::now();
        }
    }

    async fn make_room(&self) -> Result<(), SessionsError> {
        let open: Vec<SessionId> = self.local.sessions.read().await.keys().cloned().collect();
        let unused_longest = {
            let mut used = self.used();
            used.retain(|id, _| open.contains(id));
            used.iter().min_by_key(|(_, last)| **last).map(|(id, last)| (id.clone(), *last))
        };
        if open.len() < self.most {
            return Ok(());
        }
        match unused_longest {
            Some((id, last)) if last.elapsed() >= IN_USE => {
                tracing::info!(session = %id, "closed, because it lay unused longest and a new one was asked for");
                Ok(self.local.close_session(&id).await?)
            }
            _ => Err(SessionsError::Full),
        }
    }
}

impl SessionManager for BoundedSessions {
    type Error = SessionsError;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), SessionsError> {
        let _opening = self.opening.lock().await;
        if let Err(error) = self.make_room().await {
            // Outside of a request there is nobody to tell.
            let _ = NO_ROOM.try_with(|no_room| no_room.set(true));
            return Err(error);
        }
        let (id, transport) = self.local.create_session().await?;
        self.used().insert(id.clone(), Instant::now());
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, SessionsError> {
        Ok(self.local.initialize_session(id, message).await?)
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, SessionsError> {
        Ok(self.local.has_session(id).await?)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionsError> {
        self.used().remove(id);
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        self.uses(id);
        Ok(self.local.create_stream(id, message).await?)
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionsError> {
        self.uses(id);
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        self.uses(id);
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        self.uses(id);
        Ok(self.local.resume(id, last_event_id).await?)
    }
}

/// Gives two of rmcp's answers the status that says what happened: a caller for whom there is no session hears that the
/// server is full, and not that it is broken; one that ended its session hears that it is done (204), and not that it
/// will be (202), which the Python client takes for a failure.
pub(super) async fn tell_plainly(request: Request, next: Next) -> Response {
    let ends = request.method() == Method::DELETE;
    let answering = async {
        let answer = next.run(request).await;
        match answer.status() {
            _ if NO_ROOM.with(Cell::get) => full(),
            StatusCode::ACCEPTED if ends => StatusCode::NO_CONTENT.into_response(),
            _ => answer,
        }
    };
    NO_ROOM.scope(Cell::new(false), answering).await
}

fn full() -> Response {
    let again = [(header::RETRY_AFTER, "60")];
    (StatusCode::SERVICE_UNAVAILABLE, again, "all sessions of this tool server are in use\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(30 * 60);

    #[tokio::test(start_paused = true)]
    async fn the_session_that_was_unused_longest_gives_way_and_one_in_use_does_not() {
        let sessions = BoundedSessions::new(2, IDLE);
        // The workers live as long as their transports.
        let (first, _first_worker) = sessions.create_session().await.unwrap();
        tokio::time::advance(Duration::from_secs(20)).await;
        let (second, _second_worker) = sessions.create_session().await.unwrap();
        assert!(matches!(sessions.create_session().await, Err(SessionsError::Full)));
        tokio::time::advance(Duration::from_secs(30)).await;
        sessions.uses(&first);
        tokio::time::advance(Duration::from_secs(35)).await;
        let (third, _third_worker) = sessions.create_session().await.unwrap();
        let open = [&first, &second, &third].map(|id| sessions.local.sessions.try_read().unwrap().contains_key(id));
        assert_eq!(open, [true, false, true]);
        assert!(matches!(sessions.create_session().await, Err(SessionsError::Full)));
    }

    #[tokio::test]
    async fn what_is_closed_is_forgotten() {
        let sessions = BoundedSessions::new(1, IDLE);
        for _ in 0..100 {
            let (id, _worker) = sessions.create_session().await.unwrap();
            sessions.close_session(&id).await.unwrap();
        }
        assert!(sessions.used().is_empty());
    }
}
