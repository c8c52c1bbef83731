//! What the tests of the transport share: a Slack, a client of it, an inbox whose handler notes what it gets.

use async_trait::async_trait;
use domain::secret::Secret;
use fakes::slack_server::{SlackServer, Workspace};
use ports::clock::SystemClock;
use ports::store::Store;
use ports::store::collections;
use slack::api::client::{Client, Settings};
use slack::inbox::{self, Handler, Inbox, Later};
use slack::incoming::Received;
use slack_view::content::Content;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::memory::Memory;
use tokio_util::sync::CancellationToken;

/// As long as a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(40);

/// A workspace of two people, a channel of both and the bot.
pub async fn server() -> SlackServer {
    let workspace = Workspace::new(7)
        .with_user("U1", "anna")
        .with_user("U2", "bob")
        .with_channel("C1", "payments", &["U1", "U2"])
        .with_channel("C2", "orders", &["U1"])
        .with_group("S1", "sre", &["U2"]);
    SlackServer::start(workspace).await
}

pub fn settings(server: &SlackServer, token: &str) -> Settings {
    Settings::new(&server.api_url, Secret::new(token))
}

pub fn client(server: &SlackServer) -> Arc<Client> {
    Arc::new(Client::new(&settings(server, &server.bot_token)).unwrap())
}

pub fn store() -> Arc<Memory> {
    Memory::new(collections::ALL, Arc::new(SystemClock))
}

pub fn content(text: &str) -> Content {
    Content { text: text.to_owned(), blocks: Vec::new() }
}

/// Notes what it handles; each takes a time.
#[derive(Default)]
pub struct Noting {
    pub takes: Duration,
    pub handled: Mutex<Vec<Received>>,
}

#[async_trait]
impl Handler for Noting {
    async fn handle(&self, received: &Received, _attempt: u32) -> Result<(), Later> {
        self.handled.lock().unwrap().push(received.clone());
        tokio::time::sleep(self.takes).await;
        Ok(())
    }

    #[expect(clippy::panic, reason = "a test that gives up has failed")]
    async fn give_up(&self, received: &Received) {
        panic!("{} was given up", received.id);
    }
}

impl Noting {
    pub fn ids(&self) -> Vec<String> {
        self.handled.lock().unwrap().iter().map(|received| received.id.clone()).collect()
    }

    /// Waits until so many were handled.
    pub async fn until(&self, count: usize) -> Vec<String> {
        let waiting = async {
            while self.ids().len() < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, waiting).await;
        assert!(ended.is_ok(), "only these were handled: {:?}", self.ids());
        self.ids()
    }
}

/// An inbox whose handler runs until the token is cancelled.
pub fn inbox(store: Arc<dyn Store>, handler: &Arc<Noting>, stop: &CancellationToken) -> Arc<Inbox> {
    let settings = inbox::Settings { sweep: Duration::from_millis(50), ..inbox::Settings::named("p/1") };
    let inbox = Inbox::new(store, None, Arc::new(SystemClock), settings);
    let handler: Arc<dyn Handler> = handler.clone();
    tokio::spawn(inbox.clone().run(handler, stop.clone()));
    inbox
}
