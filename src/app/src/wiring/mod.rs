//! From settings to running parts: tool servers, toolbox, model, Jamie.
//!
//! Nothing here waits for a backend: servers start when they are first asked, so that a command that needs one of
//! them does not pay for the others.

pub mod acting;
pub mod environments;
pub mod extensions;
pub mod freezing;
mod health;
pub mod late_bus;
mod model;
pub mod person;
pub mod scarlet;
pub mod slack;
mod sources;
pub mod state;
pub mod talk;

use crate::cli::{Exit, Stop};
use crate::convert;
use crate::settings::Settings;
use domain::disclosure::Disclosure;
use domain::usage::budgets::QuestionBudget;
use engine::prompt::Prompt;
use engine::turn::{Jamie, TurnSettings};
use ports::clock::SystemClock;
use ports::conversations::Place;
use std::sync::Arc;
use std::time::Duration;
use toolbox::Toolbox;
use toolbox::settings::ToolboxSettings;

pub use health::{StartedBus, parts as health_parts};
pub use model::client as model_client;
pub use sources::{
    acting_kubernetes, acting_prometheus, github, kubernetes, loki, prometheus, tempo, watching_kubernetes,
};

/// What the toolbox waits longer than a tool server for its backend.
const BEYOND_THE_SERVERS: Duration = Duration::from_secs(1);

/// How long the servers get to end when the program stops.
const SHUT_DOWN: Duration = Duration::from_secs(3);

/// The parts that a command talks to.
pub struct House {
    /// All tools.
    pub toolbox: Arc<Toolbox>,
    /// Who answers.
    pub jamie: Arc<Jamie>,
    /// Where questions are asked when the flags say nothing else.
    pub place: Place,
    /// Names of the clusters that are looked at.
    pub clusters: Vec<String>,
}

impl House {
    /// Builds everything that the settings name.
    ///
    /// # Errors
    /// A file that the settings name and that cannot be used: certificate, playbook, prompt.
    pub fn build(settings: &Settings, since: Option<&str>) -> Result<Self, Stop> {
        let model = model::client(settings)?.map(|client| Arc::new(client) as Arc<dyn ports::model::Model>);
        Self::with_model(settings, since, model)
    }

    /// As [`House::build`], with a model that several houses share, and with it its queue.
    ///
    /// # Errors
    /// As there.
    pub fn with_model(
        settings: &Settings,
        since: Option<&str>,
        model: Option<Arc<dyn ports::model::Model>>,
    ) -> Result<Self, Stop> {
        let toolbox = Arc::new(Toolbox::start(toolbox_settings(settings)?));
        let as_port: Arc<dyn ports::toolbox::Toolbox> = Arc::clone(&toolbox) as _;
        let jamie = Jamie::new(as_port, model, Arc::new(SystemClock), turn_settings(settings)?);
        let place = Place {
            cluster: settings.focus.cluster.clone(),
            namespace: settings.focus.namespace.clone(),
            since: since.map(str::to_owned),
            ..Place::default()
        };
        let clusters = settings.clusters.keys().cloned().collect();
        Ok(Self { toolbox, jamie: Arc::new(jamie), place, clusters })
    }

    /// Ends the servers.
    pub async fn shut_down(&self) {
        self.toolbox.shut_down(SHUT_DOWN).await;
    }
}

/// The servers of a toolbox: ours for every source that is configured, then the foreign ones.
fn toolbox_settings(settings: &Settings) -> Result<ToolboxSettings, Stop> {
    let mut servers = Vec::new();
    servers.extend(sources::kubernetes(settings)?.map(|server| sources::in_process("kubernetes", server)));
    servers.extend(sources::prometheus(settings)?.map(|server| sources::in_process("prometheus", server)));
    servers.extend(sources::loki(settings)?.map(|server| sources::in_process("loki", server)));
    servers.extend(sources::tempo(settings)?.map(|server| sources::in_process("tempo", server)));
    servers.extend(sources::github(settings)?.map(|server| sources::in_process("github", server)));
    servers.extend(convert::foreign_servers(settings));
    let mut built = ToolboxSettings::new(servers);
    // The server's own deadline comes first: its message knows which request hung.
    built.call_deadline = settings.turn.tool_deadline + BEYOND_THE_SERVERS;
    built.cache.own_reads_ttl = settings.turn.cache;
    Ok(built)
}

fn turn_settings(settings: &Settings) -> Result<TurnSettings, Stop> {
    let usual = TurnSettings::usual()
        .map_err(|error| Stop::new(Exit::Failed, format!("the built-in prompt cannot be used: {error}")))?;
    Ok(TurnSettings {
        deadline: settings.turn.deadline,
        max_steps: settings.turn.max_steps,
        tools_offered: settings.turn.tools_offered,
        parallel_calls: settings.turn.parallel_calls,
        result_tokens: settings.turn.result_tokens,
        reply_tokens: settings.model.as_ref().map_or(0, |model| model.reply_tokens),
        zone: settings.output.time_zone,
        disclosure: settings.model.as_ref().map_or_else(Disclosure::default, |model| model.disclosure.clone()),
        extensions: extensions::load(&settings.playbook_directories)?,
        instructions: instructions(settings),
        clusters: settings.clusters.keys().cloned().collect(),
        metric_servers: settings.prometheus.keys().cloned().collect(),
        budget: QuestionBudget {
            tokens: settings.state.budgets.question_tokens,
            tool_calls: settings.state.budgets.question_tool_calls.map(|most| u32::try_from(most).unwrap_or(u32::MAX)),
            ..QuestionBudget::default()
        },
        prompt: prompt(settings)?.unwrap_or(usual.prompt),
        ..usual
    })
}

/// The system prompt that the settings put in the place of the built-in one.
fn prompt(settings: &Settings) -> Result<Option<Prompt>, Stop> {
    let Some(file) = settings.model.as_ref().and_then(|model| model.prompt_file.as_ref()) else { return Ok(None) };
    let usage = |problem: String| Stop::new(Exit::Usage, format!("model.prompt_file: {}: {problem}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| usage(format!("could not be read: {error}")))?;
    Prompt::parse(&text).map(Some).map_err(|error| usage(error.to_string()))
}

/// What the settings tell the model about clusters and environments.
fn instructions(settings: &Settings) -> String {
    let of_clusters = settings
        .clusters
        .iter()
        .filter_map(|(name, cluster)| Some((format!("cluster {name}"), cluster.instructions.as_ref()?)));
    let of_environments = settings
        .environments
        .iter()
        .filter_map(|(name, environment)| Some((format!("environment {name}"), environment.instructions.as_ref()?)));
    let mut lines: Vec<String> =
        of_clusters.chain(of_environments).map(|(what, text)| format!("About {what}: {}", text.trim())).collect();
    if settings.clusters.len() > 1 {
        lines.push(format!(
            "Clusters: {}. Pass `cluster`, and name it in the answer.",
            settings.clusters.keys().cloned().collect::<Vec<_>>().join(", ")
        ));
    }
    lines.join("\n")
}
