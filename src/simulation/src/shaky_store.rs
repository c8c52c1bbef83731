//! The store as one process sees it: of memory, shared by all, and it fails, hangs, does not tell, or outlives the process.
//!
//! Guarantees: what fails as away was not done; what is told as unknown was done or was not, by a draw; nothing else is
//! changed on the way, so that every mistake that shows is Scarlet's.

use crate::chronicle::Chronicle;
use crate::dice::Dice;
use crate::evidence::watch::Watch;
use crate::life::{Fate, Life, Point, Spot};
use crate::weather::{StoreWeather, Weather};
use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use std::sync::Arc;
use std::time::Duration;
use store::memory::Memory;

/// Longer than anybody waits for a store.
const NEVER: Duration = Duration::from_secs(3_600);

/// The store around one life.
pub struct ShakyStore {
    /// What all share.
    pub inner: Arc<Memory>,
    /// Whose it is.
    pub life: Arc<Life>,
    /// The faults around it.
    pub weather: Arc<Weather>,
    /// Chance.
    pub dice: Dice,
    /// Where faults are told.
    pub chronicle: Arc<Chronicle>,
    /// Who notes the order of things.
    pub watch: Arc<Watch>,
}

/// What a single operation meets.
enum Single {
    Done,
    NotDone(StoreError),
    DoneUntold,
}

impl ShakyStore {
    /// One operation; `name` tells which, `spot` where a crash may be planned.
    async fn operation<T: Send>(
        &self,
        name: &str,
        is_write: bool,
        spot: Option<Spot>,
        work: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        self.life
            .while_alive(async {
                let at_store = self.life.fate_at(Spot::Store);
                let at_spot = spot.map_or(Fate::Lives, |spot| self.life.fate_at(spot));
                let (fate, at) = if at_spot == Fate::Lives {
                    (at_store, Spot::Store)
                } else {
                    (at_spot, spot.unwrap_or(Spot::Store))
                };
                if fate == Fate::DiesBefore {
                    return self.life.die_here(&at.sort(false), &format!("dies before {name}")).await;
                }
                self.takes_time().await;
                let single = self.single(name, is_write).await;
                if let Single::NotDone(error) = single {
                    return Err(error);
                }
                let answer = work.await;
                if fate == Fate::DiesAfter {
                    return self.life.die_here(&at.sort(true), &format!("dies after {name}")).await;
                }
                match (single, &answer) {
                    (Single::DoneUntold, Ok(_)) => Err(unknown()),
                    _ => answer,
                }
            })
            .await
    }

    /// Others come between.
    async fn takes_time(&self) {
        if self.dice.chance(120) {
            tokio::time::sleep(Duration::from_millis(self.dice.between(1, 40))).await;
        } else {
            tokio::task::yield_now().await;
        }
    }

    async fn single(&self, name: &str, is_write: bool) -> Single {
        match self.weather.store() {
            StoreWeather::Fine => {}
            StoreWeather::Away => return Single::NotDone(away()),
            StoreWeather::Hangs => {
                tokio::time::sleep(NEVER).await;
                return Single::NotDone(away());
            }
        }
        let (rates, who) = (self.weather.rates(), self.life.name());
        if self.dice.chance(rates.store_away) {
            self.chronicle.injected("store away", who, name);
            return Single::NotDone(away());
        }
        if is_write && self.dice.chance(rates.store_unknown) {
            self.chronicle.injected("write not done and not told", who, name);
            return Single::NotDone(unknown());
        }
        if is_write && self.dice.chance(rates.store_untold) {
            self.chronicle.injected("write done and not told", who, name);
            return Single::DoneUntold;
        }
        Single::Done
    }
}

fn away() -> StoreError {
    StoreError::Unavailable { message: "the simulated store is away".to_owned() }
}

fn unknown() -> StoreError {
    StoreError::Unknown { message: "the simulated store went away in the middle of a write".to_owned() }
}

#[async_trait]
impl Store for ShakyStore {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        self.operation("a read", false, None, self.inner.get(collection, id)).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let name = format!("the write of {} {}", write.collection.name, write.id);
        self.operation(&name, true, None, self.watch.write(&self.inner, write)).await
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let count = writes.len();
        let all = async {
            let mut answers = Vec::with_capacity(count);
            for write in writes {
                answers.push(self.watch.write(&self.inner, write).await);
            }
            Ok(answers)
        };
        match self.operation("many writes", true, None, all).await {
            Ok(answers) => answers,
            Err(error) => vec![Err(error); count],
        }
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        self.operation("a page", false, None, self.inner.page(query)).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        self.operation("a count", false, None, self.inner.count(query)).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        self.operation("a search", false, None, self.inner.search(query)).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
        let name = format!("the append of {} to the {}", kinds.join(", "), log.name());
        let point = if log == Log::Journal { Point::of(&entries) } else { None };
        let spot = point.map(Spot::Journal);
        self.operation(&name, true, spot, self.watch.append(&self.inner, log, entries)).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        self.operation("an anchor", false, None, self.inner.anchor(log)).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        self.operation("a page of a log", false, None, self.inner.read(log, after, limit)).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        self.operation("an import", true, None, self.inner.adopt(log, lines)).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        self.operation("a check", false, None, self.inner.verify(log)).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        self.operation("a cut", true, None, self.inner.cut(log, up_to)).await
    }

    async fn sweep(&self, limit: usize) -> Result<u64, StoreError> {
        self.operation("a sweep", true, None, self.inner.sweep(limit)).await
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        self.operation("a question for its health", false, None, self.inner.health()).await
    }
}
