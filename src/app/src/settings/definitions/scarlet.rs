//! Keys of Scarlet: what she looks at by herself, what she may, whom she asks and tells.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key("scarlet.enabled", Kind::Flag, "Whether `serve` looks by itself. Without a store that keeps, it does not either."),
    key(
        "scarlet.escalate_to",
        Kind::TextList,
        "Where people are told what is not done without them, in this order until one took it: channels by id, such as `slack:C0123456789`, and webhooks of the purpose `notification`, such as `webhook:pager`. An environment whose autonomy is above `observe` needs one.",
    ),
    key(
        "scarlet.approval_minutes",
        Kind::Whole { min: 1, max: 1_440 },
        "How long a proposal waits for people before it expires and the incident is handed to them.",
    ),
    key(
        "scarlet.automatic_per_hour",
        Kind::Whole { min: 0, max: 1_000 },
        "How many actions may begin in one environment within an hour without a person.",
    ),
    key(
        "scarlet.cool_down_minutes",
        Kind::Whole { min: 1, max: 1_440 },
        "How long an object is left alone after an action on it.",
    ),
    key(
        "scarlet.look_seconds",
        Kind::Seconds { min: 5, max: 3_600 },
        "How often clusters, alerts, logs and traces are looked at.",
    ),
    key(
        "scarlet.critical_services",
        Kind::TextList,
        "Services for which a person is always asked; a name stands for every name that has it as a part between dashes.",
    ),
    key("scarlet.protected_namespaces", Kind::TextList, "Namespaces in which nothing is changed."),
    key(
        "scarlet.allow_full",
        Kind::Flag,
        "The second of the two settings that the autonomy `full` takes: without it `full` is a mistake.",
    ),
    key(
        "scarlet.policy",
        Kind::File,
        "A decision table in the place of the built-in one (config/policy/decision.toml); its mistakes are told at the start.",
    ),
    key(
        "scarlet.recordings",
        Kind::Flag,
        "Whether what her decisions rest on is kept beside each incident, for `replay`: looks with their results, rehearsals, verdicts. It stays as long as evidence does.",
    ),
    key(
        "receivers.NAME.kind",
        Kind::OneOf(&["alertmanager", "generic"]),
        "What comes in: webhooks of Alertmanager at `/webhooks/alertmanager/` and the environment's name, or of another program at `/webhooks/NAME`.",
    )
    .or("alertmanager"),
    key("receivers.NAME.environment", Kind::Text, "The environment that it speaks of.").required(),
    key("receivers.NAME.bearer", Kind::Secret, "The bearer token that it must send."),
    key("receivers.NAME.user", Kind::Text, "The user of basic authentication that it must send, with `password`."),
    key("receivers.NAME.password", Kind::Secret, "The password of basic authentication that it must send."),
    key(
        "receivers.NAME.mapping",
        Kind::File,
        "For `generic`: the TOML file that tells where name, state, severity and object stand in its JSON.",
    ),
];
