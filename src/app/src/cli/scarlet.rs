//! The commands of what Scarlet does: incidents, actions, what was learned, health checks.

use clap::Subcommand;
use std::path::PathBuf;

/// Commands of `incidents`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops incidents list
  auto-devops incidents show INC-17
  auto-devops incidents watch          what changes, as it changes")]
pub enum Incidents {
    /// Those that are not over, the worst first.
    List {
        /// Those that are over, too; the last that changed first.
        #[arg(long)]
        all: bool,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Everything of one incident.
    Show {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
        /// Print the draft of its post-mortem, as Markdown.
        #[arg(long, conflicts_with = "json")]
        post_mortem: bool,
    },
    /// Tell what happens to incidents until stopped.
    Watch,
}

/// Commands of `actions`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops actions list
  auto-devops actions show APR-5
  auto-devops actions approve APR-5 --plan 3f2a9c81d0b4
  auto-devops actions undo INC-17 --why \"the orders queue grows since\"")]
pub enum Actions {
    /// What waits for people.
    List {
        /// What was decided, too; the last that changed first.
        #[arg(long)]
        all: bool,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// The whole plan with the words that were said on it.
    Show {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Say yes to the plan that `show` printed.
    Approve(Answer),
    /// Say no to it.
    Reject(Answer),
    /// Take an earlier yes back, before it has begun.
    Withdraw(Answer),
    /// Have what Scarlet did last of an incident taken back, while it is looked whether it helps.
    Undo(Undo),
}

/// What is to be taken back.
#[derive(Debug, clap::Args)]
pub struct Undo {
    /// The incident's id, or the action's.
    #[arg(value_name = "ID")]
    pub id: String,
    /// Why; others read it in the timeline.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
}

/// A word on a plan.
#[derive(Debug, clap::Args)]
pub struct Answer {
    /// The approval's id.
    #[arg(value_name = "ID")]
    pub id: String,
    /// The first digits of the plan's digest, as `show` prints them: the word counts for this plan only.
    #[arg(long, value_name = "DIGEST")]
    pub plan: String,
}

/// Commands of `learning`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops learning show
  auto-devops learning export learned.json
  auto-devops learning reset --symptom image_pull")]
pub enum Learning {
    /// How well each action helped against each kind of trouble, and what it may therefore do by itself.
    Show {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Write all of it into a file that does not exist; `-` is standard output.
    Export {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Put what an export holds in the place of what was learned here.
    Import {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
    /// Forget: everything, or what `--env`, `--symptom` or `--thresholds` name.
    Reset {
        /// Only of this kind of trouble.
        #[arg(long, value_name = "NAME")]
        symptom: Option<String>,
        /// Only the thresholds of detectors.
        #[arg(long, conflicts_with = "symptom")]
        thresholds: bool,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// Commands of `health`.
#[derive(Debug, Subcommand)]
pub enum Health {
    /// Check each declared endpoint once, now.
    Check {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// The uptime of each over an hour, a day and a week, from the checks of `serve`.
    Report {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}
