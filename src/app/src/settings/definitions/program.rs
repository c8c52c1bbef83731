//! Keys that concern the program as a whole: profile, output, telemetry, playbooks, known noise.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The profiles that are built in.
pub const PROFILES: &[&str] = &["dev", "staging", "prod"];

/// The keys.
pub const KEYS: &[Definition] = &[
    key(
        "profile",
        Kind::OneOf(PROFILES),
        "Which built-in profile is read after the defaults. `--profile` and `AUTO_DEVOPS_PROFILE` come before a file's word.",
    )
    .filled_by(&["AUTO_DEVOPS_PROFILE"]),
    key(
        "output.colour",
        Kind::OneOf(&["auto", "always", "never"]),
        "Colour on the terminal; `auto` means only where the output is a terminal.",
    )
    .filled_by(&["NO_COLOR"]),
    key("output.time_zone", Kind::TimeZone, "The zone in which times are read (\"at 02:40\") and written.")
        .filled_by(&["TZ"]),
    key("telemetry.log", Kind::LogFilter, "What is logged to stderr. `-v`, `-vv`, `-vvv` mean info, debug, trace.")
        .filled_by(&["RUST_LOG"]),
    key("telemetry.format", Kind::OneOf(&["text", "json"]), "How a line of the log is written."),
    key(
        "playbooks.directories",
        Kind::Folders,
        "Folders with playbooks and checks of your own; read in this order, every file that ends in `.toml`.",
    ),
    key(
        "golden_signals.directories",
        Kind::Folders,
        "Folders with recipes of golden signals of your own (which metrics tell traffic, errors, latency), which come before the built-in ones; every file that ends in `.toml`.",
    ),
    key("ignore[].check", Kind::Text, "The check whose finding is known noise; `*` stands for any part of a name.")
        .required(),
    key(
        "ignore[].object",
        Kind::Text,
        "The objects, as `KIND NAMESPACE/NAME` or `KIND NAME`; `*` stands for any part.",
    )
    .required(),
    key("ignore[].reason", Kind::Text, "Why this is no problem. Told where the finding is left out.").required(),
    key("ignore[].expires", Kind::Date, "The last day on which the entry holds; after it the finding is told again.")
        .required(),
];
