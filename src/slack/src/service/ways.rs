//! The ways in, as far as the settings open them: Socket Mode, signed HTTP, or both.

use crate::inbox::Inbox;
use crate::{http, socket};
use domain::secret::Secret;
use socket::{Socket, SocketState};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Which ways are open.
#[derive(Default)]
pub struct Ways {
    /// Socket Mode, with the token of the app.
    pub socket: Option<socket::Settings>,
    /// HTTP, with what requests are signed with.
    pub signing_secret: Option<Secret>,
}

/// The ways that are open.
pub(super) struct Open {
    socket: Option<Arc<Socket>>,
    router: Option<axum::Router>,
}

/// Opens them into an inbox.
pub(super) fn open(ways: Ways, inbox: &Arc<Inbox>) -> Open {
    Open {
        socket: ways.socket.map(|settings| Socket::new(settings, Arc::clone(inbox))),
        router: ways.signing_secret.map(|secret| http::router(Arc::clone(inbox), &secret)),
    }
}

impl Open {
    /// What keeps the socket open until `stop`.
    pub(super) fn socket(&self, stop: CancellationToken) -> Option<impl Future<Output = ()> + Send + 'static> {
        let socket = Arc::clone(self.socket.as_ref()?);
        Some(async move {
            if let Err(error) = socket.run(stop).await {
                tracing::error!(%error, "Socket Mode did not begin: no events come in by it until the next start");
            }
        })
    }

    /// The routes.
    pub(super) fn router(&self) -> Option<axum::Router> {
        self.router.clone()
    }

    /// How the socket stands, where there is one.
    pub(super) fn socket_state(&self) -> Option<SocketState> {
        self.socket.as_ref().map(|socket| socket.state())
    }
}
