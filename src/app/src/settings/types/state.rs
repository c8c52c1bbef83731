//! What outlives the process: the resolved settings of store, bus, memory and budgets.

use super::EndpointKind;
use domain::disclosure::Disclosure;
use domain::secret::Secret;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Where things are kept.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Which store is used; `None` keeps nothing.
    pub used: Option<StoreKind>,
    /// The place of the embedded store, where one is known.
    pub embedded: Option<EmbeddedPlace>,
    /// The MongoDB server, where one is named.
    pub mongodb: Option<MongoDbPlace>,
    /// How long one operation may take.
    pub deadline: Duration,
}

/// Which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreKind {
    /// A file of our own.
    Embedded,
    /// MongoDB, or what speaks its protocol.
    MongoDb,
}

/// The place of the embedded store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbeddedPlace {
    /// The folder of the store and its logs.
    pub folder: PathBuf,
    /// The folder of the anchors.
    pub anchors: PathBuf,
}

/// A MongoDB server.
#[derive(Debug, Clone)]
pub struct MongoDbPlace {
    /// With user and password.
    pub uri: Secret,
    /// `None` means the one of the URI.
    pub database: Option<String>,
}

/// What several processes share in passing.
#[derive(Debug, Clone)]
pub struct BusSettings {
    /// `None` keeps everything in the process.
    pub redis_url: Option<Secret>,
    /// What all keys begin with.
    pub prefix: String,
}

/// How many days things stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetentionSettings {
    /// Conversations, turns, usage.
    pub conversations: u32,
    /// Evidence.
    pub evidence: u32,
    /// Incidents, plans, approvals, events.
    pub incidents: u32,
    /// Journal and audit.
    pub audit: u32,
}

/// What is remembered.
#[derive(Debug, Clone)]
pub struct MemorySettings {
    /// Whether answers use it.
    pub recall: bool,
    /// Whether the built-in runbooks are part of it.
    pub built_in_runbooks: bool,
    /// Folders with runbooks of the user.
    pub runbooks: Vec<PathBuf>,
    /// Who makes vectors; `None` finds by words alone.
    pub embeddings: Option<EmbeddingSettings>,
}

/// Who makes vectors.
#[derive(Debug, Clone)]
pub struct EmbeddingSettings {
    /// The endpoint.
    pub endpoint: String,
    /// What stands there.
    pub kind: EndpointKind,
    /// The model.
    pub model: String,
    /// The key.
    pub api_key: Option<Secret>,
    /// What it may be shown: the rule of `[model]` and of all `[[model.egress]]` that fit its address.
    pub disclosure: Disclosure,
}

/// What answers may cost; `None` is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BudgetSettings {
    /// Tokens of one question.
    pub question_tokens: Option<u64>,
    /// Tool calls of one question.
    pub question_tool_calls: Option<u64>,
    /// Tokens of one person in a day.
    pub person_tokens_a_day: Option<u64>,
    /// Tokens of one channel in a day.
    pub channel_tokens_a_day: Option<u64>,
}

/// The service's own door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WebSettings {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// Everything of this file.
#[derive(Debug, Clone)]
pub struct StateSettings {
    /// Where things are kept.
    pub store: StoreSettings,
    /// What several processes share.
    pub bus: BusSettings,
    /// How long things stay.
    pub retention: RetentionSettings,
    /// What is remembered.
    pub memory: MemorySettings,
    /// What answers may cost.
    pub budgets: BudgetSettings,
    /// The service's own door.
    pub web: WebSettings,
}
