//! Writes that wait, around a store that fails as it is told.

use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use fakes::ManualClock;
use ports::store::collection::Collection;
use ports::store::collections::{ALL, GUARDS, INCIDENTS, TURNS};
use ports::store::document::{Document, Expect, Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::memory::Memory;
use store::waiting::{Count, FIRST_WAITING_VERSION, Settings, Waiting};

/// What the store does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Serves,
    Away,
    /// Does not tell; nothing was written.
    Silent,
    /// Writes, and does not tell.
    WritesSilently,
    Full,
}

/// A store that is sometimes away.
struct Moody {
    inner: Arc<Memory>,
    mood: Mutex<Mood>,
    written: Mutex<Vec<String>>,
}

impl Moody {
    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn mood(&self) -> Result<Mood, StoreError> {
        let message = || "moody: away; wait".to_owned();
        match *self.mood.lock().unwrap() {
            Mood::Away => Err(StoreError::Unavailable { message: message() }),
            mood => Ok(mood),
        }
    }

    fn written(&self) -> Vec<String> {
        std::mem::take(&mut self.written.lock().unwrap())
    }
}

#[async_trait]
impl Store for Moody {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.mood()?;
        self.inner.get(collection, id).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let unknown = || StoreError::Unknown { message: "moody: silent; read it again".to_owned() };
        let id = write.id.clone();
        match self.mood()? {
            Mood::Silent => Err(unknown()),
            Mood::Full => Err(StoreError::Full { message: "moody: full; make room".to_owned() }),
            Mood::WritesSilently => self.inner.write(write).await.and_then(|_| Err(unknown())),
            Mood::Serves | Mood::Away => {
                let answer = self.inner.write(write).await;
                if answer.is_ok() {
                    self.written.lock().unwrap().push(id);
                }
                answer
            }
        }
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let mut answers = Vec::new();
        for write in writes {
            answers.push(self.write(write).await);
        }
        answers
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.mood()?;
        self.inner.page(query).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.mood()?;
        self.inner.count(query).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.mood()?;
        self.inner.search(query).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.mood()?;
        self.inner.append(log, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.mood()?;
        self.inner.anchor(log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.mood()?;
        self.inner.read(log, after, limit).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.mood()?;
        self.inner.adopt(log, lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.mood()?;
        self.inner.verify(log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.mood()?;
        self.inner.cut(log, up_to).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.mood()?;
        self.inner.sweep(limit).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.mood()?;
        self.inner.health().await
    }
}

fn moody(settings: Settings) -> (Arc<Moody>, Arc<Waiting>) {
    let clock = Arc::new(ManualClock::at_unix_seconds(1_790_000_000));
    let inner = Memory::new(ALL, clock);
    let moody = Arc::new(Moody { inner, mood: Mutex::new(Mood::Serves), written: Mutex::default() });
    let store: Arc<dyn Store> = moody.clone();
    (moody, Waiting::around(store, settings))
}

fn turn(id: &str, expect: Expect, number: u64) -> Write {
    Write::put(&TURNS, id, expect, Document::plain(json!({"number": number})))
}

fn body(number: u64) -> Value {
    json!({"number": number})
}

/// Until nothing waits. The clock is paused: it goes on where everybody waits.
async fn written(waiting: &Waiting) {
    while waiting.count().waiting > 0 {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn writes_wait_and_are_made_up_in_their_order() {
    let (moody, store) = moody(Settings::default());
    moody.set(Mood::Away);
    for id in ["b", "a", "c"] {
        let version = store.write(turn(id, Expect::Absent, 1)).await.unwrap();
        assert!(version >= FIRST_WAITING_VERSION);
        assert_eq!(store.write(turn(id, Expect::Version(version), 2)).await.map(|next| next > version), Ok(true));
    }
    assert_eq!(store.count().waiting, 3);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(moody.written(), Vec::<String>::new());
    moody.set(Mood::Serves);
    written(&store).await;
    assert_eq!(moody.written(), ["b", "a", "c"]);
    for id in ["a", "b", "c"] {
        let stored = moody.inner.get(&TURNS, id).await.unwrap().unwrap();
        assert_eq!((stored.version, stored.document.body), (1, body(2)));
    }
    assert_eq!(store.write(turn("a", Expect::Version(1), 3)).await, Ok(2), "as if nothing had been");
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_seen_as_it_will_be() {
    let (moody, store) = moody(Settings::default());
    assert_eq!(store.write(turn("a", Expect::Absent, 1)).await, Ok(1));
    assert_eq!(store.write(turn("b", Expect::Absent, 1)).await, Ok(1));
    moody.set(Mood::Away);
    let version = store.write(turn("a", Expect::Version(1), 2)).await.unwrap();
    let seen = store.get(&TURNS, "a").await.unwrap().unwrap();
    assert_eq!((seen.version, seen.document.body), (version, body(2)));
    assert_eq!(store.write(Write::delete(&TURNS, "b", Expect::Any)).await, Ok(0));
    assert_eq!(store.get(&TURNS, "b").await, Ok(None));
    assert!(matches!(store.get(&TURNS, "other").await, Err(StoreError::Unavailable { .. })));
    moody.set(Mood::Serves);
    written(&store).await;
    assert_eq!(moody.inner.get(&TURNS, "a").await.unwrap().unwrap().version, 2);
    assert_eq!(moody.inner.get(&TURNS, "b").await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn what_guards_or_records_an_action_never_waits() {
    let (moody, store) = moody(Settings::default());
    moody.set(Mood::Away);
    for collection in ALL.iter().filter(|collection| !collection.may_wait) {
        let write = Write::put(collection, "a", Expect::Any, Document::plain(json!({})));
        for answer in store.write_all(vec![write.clone()]).await.into_iter().chain([store.write(write).await]) {
            assert!(matches!(answer, Err(StoreError::Unavailable { .. })), "{}: {answer:?}", collection.name);
        }
    }
    assert!(!GUARDS.may_wait && !INCIDENTS.may_wait);
    let entry = Entry { at: chrono::DateTime::UNIX_EPOCH, kind: "step".to_owned(), body: json!({}), personal: None };
    for log in Log::ALL {
        assert!(matches!(store.append(log, vec![entry.clone()]).await, Err(StoreError::Unavailable { .. })));
    }
    assert_eq!(store.count(), Count::default());
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_not_answered_is_made_once() {
    for mood in [Mood::Silent, Mood::WritesSilently] {
        for (expect, before) in [(Expect::Absent, 0), (Expect::Version(1), 1)] {
            let (moody, store) = moody(Settings::default());
            for _ in 0..before {
                store.write(turn("a", Expect::Any, 0)).await.unwrap();
            }
            moody.set(mood);
            let version = store.write(turn("a", expect, 1)).await.unwrap();
            store.write(turn("a", Expect::Version(version), 2)).await.unwrap();
            // The task tries in this mood, too.
            tokio::time::sleep(Duration::from_secs(5)).await;
            moody.set(Mood::Serves);
            written(&store).await;
            let stored = moody.inner.get(&TURNS, "a").await.unwrap().unwrap();
            assert_eq!(stored.document.body, body(2), "{mood:?} {expect:?}");
            assert_eq!((store.count().refused, store.count().dropped), (0, 0), "{mood:?} {expect:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_others_changed_meanwhile_is_not_overwritten() {
    let (moody, store) = moody(Settings::default());
    store.write(turn("a", Expect::Absent, 1)).await.unwrap();
    moody.set(Mood::Away);
    let waiting = store.write(turn("a", Expect::Version(1), 2)).await.unwrap();
    moody.inner.write(turn("a", Expect::Version(1), 7)).await.unwrap();
    moody.set(Mood::Serves);
    written(&store).await;
    assert_eq!(moody.inner.get(&TURNS, "a").await.unwrap().unwrap().document.body, body(7));
    assert_eq!(store.count().refused, 1);
    let late = store.write(turn("a", Expect::Version(waiting), 3)).await;
    assert_eq!(late, Err(StoreError::Conflict { found: Some(2) }), "a version that waited is nobody else's");
    assert!(store.health().await.unwrap().engine.contains("0 writes that waited were dropped, 1 refused"));
}

#[tokio::test(start_paused = true)]
async fn the_room_is_bounded_and_what_is_lost_is_told() {
    let (moody, store) = moody(Settings { documents: 2, ..Settings::default() });
    moody.set(Mood::Away);
    for id in ["a", "b", "c"] {
        store.write(turn(id, Expect::Any, 1)).await.unwrap();
    }
    assert_eq!((store.count().waiting, store.count().dropped), (2, 1));
    let Err(StoreError::Unavailable { message }) = store.health().await else { panic!("it is away") };
    assert!(message.contains("2 writes wait for it, 1 writes that waited were dropped"), "{message}");
    moody.set(Mood::Full);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(store.count().waiting, 2, "a full disk may be made room on");
    assert_eq!(store.health().await.unwrap().waiting, 2);
    moody.set(Mood::Serves);
    written(&store).await;
    assert_eq!(moody.inner.get(&TURNS, "a").await, Ok(None));
    assert!(moody.inner.get(&TURNS, "c").await.unwrap().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_bulk_waits_as_its_single_writes_do() {
    let (moody, store) = moody(Settings::default());
    moody.set(Mood::Away);
    let guard = Write::put(&GUARDS, "g", Expect::Any, Document::plain(json!({})));
    let answers = store.write_all(vec![turn("a", Expect::Any, 1), guard, turn("b", Expect::Any, 1)]).await;
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(matches!(answers[1], Err(StoreError::Unavailable { .. })), "{answers:?}");
    // The store is back, and the second still does not overtake the first.
    moody.set(Mood::Serves);
    let answers =
        store.write_all(vec![turn("a", Expect::Any, 2), turn("c", Expect::Any, 1), turn("c", Expect::Any, 2)]).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    written(&store).await;
    for (id, number) in [("a", 2), ("b", 1), ("c", 2)] {
        assert_eq!(moody.inner.get(&TURNS, id).await.unwrap().unwrap().document.body, body(number), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_can_be_is_written_before_the_end() {
    let (moody, store) = moody(Settings::default());
    moody.set(Mood::Away);
    store.write(turn("a", Expect::Any, 1)).await.unwrap();
    assert_eq!(store.drain(Duration::from_secs(3)).await.waiting, 1);
    moody.set(Mood::Serves);
    assert_eq!(store.drain(Duration::from_secs(3)).await.waiting, 0);
    assert!(moody.inner.get(&TURNS, "a").await.unwrap().is_some());
}
