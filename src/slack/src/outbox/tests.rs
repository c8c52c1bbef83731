//! The outbox over a store in memory and a scripted Slack.

use super::*;
use crate::api::{ApiError, Seen};
use crate::testing::ScriptedSlack;
use chrono::TimeDelta;
use domain::chain::{Anchor, Entry, Line, Report};
use fakes::clock::ManualClock;
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::query::{Hit, Page, TextQuery};
use ports::store::{Log, StoreHealth};
use std::sync::atomic::{AtomicBool, Ordering};
use store::memory::Memory;

struct World {
    slack: Arc<ScriptedSlack>,
    clock: Arc<ManualClock>,
    store: Arc<Memory>,
    outbox: Arc<Outbox>,
}

fn world() -> World {
    let (slack, clock) = (Arc::new(ScriptedSlack::default()), crate::testing::clock());
    let store = Memory::new(collections::ALL, clock.clone());
    let outbox = Outbox::new(store.clone(), None, slack.clone(), clock.clone(), 7);
    World { slack, clock, store, outbox }
}

impl World {
    /// The same store and Slack, by another process.
    fn other(&self) -> Arc<Outbox> {
        Outbox::new(self.store.clone(), None, self.slack.clone(), self.clock.clone(), 8)
    }

    fn texts(&self) -> Vec<String> {
        let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
        self.slack.standing("C1").into_iter().map(|seen| first_line(seen.text)).collect()
    }

    async fn later(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
        tokio::time::advance(Duration::from_secs(seconds.unsigned_abs())).await;
    }

    async fn kept(&self, key: &str) -> Post {
        self.outbox.find(key).await.unwrap().unwrap()
    }
}

fn content(text: &str) -> Content {
    Content { text: text.to_owned(), blocks: Vec::new() }
}

fn unknown() -> ApiError {
    ApiError::Unknown { method: "chat.postMessage".to_owned(), why: "cut".to_owned() }
}

#[tokio::test(start_paused = true)]
async fn the_same_key_again_is_the_same_message() {
    let world = world();
    let first = world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    assert!(first.is_some());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), first);
    assert_eq!(world.other().put("k", "C1", None, &content("a")).await.unwrap(), first);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.slack.calls_of("chat.update").len(), 0);
    assert_eq!(world.outbox.waiting().await.unwrap(), 0);

    world.later(2).await;
    assert_eq!(world.outbox.put("k", "C1", None, &content("b")).await.unwrap(), first);
    assert_eq!(world.texts(), ["b"]);
    let found = world.other().by_message("C1", &first.unwrap()).await.unwrap().unwrap();
    assert_eq!(found.id, "k");
}

#[tokio::test(start_paused = true)]
async fn edits_are_paced_and_the_newest_wins() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    for text in ["b", "c", "d"] {
        world.outbox.edit("k", &content(text)).await.unwrap();
    }
    assert_eq!(world.texts(), ["a"]);
    assert_eq!(world.outbox.waiting().await.unwrap(), 1);
    let stop = CancellationToken::new();
    let running = tokio::spawn(world.outbox.clone().run(stop.clone()));
    world.clock.advance(TimeDelta::seconds(2));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.texts(), ["d"]);
    assert_eq!(world.slack.calls_of("chat.update").len(), 1);
    stop.cancel();
    running.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_lost_after_the_effect_does_not_double_the_post() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None);
    let there = Seen {
        ts: "5.0".to_owned(),
        thread: None,
        user: None,
        bot: Some("BBOT".to_owned()),
        text: "a".to_owned(),
        key: Some("k".to_owned()),
        files: Vec::new(),
    };
    world.slack.message_is("C1", there);
    world.later(120).await;
    assert_eq!(world.other().deliver("k").await.unwrap().as_deref(), Some("5.0"));
    assert_eq!(world.slack.keyed("k").len(), 1);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_had_no_effect_is_sent_again_after_it_was_looked_for() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None);
    world.later(120).await;
    assert!(world.outbox.deliver("k").await.unwrap().is_some());
    assert_eq!(world.slack.keyed("k").len(), 1);
    assert_eq!(world.slack.calls_of("conversations.history").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_is_not_sent_again_while_it_cannot_be_looked_for() {
    let world = world();
    world.slack.fail_next("chat.postMessage", unknown());
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.slack.fail_next("conversations.history", unknown());
    world.later(120).await;
    assert_eq!(world.outbox.deliver("k").await.unwrap(), None);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.kept("k").await.sending, Sending::Trying);
}

#[tokio::test(start_paused = true)]
async fn one_of_two_replicas_sends() {
    let world = world();
    let other = world.other();
    let a = content("a");
    let (one, two) = tokio::join!(world.outbox.put("k", "C1", None, &a), other.put("k", "C1", None, &a));
    one.unwrap();
    two.unwrap();
    assert_eq!(world.slack.keyed("k").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_passes_is_tried_again_and_what_does_not_is_not() {
    let limited = ApiError::Limited { method: "chat.postMessage".to_owned(), retry_after: Duration::from_secs(3) };
    let away = ApiError::Unreachable { method: "chat.postMessage".to_owned(), why: "refused".to_owned() };
    for (error, is_tried) in [
        (limited, true),
        (away, true),
        (ScriptedSlack::refusal("chat.postMessage", "not_in_channel"), true),
        (ScriptedSlack::refusal("chat.postMessage", "internal_error"), true),
        (ScriptedSlack::refusal("chat.postMessage", "channel_not_found"), false),
        (ScriptedSlack::refusal("chat.postMessage", "msg_too_long"), false),
    ] {
        let world = world();
        world.slack.fail_next("chat.postMessage", error.clone());
        assert_eq!(world.outbox.put("k", "C1", None, &content("a")).await.unwrap(), None, "{error}");
        assert_eq!(world.outbox.waiting().await.unwrap(), u64::from(is_tried), "{error}");
        world.later(400).await;
        assert_eq!(world.outbox.deliver("k").await.unwrap().is_some(), is_tried, "{error}");
        let is_refused = matches!(world.kept("k").await.sending, Sending::Refused { .. });
        assert_eq!(is_refused, !is_tried, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_that_somebody_deleted_is_not_posted_anew() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.slack.fail_next("chat.update", ScriptedSlack::refusal("chat.update", "message_not_found"));
    world.later(2).await;
    world.outbox.edit("k", &content("b")).await.unwrap();
    world.later(400).await;
    world.outbox.edit("k", &content("c")).await.unwrap();
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 1);
    assert_eq!(world.slack.calls_of("chat.update").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_kept_stands_in_the_end_although_passing_progress_was_shown() {
    let world = world();
    world.outbox.put("k", "C1", None, &content("a")).await.unwrap();
    world.outbox.sketch("k", &content("too soon")).await;
    assert_eq!(world.texts(), ["a"]);
    world.later(2).await;
    world.outbox.sketch("k", &content("working")).await;
    assert_eq!(world.texts(), ["working"]);
    world.later(2).await;
    world.outbox.edit("k", &content("a")).await.unwrap();
    assert_eq!(world.texts(), ["a"], "the same as was kept before, but not what stood there");
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_an_unknown_key_does_nothing() {
    let world = world();
    world.outbox.edit("k", &content("b")).await.unwrap();
    assert_eq!(world.outbox.find("k").await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn while_the_store_is_away_posts_are_kept_in_memory_and_go_home_afterwards() {
    let world = world();
    let door = Arc::new(Door { inner: world.store.clone(), is_shut: AtomicBool::new(false) });
    let memory = Memory::new(collections::ALL, world.clock.clone());
    let outbox = Outbox::new(door.clone(), Some(memory), world.slack.clone(), world.clock.clone(), 7);
    let before = outbox.put("before", "C1", None, &content("a")).await.unwrap();
    world.later(2).await;
    door.is_shut.store(true, Ordering::Relaxed);
    outbox.edit("before", &content("b")).await.unwrap();
    let meanwhile = outbox.put("meanwhile", "C1", None, &content("c")).await.unwrap();
    assert!(meanwhile.is_some());
    assert_eq!(world.texts(), ["b", "c"]);
    assert_eq!(outbox.put("before", "C1", None, &content("b")).await.unwrap(), before);

    door.is_shut.store(false, Ordering::Relaxed);
    outbox.shelf.go_home().await;
    assert_eq!(world.other().put("meanwhile", "C1", None, &content("c")).await.unwrap(), meanwhile);
    assert_eq!(world.slack.calls_of("chat.postMessage").len(), 2);
    assert_eq!(outbox.shelf.astray(), Vec::<String>::new());
}

/// A store that can be shut.
struct Door {
    inner: Arc<Memory>,
    is_shut: AtomicBool,
}

impl Door {
    fn open(&self) -> Result<&Memory, StoreError> {
        let shut = || StoreError::Unavailable { message: "the door is shut".to_owned() };
        if self.is_shut.load(Ordering::Relaxed) { Err(shut()) } else { Ok(self.inner.as_ref()) }
    }
}

#[async_trait::async_trait]
impl Store for Door {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.open()?.get(collection, id).await
    }
    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        self.open()?.write(write).await
    }
    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        self.inner.write_all(writes).await
    }
    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.open()?.page(query).await
    }
    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.open()?.count(query).await
    }
    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.open()?.search(query).await
    }
    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.open()?.append(log, entries).await
    }
    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.open()?.anchor(log).await
    }
    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.open()?.read(log, after, limit).await
    }
    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.open()?.adopt(log, lines).await
    }
    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.open()?.verify(log).await
    }
    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.open()?.cut(log, up_to).await
    }
    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.open()?.sweep(limit).await
    }
    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.open()?.health().await
    }
}
