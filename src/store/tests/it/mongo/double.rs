//! The double of a MongoDB server (`bridge.py`), started on a free port for one test and killed with it.

use mongodb::Client;
use mongodb::bson::{Document, doc};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// A running double.
pub struct Double {
    pub address: SocketAddr,
    control: Client,
    _child: Child,
}

impl Double {
    /// A standalone server.
    pub async fn standalone() -> Self {
        Self::start(&[]).await
    }

    /// The only member of a replica set, at its own address.
    pub async fn replica_set() -> Self {
        Self::start(&["--set-name", "rs0"]).await
    }

    async fn start(arguments: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let fixtures = std::env::var_os("FIXTURES_DIR").map_or_else(|| root.join("../../.fixtures"), PathBuf::from);
        let python = fixtures.join("venv/bin/python");
        assert!(python.exists(), "{} is missing: run .ci/fixtures first", python.display());
        let mut child = Command::new(python)
            .arg(root.join("tests/it/mongo/bridge.py"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the double of MongoDB starts");
        let mut told = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut told).await.unwrap();
        let address = told.trim().parse().unwrap_or_else(|_| panic!("the double of MongoDB did not start: {told:?}"));
        let control = Client::with_uri_str(format!("mongodb://{address}/?directConnection=true")).await.unwrap();
        Self { address, control, _child: child }
    }

    /// Where it is, as a connection string with this database.
    pub fn uri(&self, database: &str) -> String {
        uri(self.address, database)
    }

    /// A request by another client.
    pub async fn run(&self, database: &str, command: Document) -> Document {
        self.control.database(database).run_command(command).await.unwrap()
    }

    /// Does something wrong: see `bridge.py`.
    pub async fn fault(&self, fault: Document) {
        let mut command = doc! {"bridge": "fault"};
        command.extend(fault);
        self.run("control", command).await;
    }

    /// How many requests of this kind it has served.
    pub async fn seen(&self, name: &str) -> i32 {
        let told = self.run("control", doc! {"bridge": "seen"}).await;
        told.get_document("seen").unwrap().get_i32(name).unwrap_or_default()
    }

    /// Fails when it was sent what it does not accept.
    pub async fn assert_content(&self) {
        let told = self.run("control", doc! {"bridge": "violations"}).await;
        assert!(told.get_array("violations").unwrap().is_empty(), "{told}");
    }
}

/// A connection string for a standalone server at this address.
pub fn uri(address: SocketAddr, database: &str) -> String {
    format!("mongodb://{address}/{database}?directConnection=true")
}
