//! The store in MongoDB: under the suite, and under what only a server can suffer.
//!
//! It always runs on the double (`mongo/bridge.py`). Where `MONGODB_URI` names a real server, the suite runs on that
//! too, each test in a database of its own, which is dropped afterwards.

mod answers;
mod away;
mod double;
mod layout;
mod logs;
mod many;
mod proxied;

use crate::suite::{Collections, Place, conformance};
use async_trait::async_trait;
use domain::secret::Secret;
use double::Double;
use mongodb::Client;
use mongodb::bson::{doc, oid::ObjectId};
use ports::clock::{Clock, SystemClock};
use ports::store::Store;
use ports::store::collection::Collection;
use std::sync::Arc;
use std::time::Duration;
use store::mongo::{Mongo, Options};

/// Names the real server to the tests of the suite in the process that `the_suite_runs_on_a_real_server` starts.
const REAL: &str = "SUITE_MONGODB_URI";

/// The database of a test on a double of its own.
pub const DATABASE: &str = "suite";

/// What a store in a test is told: it gives up sooner than usual.
pub fn options(uri: &str) -> Options {
    Options {
        selection: Duration::from_secs(2),
        attempt: Duration::from_secs(3),
        operation: Duration::from_secs(12),
        ..Options::new(Secret::new(uri), Arc::new(SystemClock))
    }
}

/// A store of the suite's collections.
pub async fn connect(options: Options) -> Arc<Mongo> {
    let collections = crate::suite::collections::ALL;
    let connected = Mongo::connect(Options { collections, ..options }).await;
    connected.unwrap_or_else(|error| panic!("not connected: {error}"))
}

/// Where the documents are.
enum Server {
    Double(Double),
    Real { uri: String, database: String },
}

impl Server {
    async fn fresh() -> Self {
        match std::env::var(REAL) {
            Ok(uri) => Self::Real { uri, database: format!("auto_devops_suite_{}", ObjectId::new()) },
            Err(_) => Self::Double(Double::standalone().await),
        }
    }

    fn options(&self) -> Options {
        match self {
            Self::Double(double) => options(&double.uri(DATABASE)),
            Self::Real { uri, database } => Options { database: Some(database.clone()), ..options(uri) },
        }
    }

    async fn run(&self, command: mongodb::bson::Document) -> mongodb::bson::Document {
        match self {
            Self::Double(double) => double.run(DATABASE, command).await,
            Self::Real { uri, database } => {
                let client = Client::with_uri_str(uri).await.unwrap();
                client.database(database).run_command(command).await.unwrap()
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let Self::Real { uri, database } = self else { return };
        let (uri, database) = (uri.clone(), database.clone());
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { Client::with_uri_str(uri).await.unwrap().database(&database).drop().await })
        });
        let dropped = dropping.join();
        assert!(std::thread::panicking() || matches!(dropped, Ok(Ok(()))), "the test's database was not dropped");
    }
}

/// A store on a server of its own, or in a database of its own.
pub struct Served {
    server: Server,
    clock: Arc<dyn Clock>,
    store: Arc<Mongo>,
}

impl Served {
    async fn at(server: Server, clock: Arc<dyn Clock>, collections: Collections) -> Self {
        let options = Options { collections, clock: clock.clone(), ..server.options() };
        let store = Mongo::connect(options).await.unwrap_or_else(|error| panic!("not connected: {error}"));
        if matches!(server, Server::Real { .. }) {
            // The suite's clock stands in the past: the server would remove what the suite still wants to see expire.
            for collection in collections {
                server.run(doc! {"dropIndexes": collection.name, "index": "expiry"}).await;
            }
        }
        Self { server, clock, store }
    }
}

#[async_trait]
impl Place for Served {
    async fn fresh(clock: Arc<dyn Clock>, collections: Collections) -> Self {
        Self::at(Server::fresh().await, clock, collections).await
    }

    fn store(&self) -> Arc<dyn Store> {
        self.store.clone()
    }

    async fn reopened(self, collections: Collections) -> Self {
        let Self { server, clock, store } = self;
        store.close().await;
        Self::at(server, clock, collections).await
    }

    async fn damage(&self, collection: &'static Collection, id: &str) -> bool {
        let update = doc! {"q": {"_id": id}, "u": {"$set": {"json": "{\"half"}}};
        let concern = doc! {"w": "majority", "j": true, "wtimeout": 5000};
        let command = doc! {"update": collection.name, "updates": [update], "writeConcern": concern, "maxTimeMS": 5000};
        self.server.run(command).await.get_i32("n").unwrap() == 1
    }
}

mod conforming {
    super::conformance!(crate::mongo::Served);
}

/// Runs the suite's tests of this binary again, on the server that `MONGODB_URI` names.
#[test]
fn the_suite_runs_on_a_real_server() {
    let Ok(uri) = std::env::var("MONGODB_URI") else {
        println!("not run: the MongoDB suite against a real server (MONGODB_URI is not set)");
        return;
    };
    let status = again(&uri, "mongo::conforming::").status().unwrap();
    assert!(status.success(), "the suite failed on the real server: {status}");
}

/// The way there is tried on the double, which stands still meanwhile: a database of its own, dropped afterwards.
#[tokio::test]
async fn a_test_on_a_real_server_leaves_nothing_behind() {
    let double = Double::standalone().await;
    let mut command = tokio::process::Command::from(again(&double.uri(DATABASE), "mongo::conforming::reopening::"));
    let output = command.output().await.unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("3 passed"), "{told}");
    assert_eq!(double.seen("dropDatabase").await, 3);
    assert!(double.seen("dropIndexes").await > 0 && double.seen("insert").await > 0);
    double.assert_content().await;
}

/// Some tests of this binary again, on this server.
fn again(uri: &str, tests: &str) -> std::process::Command {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args([tests, "--test-threads", "4"]).env(REAL, uri);
    command
}
