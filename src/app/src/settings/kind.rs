//! The types that a key can have: what is accepted, in words and as JSON schema.

use serde_json::{Value as Json, json};

/// The type of a key with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text that is not empty.
    Text,
    /// One of a few words.
    OneOf(&'static [&'static str]),
    /// A whole number within bounds.
    Whole {
        /// The smallest.
        min: u64,
        /// The largest.
        max: u64,
    },
    /// Whole seconds within bounds.
    Seconds {
        /// The shortest.
        min: u64,
        /// The longest.
        max: u64,
    },
    /// True or false.
    Flag,
    /// An `http` or `https` URL.
    Url,
    /// A URL, or `host:port` which means `http`.
    Endpoint,
    /// A file that must exist; relative to the file that names it.
    File,
    /// A file or folder that need not exist; relative to the file that names it.
    Path,
    /// Folders that must exist; relative to the file that names them.
    Folders,
    /// A list of texts.
    TextList,
    /// A list of names, each declared as a section of this name.
    NamesOf(&'static str),
    /// A list of texts in which `${VARIABLE}` may stand.
    Templates,
    /// A secret text.
    Secret,
    /// Names with texts of which each may be secret.
    SecretMap,
    /// Names of tools with their effect classes.
    Grades,
    /// A name of the IANA time zone database.
    TimeZone,
    /// A day: `2027-03-31`.
    Date,
    /// Directives as in `RUST_LOG`.
    LogFilter,
}

impl Kind {
    /// Whether the value must not be shown.
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretMap)
    }

    /// What is accepted, in words.
    pub fn accepted(self) -> String {
        match self {
            Self::Text => "a text that is not empty".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::Whole { min, max } => format!("a whole number from {min} to {max}"),
            Self::Seconds { min, max } => format!("whole seconds from {min} to {max}"),
            Self::Flag => "true or false".to_owned(),
            Self::Url => "a URL that begins with http:// or https://".to_owned(),
            Self::Endpoint => "a URL that begins with http:// or https://, or host:port".to_owned(),
            Self::File => "the path of a file that exists".to_owned(),
            Self::Path => "a path".to_owned(),
            Self::Folders => "a list of folders that exist".to_owned(),
            Self::TextList => "a list of texts".to_owned(),
            Self::NamesOf(section) => format!("a list of names declared as [{section}.NAME]"),
            Self::Templates => "a list of texts; each may hold \"${VARIABLE}\"".to_owned(),
            Self::Secret => "a text, \"${VARIABLE}\", or { file = \"/path\" }".to_owned(),
            Self::SecretMap => "a table of texts; each may hold \"${VARIABLE}\" or be { file = \"/path\" }".to_owned(),
            Self::Grades => "a table of tool = \"R0\", \"R1\", \"W1\", \"W2\" or \"W3\"".to_owned(),
            Self::TimeZone => "a name of the IANA time zone database, such as \"Europe/Berlin\" or \"UTC\"".to_owned(),
            Self::Date => "a day such as 2027-03-31".to_owned(),
            Self::LogFilter => "a level (error, warn, info, debug, trace) or directives as in RUST_LOG".to_owned(),
        }
    }

    /// The same as JSON schema.
    pub fn schema(self) -> Json {
        match self {
            Self::Text | Self::TimeZone | Self::LogFilter | Self::File | Self::Path => {
                json!({"type": "string", "minLength": 1})
            }
            Self::OneOf(words) => json!({"type": "string", "enum": words}),
            Self::Whole { min, max } | Self::Seconds { min, max } => {
                json!({"type": "integer", "minimum": min, "maximum": max})
            }
            Self::Flag => json!({"type": "boolean"}),
            Self::Url => json!({"type": "string", "pattern": "^https?://"}),
            Self::Endpoint => json!({"type": "string", "minLength": 1}),
            Self::Folders | Self::TextList | Self::NamesOf(_) | Self::Templates => {
                json!({"type": "array", "items": {"type": "string", "minLength": 1}})
            }
            Self::Secret => secret_schema(),
            Self::SecretMap => json!({"type": "object", "additionalProperties": secret_schema()}),
            Self::Grades => json!({
                "type": "object",
                "additionalProperties": {"type": "string", "enum": ["R0", "R1", "W1", "W2", "W3"]}
            }),
            Self::Date => json!({"type": "string", "format": "date"}),
        }
    }
}

fn secret_schema() -> Json {
    json!({"oneOf": [
        {"type": "string", "minLength": 1},
        {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"], "additionalProperties": false}
    ]})
}
