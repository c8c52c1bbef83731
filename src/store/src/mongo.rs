//! The store in MongoDB, for several processes: the official driver, and nothing but changes of single documents.
//!
//! Works alike on a standalone server, a replica set, shards, and the services that speak the same protocol (Amazon
//! DocumentDB, Azure Cosmos DB, FerretDB): no transactions, no change streams, no server-side code, no cursor that
//! outlives its answer.
//!
//! Guarantees: a write is acknowledged when a majority of the servers have it in their journals; documents and anchors are
//! read as a majority has them, where there is one; each write is told apart from every other by its `write_id`, so that
//! one whose answer was lost is looked for and is neither lost nor doubled, and [`StoreError::Unknown`] is left for what
//! cannot be told; every request has its deadline, here and at the server; what expired counts as absent before the server
//! has removed it.
//!
//! Deliberately absent: elections, replication and durability themselves, which are the server's; the double of the tests
//! proves none of them (`docs/state-mongodb.md`).

mod bulk;
mod fault;
mod filter;
mod form;
mod layout;
mod link;
mod log;
mod options;
mod preparation;
mod reading;
mod searching;
mod settle;
mod writing;

pub use options::{DATABASE, Options};

use async_trait::async_trait;
use domain::chain::{Anchor, Entry, Line, Report};
use link::{Link, Topology, number};
use log::Appender;
use mongodb::Client;
use mongodb::bson::doc;
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::document::{Stored, Write};
use ports::store::error::StoreError;
use ports::store::query::{Hit, Page, Query, TextQuery};
use ports::store::{Log, Store, StoreHealth};
use preparation::Preparation;
use searching::Sizes;
use std::sync::Arc;
use writing::Prepared;

/// The store.
pub struct Mongo {
    link: Arc<Link>,
    clock: Arc<dyn Clock>,
    preparation: Preparation,
    sizes: Sizes,
    journal: Appender,
    audit: Appender,
}

impl Mongo {
    /// Connects, and makes everything ready. A server that does not answer is no error here: then the first operation
    /// that reaches it makes everything ready, and until then each tells that it is away.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a connection string that cannot be read, [`StoreError::Denied`] where the credentials
    /// are refused, [`StoreError::Newer`] for a database of a newer version of this program.
    pub async fn connect(options: Options) -> Result<Arc<Self>, StoreError> {
        let (client, database) = options.resolved().await?;
        let place = options::place(&client, &database);
        let refused = |error: mongodb::error::Error| fault::Fault::of(&error, &place).given_up(false);
        let database = Client::with_options(client).map_err(refused)?.database(&database);
        let link = Arc::new(Link::new(database, place, options.attempt, options.operation));
        let reached = link.reach(options.selection()).await;
        let store = Arc::new(Self {
            clock: options.clock,
            preparation: Preparation::new(Arc::clone(&link), options.collections),
            sizes: Sizes::default(),
            journal: Appender::start(Arc::clone(&link), Log::Journal),
            audit: Appender::start(Arc::clone(&link), Log::Audit),
            link,
        });
        // Where no server is found, it is not looked for a second time: the first operation does that.
        let ready = match reached {
            Ok(()) => store.preparation.ready().await,
            Err(error) => Err(error),
        };
        match ready {
            Ok(()) => Ok(store),
            Err(error) if error.may_pass() => {
                tracing::warn!(%error, "the store is away at start");
                Ok(store)
            }
            Err(error) => Err(error),
        }
    }

    /// Ends what the driver has open. A store that is dropped does this by itself, a little later.
    pub async fn close(&self) {
        self.link.database.client().clone().shutdown().await;
    }

    async fn ready(&self) -> Result<&Link, StoreError> {
        self.preparation.ready().await?;
        Ok(&self.link)
    }

    fn appender(&self, log: Log) -> &Appender {
        match log {
            Log::Journal => &self.journal,
            Log::Audit => &self.audit,
        }
    }
}

#[async_trait]
impl Store for Mongo {
    async fn get(&self, collection: &'static Collection, id: &str) -> Result<Option<Stored>, StoreError> {
        reading::get(self.ready().await?, collection, id, self.clock.now()).await
    }

    async fn write(&self, write: Write) -> Result<u64, StoreError> {
        let write = Prepared::of(write)?;
        let collection = write.collection;
        let answer = writing::write(self.ready().await?, &*self.clock, write).await;
        self.sizes.written(collection);
        answer
    }

    async fn write_all(&self, writes: Vec<Write>) -> Vec<Result<u64, StoreError>> {
        let link = match self.ready().await {
            Ok(link) => link,
            Err(error) => return writes.iter().map(|_| Err(error.clone())).collect(),
        };
        let collections: Vec<&'static Collection> = writes.iter().map(|write| write.collection).collect();
        let answers = bulk::write_all(link, &*self.clock, writes).await;
        collections.into_iter().for_each(|collection| self.sizes.written(collection));
        answers
    }

    async fn page(&self, query: &Query) -> Result<Page, StoreError> {
        reading::page(self.ready().await?, query, self.clock.now()).await
    }

    async fn ids(&self, query: &Query) -> Result<Vec<(String, u64)>, StoreError> {
        reading::ids(self.ready().await?, query, self.clock.now()).await
    }

    async fn count(&self, query: &Query) -> Result<u64, StoreError> {
        reading::count(self.ready().await?, query, self.clock.now()).await
    }

    async fn search(&self, query: &TextQuery) -> Result<Vec<Hit>, StoreError> {
        searching::search(self.ready().await?, &self.sizes, query, self.clock.now()).await
    }

    async fn append(&self, log: Log, entries: Vec<Entry>) -> Result<Anchor, StoreError> {
        self.appender(log).append(self.ready().await?, entries).await
    }

    async fn anchor(&self, log: Log) -> Result<Anchor, StoreError> {
        log::anchored(self.ready().await?, log).await
    }

    async fn read(&self, log: Log, after: u64, limit: usize) -> Result<Vec<Line>, StoreError> {
        log::read(self.ready().await?, log, after, limit).await
    }

    async fn adopt(&self, log: Log, lines: Vec<Line>) -> Result<Anchor, StoreError> {
        log::adopt(self.ready().await?, log, &lines).await
    }

    async fn verify(&self, log: Log) -> Result<Report, StoreError> {
        log::verify(self.ready().await?, log).await
    }

    async fn cut(&self, log: Log, up_to: u64) -> Result<u64, StoreError> {
        log::cut(self.ready().await?, self.appender(log), log, up_to, self.clock.now()).await
    }

    async fn sweep(&self, _limit: usize) -> Result<u64, StoreError> {
        // The server does it, about once a minute.
        self.ready().await.map(|_| 0)
    }

    async fn health(&self) -> Result<StoreHealth, StoreError> {
        let link = self.ready().await?;
        let build = link.ask(doc! {"buildInfo": 1}, &mut link.deadline()).await?;
        let version = build.get_str("version").unwrap_or("of an unknown version");
        let topology = link.topology().unwrap_or(&Topology::Standalone);
        // Some services do not tell, and some do not let everybody ask.
        let size = link.ask(doc! {"dbStats": 1}, &mut link.brief()).await.ok();
        let bytes = size.and_then(|size| {
            let part = |name| number(&size, name).and_then(|bytes| u64::try_from(bytes).ok());
            Some(part("storageSize")?.saturating_add(part("indexSize").unwrap_or_default()))
        });
        Ok(StoreHealth {
            place: link.place.clone(),
            engine: format!("MongoDB {version}, {}", topology.told()),
            layout: layout::LAYOUT,
            bytes,
            waiting: 0,
        })
    }
}
