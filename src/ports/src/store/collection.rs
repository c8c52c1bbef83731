//! What a collection of documents is: its fields, its schema, who owns its documents and how long they stay.

use super::error::StoreError;
use serde_json::Value;

/// What a field's values are. Fields are members at the top of a document's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A string, ordered by its bytes.
    Text,
    /// A whole number.
    Integer,
    /// A time as RFC 3339; ordered as milliseconds since 1970.
    Time,
}

/// A field that queries may filter and order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The member's name.
    pub name: &'static str,
    /// What its values are.
    pub kind: FieldKind,
}

impl Field {
    /// A field of strings.
    pub const fn text(name: &'static str) -> Self {
        Self { name, kind: FieldKind::Text }
    }

    /// A field of whole numbers.
    pub const fn integer(name: &'static str) -> Self {
        Self { name, kind: FieldKind::Integer }
    }

    /// A field of times.
    pub const fn time(name: &'static str) -> Self {
        Self { name, kind: FieldKind::Time }
    }
}

/// How long documents stay; the settings say how many days each class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Retention {
    /// Conversations and what belongs to them, past turns in memory too: a year.
    Conversations,
    /// Evidence: 90 days.
    Evidence,
    /// Incidents, plans, approvals and the history of events: a year.
    Incidents,
    /// Personal data beside the audit trail: as the trail, two years.
    Audit,
    /// Until somebody removes it.
    Forever,
}

/// Makes a body of the next schema version out of one of the version before.
pub type Upgrade = fn(Value) -> Value;

/// One collection.
#[derive(Debug)]
pub struct Collection {
    /// Lower case, `a-z_`: the name of its table or collection.
    pub name: &'static str,
    /// Version of the bodies that this program writes; 1 is the first.
    pub schema: u32,
    /// How older bodies become newer ones: the first makes version 2 out of version 1. As many as `schema - 1`.
    pub upgrades: &'static [Upgrade],
    /// What queries may filter and order by.
    pub fields: &'static [Field],
    /// What is indexed: lists of field names. The id is added to each, as the last.
    pub indexes: &'static [&'static [&'static str]],
    /// Whether documents carry words that [`super::Store::search`] finds.
    pub searchable: bool,
    /// The text field that names the person whose data it is, where it is personal.
    pub person: Option<&'static str>,
    /// How long documents stay.
    pub retention: Retention,
    /// The time field by which they age; `None` only for what stays forever or expires by itself.
    pub aged_by: Option<&'static str>,
    /// Where only some documents age: a text field and its values, the others stay. `None` for all of them.
    pub only: Option<(&'static str, &'static [&'static str])>,
    /// Whether writes may wait in memory while the server is away, rather than fail: for what is told anyway (a
    /// conversation), never for what guards or records an action.
    pub may_wait: bool,
}

impl PartialEq for Collection {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Collection {}

impl Collection {
    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<Field> {
        self.fields.iter().copied().find(|field| field.name == name)
    }

    /// A body of the present schema out of a stored one.
    ///
    /// # Errors
    /// [`StoreError::Newer`] for a body of a version that this program does not know.
    pub fn upgraded(&self, id: &str, schema: u32, body: Value) -> Result<Value, StoreError> {
        if schema > self.schema || schema == 0 {
            let (collection, known) = (self.name.to_owned(), self.schema);
            return Err(StoreError::Newer { what: format!("{collection}/{id}"), found: schema, known });
        }
        let done = usize::try_from(schema.saturating_sub(1)).unwrap_or(usize::MAX);
        Ok(self.upgrades.iter().skip(done).fold(body, |body, upgrade| upgrade(body)))
    }
}
