//! rmcp's sessions in memory, bounded in number and in the time that they may lie idle.
//!
//! Guarantees: there are never more sessions than the limit; a caller beyond it takes the place of a session that
//! nobody used for a minute, or is told 503 and when to come again. A session with an open call is in use, however long
//! the call takes: rmcp's own idle time counts messages alone, and is not used. An idle session is closed when it is
//! asked for again, or a new one is. Sessions belong to protocol versions up to
//! 2025-11-25; later requests stand alone.

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt as _};
use rmcp::model::{ClientJsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::SessionManager;
use rmcp::transport::streamable_http_server::session::local::{LocalSessionManager, LocalSessionManagerError};
use rmcp::transport::streamable_http_server::session::{ServerSseMessage, SessionId};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    idle: Duration,
    uses: Arc<Uses>,
    /// Held while one is opened, so that two callers do not share the last place.
    opening: tokio::sync::Mutex<()>,
}

/// When the open sessions were used.
#[derive(Debug, Default)]
struct Uses(Mutex<BTreeMap<SessionId, Use>>);

#[derive(Debug, Clone, Copy)]
struct Use {
    last: Instant,
    /// Calls whose answers are still streamed.
    open_calls: usize,
}

impl Use {
    /// Since when nobody uses it.
    fn unused_for(&self) -> Duration {
        if self.open_calls > 0 { Duration::ZERO } else { self.last.elapsed() }
    }
}

impl Uses {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<SessionId, Use>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn touch(&self, id: &SessionId) {
        if let Some(used) = self.lock().get_mut(id) {
            used.last = Instant::now();
        }
    }

    /// Counts a call as open until the guard is dropped.
    fn open_call(self: &Arc<Self>, id: &SessionId) -> OpenCall {
        if let Some(used) = self.lock().get_mut(id) {
            used.last = Instant::now();
            used.open_calls += 1;
        }
        OpenCall { uses: Arc::clone(self), id: id.clone() }
    }

    /// Forgets the session that was unused longest, if that is at least `unused`. Whoever asks for it from now on is
    /// told that it is gone, so that no call begins in a session that is about to be closed.
    fn take_unused(&self, unused: Duration) -> Option<SessionId> {
        let mut uses = self.lock();
        let longest = uses.iter().max_by_key(|(_, used)| used.unused_for());
        let id = longest.filter(|(_, used)| used.unused_for() >= unused).map(|(id, _)| id.clone())?;
        uses.remove(&id);
        Some(id)
    }

    /// Whether it is open, which asking uses. One that lay idle is forgotten by that.
    fn is_open(&self, id: &SessionId, idle: Duration) -> bool {
        let mut uses = self.lock();
        match uses.get_mut(id) {
            Some(used) if used.unused_for() < idle => {
                used.last = Instant::now();
                true
            }
            _ => {
                uses.remove(id);
                false
            }
        }
    }
}

/// Held while a call's answer is streamed.
struct OpenCall {
    uses: Arc<Uses>,
    id: SessionId,
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if let Some(used) = self.uses.lock().get_mut(&self.id) {
            used.last = Instant::now();
            used.open_calls = used.open_calls.saturating_sub(1);
        }
    }
}

/// The same stream, which holds `call` as long as it lives.
fn holding<S: Stream>(stream: S, call: OpenCall) -> impl Stream<Item = S::Item> {
    stream.map(move |message| {
        let _held = &call;
        message
    })
}

impl BoundedSessions {
    pub(super) fn new(most: usize, idle: Duration) -> Self {
        let mut local = LocalSessionManager::default();
        local.session_config.keep_alive = None;
        Self { local, most, idle, uses: Arc::default(), opening: tokio::sync::Mutex::default() }
    }

    async fn make_room(&self) -> Result<(), SessionsError> {
        let open: Vec<SessionId> = self.local.sessions.read().await.keys().cloned().collect();
        self.uses.lock().retain(|id, _| open.contains(id));
        while let Some(id) = self.uses.take_unused(self.idle) {
            self.local.close_session(&id).await?;
        }
        if self.local.sessions.read().await.len() < self.most {
            return Ok(());
        }
        let id = self.uses.take_unused(IN_USE).ok_or(SessionsError::Full)?;
        tracing::info!(session = %id, "closed, because it lay unused longest and a new one was asked for");
        Ok(self.local.close_session(&id).await?)
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
        self.uses.lock().insert(id.clone(), Use { last: Instant::now(), open_calls: 0 });
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
        if self.uses.is_open(id, self.idle) {
            return Ok(self.local.has_session(id).await?);
        }
        self.local.close_session(id).await?;
        Ok(false)
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), SessionsError> {
        self.uses.lock().remove(id);
        Ok(self.local.close_session(id).await?)
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        let call = self.uses.open_call(id);
        Ok(holding(self.local.create_stream(id, message).await?, call))
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), SessionsError> {
        self.uses.touch(id);
        Ok(self.local.accept_message(id, message).await?)
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        self.uses.touch(id);
        Ok(self.local.create_standalone_stream(id).await?)
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, SessionsError> {
        self.uses.touch(id);
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
        sessions.uses.touch(&first);
        tokio::time::advance(Duration::from_secs(35)).await;
        let (third, _third_worker) = sessions.create_session().await.unwrap();
        let open = [&first, &second, &third].map(|id| sessions.local.sessions.try_read().unwrap().contains_key(id));
        assert_eq!(open, [true, false, true]);
        assert!(matches!(sessions.create_session().await, Err(SessionsError::Full)));
    }

    /// A session and the worker that keeps it alive, and a call in it that was never answered.
    async fn with_open_call(sessions: &BoundedSessions) -> (SessionId, impl Sized, impl Sized) {
        let (id, worker) = sessions.create_session().await.unwrap();
        let call = sessions.uses.open_call(&id);
        (id, worker, holding(futures::stream::pending::<()>(), call))
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_whose_call_took_more_than_a_minute_was_closed_for_a_new_one() {
        let sessions = BoundedSessions::new(1, IDLE);
        let (id, _worker, answer) = with_open_call(&sessions).await;
        tokio::time::advance(Duration::from_secs(10 * 60)).await;
        assert!(matches!(sessions.create_session().await, Err(SessionsError::Full)));
        drop(answer);
        // Its use ended only now.
        assert!(matches!(sessions.create_session().await, Err(SessionsError::Full)));
        tokio::time::advance(IN_USE).await;
        assert!(sessions.create_session().await.is_ok());
        assert!(!sessions.has_session(&id).await.unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn a_session_with_an_open_call_lay_idle() {
        let sessions = BoundedSessions::new(2, IDLE);
        let (id, _worker, answer) = with_open_call(&sessions).await;
        tokio::time::advance(IDLE * 2).await;
        assert!(sessions.has_session(&id).await.unwrap());
        drop(answer);
        tokio::time::advance(IDLE).await;
        assert!(!sessions.has_session(&id).await.unwrap());
        assert!(sessions.local.sessions.try_read().unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_closed_is_forgotten() {
        let sessions = BoundedSessions::new(1, IDLE);
        for _ in 0..100 {
            let (id, _worker) = sessions.create_session().await.unwrap();
            sessions.close_session(&id).await.unwrap();
        }
        assert!(sessions.uses.lock().is_empty());
    }
}
