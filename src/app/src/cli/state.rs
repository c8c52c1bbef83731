//! The commands of what outlives the process: store, audit, memory, freeze, usage, conversations, serve.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Commands of `store`.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  auto-devops store backup /backup/2026-11-21      while everything goes on
  auto-devops store export state.jsonl             one text file, for any other store
  auto-devops store migrate --to-mongodb           from the embedded store into MONGODB_URI")]
pub enum Store {
    /// Where things are kept, how much, and in which version.
    Status {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Write everything into one file of JSON lines; `-` is standard output.
    Export {
        /// The file; must not exist.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Read an export into an empty store, and compare counts and hashes; `-` is standard input.
    Import {
        /// The file.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Copy everything between the embedded store and MongoDB (`store.folder`, `store.mongodb_uri`), and compare.
    #[command(group = clap::ArgGroup::new("target").required(true))]
    Migrate {
        /// From the embedded store into MongoDB, which must be empty.
        #[arg(long, group = "target")]
        to_mongodb: bool,
        /// From MongoDB into the embedded store, which must be empty.
        #[arg(long, group = "target")]
        to_embedded: bool,
    },
    /// Copy the embedded store into a new folder while it is in use.
    Backup {
        /// The folder; must not exist or be empty.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Put a backup in the place of an embedded store that is not there.
    Restore {
        /// The folder of the backup.
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
    },
    /// Read the whole store and tell every damage.
    Check,
    /// Remove what is older than `[retention]` says.
    Sweep,
    /// Remove everything that is kept of one person.
    ErasePerson {
        /// As `usage --by person` names them.
        #[arg(value_name = "PERSON")]
        person: String,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// Commands of `audit`.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Who did, decided, froze or changed what; the newest first.
    List {
        /// Only this far back, such as 2h or 7d.
        #[arg(long, value_name = "TIME", value_parser = super::commands::time_back)]
        since: Option<String>,
        /// Only this kind, such as `freeze.on`; `*` stands for any part.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
        /// Records at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=10_000))]
        limit: u64,
        /// The journal of actions in the place of the audit trail.
        #[arg(long)]
        journal: bool,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Read journal and audit trail whole, and hold each against its anchor. Exit code 1 where something is wrong.
    Verify {
        /// Hold the audit trail against an anchor that was kept elsewhere, too.
        #[arg(long, value_name = "COUNT:HASH")]
        anchor: Option<String>,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Print the anchors, to keep them where this machine cannot write.
    Anchor,
}

/// What an entry of the memory is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MemoryKind {
    /// A past question and its answer.
    Turn,
    /// An incident.
    Incident,
    /// A post-mortem.
    PostMortem,
    /// A page of a runbook.
    Runbook,
    /// A note that somebody added.
    Note,
}

/// Commands of `memory`.
#[derive(Debug, Subcommand)]
pub enum Memory {
    /// Find what is remembered.
    Search {
        /// The words; a question will do.
        #[arg(value_name = "WORDS", required = true)]
        words: Vec<String>,
        /// Only entries of this kind.
        #[arg(long, value_enum)]
        kind: Option<MemoryKind>,
        /// Entries at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
        limit: u64,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// One entry, whole.
    Show {
        /// Its id, as `search` prints it, or the source that an answer names, such as `builtin:runbooks/service-latency.md`.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Remember a note, or the pages of a folder of runbooks.
    #[command(group = clap::ArgGroup::new("what").required(true))]
    Add {
        /// The note; `-` reads it from standard input.
        #[arg(value_name = "TEXT", group = "what")]
        text: Option<String>,
        /// A folder of runbooks, or one page.
        #[arg(long, value_name = "PATH", group = "what")]
        runbooks: Option<PathBuf>,
        /// The note's title; its first line otherwise.
        #[arg(long, requires = "text")]
        title: Option<String>,
    },
    /// Forget one entry.
    Forget {
        /// Its id, as `search` prints it.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Say whether an entry helped: it is found earlier or later from then on.
    Rate {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// What it did.
        #[arg(value_enum)]
        verdict: Verdict,
    },
    /// What is remembered, by kind, and how it is found.
    Stats {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// What people think of an entry or an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Verdict {
    /// It helped.
    Helpful,
    /// It did not.
    Unhelpful,
}

/// Commands of `freeze`.
#[derive(Debug, Subcommand)]
pub enum Freeze {
    /// Stop every action that has not begun, on all replicas. Anyone may.
    On {
        /// Why, for those who find it frozen.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Let actions begin again; with `--plan`, one action alone.
    Off {
        /// Why.
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        /// The first digits of the digest of a plan that waits for people, as `actions show` prints them: it alone may
        /// begin within the next hour, and everything else stays frozen.
        #[arg(long, value_name = "DIGEST")]
        plan: Option<String>,
    },
    /// Whether it is frozen, by whom, since when.
    Status {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
}

/// What usage is summed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UsageBy {
    /// A line a person.
    Person,
    /// A line a channel.
    Channel,
    /// A line a day (UTC).
    Day,
}

/// Arguments of `usage`.
#[derive(Debug, Args)]
pub struct Usage {
    /// What to sum by.
    #[arg(long, value_enum, default_value = "day")]
    pub by: UsageBy,
    /// Only this far back, such as 24h or 30d.
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = super::commands::time_back)]
    pub since: String,
    /// Print one JSON document.
    #[arg(long)]
    pub json: bool,
}

/// Commands of `conversations`.
#[derive(Debug, Subcommand)]
pub enum Conversations {
    /// Your conversations, the newest first.
    List {
        /// Conversations at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1_000))]
        limit: u64,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// One conversation, whole.
    Show {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Remove one conversation: its turns, their evidence, and what was remembered of them. What it cost stays.
    Delete {
        /// Its id.
        #[arg(value_name = "ID")]
        id: String,
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

/// Arguments of `serve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Runs what the settings enable: the store with its retention, the bus, the runbooks, GET /health, and Slack where its
tokens are set (docs/slack.md). SIGTERM or Ctrl-C ends it; what was begun is finished first.")]
pub struct Serve {
    /// Listen here, in the place of `web.listen`; a port alone is one of 127.0.0.1.
    #[arg(long, value_name = "ADDRESS", value_parser = super::commands::listen_address)]
    pub listen: Option<std::net::SocketAddr>,
}
