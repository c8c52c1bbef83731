//! The resolved settings: the second of the two stages. What the rest of the program reads.
//!
//! None of these types has a `Default`: every value comes from a file, a variable, a flag or a definition.

pub mod scarlet;
pub mod slack;
pub mod state;

use chrono::NaiveDate;
use chrono_tz::Tz;
use domain::calendar::Window;
use domain::disclosure::Disclosure;
use domain::effect::EffectClass;
use domain::incident::Impact;
use domain::person::Role;
use domain::policy::Autonomy;
use domain::secret::Secret;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// All settings.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The profile that was read.
    pub profile: String,
    /// `None` where no endpoint is named, or `--no-model` was given.
    pub model: Option<ModelSettings>,
    /// How a turn runs.
    pub turn: TurnSettings,
    /// By name.
    pub environments: BTreeMap<String, EnvironmentSettings>,
    /// By name.
    pub clusters: BTreeMap<String, ClusterSettings>,
    /// By name.
    pub prometheus: BTreeMap<String, PrometheusSettings>,
    /// By name.
    pub loki: BTreeMap<String, SourceSettings>,
    /// By name.
    pub tempo: BTreeMap<String, SourceSettings>,
    /// `None` where neither a token nor an address nor a repository is named.
    pub github: Option<GithubSettings>,
    /// What act servers need beside credentials.
    pub acting: ActingSettings,
    /// By name.
    pub mcp_servers: BTreeMap<String, McpServerSettings>,
    /// Folders with playbooks and checks of the user.
    pub playbook_directories: Vec<PathBuf>,
    /// Folders with recipes of golden signals of the user.
    pub recipe_directories: Vec<PathBuf>,
    /// Known noise, expired entries included.
    pub ignore: Vec<IgnoreRule>,
    /// What outlives the process.
    pub state: state::StateSettings,
    /// What is done without being asked.
    pub scarlet: scarlet::ScarletSettings,
    /// `None` where no bot token is named.
    pub slack: Option<slack::SlackSettings>,
    /// Where Slack reaches this service over HTTP, without a slash at its end; for the manifest, with or without tokens.
    pub slack_public_url: Option<String>,
    /// How the terminal is written.
    pub output: OutputSettings,
    /// What is logged.
    pub telemetry: TelemetrySettings,
    /// What the flags narrow the run to.
    pub focus: Focus,
}

/// The model endpoint.
#[derive(Debug, Clone)]
pub struct ModelSettings {
    /// As it was named; without credentials.
    pub endpoint: String,
    /// `None` means the first one that the endpoint offers.
    pub model: Option<String>,
    /// The key.
    pub api_key: Option<Secret>,
    /// Further headers, as a gateway may want them.
    pub headers: BTreeMap<String, Secret>,
    /// What stands there.
    pub kind: EndpointKind,
    /// Where the endpoint does not tell.
    pub context_tokens: Option<u64>,
    /// Ceiling of one reply.
    pub reply_tokens: u32,
    /// How long the first part of a reply may take.
    pub first_token: Duration,
    /// The longest silence within a reply.
    pub idle: Duration,
    /// How long a reply may take.
    pub total: Duration,
    /// Requests at the same time.
    pub max_concurrent: usize,
    /// Requests that may wait.
    pub max_queue: usize,
    /// A system prompt in the place of the built-in one.
    pub prompt_file: Option<PathBuf>,
    /// What may leave the house to this endpoint.
    pub disclosure: Disclosure,
}

/// What stands at a model endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// The plain OpenAI API.
    OpenAi,
    /// Ollama, with its own calls beside the OpenAI ones.
    Ollama,
}

/// How a turn runs.
#[derive(Debug, Clone)]
pub struct TurnSettings {
    /// Rounds of tool calls.
    pub max_steps: usize,
    /// Tools that the model is offered at first.
    pub tools_offered: usize,
    /// What the model sees of one result.
    pub result_tokens: usize,
    /// How long the turn may take.
    pub deadline: Duration,
    /// How long one call may take.
    pub tool_deadline: Duration,
    /// Calls at the same time.
    pub parallel_calls: usize,
    /// How long a read is used again.
    pub cache: Duration,
}

/// One environment.
#[derive(Debug, Clone)]
pub struct EnvironmentSettings {
    /// Names of its clusters.
    pub clusters: Vec<String>,
    /// Names of its Prometheus servers.
    pub prometheus: Vec<String>,
    /// Names of its Loki servers.
    pub loki: Vec<String>,
    /// Names of its Tempo servers.
    pub tempo: Vec<String>,
    /// Names of its foreign MCP servers.
    pub mcp_servers: Vec<String>,
    /// Its namespaces; empty means all.
    pub namespaces: Vec<String>,
    /// How much may be done here without a person.
    pub autonomy: Autonomy,
    /// The level whose decisions are only told.
    pub shadow: Option<Autonomy>,
    /// What the assistant must know.
    pub instructions: Option<String>,
    /// Who answers for it.
    pub people: Vec<String>,
    /// The least role that sees its incidents.
    pub visible_to: Role,
    /// When what is scheduled may be done.
    pub maintenance: Vec<Window>,
    /// When people are at work; empty where it is not said.
    pub business_hours: Vec<Window>,
    /// Who approves what is proposed here, beside whoever has the role: ids of people and groups.
    pub approvers: Vec<String>,
    /// The file of rules, series, endpoints and known noise.
    pub senses: Option<PathBuf>,
    /// Its services by name.
    pub services: BTreeMap<String, ServiceSettings>,
}

/// One service of an environment.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// What the business loses while it is away.
    pub impact: Impact,
    /// Where it runs.
    pub namespace: Option<String>,
}

/// How a cluster is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterAccess {
    /// These kubeconfig files, merged in this order.
    Kubeconfig(Vec<PathBuf>),
    /// The service account of the pod.
    InCluster,
}

/// One cluster.
#[derive(Debug, Clone)]
pub struct ClusterSettings {
    /// How it is reached.
    pub access: ClusterAccess,
    /// `None` means the kubeconfig's current one.
    pub context: Option<String>,
    /// The only namespaces that are looked at; empty means all.
    pub namespaces: Vec<String>,
    /// How it is reached for changes; `None` where nothing may be changed.
    pub act: Option<ActAccess>,
    /// HTTP proxy, with its user and password where it wants them.
    pub proxy: Option<Secret>,
    /// What the assistant must know.
    pub instructions: Option<String>,
}

/// The credentials for changes of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActAccess {
    /// The kubeconfig file.
    pub kubeconfig: PathBuf,
    /// `None` means the kubeconfig's current one.
    pub context: Option<String>,
}

/// One Prometheus server with its Alertmanager.
#[derive(Debug, Clone)]
pub struct PrometheusSettings {
    /// How the Prometheus is reached; the Alertmanager takes the same credentials, headers and certificates.
    pub source: SourceSettings,
    /// Without credentials.
    pub alertmanager_url: Option<String>,
    /// How changes at the Alertmanager are signed; `None` where nothing may be changed.
    pub act_credentials: Option<Credentials>,
}

/// GitHub, or a GitHub Enterprise Server.
#[derive(Debug, Clone)]
pub struct GithubSettings {
    /// How it is reached.
    pub source: SourceSettings,
    /// The only repositories that are looked at; empty means all.
    pub repositories: Vec<String>,
    /// The one that is meant where none is named.
    pub default_repository: Option<String>,
}

/// What act servers need beside credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ActingSettings {
    /// The executor's public key.
    pub grant_public_key: Option<Vec<u8>>,
    /// The name of this act server in grants; there whenever the key is.
    pub audience: Option<String>,
    /// Where calls are written.
    pub audit_file: Option<PathBuf>,
}

/// How a server over HTTP is reached.
#[derive(Debug, Clone)]
pub struct SourceSettings {
    /// Without credentials.
    pub url: String,
    /// How requests are signed.
    pub credentials: Credentials,
    /// Further headers, the tenant's included.
    pub headers: BTreeMap<String, Secret>,
    /// Authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// Certificate and key of the client.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
}

/// How requests are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credentials {
    /// Not at all.
    None,
    /// A bearer token.
    Bearer(Secret),
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: Secret,
    },
}

/// One foreign MCP server.
#[derive(Debug, Clone)]
pub struct McpServerSettings {
    /// How it is reached.
    pub transport: McpTransport,
    /// What each tool may do.
    pub grades: BTreeMap<String, EffectClass>,
    /// The only tools on offer; empty means all that have a grade.
    pub enabled_tools: Vec<String>,
    /// How long one call may take.
    pub deadline: Duration,
}

/// How a foreign MCP server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum McpTransport {
    /// A program that is started.
    Command {
        /// The program.
        command: String,
        /// Its arguments; they may hold secrets.
        args: Vec<Secret>,
        /// Its variables.
        env: BTreeMap<String, Secret>,
    },
    /// A streamable HTTP server.
    Http {
        /// Its address; hosted servers often want a key in its query.
        url: Secret,
        /// Headers of each request.
        headers: BTreeMap<String, Secret>,
    },
}

/// One entry of known noise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IgnoreRule {
    /// Pattern of the check's name.
    pub check: String,
    /// Pattern of the object, as `KIND NAMESPACE/NAME`.
    pub object: String,
    /// Why this is no problem.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: NaiveDate,
}

/// Whether colour is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// Where the output is a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How the terminal is written.
#[derive(Debug, Clone)]
pub struct OutputSettings {
    /// Colour.
    pub colour: Colour,
    /// The zone of times.
    pub time_zone: Tz,
}

/// What is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelemetrySettings {
    /// Directives as in `RUST_LOG`.
    pub log: String,
    /// Whether lines are JSON.
    pub json: bool,
}

/// What the flags narrow the run to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    /// `--env`, a declared environment.
    pub environment: Option<String>,
    /// `--context`: the name of the only cluster that is looked at.
    pub cluster: Option<String>,
    /// `--namespace`.
    pub namespace: Option<String>,
}
