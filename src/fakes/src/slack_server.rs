//! A Slack of the tests' own: Web API, Socket Mode and signed HTTP, on a free port of the loopback.
//!
//! It speaks Slack's protocol and is strict: tokens, scopes, arguments, Block Kit and the states of streams, triggers and
//! response URLs are checked against Slack's published rules, an unknown field is refused, and whatever no working
//! client would send is kept as a violation ([`SlackServer::assert_clean`]). Tests act as people do
//! ([`SlackServer::say`], [`SlackServer::press`], …), make things go wrong (module `faults`), and read what stands in
//! channels and views. Message ids, ids, tokens and faults are the same for the same seed and the same order of calls.
//!
//! Deliberately absent: OAuth, org-wide apps, search, files of people, blocks that the product has no use for (`video`,
//! `card`, `data_table`, …: they are refused as unknown), and any behaviour of Slack's that is not documented.

mod blocks;
mod call;
mod changes;
mod content;
mod deliver;
mod draw;
mod events;
mod faults;
mod files;
mod form;
mod http;
mod knobs;
mod message;
mod methods;
mod people;
mod pings;
mod reading;
mod record;
mod signature;
mod signed;
mod socket;
mod state;
mod tickets;
mod transcript;
mod uploads;
mod views;
mod wire;
mod workspace;

#[cfg(test)]
mod tests;

pub use blocks::payload_faults;
pub use files::File;
pub use message::{Author, Message, Reaction};
pub use record::{AckTime, Recorded};
pub use signature::signature;
pub use signed::{Answered, Routes, Signed};
pub use state::AssistantThread;
pub use views::View;
pub use workspace::{ALL_EVENTS, ALL_SCOPES, Channel, Group, Kind, User, Workspace};

use state::{Shared, State};
use std::net::SocketAddr;
use std::sync::Arc;
use wire::{Door, Scissors};

/// A running server; it stops when dropped.
pub struct SlackServer {
    /// `http://127.0.0.1:PORT/api`, without a slash at its end: what Slack's clients take as the address of the API.
    pub api_url: String,
    /// The bot's token.
    pub bot_token: String,
    /// The app's token, for Socket Mode.
    pub app_token: String,
    /// What requests over HTTP are signed with.
    pub signing_secret: String,
    shared: Arc<Shared>,
}

impl SlackServer {
    /// Binds a free port of the loopback and serves this workspace.
    ///
    /// # Panics
    /// When no port can be bound: a test cannot go on without.
    pub async fn start(workspace: Workspace) -> Self {
        let bound = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await;
        let address = bound.as_ref().ok().and_then(|listener| listener.local_addr().ok());
        assert!(address.is_some(), "slack server: no port of the loopback could be bound: {bound:?}");
        let url = address.map(|address| format!("http://{address}")).unwrap_or_default();
        let server = Self {
            api_url: format!("{url}/api"),
            bot_token: workspace.bot_token.clone(),
            app_token: workspace.app_token.clone(),
            signing_secret: workspace.signing_secret.clone(),
            shared: Shared::new(State::new(workspace, url)),
        };
        if let Ok(listener) = bound {
            let service = http::router(Arc::clone(&server.shared)).into_make_service_with_connect_info::<Scissors>();
            let serving = axum::serve(Door(listener), service);
            let stop = server.shared.stop.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    _ = serving => {}
                }
            });
        }
        tokio::spawn(deliver::run(Arc::clone(&server.shared)));
        server
    }
}

impl Drop for SlackServer {
    fn drop(&mut self) {
        self.shared.stop.cancel();
    }
}
