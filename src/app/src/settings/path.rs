//! The path of one key: `prometheus.main.url`, `ignore[0].reason`.

use serde::Serialize;
use std::fmt;

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A key of a table.
    Key(String),
    /// A place in an array of tables, counted from 0.
    Index(usize),
}

/// A path from the root of the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyPath(Vec<Segment>);

impl KeyPath {
    /// The root.
    pub fn root() -> Self {
        Self(Vec::new())
    }

    /// A path of plain keys, split at dots; only for paths that the program itself writes.
    pub fn of(dotted: &str) -> Self {
        Self(dotted.split('.').map(|key| Segment::Key(key.to_owned())).collect())
    }

    /// One step further, by key.
    #[must_use]
    pub fn key(&self, key: impl Into<String>) -> Self {
        let mut next = self.clone();
        next.0.push(Segment::Key(key.into()));
        next
    }

    /// One step further, by place.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut next = self.clone();
        next.0.push(Segment::Index(index));
        next
    }

    /// The steps.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The key after `prefix`, where this path lies under it.
    pub fn name_under(&self, prefix: &KeyPath) -> Option<&str> {
        match self.0.strip_prefix(prefix.0.as_slice())?.first()? {
            Segment::Key(key) => Some(key),
            Segment::Index(_) => None,
        }
    }

    /// The place after `prefix`, where this path lies under it.
    pub fn index_under(&self, prefix: &KeyPath) -> Option<usize> {
        match self.0.strip_prefix(prefix.0.as_slice())?.first()? {
            Segment::Key(_) => None,
            Segment::Index(index) => Some(*index),
        }
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(out, "[{index}]")?,
                Segment::Key(key) => {
                    if place > 0 {
                        out.write_str(".")?;
                    }
                    if is_bare(key) { out.write_str(key)? } else { write!(out, "{key:?}")? }
                }
            }
        }
        Ok(())
    }
}

impl Serialize for KeyPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn is_bare(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_in_a_file() {
        let cases = [
            (KeyPath::of("model.endpoint"), "model.endpoint"),
            (KeyPath::of("ignore").index(2).key("reason"), "ignore[2].reason"),
            (KeyPath::of("clusters").key("eu.west 1").key("context"), "clusters.\"eu.west 1\".context"),
        ];
        for (path, written) in cases {
            assert_eq!(path.to_string(), written);
        }
    }

    #[test]
    fn names_stand_after_their_section() {
        let path = KeyPath::of("clusters").key("a.b").key("context");
        assert_eq!(path.name_under(&KeyPath::of("clusters")), Some("a.b"));
        assert_eq!(path.name_under(&KeyPath::of("prometheus")), None);
        assert_eq!(KeyPath::of("ignore").index(3).key("x").index_under(&KeyPath::of("ignore")), Some(3));
    }
}
