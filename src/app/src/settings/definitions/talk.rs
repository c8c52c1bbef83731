//! Keys of the model and of the turn.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key(
        "model.endpoint",
        Kind::Endpoint,
        "The OpenAI-compatible endpoint (`https://host/v1`) or an Ollama server (`host:port`). Without it no model is used and the playbook brain answers.",
    )
    .filled_by(&["OPENAI_BASE_URL", "OLLAMA_HOST"]),
    key("model.model", Kind::Text, "The model's name. Without it the first one that the endpoint offers."),
    key(
        "model.api_key",
        Kind::Secret,
        "The key that the endpoint wants. `OPENAI_API_KEY` is used only together with `OPENAI_BASE_URL`, so that it is sent nowhere else; a key alone names no model.",
    )
    .filled_by(&["OPENAI_API_KEY"]),
    key("model.headers", Kind::SecretMap, "Further headers of each request, as a gateway may want them."),
    key(
        "model.kind",
        Kind::OneOf(&["auto", "openai", "ollama"]),
        "What stands at the endpoint; `auto` takes an address with a path (`https://host/v1`) as the OpenAI API and one without as Ollama.",
    ),
    key(
        "model.context_tokens",
        Kind::Whole { min: 1024, max: 10_000_000 },
        "The context that the model really has, where the endpoint does not tell; otherwise it is probed.",
    ),
    key(
        "model.reply_tokens",
        Kind::Whole { min: 64, max: 100_000 },
        "Ceiling of one reply.",
    ),
    key(
        "model.first_token_seconds",
        Kind::Seconds { min: 1, max: 3600 },
        "How long the first part of a reply may take, loading the model included.",
    ),
    key("model.idle_seconds", Kind::Seconds { min: 1, max: 3600 }, "The longest silence between two parts of a reply."),
    key("model.total_seconds", Kind::Seconds { min: 1, max: 7200 }, "How long one whole reply may take."),
    key("model.max_concurrent", Kind::Whole { min: 1, max: 1024 }, "Requests to the endpoint at the same time."),
    key("model.max_queue", Kind::Whole { min: 0, max: 10_000 }, "Requests that may wait for a place; more are refused."),
    key(
        "model.prompt_file",
        Kind::File,
        "A system prompt in the place of the built-in one: Markdown with the header of `prompts/jamie.md` and its variables.",
    ),
    key(
        "model.allow_sources",
        Kind::TextList,
        "What may leave the house: the tool servers whose results the model may see, by name; `*` is all of them.",
    ),
    key(
        "model.deny_namespaces",
        Kind::TextList,
        "What may not leave the house: namespaces whose objects, logs and series no model sees; `*` stands for any part of a name.",
    ),
    key(
        "model.egress[].endpoint",
        Kind::Text,
        "The endpoints that this entry concerns; `*` stands for any part. All entries that fit hold, the strictest wins.",
    )
    .required(),
    key("model.egress[].allow_sources", Kind::TextList, "As `model.allow_sources`, for these endpoints.").or("[\"*\"]"),
    key("model.egress[].deny_namespaces", Kind::TextList, "As `model.deny_namespaces`, for these endpoints.").or("[]"),
    key("turn.max_steps", Kind::Whole { min: 1, max: 100 }, "Rounds of tool calls in one turn."),
    key("turn.tools_offered", Kind::Whole { min: 1, max: 64 }, "Tools that the model is offered at first."),
    key("turn.result_tokens", Kind::Whole { min: 100, max: 100_000 }, "What the model sees of one tool result."),
    key("turn.deadline_seconds", Kind::Seconds { min: 1, max: 3600 }, "How long a turn may take."),
    key("turn.tool_deadline_seconds", Kind::Seconds { min: 1, max: 600 }, "How long one tool call may take."),
    key("turn.parallel_calls", Kind::Whole { min: 1, max: 64 }, "Tool calls at the same time in one turn."),
    key("turn.cache_seconds", Kind::Seconds { min: 0, max: 3600 }, "How long the result of a read is used again; 0 is never."),
];
