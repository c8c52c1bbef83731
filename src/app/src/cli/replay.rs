//! The command that decides recorded incidents anew.

use clap::{Args, Subcommand, ValueEnum};
use domain::policy::Autonomy;
use std::path::PathBuf;

/// Commands of `replay`. Nothing is asked of any backend, and nothing is done.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops replay run INC-17 --policy strict.toml
  auto-devops replay run --autonomy safe              every recorded incident, as if at that autonomy
  auto-devops replay report --since 7d                what would have been done where nothing is
  auto-devops replay run --series cpu.csv --rules senses.toml
  auto-devops replay export INC-17 > inc-17.json")]
pub enum Replay {
    /// The incidents that are recorded.
    List {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Decide recorded incidents anew, and tell in what it differs from then.
    Run(Run),
    /// What was decided and not done, because the environment is in shadow or only watched.
    Report {
        /// Only this far back, such as 24h or 30d.
        #[arg(long, value_name = "TIME", default_value = "7d", value_parser = super::commands::time_back)]
        since: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Write the recording of one incident to standard output, as one JSON document.
    Export {
        /// Its id.
        #[arg(value_name = "INCIDENT")]
        id: String,
    },
    /// Keep the recording of an export in this store.
    Import {
        /// The file; `-` is standard input.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
}

/// Arguments of `replay run`.
#[derive(Debug, Args)]
pub struct Run {
    /// The incidents; where none is named, all that are recorded.
    #[arg(value_name = "INCIDENT", conflicts_with_all = ["file", "series"])]
    pub ids: Vec<String>,
    /// Decide the recording of this export anew; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "series")]
    pub file: Option<PathBuf>,
    /// By this decision table, in the place of the one of the settings.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// As if at this autonomy level.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub autonomy: Option<Level>,
    /// As if it had been in this environment, by its settings.
    #[arg(long = "environment", value_name = "NAME")]
    pub place: Option<String>,
    /// Run a series through the detectors in the place of incidents: a CSV file, a line a point, TIME,VALUE.
    #[arg(long, value_name = "FILE")]
    pub series: Option<PathBuf>,
    /// The file whose `[[series]]` name the detectors; without it, one that knows what is usual.
    #[arg(long, value_name = "FILE", requires = "series")]
    pub rules: Option<PathBuf>,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// An autonomy level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    /// Looks only.
    Observe,
    /// Asks for each action.
    Suggest,
    /// Does what is safe.
    Safe,
    /// Does what the policy allows.
    Full,
}

impl From<Level> for Autonomy {
    fn from(level: Level) -> Self {
        match level {
            Level::Observe => Self::Observe,
            Level::Suggest => Self::Suggest,
            Level::Safe => Self::Safe,
            Level::Full => Self::Full,
        }
    }
}
