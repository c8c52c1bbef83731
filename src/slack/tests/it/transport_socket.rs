//! Socket Mode: delivered twice, cut, refused, slow handlers, a store that is away, and an end.

use crate::transport::{Noting, PATIENCE, inbox, server, settings, store};
use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use fakes::slack_server::SlackServer;
use ports::clock::SystemClock;
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use slack::inbox::{self, Handler, Inbox};
use slack::socket::{self, Socket};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

fn sockets(server: &SlackServer, inbox: Arc<Inbox>, stop: &CancellationToken) -> Arc<Socket> {
    let settings = socket::Settings {
        ping: Duration::from_secs(1),
        longest_wait: Duration::from_secs(1),
        ..socket::Settings::new(settings(server, &server.app_token), 5)
    };
    let socket = Socket::new(settings, inbox);
    let (running, stop) = (socket.clone(), stop.clone());
    tokio::spawn(async move { running.run(stop).await });
    socket
}

async fn connected(server: &SlackServer, socket: &Socket, count: usize) {
    server.wait_until("the sockets are up", PATIENCE, |_| socket.state().connected == count).await;
}

/// A store that does not answer.
pub fn away() -> Arc<dyn Store> {
    Arc::new(Away)
}

struct Away;

fn gone<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable { message: "the store is away".to_owned() })
}

#[async_trait]
impl Store for Away {
    async fn get(&self, _: &'static Collection, _: &str) -> Result<Option<Stored>, StoreError> {
        gone()
    }
    async fn write(&self, _: Write) -> Result<u64, StoreError> {
        gone()
    }
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        writes.into_iter().map(|_| gone()).collect()
    }
    async fn page(&self, _: &Query) -> Result<Page, StoreError> {
        gone()
    }
    async fn count(&self, _: &Query) -> Result<u64, StoreError> {
        gone()
    }
    async fn search(&self, _: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        gone()
    }
    async fn append(&self, _: Log, _: Vec<Entry>) -> Result<Anchor, StoreError> {
        gone()
    }
    async fn anchor(&self, _: Log) -> Result<Anchor, StoreError> {
        gone()
    }
    async fn read(&self, _: Log, _: u64, _: usize) -> Result<Vec<Line>, StoreError> {
        gone()
    }
    async fn adopt(&self, _: Log, _: Vec<Line>) -> Result<Anchor, StoreError> {
        gone()
    }
    async fn verify(&self, _: Log) -> Result<Report, StoreError> {
        gone()
    }
    async fn cut(&self, _: Log, _: u64) -> Result<u64, StoreError> {
        gone()
    }
    async fn sweep(&self, _: usize) -> Result<u64, StoreError> {
        gone()
    }
    async fn health(&self) -> Result<StoreHealth, StoreError> {
        gone()
    }
}

#[tokio::test]
async fn what_two_connections_deliver_twice_is_handled_once() {
    let server = server().await;
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let socket = sockets(&server, inbox(store(), &handler, &stop), &stop);
    connected(&server, &socket, 2).await;
    server.deliver_twice(true);
    let ts = server.say("U1", "C1", None, "<@UBOT> why?");
    server.react("U1", "C1", &ts, "eyes");
    handler.until(2).await;
    server.wait_until("all is acknowledged", PATIENCE, |server| server.is_idle()).await;
    assert_eq!(handler.ids().len(), 2, "{:?}", handler.ids());
    assert!(socket.state().last_event_at.is_some());
    server.assert_clean();
    stop.cancel();
    server.wait_until("the sockets are closed", PATIENCE, |server| server.connections() == 0).await;
}

#[tokio::test]
async fn connections_that_are_cut_or_refreshed_are_replaced_and_nothing_is_lost() {
    let server = server().await;
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let socket = sockets(&server, inbox(store(), &handler, &stop), &stop);
    connected(&server, &socket, 2).await;
    let mut said = BTreeSet::new();
    for reason in ["cut", "refresh_requested", "warning"] {
        if reason == "cut" {
            server.cut_connections();
        } else {
            server.disconnect(reason);
        }
        said.insert(format!("message:C1/{}", server.say("U1", "C1", None, reason)));
        let handled: BTreeSet<String> = handler.until(said.len()).await.into_iter().collect();
        assert_eq!(handled, said);
        connected(&server, &socket, 2).await;
    }
    server.assert_clean();
    stop.cancel();
}

#[tokio::test]
async fn too_many_connections_are_told_and_tried_again_without_a_hot_loop() {
    let server = server().await;
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    server.connection_limit(0);
    let socket = sockets(&server, inbox(store(), &handler, &stop), &stop);
    let is_told = |socket: &Socket| socket.state().why_not.is_some_and(|why| why.contains("too many connections"));
    server.wait_until("it is told", PATIENCE, |_| is_told(&socket)).await;
    let before = server.calls("apps.connections.open").len();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let tries = server.calls("apps.connections.open").len() - before;
    assert!(tries <= 12, "{tries} tries of two connections in two seconds");
    server.connection_limit(10);
    connected(&server, &socket, 2).await;
    assert_eq!(socket.state().why_not, None);
    stop.cancel();
}

#[tokio::test]
async fn two_hundred_events_at_once_are_acknowledged_while_the_handler_is_slow() {
    let server = server().await;
    let handler = Arc::new(Noting { takes: Duration::from_secs(2), ..Noting::default() });
    let stop = CancellationToken::new();
    let socket = sockets(&server, inbox(store(), &handler, &stop), &stop);
    connected(&server, &socket, 2).await;
    for number in 0..200 {
        server.say("U1", "C1", None, &number.to_string());
    }
    server.wait_until("all is acknowledged", PATIENCE, |server| server.is_idle()).await;
    assert_eq!(server.given_up(), Vec::<String>::new());
    assert!(server.ack_times().iter().all(|ack| ack.attempt == 0), "none had to be sent again");
    assert!(handler.ids().len() < 200, "they were acknowledged before they were handled");
    stop.cancel();
}

#[tokio::test]
async fn an_event_that_cannot_be_kept_is_not_acknowledged() {
    let server = server().await;
    server.redeliver(Duration::from_millis(300), 2);
    let stop = CancellationToken::new();
    let inbox = Inbox::new(away(), None, Arc::new(SystemClock), inbox::Settings::named("p"));
    let socket = sockets(&server, inbox, &stop);
    connected(&server, &socket, 2).await;
    server.say("U1", "C1", None, "why?");
    server.wait_until("it is given up", PATIENCE, |server| !server.given_up().is_empty()).await;
    assert_eq!(server.ack_times(), []);
    stop.cancel();
}

#[tokio::test]
async fn while_the_store_is_away_questions_are_answered_from_memory() {
    let server = server().await;
    let (handler, stop) = (Arc::new(Noting::default()), CancellationToken::new());
    let settings = inbox::Settings { sweep: Duration::from_millis(50), ..inbox::Settings::named("p") };
    let inbox = Inbox::new(away(), Some(store()), Arc::new(SystemClock), settings);
    let handling: Arc<dyn Handler> = handler.clone();
    tokio::spawn(inbox.clone().run(handling, stop.clone()));
    let socket = sockets(&server, inbox, &stop);
    connected(&server, &socket, 2).await;
    server.deliver_twice(true);
    let ts = server.say("U1", "C1", None, "why?");
    assert_eq!(handler.until(1).await, [format!("message:C1/{ts}")]);
    server.wait_until("all is acknowledged", PATIENCE, |server| server.is_idle()).await;
    assert_eq!(handler.ids().len(), 1);
    stop.cancel();
}

#[tokio::test]
async fn a_wrong_token_is_told_without_the_token() {
    let server = server().await;
    let stop = CancellationToken::new();
    let settings = socket::Settings::new(settings(&server, "xapp-wrong-token"), 5);
    let inbox = Inbox::new(store(), None, Arc::new(SystemClock), inbox::Settings::named("p"));
    let socket = Socket::new(settings, inbox);
    let (running, ending) = (socket.clone(), stop.clone());
    let task = tokio::spawn(async move { running.run(ending).await });
    server.wait_until("it is told", PATIENCE, |_| socket.state().why_not.is_some()).await;
    let why = socket.state().why_not.unwrap();
    assert!(why.contains("invalid_auth") && !why.contains("wrong-token"), "{why}");
    stop.cancel();
    task.await.unwrap().unwrap();
    assert_eq!(socket.state().connected, 0);
}
