//! Keys of what outlives the process: store, bus, retention, memory, embeddings, budgets; and of the service's own door.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key(
        "store.kind",
        Kind::OneOf(&["auto", "embedded", "mongodb", "none"]),
        "Where conversations, incidents, audit and memory are kept; `auto` is MongoDB where `store.mongodb_uri` is set and the embedded store elsewhere, `none` keeps nothing.",
    ),
    key(
        "store.folder",
        Kind::Path,
        "The folder of the embedded store. Without it `auto-devops` in `$XDG_STATE_HOME` or `~/.local/state`; made when something is first kept.",
    ),
    key(
        "store.anchors_folder",
        Kind::Path,
        "Where the anchors of journal and audit are kept; another disk or share makes a rewritten log harder to hide. Without it the store's folder.",
    ),
    key(
        "store.mongodb_uri",
        Kind::Secret,
        "The MongoDB server or one that speaks its protocol: `mongodb://` or `mongodb+srv://`, user and password in it where it wants them.",
    )
    .filled_by(&["MONGODB_URI"]),
    key(
        "store.database",
        Kind::Text,
        "The database in MongoDB. Without it the one that the URI names, or `auto_devops`.",
    ),
    key(
        "store.deadline_seconds",
        Kind::Seconds { min: 1, max: 300 },
        "How long one operation of the store may take.",
    ),
    key(
        "bus.redis_url",
        Kind::Secret,
        "The Redis or Valkey server that several replicas share: `redis://` or `rediss://`, password in it where it wants one. Without it everything stays in the process.",
    )
    .filled_by(&["REDIS_URL"]),
    key("bus.prefix", Kind::Text, "What all keys in Redis begin with."),
    key(
        "retention.conversations_days",
        Kind::Whole { min: 1, max: 36_500 },
        "How long conversations, their turns and their usage stay.",
    ),
    key("retention.evidence_days", Kind::Whole { min: 1, max: 36_500 }, "How long the whole results behind answers stay."),
    key(
        "retention.incidents_days",
        Kind::Whole { min: 1, max: 36_500 },
        "How long incidents, plans, approvals and the history of events stay after their last change.",
    ),
    key(
        "retention.audit_days",
        Kind::Whole { min: 1, max: 36_500 },
        "How long journal and audit stay; the cut is recorded in them.",
    ),
    key(
        "memory.recall",
        Kind::Flag,
        "Whether questions are answered with what is remembered: past turns, incidents, runbooks, notes.",
    ),
    key("memory.built_in_runbooks", Kind::Flag, "Whether the runbooks that come with the program are remembered."),
    key(
        "memory.runbooks",
        Kind::Folders,
        "Folders with runbooks of your own, one page an alert; every file that ends in `.md`. docs/runbooks.md has the form.",
    ),
    key(
        "embeddings.endpoint",
        Kind::Endpoint,
        "The OpenAI-compatible endpoint that makes vectors, so that memory is found by meaning too. Without it the model's endpoint, where `embeddings.model` is set.",
    ),
    key("embeddings.model", Kind::Text, "The embedding model, such as `nomic-embed-text`. Without it memory is found by words alone."),
    key("embeddings.api_key", Kind::Secret, "The key that the embeddings endpoint wants. Without it the model's, at the model's endpoint."),
    key(
        "budgets.question_tokens",
        Kind::Whole { min: 0, max: 1_000_000_000 },
        "Tokens that the model may use for one question, prompts and replies together; 0 is no bound.",
    ),
    key("budgets.question_tool_calls", Kind::Whole { min: 0, max: 10_000 }, "Tool calls of one question; 0 is no bound."),
    key(
        "budgets.person_tokens_a_day",
        Kind::Whole { min: 0, max: 1_000_000_000 },
        "Tokens that the questions of one person may use in a day (UTC); 0 is no bound. When they are used up the playbooks answer.",
    ),
    key(
        "budgets.channel_tokens_a_day",
        Kind::Whole { min: 0, max: 1_000_000_000 },
        "As `budgets.person_tokens_a_day`, for one channel.",
    ),
    key(
        "web.listen",
        Kind::Text,
        "Where `serve` listens, as `ADDRESS:PORT`; port 0 takes a free one.",
    ),
];
