//! One remembered thing.

use super::vector::Int8Vector;
use super::words::Words;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::fmt::Write as _;

/// Bytes of a text at most; a longer one is cut where it is remembered.
pub const TEXT_BYTES: usize = 64 * 1024;

/// Characters of a title at most.
pub const TITLE_CHARS: usize = 200;

/// Names of an entry at most.
pub const NAMES: usize = 200;

/// Characters of a name at most.
pub const NAME_CHARS: usize = 200;

/// Bytes of the text that a vector is made of. Small embedding models read 512 tokens, and some endpoints refuse more
/// rather than cut it; title, names and beginning say what a page is about.
const EMBEDDED_BYTES: usize = 2_000;

/// Bytes of an id made of a digest.
const ID_DIGEST_BYTES: usize = 8;

/// What sort of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A question that was answered.
    Turn,
    /// An incident.
    Incident,
    /// What was written about an incident afterwards.
    PostMortem,
    /// A page of instructions, one an alert.
    Runbook,
    /// What somebody told it to remember.
    Note,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Turn, Self::Incident, Self::PostMortem, Self::Runbook, Self::Note];

    /// As it is stored and queried.
    pub fn name(self) -> &'static str {
        match self {
            Self::Turn => "turn",
            Self::Incident => "incident",
            Self::PostMortem => "post_mortem",
            Self::Runbook => "runbook",
            Self::Note => "note",
        }
    }

    /// The kind of this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// After how many days it counts half; `None` where age says nothing. A page of instructions is true until it is
    /// changed; what was answered once is about a state of the world that passes soonest.
    pub fn half_life_days(self) -> Option<f64> {
        match self {
            Self::Turn => Some(30.0),
            Self::Incident | Self::Note => Some(180.0),
            Self::PostMortem => Some(365.0),
            Self::Runbook => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Turn => "past answer",
            Self::Incident => "incident",
            Self::PostMortem => "post-mortem",
            Self::Runbook => "runbook",
            Self::Note => "note",
        })
    }
}

/// What is to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What sort.
    pub kind: Kind,
    /// One line.
    pub title: String,
    /// Markdown or plain text.
    pub text: String,
    /// Alert names, error codes, objects.
    pub names: Vec<String>,
    /// Where it comes from: a path, a link to the conversation. The same kind and source are the same entry.
    pub source: String,
    /// Whose data it is, where it is personal.
    pub person: Option<String>,
    /// When it happened or was written.
    pub created_at: DateTime<Utc>,
}

/// A remembered thing. Its text comes from people and machines and is trusted by nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Unique; made of kind and source.
    pub id: String,
    /// What sort.
    pub kind: Kind,
    /// One line.
    pub title: String,
    /// Markdown or plain text, at most [`TEXT_BYTES`].
    pub text: String,
    /// Alert names, error codes, objects: whoever asks for one of these gets this first.
    #[serde(default)]
    pub names: Vec<String>,
    /// Where it comes from.
    pub source: String,
    /// Whose data it is, where it is personal.
    #[serde(default)]
    pub person: Option<String>,
    /// When it happened or was written: the date that it is cited with, and by which it ages.
    pub created_at: DateTime<Utc>,
    /// When the record changed last, its counts and its vector too.
    pub changed_at: DateTime<Utc>,
    /// How often somebody said that it helped.
    #[serde(default)]
    pub helpful: u32,
    /// How often somebody said that it did not.
    #[serde(default)]
    pub unhelpful: u32,
    /// Its meaning, where an endpoint made one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector: Option<Int8Vector>,
}

impl Entry {
    /// The entry of a draft, cut to its limits. Secrets are to be taken out of the draft before.
    pub fn of(draft: Draft, now: DateTime<Utc>) -> Self {
        let names = draft.names.iter().map(|name| head(name.trim(), NAME_CHARS)).filter(|name| !name.is_empty());
        Self {
            id: id(draft.kind, &draft.source),
            kind: draft.kind,
            title: head(&draft.title, TITLE_CHARS),
            text: draft.text.get(..draft.text.floor_char_boundary(TEXT_BYTES)).unwrap_or_default().to_owned(),
            names: names.take(NAMES).collect(),
            source: draft.source,
            person: draft.person,
            created_at: draft.created_at,
            changed_at: now,
            helpful: 0,
            unhelpful: 0,
            vector: None,
        }
    }

    /// Whether both tell the same, whatever became of them since.
    pub fn tells_the_same_as(&self, other: &Self) -> bool {
        (self.kind, &self.title, &self.text, &self.names, &self.source, &self.person)
            == (other.kind, &other.title, &other.text, &other.names, &other.source, &other.person)
    }

    /// This entry in the place of an older one of the same id: what people thought of it stays, and where the text is
    /// the same its date and its vector too.
    #[must_use]
    pub fn in_place_of(mut self, older: &Self) -> Self {
        self.helpful = older.helpful;
        self.unhelpful = older.unhelpful;
        if self.tells_the_same_as(older) {
            self.created_at = older.created_at;
            self.vector.clone_from(&older.vector);
        }
        self
    }

    /// What a search finds it by.
    pub fn words(&self) -> Words {
        Words::of(&self.names, &self.title, &self.text)
    }

    /// What its vector is made of.
    pub fn embedded_text(&self) -> String {
        let text = format!("{}\n{}\n{}", self.title, self.names.join(", "), self.text);
        text.get(..text.floor_char_boundary(EMBEDDED_BYTES)).unwrap_or_default().to_owned()
    }
}

/// The id of what a source tells: `runbook-` and a digest.
pub fn id(kind: Kind, source: &str) -> String {
    let mut id = format!("{}-", kind.name().replace('_', "-"));
    for byte in Sha256::digest(source.as_bytes()).iter().take(ID_DIGEST_BYTES) {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}

/// One line of a text, cut.
fn head(text: &str, at_most_chars: usize) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(at_most_chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(text: &str) -> Draft {
        Draft {
            kind: Kind::Runbook,
            title: "A  disk\nfills".to_owned(),
            text: text.to_owned(),
            names: vec![" DiskFull ".to_owned(), String::new()],
            source: "pages/disk.md".to_owned(),
            person: None,
            created_at: DateTime::UNIX_EPOCH,
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_draft_is_cut_and_its_lines_joined() {
        let entry = Entry::of(draft(&"ä".repeat(TEXT_BYTES)), at(1));
        assert_eq!(entry.text.len(), TEXT_BYTES);
        assert_eq!((entry.title.as_str(), entry.names.as_slice()), ("A disk fills", &["DiskFull".to_owned()][..]));
        assert!(entry.embedded_text().len() <= EMBEDDED_BYTES);
    }

    #[test]
    fn the_same_source_is_the_same_entry() {
        assert_eq!(Entry::of(draft("a"), at(1)).id, Entry::of(draft("b"), at(2)).id);
        assert_ne!(id(Kind::Note, "x"), id(Kind::Turn, "x"));
        assert!(id(Kind::PostMortem, "x").starts_with("post-mortem-"));
    }

    #[test]
    fn feedback_outlives_a_change_and_the_vector_does_not() {
        let mut older = Entry::of(draft("a"), at(1));
        older.helpful = 3;
        older.vector = Int8Vector::of("m", &[1.0, 0.0]);
        let same = Entry::of(Draft { created_at: at(9), ..draft("a") }, at(9)).in_place_of(&older);
        assert_eq!((same.helpful, same.created_at, same.vector.is_some()), (3, at(0), true));
        let other = Entry::of(Draft { created_at: at(9), ..draft("b") }, at(9)).in_place_of(&older);
        assert_eq!((other.helpful, other.created_at, other.vector.is_some()), (3, at(9), false));
    }

    #[test]
    fn an_entry_is_read_back_as_it_was_written() {
        let mut entry = Entry::of(draft("a"), at(1));
        for vector in [None, Int8Vector::of("m", &[1.0, -0.5])] {
            entry.vector = vector;
            let text = serde_json::to_string(&entry).unwrap();
            assert_eq!(serde_json::from_str::<Entry>(&text).unwrap(), entry);
        }
        assert_eq!(serde_json::to_value(&entry).unwrap()["kind"], Kind::Runbook.name());
    }

    #[test]
    fn names_of_kinds_are_those_of_the_documents() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(Kind::of(kind.name()), Some(kind));
        }
    }
}
