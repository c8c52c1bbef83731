//! What the store in MongoDB is told, and where that leads.
//!
//! Guarantee: the connection string is a secret; no error and no name of a place shows any of it but host and database.

use domain::secret::Secret;
use mongodb::options::{ClientOptions, ServerAddress};
use ports::clock::Clock;
use ports::store::collection::Collection;
use ports::store::collections;
use ports::store::error::StoreError;
use std::sync::Arc;
use std::time::Duration;

/// The database where neither the settings nor the path of the connection string name one.
pub const DATABASE: &str = "auto_devops";

/// Connections to one server at most.
const CONNECTIONS: u32 = 32;

/// What the store in MongoDB is told.
#[derive(Clone)]
pub struct Options {
    /// The connection string (<https://www.mongodb.com/docs/manual/reference/connection-string/>), with its credentials.
    pub uri: Secret,
    /// The database; `None` takes the path of the connection string, else [`DATABASE`].
    pub database: Option<String>,
    /// The collections for which indexes are made.
    pub collections: &'static [&'static Collection],
    /// What tells whether a document has expired.
    pub clock: Arc<dyn Clock>,
    /// How long to look for a server that can take the operation.
    pub selection: Duration,
    /// How long one request may take before it is given up and looked at again.
    pub attempt: Duration,
    /// How long an operation may take with all its repetitions.
    pub operation: Duration,
}

impl Options {
    /// The usual ones: all collections, 3 seconds to find a server, 5 for a request, 15 for an operation.
    pub fn new(uri: Secret, clock: Arc<dyn Clock>) -> Self {
        Self {
            uri,
            database: None,
            collections: collections::ALL,
            clock,
            selection: Duration::from_secs(3),
            attempt: Duration::from_secs(5),
            operation: Duration::from_secs(15),
        }
    }

    /// How long to look for a server: short enough that the operation can still tell why there was none.
    pub(super) fn selection(&self) -> Duration {
        self.selection.min(self.attempt.min(self.operation).saturating_mul(3) / 4)
    }

    /// What the driver needs, and the name of the database.
    pub(super) async fn resolved(&self) -> Result<(ClientOptions, String), StoreError> {
        let uri = self.uri.reveal();
        let parsed = tokio::time::timeout(self.operation, ClientOptions::parse(uri)).await;
        let parsed = parsed.map_err(|_| StoreError::Unavailable {
            message: "the host of the MongoDB connection string could not be resolved in time: check the DNS server"
                .to_owned(),
        })?;
        let mut client = parsed.map_err(|error| refused(&error))?;
        client.app_name.get_or_insert_with(|| "auto-devops".to_owned());
        client.server_selection_timeout = Some(self.selection());
        client.connect_timeout = Some(self.selection());
        client.max_pool_size.get_or_insert(CONNECTIONS);
        // The store repeats by itself, in a way that needs no transaction numbers, which a standalone server refuses.
        client.retry_reads = Some(false);
        client.retry_writes = Some(false);
        // Reads go to the primary and writes say their concern in each command; a secondary of the string is not asked.
        client.selection_criteria = None;
        let database = self.database.clone().or_else(|| client.default_database.clone());
        Ok((client, database.unwrap_or_else(|| DATABASE.to_owned())))
    }
}

/// `mongodb HOST/DATABASE`, for messages.
pub(super) fn place(client: &ClientOptions, database: &str) -> String {
    let hosts: Vec<String> = client.hosts.iter().map(ServerAddress::to_string).collect();
    format!("mongodb {}/{database}", hosts.join(","))
}

/// What is wrong with a connection string. The driver's words may quote it, as the port of a string without its `@`
/// too, so nothing of them is told.
fn refused(error: &mongodb::error::Error) -> StoreError {
    if matches!(*error.kind, mongodb::error::ErrorKind::DnsResolve { .. }) {
        let message =
            "the host of the MongoDB connection string could not be resolved: check its name, and the DNS server";
        return StoreError::Unavailable { message: message.to_owned() };
    }
    let message = "the MongoDB connection string cannot be read; it is not told why, because it may hold credentials. \
                   Its scheme must be mongodb:// or mongodb+srv://, special characters of user and password must be \
                   percent-encoded, an @ must stand between them and the host, and options be known ones";
    StoreError::Invalid { message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ports::clock::SystemClock;

    fn options(uri: &str) -> Options {
        Options::new(Secret::new(uri), Arc::new(SystemClock))
    }

    #[tokio::test]
    async fn the_place_is_told_without_credentials() {
        for (uri, expected) in [
            ("mongodb://jamie:hunter2@db.example:27018/jamie?authSource=admin", "mongodb db.example:27018/jamie"),
            ("mongodb://one.example,two.example:1/", "mongodb one.example:27017,two.example:1/auto_devops"),
        ] {
            let (client, database) = options(uri).resolved().await.unwrap();
            assert_eq!(place(&client, &database), expected);
        }
        let named = Options { database: Some("other".to_owned()), ..options("mongodb://db.example/jamie") };
        assert_eq!(named.resolved().await.unwrap().1, "other");
    }

    #[tokio::test]
    async fn a_string_that_cannot_be_read_is_told_without_its_password() {
        for uri in [
            "mongodb://jamie:hunter2@@host/",
            "mongodb://jamie:hunter2/x@host",
            "mongo://jamie:hunter2@host",
            // Told as a port that is none.
            "mongodb://jamie:hunter2%40db.example/x",
        ] {
            let told = options(uri).resolved().await.unwrap_err().to_string();
            assert!(told.contains("connection string cannot be read"), "{told}");
            assert!(!told.contains("hunter2"), "{told}");
        }
        let told = options("postgres://host").resolved().await.unwrap_err().to_string();
        assert!(told.contains("scheme"), "{told}");
    }
}
