//! Keys of the environments.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key("environments.NAME.clusters", Kind::NamesOf("clusters"), "The clusters of this environment.").or("[]"),
    key("environments.NAME.prometheus", Kind::NamesOf("prometheus"), "The Prometheus servers that watch it.").or("[]"),
    key("environments.NAME.loki", Kind::NamesOf("loki"), "The Loki servers that hold its logs.").or("[]"),
    key("environments.NAME.tempo", Kind::NamesOf("tempo"), "The Tempo servers that hold its traces.").or("[]"),
    key("environments.NAME.mcp_servers", Kind::NamesOf("mcp_servers"), "The foreign MCP servers that belong to it.")
        .or("[]"),
    key("environments.NAME.namespaces", Kind::TextList, "The namespaces that belong to it; none named means all.")
        .or("[]"),
    key(
        "environments.NAME.autonomy",
        Kind::OneOf(&["observe", "suggest", "safe", "full"]),
        "How much may be done here without a person.",
    )
    .or("observe"),
    key(
        "environments.NAME.shadow",
        Kind::OneOf(&["suggest", "safe", "full"]),
        "Shadow: everything is decided as if at this autonomy and told as what would have been done; nothing is done, and nobody is asked. Takes `autonomy = \"observe\"`.",
    ),
    key(
        "environments.NAME.instructions",
        Kind::Text,
        "What the assistant must know of this environment, in plain words.",
    ),
    key("environments.NAME.people", Kind::TextList, "The people who answer for this environment.").or("[]"),
    key(
        "environments.NAME.maintenance",
        Kind::TextList,
        "When what is scheduled may be done: `DAYS FROM-TO ZONE`, such as `Sat,Sun 02:00-05:00 Europe/Berlin`, or `FROM..TO`, two times.",
    )
    .or("[]"),
    key(
        "environments.NAME.business_hours",
        Kind::TextList,
        "When people are at work, written as `maintenance`; what disrupts is not done by itself then.",
    )
    .or("[]"),
    key(
        "environments.NAME.approvers",
        Kind::TextList,
        "Who approves what is proposed here, whatever their role: ids such as `slack:U0123456789`, of groups `slack:S0123456789`. None named means everybody with the role of an approver.",
    )
    .or("[]"),
    key(
        "environments.NAME.senses",
        Kind::File,
        "The TOML file with rules, series, endpoints and known noise of this environment.",
    ),
    key(
        "environments.NAME.visible_to",
        Kind::OneOf(&["viewer", "responder", "approver", "admin"]),
        "The least role that sees the incidents of this environment in Slack: in `/jamie incidents`, App Home and direct messages.",
    )
    .or("viewer"),
    key(
        "environments.NAME.services.NAME.impact",
        Kind::OneOf(&["low", "medium", "high"]),
        "What the business loses while this service is away.",
    )
    .or("medium"),
    key("environments.NAME.services.NAME.namespace", Kind::Text, "The namespace that the service runs in."),
];
