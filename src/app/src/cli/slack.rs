//! The commands of Slack.

use crate::settings::resolve::slack::{ACCEPTED_ADDRESS, https_address};
use clap::Subcommand;

/// Commands of `slack`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops slack manifest                                          no public address needed (Socket Mode)
  auto-devops slack manifest --request-url https://jamie.example.com  Slack sends its events to that address

From nothing to a first answer: docs/slack.md.")]
pub enum Slack {
    /// Print the manifest of the Slack app for this deployment, to be pasted at <https://api.slack.com/apps>.
    Manifest {
        /// Slack sends events to this address over HTTP, in the place of Socket Mode; without it `slack.public_url`,
        /// where no app token is named.
        #[arg(long, value_name = "URL", value_parser = request_url)]
        request_url: Option<String>,
    },
}

fn request_url(text: &str) -> Result<String, String> {
    https_address(text).ok_or_else(|| format!("accepted is {ACCEPTED_ADDRESS}"))
}
