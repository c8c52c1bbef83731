//! What is looked for, and what comes back.

use super::collection::{Collection, FieldKind};
use super::document::Stored;
use super::error::StoreError;

/// A value of a field, as it is compared. Times are milliseconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Of a whole number or a time.
    Integer(i64),
    /// Of a string; compared by bytes.
    Text(String),
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Key {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<chrono::DateTime<chrono::Utc>> for Key {
    fn from(time: chrono::DateTime<chrono::Utc>) -> Self {
        Self::Integer(time.timestamp_millis())
    }
}

/// What a field must be. A document without the field never fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// Equal to this.
    Is(Key),
    /// Equal to one of these; none fits an empty list.
    OneOf(Vec<Key>),
    /// At least this.
    AtLeast(Key),
    /// Less than this.
    Below(Key),
}

impl Condition {
    /// The values that it compares with.
    pub fn keys(&self) -> &[Key] {
        match self {
            Self::Is(key) | Self::AtLeast(key) | Self::Below(key) => std::slice::from_ref(key),
            Self::OneOf(keys) => keys,
        }
    }
}

/// Whether each condition is about a declared field, and compares it with values of its kind.
fn check_conditions(collection: &Collection, conditions: &[(&'static str, Condition)]) -> Result<(), StoreError> {
    let wrong = |what: String| StoreError::Invalid { message: format!("{}: {what}", collection.name) };
    for (name, condition) in conditions {
        let field = collection.field(name).ok_or_else(|| wrong(format!("there is no field {name:?} to ask for")))?;
        let fits = |key: &Key| matches!(key, Key::Text(_)) == (field.kind == FieldKind::Text);
        if let Some(key) = condition.keys().iter().find(|key| !fits(key)) {
            return Err(wrong(format!("{name} is a {:?} and cannot be compared with {key:?}", field.kind)));
        }
    }
    Ok(())
}

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The smallest first.
    Ascending,
    /// The largest first.
    Descending,
}

/// A query over one collection.
#[derive(Debug, Clone)]
pub struct Query {
    /// Which collection.
    pub collection: &'static Collection,
    /// All of these must hold.
    pub conditions: Vec<(&'static str, Condition)>,
    /// The field to order by; ties, and everything without it, by id. Documents without the field are left out.
    pub order_by: Option<&'static str>,
    /// Which way, the ids too.
    pub direction: Direction,
    /// Where the page before ended, as it told.
    pub cursor: Option<String>,
    /// Documents at most, from 1 to [`Query::LIMIT`].
    pub limit: usize,
}

impl Query {
    /// Documents of a page at most.
    pub const LIMIT: usize = 1_000;

    /// Everything in the collection, by id, 100 at a time.
    pub fn of(collection: &'static Collection) -> Self {
        Self {
            collection,
            conditions: Vec::new(),
            order_by: None,
            direction: Direction::Ascending,
            cursor: None,
            limit: 100,
        }
    }

    /// With one more condition.
    #[must_use]
    pub fn with(mut self, field: &'static str, condition: Condition) -> Self {
        self.conditions.push((field, condition));
        self
    }

    /// In this order.
    #[must_use]
    pub fn by(mut self, field: &'static str, direction: Direction) -> Self {
        self.order_by = Some(field);
        self.direction = direction;
        self
    }

    /// Whether it is one that a store answers; every store asks this first. The cursor is not looked at.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a field that the collection does not declare, a value of another kind than the
    /// field's, and a limit out of bounds.
    pub fn check(&self) -> Result<(), StoreError> {
        let wrong = |what: String| StoreError::Invalid { message: format!("{}: {what}", self.collection.name) };
        check_conditions(self.collection, &self.conditions)?;
        if let Some(name) = self.order_by.filter(|name| self.collection.field(name).is_none()) {
            return Err(wrong(format!("there is no field {name:?} to order by")));
        }
        if self.limit == 0 || self.limit > Self::LIMIT {
            return Err(wrong(format!("a page of {} documents (1 to {})", self.limit, Self::LIMIT)));
        }
        Ok(())
    }

    /// At most so many a page.
    #[must_use]
    pub fn limited(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Going on where a page ended.
    #[must_use]
    pub fn after(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor;
        self
    }
}

/// One page.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// In the query's order.
    pub documents: Vec<Stored>,
    /// Where to go on; `None` at the end. Stays good while documents come and go.
    pub next_cursor: Option<String>,
}

/// A search by words.
#[derive(Debug, Clone)]
pub struct TextQuery {
    /// A searchable collection.
    pub collection: &'static Collection,
    /// Words as `domain::memory::words` makes them; a document needs one of them.
    pub words: Vec<String>,
    /// All of these must hold.
    pub conditions: Vec<(&'static str, Condition)>,
    /// Hits at most, from 1 to [`Query::LIMIT`].
    pub limit: usize,
}

impl TextQuery {
    /// Whether it is one that a store answers; every store asks this first. No words find nothing, which is no mistake.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a collection that is not searchable, and as [`Query::check`].
    pub fn check(&self) -> Result<(), StoreError> {
        let wrong = |what: &str| StoreError::Invalid { message: format!("{} {what}", self.collection.name) };
        if !self.collection.searchable {
            return Err(wrong("is not searchable"));
        }
        if self.limit == 0 || self.limit > Query::LIMIT {
            return Err(wrong(&format!("was asked for {} hits (1 to {})", self.limit, Query::LIMIT)));
        }
        check_conditions(self.collection, &self.conditions)
    }
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// How well it fits (Okapi BM25 with the weights of `domain::memory::words`); larger is better. Comparable within
    /// one search only.
    pub score: f64,
    /// The document.
    pub stored: Stored,
}
