//! The commands and their own arguments.

use super::pause::Pause;
use super::replay::Replay;
use super::scarlet::{Actions, Health, Incidents, Learning};
use super::slack::Slack;
use super::state::{Audit, Conversations, Freeze, Memory, Serve, Store, Usage};
use chrono::TimeDelta;
use clap::{Args, Subcommand, ValueEnum};
use clap_complete::Shell;
use std::net::SocketAddr;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything embedded, with a simulated estate: no cluster, model or network needed.
    Demo(Demo),
    /// Talk: a conversation in the terminal.
    Chat(Chat),
    /// Ask one question and get an answer with its evidence.
    Ask(Ask),
    /// Run the service: whatever the settings enable.
    Serve(Serve),
    /// Incidents: what is wrong, since when, why, what was done.
    #[command(subcommand)]
    Incidents(Incidents),
    /// Actions that wait for a person: read the plan, say yes or no.
    #[command(subcommand)]
    Actions(Actions),
    /// What was learned of actions: show it, copy it, forget it.
    #[command(subcommand)]
    Learning(Learning),
    /// Recorded incidents: decide them anew, by another policy or autonomy; nothing is done.
    #[command(subcommand)]
    Replay(Replay),
    /// Endpoints: check them now, or tell their uptime.
    #[command(subcommand)]
    Health(Health),
    /// Past conversations.
    #[command(subcommand)]
    Conversations(Conversations),
    /// What is remembered: search it, add to it, forget.
    #[command(subcommand)]
    Memory(Memory),
    /// What answers cost, by person, channel or day.
    Usage(Usage),
    /// Stop every action that has not begun.
    #[command(subcommand)]
    Freeze(Freeze),
    /// Stop every action of one environment that has not begun.
    #[command(subcommand)]
    Pause(Pause),
    /// The audit trail: read it, or check that nothing in it was changed.
    #[command(subcommand)]
    Audit(Audit),
    /// Where everything is kept: back it up, move it, check it.
    #[command(subcommand)]
    Store(Store),
    /// Slack: the app's manifest for this deployment.
    #[command(subcommand)]
    Slack(Slack),
    /// Run one of the tool servers alone, for any MCP client.
    Mcp(Mcp),
    /// The tools of all servers: list them, or call one as an agent would.
    #[command(subcommand)]
    Tools(Tools),
    /// What is configured, what answers, with versions, permissions and the model's capabilities.
    Doctor(Doctor),
    /// The settings: what holds, what is accepted, what is wrong.
    #[command(subcommand)]
    Config(Config),
    /// Print the completions of a shell.
    Completions(Completions),
    /// Run the simulated estate alone: it speaks the APIs of Kubernetes, Prometheus and Alertmanager.
    Estate(Estate),
}

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// The scenario to run; `list` prints them.
    #[arg(long, value_name = "NAME|list")]
    pub scenario: Option<String>,
    /// Ask nothing: start, print the endpoints and run until stopped.
    #[arg(long)]
    pub headless: bool,
    /// Where the estate listens; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
}

/// `HOST:PORT`, or a port of the loopback.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.trim_start_matches(':').parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse().map_err(|_| "accepted is ADDRESS:PORT, such as 127.0.0.1:8090, or a port".to_owned())
}

/// A time back as the tools read it.
pub(super) fn time_back(text: &str) -> Result<String, String> {
    match tools_common::time::parse_duration(text) {
        Some(back) if back > TimeDelta::zero() => Ok(text.trim().to_owned()),
        _ => Err("accepted is a time back, such as 15m, 2h or 3d".to_owned()),
    }
}

/// Arguments of `chat`.
#[derive(Debug, Args)]
pub struct Chat {
    /// Look back this far, such as 15m, 2h or 3d.
    #[arg(long, value_name = "TIME", value_parser = time_back)]
    pub since: Option<String>,
    /// Show what goes to the model and what comes back.
    #[arg(long)]
    pub trace: bool,
    /// Go on with a conversation: the last one of the terminal, or the one of this id.
    #[arg(long = "continue", value_name = "ID", num_args = 0..=1, default_missing_value = "")]
    pub continued: Option<String>,
}

/// Arguments of `ask`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  auto-devops ask \"how is my cluster?\"
  auto-devops ask \"why is checkout slow since the deploy?\" --namespace shop
  echo \"any alerts?\" | auto-devops ask - --json")]
pub struct Ask {
    /// The question; `-` reads it from standard input.
    #[arg(value_name = "QUESTION")]
    pub question: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Look back this far, such as 15m, 2h or 3d.
    #[arg(long, value_name = "TIME", value_parser = time_back)]
    pub since: Option<String>,
    /// Show on stderr what went to the model and what came back.
    #[arg(long)]
    pub trace: bool,
    /// Ask within this conversation, so that what was said in it is known.
    #[arg(long, value_name = "ID")]
    pub conversation: Option<String>,
}

/// Which tool server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Server {
    /// Kubernetes.
    Kubernetes,
    /// Prometheus and Alertmanager.
    Prometheus,
    /// Loki.
    Loki,
    /// Tempo.
    Tempo,
    /// GitHub.
    Github,
}

/// What a tool server serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// The tools that read.
    Read,
    /// The tools that change something, for calls that carry a grant.
    Act,
}

/// Arguments of `mcp`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  auto-devops mcp kubernetes                            on standard input and output
  PROMETHEUS_URL=http://127.0.0.1:9090 auto-devops mcp prometheus --listen 127.0.0.1:8090
  auto-devops mcp kubernetes --mode act                 the changes, for calls with a grant of the executor")]
pub struct Mcp {
    /// Which server.
    pub server: Server,
    /// Speak on standard input and output; this is the default.
    #[arg(long, conflicts_with = "listen")]
    pub stdio: bool,
    /// Speak streamable HTTP at this address, under /mcp; a port alone is one of 127.0.0.1.
    #[arg(long, value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: Option<SocketAddr>,
    /// What to serve.
    #[arg(long, value_enum, default_value = "read")]
    pub mode: Mode,
    /// Act mode for any client on this machine: no grant is asked for, and every call is written to the audit file first.
    #[arg(long)]
    pub without_grants: bool,
    /// Announce an output schema for each tool, and send results as structured content.
    #[arg(long)]
    pub structured: bool,
}

/// Commands of `tools`.
#[derive(Debug, Subcommand)]
pub enum Tools {
    /// Every tool on offer, with its server and effect class; what is withheld, with the reason.
    List {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Call one tool that reads.
    Call {
        /// Its name in the list.
        name: String,
        /// Its arguments as a JSON object.
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
        /// Print the whole result as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Commands of `config`.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum Config {
    /// Every value that holds, with the place that set it; secrets hidden.
    Show {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// The JSON schema of a settings file, for editors.
    Schema,
    /// Every mistake in the settings.
    Check {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  auto-devops completions bash > ~/.local/share/bash-completion/completions/auto-devops
  auto-devops completions zsh > \"${fpath[1]}/_auto-devops\"")]
pub struct Completions {
    /// Which shell.
    pub shell: Shell,
}

/// Arguments of `estate`.
#[derive(Debug, Args)]
pub struct Estate {
    /// The scenario to run; `list` prints them.
    #[arg(long, value_name = "NAME|list")]
    pub scenario: Option<String>,
    /// The first port: the servers take this one and those after it; 0 takes free ones.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub listen_base: u16,
}
