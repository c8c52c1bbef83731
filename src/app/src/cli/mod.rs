//! The command line: what may be typed, and what it means.
//!
//! Two stages: [`Cli`] is what was typed, checked by clap alone; [`Global::request`] and the commands turn it into
//! settings. Wrong usage ends with 64. Commands of later issues do not exist here, so that clap proposes what does.

pub mod commands;
pub mod exit;
pub mod pause;
pub mod replay;
pub mod scarlet;
pub mod slack;
pub mod state;
pub mod stop;

pub use exit::Exit;
pub use stop::Stop;

use crate::settings::{Narrowing, Request};
use clap::{ArgAction, Args, Parser};
use commands::Command;
use std::ffi::OsString;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  auto-devops demo                                     everything embedded: try it without a cluster
  auto-devops ask \"what is wrong with checkout?\"       one answer with its evidence
  auto-devops ask \"which targets are down?\" --no-model --json
  auto-devops chat --env prod                          a conversation; Ctrl-C stops the answer, Ctrl-D leaves
  auto-devops serve                                    the service, with Slack where its tokens are set
  auto-devops doctor                                   what is configured, what answers
  auto-devops config check                             every mistake in the settings

Exit codes: 0 done; 1 failed; 2 answered, but something needed could not be looked at; 64 usage or settings;
69 a needed service is unavailable; 77 not permitted.
Settings: docs/settings.md, or `auto-devops config show`.";

/// An on-call assistant: ask about your clusters and get an answer with its evidence.
#[derive(Debug, Parser)]
#[command(name = "auto-devops", version, about, after_help = EXAMPLES, propagate_version = true)]
pub struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Read this built-in profile after the defaults: dev, staging or prod.
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Read this settings file after the usual ones.
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Look only at this environment, declared as `[environments.NAME]`.
    #[arg(long = "env", global = true, value_name = "NAME")]
    pub environment: Option<String>,
    /// Look only at this cluster: a declared `[clusters.NAME]`, or a context of the kubeconfig.
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Look only at this namespace.
    #[arg(long, short = 'n', global = true, value_name = "NAME")]
    pub namespace: Option<String>,
    /// Answer without a language model, by the built-in investigations.
    #[arg(long, global = true)]
    pub no_model: bool,
    /// Log more to stderr: -v info, -vv debug, -vvv trace.
    #[arg(long, short = 'v', global = true, action = ArgAction::Count)]
    pub verbose: u8,
}

impl Global {
    /// What these flags ask of the settings.
    pub fn request(&self) -> Request {
        Request {
            profile: self.profile.clone(),
            config: self.config.clone(),
            narrowing: Narrowing {
                environment: self.environment.clone(),
                context: self.context.clone(),
                namespace: self.namespace.clone(),
                no_model: self.no_model,
                verbosity: self.verbose,
            },
        }
    }
}

/// Reads the arguments. `--help` and `--version` are an early end with code 0, wrong usage one with 64.
///
/// # Errors
/// The early end; its text has been written by clap where it belongs, so the message is empty.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, Stop> {
    Cli::try_parse_from(arguments).map_err(|error| {
        let exit = if error.use_stderr() { Exit::Usage } else { Exit::Done };
        match error.print() {
            Ok(()) => Stop { exit, message: None },
            Err(broken) => Stop::from(broken),
        }
    })
}

#[cfg(test)]
mod tests;
