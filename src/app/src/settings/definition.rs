//! What is known of one key. Reader, `config schema`, `config show` and `docs/settings.md` all read this one table.

use super::definitions::{environments, program, scarlet, slack, sources, state, talk, webhooks};
use super::kind::Kind;

/// One key. In its path, `NAME` stands for a name of the user's choice and `[]` for the entries of an array of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Dotted path.
    pub path: &'static str,
    /// Type and bounds.
    pub kind: Kind,
    /// What it is for, in one or two sentences.
    pub doc: &'static str,
    /// The value, as in a variable, where none is given; the keys of fixed sections have theirs in `config/default.toml`.
    pub default: Option<&'static str>,
    /// Whether a section without it is a mistake.
    pub required: bool,
    /// Variables of the ecosystem that fill it.
    pub variables: &'static [&'static str],
}

/// Begins the definition of a key.
pub const fn key(path: &'static str, kind: Kind, doc: &'static str) -> Definition {
    Definition { path, kind, doc, default: None, required: false, variables: &[] }
}

impl Definition {
    /// With a value where none is given.
    #[must_use]
    pub const fn or(mut self, default: &'static str) -> Self {
        self.default = Some(default);
        self
    }

    /// A section without it is a mistake.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Also filled by these variables.
    #[must_use]
    pub const fn filled_by(mut self, variables: &'static [&'static str]) -> Self {
        self.variables = variables;
        self
    }
}

/// Every key, section by section.
pub fn all() -> impl Iterator<Item = &'static Definition> {
    [
        program::KEYS,
        talk::KEYS,
        environments::KEYS,
        sources::KEYS,
        state::KEYS,
        slack::KEYS,
        scarlet::KEYS,
        webhooks::KEYS,
    ]
    .into_iter()
    .flatten()
}

/// The definition of a path with `NAME` and `[]` in it.
pub fn find(pattern: &str) -> Option<&'static Definition> {
    all().find(|definition| definition.path == pattern)
}

/// What a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// A key with a value.
    Leaf(&'static Definition),
    /// A table with fixed keys or names.
    Section,
    /// An array of tables.
    Entries,
    /// Nothing that is known.
    Unknown,
}

/// What stands at a pattern.
pub fn place(pattern: &str) -> Place {
    if let Some(definition) = find(pattern) {
        return Place::Leaf(definition);
    }
    let under = |marker: &str| {
        all().any(|definition| definition.path.strip_prefix(pattern).is_some_and(|rest| rest.starts_with(marker)))
    };
    if under(".") {
        Place::Section
    } else if under("[].") {
        Place::Entries
    } else {
        Place::Unknown
    }
}

/// The names that may stand directly under a pattern (`""` is the root), without `NAME`.
pub fn children(pattern: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = all()
        .filter_map(|definition| {
            let rest = if pattern.is_empty() {
                definition.path
            } else {
                definition.path.strip_prefix(pattern)?.strip_prefix('.')?
            };
            rest.split('.').next().map(|name| name.trim_end_matches("[]"))
        })
        .filter(|name| *name != "NAME")
        .collect();
    names.dedup();
    names
}

/// The pattern one step further down.
pub fn join(pattern: &str, next: &str) -> String {
    if pattern.is_empty() { next.to_owned() } else { format!("{pattern}.{next}") }
}
